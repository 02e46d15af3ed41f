//! Braintree. See <https://developer.paypal.com/braintree/docs/reference/general/webhooks/overview>.
//!
//! A notification has no id: its content is its id. A settled transaction is the first word of a payment.

use super::rules::{Format, How, JSON, Line, Paths, Provider, Shape, decimal, on, part, whole};
use crate::Kind;

pub(super) const BRAINTREE: Provider =
    Provider { names: &["braintree"], format: Format::FormOfXml, content_is_id: true, lines: LINES, ..JSON };

const TRANSACTION: Shape = whole(TRANSACTION_ID);
const TRANSACTION_ID: Paths = &["/subject/transaction/id"];
const DISPUTE: Shape = part(&["/subject/dispute/id"], DISPUTED);
const DISPUTED: Paths = &["/subject/dispute/transaction/id"];
const SUBSCRIPTION: Shape = whole(SUBSCRIPTION_ID);
const SUBSCRIPTION_ID: Paths = &["/subject/subscription/id"];
/// The charge of a subscription: the latest of its transactions comes first.
const CHARGE: Shape = Shape { object: CHARGE_ID, parent: SUBSCRIPTION_ID, payment: CHARGE_ID };
const CHARGE_ID: Paths = &["/subject/subscription/transactions/transaction/id", "/subject/transaction/id"];
const LOCAL: Shape = whole(&["/subject/local-payment/transaction/id", "/subject/local-payment/payment-id"]);
const DISBURSEMENT: Shape = whole(&["/subject/disbursement/id"]);

const AMOUNT: How = decimal(&["/subject/transaction/amount"], &["/subject/transaction/currency-iso-code"]);
const CHARGED: How = decimal(
    &["/subject/subscription/transactions/transaction/amount", "/subject/transaction/amount"],
    &[
        "/subject/subscription/transactions/transaction/currency-iso-code",
        "/subject/transaction/currency-iso-code",
    ],
);
const DISPUTED_AMOUNT: How = decimal(
    &["/subject/dispute/amount-disputed", "/subject/dispute/amount"],
    &["/subject/dispute/currency-iso-code"],
);
const LOCAL_AMOUNT: How = decimal(
    &["/subject/local-payment/transaction/amount"],
    &["/subject/local-payment/transaction/currency-iso-code"],
);
/// In the merchant account's currency, which is not stated.
const DISBURSED: How =
    decimal(&["/subject/disbursement/amount"], &["/subject/disbursement/merchant-account/currency-iso-code"]);

#[rustfmt::skip]
const LINES: &[Line] = &[
    on(&["transaction_settled", "transaction_disbursed"]).is(Kind::PaymentCaptured, &TRANSACTION, AMOUNT),
    on(&["transaction_settlement_declined"]).is(Kind::PaymentFailed, &TRANSACTION, AMOUNT),
    on(&["transaction_reviewed", "transaction_retried"]).is(Kind::Other, &TRANSACTION, How::Unstated),
    on(&["refund_failed"]).is(Kind::RefundFailed, &TRANSACTION, AMOUNT),
    on(&["local_payment_completed", "local_payment_funded"]).is(Kind::PaymentCaptured, &LOCAL, LOCAL_AMOUNT),
    on(&["local_payment_expired"]).is(Kind::PaymentExpired, &LOCAL, LOCAL_AMOUNT),
    on(&["local_payment_reversed"]).is(Kind::PaymentReversed, &LOCAL, LOCAL_AMOUNT),

    on(&["dispute_opened"]).is(Kind::DisputeOpened, &DISPUTE, DISPUTED_AMOUNT),
    on(&["dispute_disputed", "dispute_under_review"]).is(Kind::DisputeUnderReview, &DISPUTE, DISPUTED_AMOUNT),
    on(&["dispute_won"]).is(Kind::DisputeWon, &DISPUTE, DISPUTED_AMOUNT),
    on(&["dispute_lost", "dispute_accepted", "dispute_auto_accepted", "dispute_expired"])
        .is(Kind::DisputeLost, &DISPUTE, DISPUTED_AMOUNT),

    on(&["subscription_charged_successfully"]).is(Kind::PaymentCaptured, &CHARGE, CHARGED),
    on(&["subscription_charged_unsuccessfully"]).is(Kind::PaymentFailed, &CHARGE, CHARGED),
    on(&["subscription_went_active"]).is(Kind::SubscriptionCreated, &SUBSCRIPTION, How::Unstated),
    on(&["subscription_went_past_due"]).is(Kind::SubscriptionPastDue, &SUBSCRIPTION, How::Unstated),
    on(&["subscription_canceled", "subscription_expired"]).is(Kind::SubscriptionCancelled, &SUBSCRIPTION, How::Unstated),
    on(&["subscription_trial_ended", "subscription_billing_skipped"]).is(Kind::Other, &SUBSCRIPTION, How::Unstated),

    on(&["disbursement"]).when("/subject/disbursement/success", &["true"]).is(Kind::PayoutPaid, &DISBURSEMENT, DISBURSED),
    on(&["disbursement", "disbursement_exception"]).is(Kind::PayoutFailed, &DISBURSEMENT, DISBURSED),
];
