use super::*;

fn check(text: &str, expected: bool) {
    assert_eq!(in_text(text, ""), expected, "{text:?}");
}

#[test]
fn test_numbers_of_the_networks_are_found() {
    for number in TEST_NUMBERS {
        check(number, true);
        let grouped: Vec<String> =
            number.as_bytes().chunks(4).map(|c| String::from_utf8(c.to_vec()).unwrap()).collect();
        for separator in [" ", "-", "\u{a0}", "\u{2013}", "\t"] {
            check(&grouped.join(separator), true);
        }
        check(&format!("  {number}\n"), true);
        assert!(in_number(number, ""));
        // One digit changed, and Luhn's sum with it.
        let mut other = (*number).to_owned();
        let digit = other.pop().unwrap();
        other.push(if digit == '0' { '1' } else { '0' });
        check(&other, false);
    }
    check("\u{ff14}242\u{ff14}24242424242", true);
}

#[test]
fn other_digits_are_left_alone() {
    for text in [
        "",
        "424242424242",         // too short
        "42424242424242424242", // too long
        "1763870000000",        // milliseconds of Unix time
        "1763870000000000",     // microseconds
        "7914073381342284",     // an Adyen reference
        "555555555555558",      // Mastercard has 16
        "3782822463100052",     // American Express has 15
        "3530111333301",        // JCB has 16 to 19
        "2730000000000003",     // beside Mastercard
        "2219999999999994",     // beside Mastercard
        "0000000000000000",
        "4242 4242 4242 4242 a",
        "+4242424242424242",
        "4242.4242.4242.4242",
        "2026-11-23 04:04:56",
    ] {
        check(text, false);
    }
}

#[test]
fn a_number_is_found_by_its_value() {
    for (text, expected) in [
        ("4242424242424242", true),
        ("4242424242424242.0", true),
        ("4242424242424242.00", true),
        ("4.242424242424242e15", true),
        ("4.242424242424242E+15", true),
        ("42424242424242420e-1", true),
        ("0.4242424242424242e16", true),
        ("4.242424242424242e14", false),
        ("4242424242424242.1", false),
        ("6617957861897504.5", false),
        ("4.242424242424242e99999999999", false),
        ("4.242424242424242e2147483647", false),
        ("4.242424242424242e-2147483648", false),
        ("0.00000000000e2147483000", false), // and soon
        ("-4242424242424242", false),
        ("424242424242424242e-1", false),
    ] {
        assert_eq!(in_number(text, ""), expected, "{text}");
    }
}

#[test]
fn one_digit_run_in_ten_passes_luhn() {
    let passing = (0..1000_u32)
        .filter(|n| luhn(&format!("{n:04}").bytes().map(|b| b - b'0').collect::<Vec<_>>()))
        .count();
    assert_eq!(passing, 100);
}
