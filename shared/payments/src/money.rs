//! Money: an integer of minor units and an ISO 4217 currency with its exponent. There is no floating point here and
//! no rounding: what cannot be held exactly is an error, or kept as the provider's own text.

mod currency;

use std::fmt;

pub use currency::Currency;

use crate::json::Json;

/// An exact amount in a currency's minor units; never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why a text or a number is no money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyError {
    /// Not a number in decimal digits.
    NotANumber,
    /// Below zero.
    Negative,
    /// More minor units than 63 bits hold.
    Overflow,
    /// Finer than the currency's minor unit.
    Inexact,
    /// Two amounts of different currencies were added.
    TwoCurrencies,
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MoneyError::NotANumber => "not a decimal number",
            MoneyError::Negative => "negative amount",
            MoneyError::Overflow => "amount too large",
            MoneyError::Inexact => "finer than the minor unit",
            MoneyError::TwoCurrencies => "two currencies",
        })
    }
}

impl std::error::Error for MoneyError {}

impl Money {
    /// So many minor units as ISO 4217 counts them.
    pub fn from_minor(minor: i64, currency: Currency) -> Result<Money, MoneyError> {
        Money::scaled(minor, currency.exponent(), currency)
    }

    /// So many units of `10^-exponent`, for a provider whose minor unit is not ISO 4217's.
    pub fn scaled(units: i64, exponent: u8, currency: Currency) -> Result<Money, MoneyError> {
        Money::from_digits(i128::from(units), -i32::from(exponent), currency)
    }

    /// An exact decimal of the major unit: `"10"`, `"10.00"`, `"1e3"`.
    pub fn from_decimal(text: &str, currency: Currency) -> Result<Money, MoneyError> {
        let (digits, exponent) = decimal(text)?;
        Money::from_digits(digits, exponent, currency)
    }

    /// `digits × 10^exponent` of the major unit.
    fn from_digits(digits: i128, exponent: i32, currency: Currency) -> Result<Money, MoneyError> {
        if digits < 0 {
            return Err(MoneyError::Negative);
        }
        let shift = exponent + i32::from(currency.exponent());
        let factor = 10_i128.checked_pow(shift.unsigned_abs());
        let minor = match factor {
            _ if digits == 0 => 0,
            Some(factor) if shift >= 0 => digits.checked_mul(factor).ok_or(MoneyError::Overflow)?,
            Some(factor) if digits % factor == 0 => digits / factor,
            None if shift >= 0 => return Err(MoneyError::Overflow),
            _ => return Err(MoneyError::Inexact),
        };
        let minor = i64::try_from(minor).map_err(|_| MoneyError::Overflow)?;
        Ok(Money { minor, currency })
    }

    /// In minor units: cents for USD, yen for JPY, fils for KWD.
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// The sum, if it can be held.
    pub fn checked_add(self, other: Money) -> Result<Money, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::TwoCurrencies);
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Money { minor, currency: self.currency })
    }
}

/// `USD 10.99`, with as many digits as the currency has.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10_i64.pow(u32::from(self.currency.exponent()));
        write!(f, "{} {}", self.currency.code(), self.minor / unit)?;
        match usize::from(self.currency.exponent()) {
            0 => Ok(()),
            width => write!(f, ".{:0width$}", self.minor % unit),
        }
    }
}

/// Reads a decimal as digits and a power of ten.
fn decimal(text: &str) -> Result<(i128, i32), MoneyError> {
    let (number, power) = match text.split_once(['e', 'E']) {
        Some((number, power)) => (number, power.parse::<i16>().map_err(|_| MoneyError::NotANumber)?),
        None => (text, 0),
    };
    let (sign, number) = number.strip_prefix('-').map_or((1, number), |rest| (-1, rest));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let stated = !whole.is_empty() && (!fraction.is_empty() || !number.contains('.'));
    if !stated || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return Err(MoneyError::NotANumber);
    }
    let fraction = fraction.trim_end_matches('0');
    let mut digits: i128 = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        digits = digits
            .checked_mul(10)
            .and_then(|d| d.checked_add(i128::from(digit - b'0')))
            .ok_or(MoneyError::Overflow)?;
    }
    let places = i32::try_from(fraction.len()).map_err(|_| MoneyError::Overflow)?;
    Ok((sign * digits, i32::from(power) - places))
}

