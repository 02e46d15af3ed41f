//! What each provider's messages hold of personal and card data, beyond what [`common`](super::common) knows by name, and
//! where its facts stand that screening must not touch beside `Provider::identity_paths`. Each row names the pages that
//! say so.

mod billing;
mod cards;
mod messages;
mod regional;

use super::rules::Rules;

/// What is known of one provider.
pub(super) struct Row {
    /// The provider's name.
    pub(super) name: &'static str,
    /// The pages that describe what its messages hold.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the reader, and checked by a test"))]
    pages: &'static [&'static str],
    /// Members that hold personal or card data.
    pub(super) rules: Rules,
    /// JSON pointers (`*` stands for any index) to facts of payments.
    pub(super) facts: &'static [&'static str],
    /// The form field that is XML in base64.
    pub(super) base64_xml: Option<&'static str>,
}

impl Row {
    /// That of this provider; for one that is not known, one that adds nothing.
    pub(super) fn named(name: &str) -> &'static Self {
        rows().find(|row| row.name == name).unwrap_or(&OTHER)
    }
}

fn rows() -> impl Iterator<Item = &'static Row> {
    [&cards::ROWS[..], &regional::ROWS, &billing::ROWS, &messages::ROWS].into_iter().flatten()
}

static OTHER: Row = row("", &[], Rules::new(&[]), &[]);

const fn row(
    name: &'static str,
    pages: &'static [&'static str],
    rules: Rules,
    facts: &'static [&'static str],
) -> Row {
    Row { name, pages, rules, facts, base64_xml: None }
}

#[cfg(test)]
mod tests {
    use verification::Provider;

    use super::*;

    #[test]
    fn every_provider_has_one_row_that_names_its_pages() {
        let custom = Provider::named("custom").unwrap();
        let mut known: Vec<&str> =
            Provider::all().iter().chain([custom]).map(|provider| provider.name).collect();
        let mut named: Vec<&str> = rows().map(|row| row.name).collect();
        known.sort_unstable();
        named.sort_unstable();
        assert_eq!(named, known);
        for row in rows() {
            assert!(row.pages.iter().all(|page| page.starts_with("https://")), "{}", row.name);
            assert!(!row.pages.is_empty(), "{}", row.name);
            assert!(row.facts.iter().all(|fact| fact.starts_with('/')), "{}", row.name);
        }
    }
}
