//! Tables for people: columns aligned by characters, colours that do not disturb them.

/// What a cell says at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Nothing.
    Plain,
    /// As it should be.
    Good,
    /// Someone must look.
    Bad,
    /// Beside the point.
    Faint,
    /// A heading.
    Strong,
}

impl Tone {
    /// The text between the terminal's codes for this tone.
    fn paint(self, text: &str) -> String {
        let code = match self {
            Tone::Plain => return text.to_owned(),
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Faint => "2",
            Tone::Strong => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// One cell.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// A text in a tone.
    pub(crate) fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { text: printable(&text.into()), tone }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Cell::new(Tone::Plain, text)
    }
}

/// Rows under headings; without headings, a list of names and values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with these headings; none for names and values.
    pub(crate) fn new(headings: &[&'static str]) -> Self {
        Self { headings: headings.to_vec(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Adds a name and its value.
    pub(crate) fn entry(&mut self, name: &str, value: impl Into<Cell>) {
        self.row([Cell::new(Tone::Faint, name), value.into()]);
    }

    /// The lines, each with its end.
    pub(crate) fn render(&self, colours: bool) -> String {
        let headings =
            self.headings.iter().map(|heading| Cell::new(Tone::Strong, *heading)).collect::<Vec<_>>();
        let rows = Some(&headings).into_iter().filter(|row| !row.is_empty()).chain(&self.rows);
        let widths = self.widths();
        let mut lines = String::new();
        for row in rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let padding = " ".repeat(width.saturating_sub(cell.text.chars().count()) + 2);
                line.push_str(&if colours { cell.tone.paint(&cell.text) } else { cell.text.clone() });
                line.push_str(&padding);
            }
            lines.push_str(line.trim_end());
            lines.push('\n');
        }
        lines
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).chain([self.headings.len()]).max().unwrap_or_default();
        let width = |column: usize| {
            let cells =
                self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.text.chars().count());
            let heading = self.headings.get(column).map(|heading| heading.chars().count());
            cells.chain(heading).max().unwrap_or_default()
        };
        (0..columns).map(width).collect()
    }
}

/// What comes from outside must not steer the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deliveries() -> Table {
        let mut table = Table::new(&["delivery", "answer"]);
        table.row(["succeeded".into(), Cell::new(Tone::Good, "200")]);
        table.row(["tampered, naïve".into(), Cell::new(Tone::Bad, "401")]);
        table
    }

    #[test]
    fn columns_line_up_by_characters() {
        assert_eq!(
            deliveries().render(false),
            "delivery         answer\nsucceeded        200\ntampered, naïve  401\n"
        );
    }

    #[test]
    fn colours_change_no_column() {
        let coloured = deliveries().render(true);
        assert!(coloured.contains("\u{1b}[31m401\u{1b}[0m"), "{coloured:?}");
        let codes = ["\u{1b}[31m", "\u{1b}[32m", "\u{1b}[1m", "\u{1b}[0m"];
        let plain = codes.iter().fold(coloured, |text, code| text.replace(code, ""));
        assert_eq!(
            plain.lines().map(str::trim_end).collect::<Vec<_>>(),
            deliveries().render(false).lines().collect::<Vec<_>>()
        );
    }

    #[test]
    fn names_and_values_have_no_heading() {
        let mut table = Table::default();
        table.entry("event", "evt_1");
        table.entry("amount", "20.00 EUR");
        assert_eq!(table.render(false), "event   evt_1\namount  20.00 EUR\n");
    }

    #[test]
    fn a_cell_cannot_steer_the_terminal() {
        let mut table = Table::default();
        table.entry("id", "evt\u{1b}[2J\n1");
        assert_eq!(table.render(false), "id  evt\u{fffd}[2J\u{fffd}1\n");
    }
}
