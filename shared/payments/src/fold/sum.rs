//! Sums of money by currency.

use std::collections::BTreeMap;
use std::fmt;

use crate::{Amount, Currency, Money};

/// Minor units by currency. More than one currency is flagged, and never converted.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Sum {
    /// Minor units by currency.
    pub minor: BTreeMap<Currency, i64>,
    /// Whether an amount that belongs in it is not stated, or not as money.
    pub incomplete: bool,
    /// Whether it is more than can be held; what could be held is there.
    pub overflow: bool,
}

impl Sum {
    /// Whether nothing belongs in it.
    pub fn is_empty(&self) -> bool {
        self.minor.is_empty() && !self.incomplete
    }

    /// The sum in the only currency that it has.
    pub fn money(&self) -> Option<Money> {
        let mut amounts = self.minor.iter();
        let (currency, minor) = amounts.next()?;
        if amounts.next().is_some() { None } else { Money::from_minor(*minor, *currency).ok() }
    }

    pub(crate) fn add(&mut self, amount: &Amount) {
        match amount {
            Amount::Stated(money) => self.add_minor(money.currency(), money.minor()),
            _ => self.incomplete = true,
        }
    }

    pub(crate) fn add_all(&mut self, other: &Sum) {
        self.incomplete |= other.incomplete;
        self.overflow |= other.overflow;
        for (currency, minor) in &other.minor {
            self.add_minor(*currency, *minor);
        }
    }

    fn add_minor(&mut self, currency: Currency, minor: i64) {
        let sum = self.minor.entry(currency).or_default();
        if let Some(more) = sum.checked_add(minor) {
            *sum = more;
        } else {
            *sum = i64::MAX;
            self.overflow = true;
        }
    }

    /// What an object says of itself, or what its parts say, whichever is more: messages about the whole and about
    /// its parts tell of the same money.
    pub(crate) fn or_more(own: Sum, parts: Sum) -> Sum {
        if own.is_empty() {
            return parts;
        }
        if parts.is_empty() {
            return own;
        }
        let mut most = own.minor;
        for (currency, minor) in parts.minor {
            let own = most.entry(currency).or_default();
            *own = minor.max(*own);
        }
        Sum {
            minor: most,
            incomplete: own.incomplete && parts.incomplete,
            overflow: own.overflow || parts.overflow,
        }
    }

    /// Whether this is more than a limit that is known in full.
    pub(crate) fn exceeds(&self, limit: &Sum) -> bool {
        !limit.is_empty()
            && !limit.incomplete
            && self
                .minor
                .iter()
                .any(|(currency, minor)| *minor > limit.minor.get(currency).copied().unwrap_or(0))
    }

    /// Whether this covers another sum in full.
    pub(crate) fn covers(&self, other: &Sum) -> bool {
        !other.incomplete
            && other
                .minor
                .iter()
                .all(|(currency, minor)| self.minor.get(currency).is_some_and(|own| own >= minor))
    }
}

/// `USD 10.99`, `USD 10.99 + EUR 1.00`, `USD 10.99 + ?` for an incomplete sum, `0` for an empty one.
impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known =
            self.minor.iter().filter_map(|(currency, minor)| Money::from_minor(*minor, *currency).ok());
        let mut terms: Vec<_> = known.map(|money| money.to_string()).collect();
        if self.incomplete {
            terms.push("?".to_owned());
        }
        if terms.is_empty() {
            terms.push("0".to_owned());
        }
        f.write_str(&terms.join(" + "))
    }
}
