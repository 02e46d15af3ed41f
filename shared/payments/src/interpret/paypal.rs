//! PayPal. See <https://developer.paypal.com/api/rest/webhooks/event-names/>.
//!
//! An order has authorisations and captures, and they name it. A refund and a dispute name the capture only, so they
//! are filed under the capture, and the capture's link leads to the order.

use super::rules::{How, JSON, Line, Paths, Provider, Shape, decimal, on, part, signed, whole};
use crate::Kind;

pub(super) const PAYPAL: Provider = Provider { names: &["paypal"], lines: LINES, ..JSON };

const ID: Paths = &["/resource/id"];
/// The order; in older messages what the `up` link leads to, which may be the authorisation.
const ORDER_ID: Paths =
    &["/resource/supplementary_data/related_ids/order_id", "/resource/links[rel=up]/href/$last"];
const AUTHORISATION_ID: Paths = &[
    "/resource/supplementary_data/related_ids/authorization_id",
    "/resource/links[rel=up]/href/$last",
    "/resource/supplementary_data/related_ids/order_id",
];
const CAPTURE_ID: Paths =
    &["/resource/links[rel=up]/href/$last", "/resource/supplementary_data/related_ids/capture_id"];

const ALONE: Shape = whole(ID);
const AUTHORISATION: Shape = part(ID, ORDER_ID);
const CAPTURE: Shape = Shape { object: ID, parent: AUTHORISATION_ID, payment: ORDER_ID };
const REFUND: Shape = part(ID, CAPTURE_ID);
/// A reversal is no object of its own: the message is about the capture that falls back.
const REVERSED: Shape = whole(CAPTURE_ID);
const SALE: Shape = Shape { object: ID, parent: &["/resource/billing_agreement_id"], payment: ID };
const SALE_REFUND: Shape = part(ID, SALE_ID);
const SALE_REVERSED: Shape = whole(SALE_ID);
const SALE_ID: Paths = &["/resource/sale_id", "/resource/id"];
const DISPUTE: Shape = part(&["/resource/dispute_id"], DISPUTED);
const DISPUTED: Paths = &["/resource/disputed_transactions[0]/seller_transaction_id"];
const PAYOUT: Shape = Shape {
    object: &["/resource/payout_item_id"],
    parent: &["/resource/payout_batch_id"],
    payment: &["/resource/payout_item_id"],
};
const PAYOUT_BATCH: Shape = whole(BATCH_ID);
const BATCH_ID: Paths = &["/resource/batch_header/payout_batch_id"];
const INVOICE: Shape = whole(INVOICE_ID);
const INVOICE_ID: Paths = &["/resource/invoice/id", "/resource/id"];

const AMOUNT: How = decimal(
    &["/resource/amount/value", "/resource/amount/total"],
    &["/resource/amount/currency_code", "/resource/amount/currency"],
);
const DISPUTED_AMOUNT: How =
    decimal(&["/resource/dispute_amount/value"], &["/resource/dispute_amount/currency_code"]);
const PAYOUT_AMOUNT: How =
    decimal(&["/resource/payout_item/amount/value"], &["/resource/payout_item/amount/currency"]);
const BATCH_AMOUNT: How =
    decimal(&["/resource/batch_header/amount/value"], &["/resource/batch_header/amount/currency"]);

const DISPUTE_EVENTS: &[&str] =
    &["CUSTOMER.DISPUTE.CREATED", "CUSTOMER.DISPUTE.UPDATED", "CUSTOMER.DISPUTE.RESOLVED"];
const OUTCOME: &str = "/resource/dispute_outcome/outcome_code";
const STATUS: &str = "/resource/status";

