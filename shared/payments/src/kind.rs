//! What an event says.

use std::fmt;

/// What sort of object an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A payment or a part of one: intent, order, charge, authorisation, capture.
    Payment,
    /// Money that goes back to the payer.
    Refund,
    /// A chargeback, inquiry or claim.
    Dispute,
    /// Money that goes to a bank account of ours or of a seller.
    Payout,
    /// An agreement to pay again.
    Subscription,
    /// A bill.
    Invoice,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $class:expr;)*) => {
        /// What an event says. The names are part of the format on the bus: they are only added to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])* $name,)*
            /// Nothing that changes a payment, or a type that is not known.
            Other,
        }

        impl Kind {
            /// All of them.
            pub const ALL: &[Kind] = &[$(Kind::$name,)* Kind::Other];

            /// The stable name.
            pub fn as_str(self) -> &'static str {
                match self { $(Kind::$name => $text,)* Kind::Other => "other" }
            }

            /// What sort of object it is about; `None` for [`Kind::Other`].
            pub fn class(self) -> Option<Class> {
                match self { $(Kind::$name => Some($class),)* Kind::Other => None }
            }
        }
    };
}

kinds! {
    /// The provider knows of it; nothing has been paid.
    PaymentCreated = "payment_created", Class::Payment;
    /// The payer has something to do.
    PaymentRequiresAction = "payment_requires_action", Class::Payment;
    /// On its way.
    PaymentProcessing = "payment_processing", Class::Payment;
    /// An attempt failed. Another one may follow.
    PaymentFailed = "payment_failed", Class::Payment;
    /// Reserved, not yet taken.
    PaymentAuthorised = "payment_authorised", Class::Payment;
    /// Ended before any money was taken, by a decision.
    PaymentCancelled = "payment_cancelled", Class::Payment;
    /// Ended before any money was taken, by time.
    PaymentExpired = "payment_expired", Class::Payment;
    /// Taken. The amount is all that was taken for this object so far.
    PaymentCaptured = "payment_captured", Class::Payment;
    /// What was taken fell back outside of a refund or a dispute: the bank or the provider returned it.
    PaymentReversed = "payment_reversed", Class::Payment;
    /// The amount is all that was refunded for this object so far. The single refunds may be events of their own.
    PaymentRefunded = "payment_refunded", Class::Payment;
    /// A refund was asked for.
    RefundCreated = "refund_created", Class::Refund;
    /// A refund was paid.
    RefundSucceeded = "refund_succeeded", Class::Refund;
    /// A refund failed or was cancelled, also after it had succeeded.
    RefundFailed = "refund_failed", Class::Refund;
    /// The payer disputes; an answer is due.
    DisputeOpened = "dispute_opened", Class::Dispute;
    /// Somebody decides.
    DisputeUnderReview = "dispute_under_review", Class::Dispute;
    /// Ended, and the message does not say for whom, or without money moved.
    DisputeClosed = "dispute_closed", Class::Dispute;
    /// Ended for us.
    DisputeWon = "dispute_won", Class::Dispute;
    /// Ended for the payer.
    DisputeLost = "dispute_lost", Class::Dispute;
    /// A payout is on its way.
    PayoutCreated = "payout_created", Class::Payout;
    /// A payout arrived.
    PayoutPaid = "payout_paid", Class::Payout;
    /// A payout failed, was returned or cancelled.
    PayoutFailed = "payout_failed", Class::Payout;
    /// A subscription began.
    SubscriptionCreated = "subscription_created", Class::Subscription;
    /// A subscription was paid for another period.
    SubscriptionRenewed = "subscription_renewed", Class::Subscription;
    /// A subscription's payment is late.
    SubscriptionPastDue = "subscription_past_due", Class::Subscription;
    /// A subscription ended.
    SubscriptionCancelled = "subscription_cancelled", Class::Subscription;
    /// A bill was issued.
    InvoiceCreated = "invoice_created", Class::Invoice;
    /// An attempt to collect a bill failed.
    InvoiceFailed = "invoice_failed", Class::Invoice;
    /// A bill was withdrawn or written off.
    InvoiceVoided = "invoice_voided", Class::Invoice;
    /// A bill was paid.
    InvoicePaid = "invoice_paid", Class::Invoice;
}

impl Kind {
    /// The kind of this name.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_its_own_and_reads_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::named(kind.as_str()), Some(*kind));
        }
        assert_eq!(Kind::named("captured"), None);
    }

    #[test]
    fn a_name_begins_with_its_class() {
        for kind in Kind::ALL.iter().filter(|kind| kind.class().is_some()) {
            let class = format!("{:?}_", kind.class().unwrap()).to_lowercase();
            assert!(kind.as_str().starts_with(&class), "{kind}");
        }
    }
}