/// What an event says about an amount.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Amount {
    /// Nothing: the provider only notifies.
    Unstated,
    /// Money.
    Stated(Money),
    /// A decimal that is not money of ISO 4217: crypto, finer than the minor unit, or without a currency. It is kept
    /// as the provider writes it and never summed.
    Exact {
        /// The decimal, at most 40 bytes.
        value: String,
        /// The provider's name of the unit, if it states one; at most 12 bytes.
        currency: Option<String>,
    },
    /// Something that cannot be taken as an amount: text, negative, too large.
    Unreadable,
}

/// Longest text of an exact decimal, in bytes.
pub(crate) const EXACT_VALUE: usize = 40;
/// Longest name of a unit that is not ISO 4217's, in bytes.
pub(crate) const EXACT_CURRENCY: usize = 12;

impl Amount {
    /// Nothing if there is nothing; what `parse` makes of a number or a text; unreadable if it is neither.
    pub(crate) fn read(value: Json<'_>, parse: impl FnOnce(&str) -> Amount) -> Amount {
        match value.number() {
            Some(number) => parse(&number),
            None if value.is_absent() => Amount::Unstated,
            None => Amount::Unreadable,
        }
    }

    /// An integer of minor units; `exceptions` names the currencies whose minor unit the provider counts in its own
    /// way, with the provider's exponent.
    pub(crate) fn minor(number: &str, currency: Option<&str>, exceptions: &[(&str, u8)]) -> Amount {
        // An integer without a known currency has no known exponent, so it is not even an exact decimal.
        let Some(currency) = currency.and_then(Currency::named) else { return Amount::Unreadable };
        let exception = exceptions.iter().find(|(code, _)| *code == currency.code());
        let exponent = exception.map_or(currency.exponent(), |(_, exponent)| *exponent);
        match decimal(number) {
            Ok((digits, power)) if digits == 0 || power >= 0 => {
                Money::from_digits(digits, power - i32::from(exponent), currency)
                    .map_or(Amount::Unreadable, Amount::Stated)
            }
            _ => Amount::Unreadable,
        }
    }

    /// An exact decimal of the major unit.
    pub(crate) fn decimal(number: &str, currency: Option<&str>) -> Amount {
        let known = currency.and_then(Currency::named);
        match (known.map(|known| Money::from_decimal(number, known)), decimal(number)) {
            (Some(Ok(money)), _) => Amount::Stated(money),
            (None, Ok((0.., _))) | (Some(Err(MoneyError::Inexact)), _) => Amount::exact(number, currency),
            _ => Amount::Unreadable,
        }
    }

    pub(crate) fn exact(value: &str, currency: Option<&str>) -> Amount {
        let currency = currency.filter(|unit| !unit.trim().is_empty());
        if value.len() > EXACT_VALUE || currency.is_some_and(|unit| unit.len() > EXACT_CURRENCY) {
            return Amount::Unreadable;
        }
        Amount::Exact { value: value.to_owned(), currency: currency.map(str::to_owned) }
    }

    /// The money, if it is money.
    pub fn money(&self) -> Option<Money> {
        match self {
            Amount::Stated(money) => Some(*money),
            _ => None,
        }
    }
}

impl From<Money> for Amount {
    fn from(money: Money) -> Amount {
        Amount::Stated(money)
    }
}

/// `USD 10.99`, `BTC 0.001`, `unstated`, `unreadable`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Amount::Unstated => f.write_str("unstated"),
            Amount::Unreadable => f.write_str("unreadable"),
            Amount::Stated(money) => money.fmt(f),
            Amount::Exact { value, currency: Some(currency) } => write!(f, "{currency} {value}"),
            Amount::Exact { value, currency: None } => f.write_str(value),
        }
    }
}

#[cfg(test)]
mod tests;
