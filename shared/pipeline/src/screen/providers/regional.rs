//! Providers of one region's means of payment, and of transfers.

use super::{Row, row};
use crate::screen::{
    DataClass::{Address, BankAccount, BirthDate, Email, Message, Name, NationalId, Phone, Token},
    rules::{Rules, is, keep},
};

#[rustfmt::skip]
pub(super) static ROWS: [Row; 11] = [
    row(
        "razorpay",
        &[
            "https://razorpay.com/docs/webhooks/payments",
            "https://razorpay.com/docs/webhooks/payloads/payments/",
            "https://razorpay.com/docs/webhooks/payloads/x/",
        ],
        Rules::new(&[
            is("contact", Phone), is("customer_contact", Phone), is("fund_account/contact", Name), is("vpa/address", BankAccount),
            is("vpa/username", BankAccount), is("bank_account/name", Name), is("payer_account", BankAccount),
            is("bank_account/account_number", BankAccount), is("beneficiary_name", Name), is("customer_details", Name),
            is("customer_details/email", Email), is("customer_details/contact", Phone), is("short_url", Token),
            // An object of its own kind, not a secret.
            keep("payload/token"), keep("token/entity"), is("entity/token", Token), is("payer_name", Name),
            is("customer/entity/name", Name), is("receivers/name", Name), is("gstin", NationalId),
            is("payer_bank_account", BankAccount), is("payer_vpa", BankAccount), is("narration", Message),
        ]),
        &[
            "/payload/payment/entity/amount", "/payload/refund/entity/amount", "/payload/dispute/entity/id",
            "/payload/dispute/entity/payment_id", "/payload/dispute/entity/amount", "/payload/settlement/entity/id",
            "/payload/payout/entity/id", "/payload/payout/entity/amount", "/payload/invoice/entity/id",
            "/payload/invoice/entity/amount", "/payload/payment_link/entity/id",
            "/payload/payment_link/entity/amount", "/payload/subscription/entity/id",
            "/payload/settlement/entity/amount",
        ],
    ),
    row(
        "mollie",
        &[
            "https://docs.mollie.com/reference/get-payment",
            "https://docs.mollie.com/reference/webhooks-new",
            "https://docs.mollie.com/reference/get-sales-invoice",
        ],
        Rules::new(&[
            is("consumer_bic", BankAccount), is("bank_bic", BankAccount), is("bank_account", BankAccount),
            is("signer_name", Name), is("signer_email", Email), is("card_fingerprint", Token), is("street_and_number", Address),
            is("street_additional", Address), is("billing_address/given_name", Name), is("entity/name", Name),
            is("recipient/organization_name", Name), is("recipient/city", Address), is("recipient/region", Address),
            is("shipping_address/given_name", Name), is("recipient/email", Email), is("details/paypal_payer_id", Email),
            is("consumer_date_of_birth", BirthDate), is("voucher_number", Token), is("bitcoin_address", BankAccount),
        ]),
        &["/_embedded/entity/id", "/_embedded/entity/paymentId", "/_embedded/entity/amount/value"],
    ),
    row(
        "gocardless",
        &["https://developer.gocardless.com/api-reference/#core-endpoints-events"],
        Rules::new(&[]),
        &["/events/*/links/payout", "/events/*/links/subscription"],
    ),
    row(
        "klarna",
        &["https://docs.klarna.com/api/webhooks/"],
        Rules::new(&[
            is("interoperability_token", Token), is("klarna_network_session_token", Token),
            is("payment_confirmation_token", Token), is("klarna_customer", Name), is("customer_profile", Name),
            is("merchant_message", Message), is("payment_request_url", Token),
            is("shipping/recipient", Name),
        ]),
        &[
            "/payload/payment_dispute_id", "/payload/payment_transaction_id",
            "/payload/dispute_details/dispute_amount",
        ],
    ),
    row(
        "flutterwave_v3",
        &["https://developer.flutterwave.com/v3.0/docs/webhooks"],
        Rules::new(&[
            is("data/fullname", Name), is("customertoken", Token), is("card_tokens", Token), is("embedtoken", Token),
            is("transfer/fullname", Name), is("customer.fullName", Name), is("shortcode", Token), is("device_fingerprint", Token),
            is("originatorname", Name), is("originatoraccountnumber", BankAccount), is("narration", Message),
        ]),
        &[
            "/data/amount", "/data/tx_id", "/data/TransactionId", "/data/AmountRefunded", "/data/amount_refunded",
            "/data/charge_id", "/data/charge/id", "/data/status",
        ],
    ),
    row(
        "flutterwave_v4",
        &["https://developer.flutterwave.com/docs/webhooks"],
        Rules::new(&[
            is("name/first", Name), is("name/last", Name), is("name/middle", Name), is("phone/number", Phone),
            is("wallet/identifier", BankAccount),
        ]),
        &[
            "/data/amount", "/data/charge_id", "/data/charge/id", "/data/amount_refunded", "/data/tx_id",
            "/data/TransactionId", "/data/AmountRefunded",
        ],
    ),
    row(
        "paystack",
        &["https://paystack.com/docs/payments/webhooks/"],
        Rules::new(&[
            is("sender_bank", BankAccount), is("international_format_phone", Phone), is("recipient/details", BankAccount),
            is("details/account_name", Name), is("email_token", Token), is("account_details", BankAccount),
            is("identification/value", NationalId), is("identification/bvn", NationalId), is("bvn", NationalId),
            is("narration", Message), is("customer_note", Message), is("merchant_note", Message), is("log/history", Message),
            is("messages/body", Message), is("note", Message), is("pdf_url", Token),
        ]),
        &[
            "/data/amount", "/data/refund_reference", "/data/transaction_reference", "/data/transaction/reference",
            "/data/transaction/amount", "/data/refund_amount", "/data/transfer_code", "/data/invoice_code",
            "/data/subscription_code", "/data/status",
        ],
    ),
    row(
        "xendit",
        &[
            "https://docs.xendit.co/apidocs/payment-webhook-notification",
            "https://docs.xendit.co/docs/routing-payment-channels",
        ],
        Rules::new(&[
            is("channel_properties/account_name", Name), is("account_details", BankAccount), is("card_details/fingerprint", Token),
            is("billing_information", Address), is("cardholder_email", Email), is("cardholder_phone_number", Phone),
            is("individual_detail", Name), is("payment_code", Token), is("skip_three_ds", Message), is("payer/name", Name),
            is("cashtag", BankAccount), is("virtual_account_number", BankAccount), is("display_name", Name),
            is("business_name", Name), is("client_name", Name), is("account/name", Name),
            is("given_names_non_roman", Name), is("surname_non_roman", Name), is("mother_maiden_name", Name),
            is("kyc_documents/document_name", Name), is("place_of_birth", BirthDate),
            is("identity_document_number", NationalId), is("account_identifier", BankAccount),
            is("bank_account_hash", BankAccount), is("street_line1", Address), is("street_line2", Address),
            is("shipping_information", Address), is("token_id", Token), is("one_time_token", Token),
            is("invoice_url", Token),
        ]),
        &[
            "/data/payment_id", "/data/invoice_id", "/data/amount", "/data/request_amount", "/data/capture_amount",
            "/data/charge_amount", "/data/captures/*/capture_amount", "/data/captures/*/capture_id",
        ],
    ),
    row(
        "mercadopago",
        &["https://www.mercadopago.com/developers/en/docs/your-integrations/notifications/webhooks"],
        Rules::new(&[]),
        &[],
    ),
    row(
        "wise",
        &[
            "https://docs.wise.com/api-reference/webhook-event",
            "https://docs.wise.com/api-reference/webhook-event/eventswiftincredit",
        ],
        Rules::new(&[
            is("sender", Name), is("data/sender", Name), is("sender/account_number", BankAccount), is("recipient", Name),
            is("recipient/account_number", BankAccount), is("sender/address", Address), is("transfer_reference", Message),
            is("sender/account", BankAccount), is("recipient/account", BankAccount), is("recipient/address", Address),
        ]),
        &["/data/transfer_id"],
    ),
    row(
        "molam",
        &["https://github.com/Molam-git/molam-connect/blob/48a4f6bca17c4cb47acfe4b5c375e2be3c332444/brique-45/src/events/payment-hooks.ts"],
        Rules::new(&[is("data/name", Name), is("data/destination", BankAccount)]),
        &["/data/object/id", "/data/payment_intent_id", "/data/payment_id", "/data/amount", "/data/object/amount"],
    ),
];
