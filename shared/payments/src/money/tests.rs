use proptest::prelude::*;

use super::*;

fn usd() -> Currency {
    Currency::named("USD").unwrap()
}

#[track_caller]
fn check(text: &str, code: &str, expected: Result<i64, MoneyError>) {
    let money = Money::from_decimal(text, Currency::named(code).unwrap());
    assert_eq!(money.map(Money::minor), expected, "{text} {code}");
}

#[test]
fn a_decimal_is_parsed_exactly() {
    check("10.00", "USD", Ok(1000));
    check("10", "USD", Ok(1000));
    check("10.5", "USD", Ok(1050));
    check("0.1", "USD", Ok(10));
    check("10.000000", "USD", Ok(1000));
    check("500", "JPY", Ok(500));
    check("500.00", "JPY", Ok(500));
    check("5.124", "KWD", Ok(5124));
    check("1.0001", "CLF", Ok(10001));
    check("1e3", "USD", Ok(100_000));
    check("1.25E+2", "USD", Ok(12_500));
    check("100e-2", "USD", Ok(100));
    check("-0", "USD", Ok(0));
    check("0e999", "USD", Ok(0));
    check("92233720368547758.07", "USD", Ok(i64::MAX));
}

#[test]
fn what_is_not_exact_is_an_error() {
    check("10.005", "USD", Err(MoneyError::Inexact));
    check("0.5", "JPY", Err(MoneyError::Inexact));
    check("1e-300", "USD", Err(MoneyError::Inexact));
    check("92233720368547758.08", "USD", Err(MoneyError::Overflow));
    check("9".repeat(60).as_str(), "USD", Err(MoneyError::Overflow));
    check("1e300", "USD", Err(MoneyError::Overflow));
    check("-1", "USD", Err(MoneyError::Negative));
    for text in ["", ".", "1.", ".5", "+1", "1,000.00", "1 0", "NaN", "0x10", "١", "1e", "1e1.5", "--1"] {
        check(text, "USD", Err(MoneyError::NotANumber));
    }
}

#[test]
fn sums_are_checked() {
    let most = Money::from_minor(i64::MAX, usd()).unwrap();
    let cent = Money::from_minor(1, usd()).unwrap();
    let yen = Money::from_minor(1, Currency::named("JPY").unwrap()).unwrap();
    assert_eq!(most.checked_add(cent), Err(MoneyError::Overflow));
    assert_eq!(cent.checked_add(yen), Err(MoneyError::TwoCurrencies));
    assert_eq!(cent.checked_add(cent).map(Money::minor), Ok(2));
    assert_eq!(Money::from_minor(-1, usd()), Err(MoneyError::Negative));
}

#[test]
fn money_is_shown_with_the_digits_of_its_currency() {
    for (minor, code, text) in [
        (1099, "USD", "USD 10.99"),
        (5, "USD", "USD 0.05"),
        (500, "JPY", "JPY 500"),
        (5120, "KWD", "KWD 5.120"),
    ] {
        assert_eq!(Money::from_minor(minor, Currency::named(code).unwrap()).unwrap().to_string(), text);
    }
}

#[track_caller]
fn check_minor(value: &str, currency: &str, exceptions: &[(&str, u8)], expected: &str) {
    let currency = Json::parse(currency.as_bytes()).text();
    let amount = Amount::read(Json::parse(value.as_bytes()), |number| {
        Amount::minor(number, currency.as_deref(), exceptions)
    });
    assert_eq!(amount.to_string(), expected, "{value} {currency:?}");
}

#[test]
fn minor_units_follow_the_provider_where_it_differs() {
    check_minor("1099", "\"usd\"", &[], "USD 10.99");
    check_minor("\"1099\"", "\"USD\"", &[], "USD 10.99");
    check_minor("500", "\"ISK\"", &[("ISK", 2)], "ISK 5");
    check_minor("550", "\"ISK\"", &[("ISK", 2)], "unreadable");
    check_minor("5", "\"MGA\"", &[("MGA", 0)], "MGA 5.00");
    check_minor("null", "\"USD\"", &[], "unstated");
    check_minor("10.99", "\"USD\"", &[], "unreadable");
    check_minor("10.0", "\"USD\"", &[], "USD 0.10");
    check_minor("-5", "\"USD\"", &[], "unreadable");
    check_minor("5.5", "\"MGA\"", &[("MGA", 0)], "unreadable");
    check_minor("true", "\"USD\"", &[], "unreadable");
    check_minor("5", "\"ZZZ\"", &[], "unreadable");
    check_minor("9223372036854775808", "\"USD\"", &[], "unreadable");
}

#[track_caller]
fn check_decimal(value: &str, currency: &str, expected: &str) {
    let currency = Json::parse(currency.as_bytes()).text();
    let amount =
        Amount::read(Json::parse(value.as_bytes()), |number| Amount::decimal(number, currency.as_deref()));
    assert_eq!(amount.to_string(), expected, "{value} {currency:?}");
}

#[test]
fn a_decimal_that_is_not_money_is_kept_as_text() {
    check_decimal("\"10.99\"", "\"USD\"", "USD 10.99");
    check_decimal("10.1", "\"USD\"", "USD 10.10");
    check_decimal("0.1234567890123456789", "\"BTC\"", "BTC 0.1234567890123456789");
    check_decimal("\"0.001\"", "\"USD\"", "USD 0.001");
    check_decimal("45.00", "null", "45.00");
    check_decimal("\"-1\"", "\"BTC\"", "unreadable");
    check_decimal("\"-1\"", "\"USD\"", "unreadable");
    check_decimal("\"ten\"", "\"BTC\"", "unreadable");
    check_decimal("{}", "\"USD\"", "unreadable");
    check_decimal("1e300", "\"USD\"", "unreadable");
    check_decimal(&format!("\"{}1.5\"", "0".repeat(37)), "\"BTC\"", &format!("BTC {}1.5", "0".repeat(37)));
    check_decimal(&format!("\"{}1.5\"", "0".repeat(38)), "\"BTC\"", "unreadable");
    check_decimal("\"1.5\"", "\"THIRTEEN-CHAR\"", "unreadable");
    check_decimal(&format!("\"1.{}1\"", "0".repeat(42)), "\"BTC\"", "unreadable");
}

proptest! {
    #[test]
    fn money_comes_back_from_its_text(minor in 0..=i64::MAX, at in 0..Currency::all().len()) {
        let money = Money::from_minor(minor, Currency::all().nth(at).unwrap()).unwrap();
        let text = money.to_string();
        let (code, number) = text.split_once(' ').unwrap();
        prop_assert_eq!(Money::from_decimal(number, Currency::named(code).unwrap()), Ok(money));
    }

    #[test]
    fn no_text_panics(text in "[-+0-9.eE]{0,60}|.{0,20}") {
        let _ = Money::from_decimal(&text, usd());
    }
}
