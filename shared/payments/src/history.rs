//! Finding the events of a payment.

use crate::{Event, Ledger, Payment, PaymentKey};

/// The events of a payment and the state that they make.
#[derive(Clone, Debug)]
pub struct History {
    /// The payment that the others belong to.
    pub key: PaymentKey,
    /// Its events and conflicts, in the order of [`Event::at`].
    pub events: Vec<Event>,
    /// What they make.
    pub payment: Payment,
}

/// Finds the payment that an object belongs to, and all its events, following links.
pub async fn history(ledger: &impl Ledger, object: &PaymentKey) -> anyhow::Result<History> {
    let _ = (ledger, object);
    todo!()
}
