use proptest::prelude::*;

use super::*;

fn key(account: &str, event: &str) -> String {
    EventKey::new("stripe", Mode::Test, account, event).unwrap().to_string()
}

#[test]
fn a_key_reads_as_its_parts() {
    let key = EventKey::new("stripe", Mode::Live, "acct_1", "evt_1").unwrap();
    assert_eq!(key.as_str(), "stripe#live#acct_1#evt_1");
    assert_eq!((key.provider(), key.mode()), ("stripe", Mode::Live));
    assert_eq!((key.account(), key.event_id()), ("acct_1".to_owned(), "evt_1".to_owned()));
    assert_eq!(key.payment(&Id::new("pi_1").unwrap()).as_str(), "stripe#live#acct_1#pi_1");
}

#[test]
fn a_separator_in_a_part_stays_in_its_part() {
    assert_ne!(key("a#b", "c"), key("a", "b#c"));
    assert_eq!(key("a#b", "c%~ü"), "stripe#test#a%23b#c%25%7E%C3%BC");
}

#[test]
fn two_long_names_with_one_beginning_are_two_keys() {
    let long = "x".repeat(500);
    let (one, other) = (key("a", &format!("{long}1")), key("a", &format!("{long}2")));
    assert_ne!(one, other);
    assert!(one.len() < 120, "{one}");
}

#[test]
fn a_short_name_cannot_be_spelled_like_a_long_one() {
    let long = key("a", &"x".repeat(500));
    let spelled = long.rsplit('#').next().unwrap();
    assert_ne!(key("a", spelled), long);
}

#[test]
fn a_cut_never_splits_an_escape() {
    for shift in 0..3 {
        let id = format!("{}{}", "x".repeat(shift), "é".repeat(200));
        let stored = Id::new(&id).unwrap();
        let (start, _) = stored.as_str().split_once('~').unwrap();
        assert_eq!(start.len() % 3, shift, "{start}");
    }
}

#[test]
fn a_blank_part_makes_no_key() {
    for (provider, account, event) in
        [("stripe", "a", " "), ("stripe", "", "e"), ("", "a", "e"), ("St#", "a", "e")]
    {
        assert_eq!(EventKey::new(provider, Mode::Test, account, event), None);
    }
}

#[test]
fn only_a_stored_key_parses() {
    for text in
        ["", "stripe#live#a", "stripe#live#a#b#c", "stripe#dev#a#b", "stripe#live##b", "stripe#live#a b#c"]
    {
        assert_eq!(EventKey::parse(text), None, "{text}");
    }
    assert_eq!(EventKey::parse(&format!("stripe#live#a#{}", "x".repeat(97))), None);
}

proptest! {
    #[test]
    fn parts_come_back_and_keys_stay_apart(one in ".{1,120}", other in ".{1,120}") {
        prop_assume!(!one.trim().is_empty() && !other.trim().is_empty());
        let (first, second) = (Id::new(&one).unwrap(), Id::new(&other).unwrap());
        prop_assert_eq!(first == second, one == other);
        prop_assert!(first.as_str().len() <= OBJECT_ID);
        if !first.as_str().contains('~') { prop_assert_eq!(first.text(), one); }
        prop_assert_eq!(Id::stored(first.as_str()), Some(first));
    }
}