#[rustfmt::skip]
const LINES: &[Line] = &[
    // The amount of an order is spread over its purchase units; authorisations and captures state it.
    on(&["CHECKOUT.ORDER.CREATED", "CHECKOUT.ORDER.SAVED"]).is(Kind::PaymentCreated, &ALONE, How::Unstated),
    on(&["CHECKOUT.ORDER.APPROVED"]).is(Kind::PaymentProcessing, &ALONE, How::Unstated),
    on(&["CHECKOUT.ORDER.VOIDED", "CHECKOUT.PAYMENT-APPROVAL.REVERSED"]).is(Kind::PaymentCancelled, &ALONE, How::Unstated),
    on(&["CHECKOUT.ORDER.COMPLETED", "CHECKOUT.ORDER.PROCESSED"]).is(Kind::Other, &ALONE, How::Unstated),

    on(&["PAYMENT.AUTHORIZATION.CREATED"]).is(Kind::PaymentAuthorised, &AUTHORISATION, AMOUNT),
    on(&["PAYMENT.AUTHORIZATION.VOIDED"]).is(Kind::PaymentCancelled, &AUTHORISATION, AMOUNT),
    on(&["PAYMENT.CAPTURE.PENDING"]).is(Kind::PaymentProcessing, &CAPTURE, AMOUNT),
    on(&["PAYMENT.CAPTURE.COMPLETED"]).is(Kind::PaymentCaptured, &CAPTURE, AMOUNT),
    on(&["PAYMENT.CAPTURE.DENIED", "PAYMENT.CAPTURE.DECLINED"]).is(Kind::PaymentFailed, &CAPTURE, AMOUNT),
    on(&["PAYMENT.CAPTURE.REVERSED"]).is(Kind::PaymentReversed, &REVERSED, AMOUNT),

    on(&["PAYMENT.CAPTURE.REFUNDED", "PAYMENT.REFUND.COMPLETED"]).when(STATUS, &["PENDING"])
        .is(Kind::RefundCreated, &REFUND, AMOUNT),
    on(&["PAYMENT.CAPTURE.REFUNDED", "PAYMENT.REFUND.COMPLETED"]).is(Kind::RefundSucceeded, &REFUND, AMOUNT),
    on(&["PAYMENT.REFUND.PENDING"]).is(Kind::RefundCreated, &REFUND, AMOUNT),
    on(&["PAYMENT.REFUND.FAILED"]).is(Kind::RefundFailed, &REFUND, AMOUNT),

    on(&["PAYMENT.SALE.PENDING"]).is(Kind::PaymentProcessing, &SALE, AMOUNT),
    on(&["PAYMENT.SALE.COMPLETED"]).is(Kind::PaymentCaptured, &SALE, AMOUNT),
    on(&["PAYMENT.SALE.DENIED"]).is(Kind::PaymentFailed, &SALE, AMOUNT),
    on(&["PAYMENT.SALE.REFUNDED"]).is(Kind::RefundSucceeded, &SALE_REFUND, signed(&AMOUNT)),
    on(&["PAYMENT.SALE.REVERSED"]).is(Kind::PaymentReversed, &SALE_REVERSED, signed(&AMOUNT)),

    on(DISPUTE_EVENTS).when(OUTCOME, &["RESOLVED_SELLER_FAVOUR", "RESOLVED_SELLER_FAVOR", "CANCELED_BY_BUYER", "DENIED"])
        .is(Kind::DisputeWon, &DISPUTE, DISPUTED_AMOUNT),
    on(DISPUTE_EVENTS).when(OUTCOME, &["RESOLVED_BUYER_FAVOUR", "RESOLVED_BUYER_FAVOR", "ACCEPTED"])
        .is(Kind::DisputeLost, &DISPUTE, DISPUTED_AMOUNT),
    on(DISPUTE_EVENTS).when(STATUS, &["RESOLVED"]).is(Kind::DisputeClosed, &DISPUTE, DISPUTED_AMOUNT),
    on(DISPUTE_EVENTS).when(STATUS, &["UNDER_REVIEW", "WAITING_FOR_BUYER_RESPONSE"])
        .is(Kind::DisputeUnderReview, &DISPUTE, DISPUTED_AMOUNT),
    on(DISPUTE_EVENTS).is(Kind::DisputeOpened, &DISPUTE, DISPUTED_AMOUNT),

    on(&["PAYMENT.PAYOUTSBATCH.PROCESSING"]).is(Kind::PayoutCreated, &PAYOUT_BATCH, BATCH_AMOUNT),
    // A batch is done when its items were sent; each item tells whether it arrived.
    on(&["PAYMENT.PAYOUTSBATCH.SUCCESS"]).is(Kind::Other, &PAYOUT_BATCH, How::Unstated),
    on(&["PAYMENT.PAYOUTSBATCH.DENIED"]).is(Kind::PayoutFailed, &PAYOUT_BATCH, BATCH_AMOUNT),
    on(&["PAYMENT.PAYOUTS-ITEM.HELD", "PAYMENT.PAYOUTS-ITEM.UNCLAIMED"]).is(Kind::PayoutCreated, &PAYOUT, PAYOUT_AMOUNT),
    on(&["PAYMENT.PAYOUTS-ITEM.SUCCEEDED"]).is(Kind::PayoutPaid, &PAYOUT, PAYOUT_AMOUNT),
    on(&["PAYMENT.PAYOUTS-ITEM.FAILED", "PAYMENT.PAYOUTS-ITEM.BLOCKED", "PAYMENT.PAYOUTS-ITEM.CANCELED",
         "PAYMENT.PAYOUTS-ITEM.DENIED", "PAYMENT.PAYOUTS-ITEM.REFUNDED", "PAYMENT.PAYOUTS-ITEM.RETURNED"])
        .is(Kind::PayoutFailed, &PAYOUT, PAYOUT_AMOUNT),

    on(&["BILLING.SUBSCRIPTION.CREATED", "BILLING.SUBSCRIPTION.ACTIVATED", "BILLING.SUBSCRIPTION.RE-ACTIVATED"])
        .is(Kind::SubscriptionCreated, &ALONE, How::Unstated),
    on(&["BILLING.SUBSCRIPTION.PAYMENT.FAILED", "BILLING.SUBSCRIPTION.SUSPENDED"])
        .is(Kind::SubscriptionPastDue, &ALONE, How::Unstated),
    on(&["BILLING.SUBSCRIPTION.CANCELLED", "BILLING.SUBSCRIPTION.EXPIRED"])
        .is(Kind::SubscriptionCancelled, &ALONE, How::Unstated),
    on(&["BILLING.SUBSCRIPTION.UPDATED"]).is(Kind::Other, &ALONE, How::Unstated),

    on(&["INVOICING.INVOICE.CREATED", "INVOICING.INVOICE.SCHEDULED"]).is(Kind::InvoiceCreated, &INVOICE, How::Unstated),
    on(&["INVOICING.INVOICE.PAID"]).is(Kind::InvoicePaid, &INVOICE, How::Unstated),
    on(&["INVOICING.INVOICE.CANCELLED"]).is(Kind::InvoiceVoided, &INVOICE, How::Unstated),
    on(&["INVOICING.INVOICE.REFUNDED", "INVOICING.INVOICE.UPDATED"]).is(Kind::Other, &INVOICE, How::Unstated),
];
