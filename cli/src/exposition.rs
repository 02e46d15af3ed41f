//! Prometheus's text format, see <https://prometheus.io/docs/instrumenting/exposition_formats>.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

/// A metric: its name, what it means, and a value for each set of labels. All are gauges.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Family {
    /// `[a-z_]+`
    pub(crate) name: String,
    /// A sentence.
    pub(crate) help: String,
    /// Its values.
    pub(crate) samples: Vec<Sample>,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Sample {
    /// Names of ours, values of anybody's.
    pub(crate) labels: BTreeMap<String, String>,
    /// In the unit that the family's name says.
    pub(crate) value: f64,
}

/// The text, each line with its end. A family without a value is left out.
pub(crate) fn render(families: &[Family]) -> String {
    let mut text = String::new();
    for family in families.iter().filter(|family| !family.samples.is_empty()) {
        let name = identifier(&family.name);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# HELP {name} {}", escaped(&family.help, false));
        let _ = writeln!(text, "# TYPE {name} gauge");
        for sample in &family.samples {
            let labels: Vec<String> = sample
                .labels
                .iter()
                .map(|(name, value)| format!("{}=\"{}\"", identifier(name), escaped(value, true)))
                .collect();
            let _ = match labels.as_slice() {
                [] => writeln!(text, "{name} {}", number(sample.value)),
                labels => writeln!(text, "{name}{{{}}} {}", labels.join(","), number(sample.value)),
            };
        }
    }
    text
}

/// `[a-zA-Z_][a-zA-Z0-9_]*`: any other character becomes `_`.
fn identifier(name: &str) -> String {
    let fits = |(place, c): (usize, char)| {
        let fits = c == '_' || c.is_ascii_alphabetic() || (place > 0 && c.is_ascii_digit());
        if fits { c } else { '_' }
    };
    name.chars().enumerate().map(fits).collect()
}

fn escaped(text: &str, quoted: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '"' if quoted => escaped.push_str("\\\""),
            c => escaped.push(c),
        }
    }
    escaped
}

fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() }
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(labels: &[(&str, &str)], value: f64, expected: &str) {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let family = Family {
            name: "tollgate_x".to_owned(),
            help: "a \\ and\na line".to_owned(),
            samples: vec![Sample { labels, value }],
        };
        let head = "# HELP tollgate_x a \\\\ and\\na line\n# TYPE tollgate_x gauge\n";
        assert_eq!(render(&[family]), format!("{head}{expected}\n"));
    }

    #[test]
    fn values_and_labels_are_written_as_prometheus_reads_them() {
        check(&[], 0.0, "tollgate_x 0");
        check(&[], 1.5, "tollgate_x 1.5");
        check(&[], 1e21, "tollgate_x 1000000000000000000000");
        check(&[], -40.0, "tollgate_x -40");
        check(&[], f64::NAN, "tollgate_x NaN");
        check(&[], f64::INFINITY, "tollgate_x +Inf");
        check(&[], f64::NEG_INFINITY, "tollgate_x -Inf");
        check(&[("b", "2"), ("a", "1")], 1.0, r#"tollgate_x{a="1",b="2"} 1"#);
        check(&[("a", "\"quoted\" \\ and\nbroken")], 1.0, r#"tollgate_x{a="\"quoted\" \\ and\nbroken"} 1"#);
        check(&[("a", "{}=,naïve")], 1.0, r#"tollgate_x{a="{}=,naïve"} 1"#);
        check(&[("1st-label", "x")], 1.0, r#"tollgate_x{_st_label="x"} 1"#);
    }

    #[test]
    fn a_family_without_values_is_left_out() {
        assert_eq!(render(&[Family { name: "a".to_owned(), help: "b".to_owned(), samples: Vec::new() }]), "");
    }
}
