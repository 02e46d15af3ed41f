//! Providers of orders, subscriptions, invoices and accounts.

use super::{Row, row};
use crate::screen::{
    DataClass::{Address, BankAccount, Email, IpAddress, Message, Name, NationalId, Token},
    rules::{Rules, is},
};

#[rustfmt::skip]
pub(super) static ROWS: [Row; 7] = [
    row(
        "shopify",
        &[
            "https://shopify.dev/docs/api/admin-rest/latest/resources/order",
            "https://shopify.dev/docs/api/admin-rest/latest/resources/customer",
            "https://shopify.dev/docs/api/admin-rest/latest/resources/transaction",
        ],
        Rules::new(&[
            is("billing_address/name", Name), is("shipping_address/name", Name), is("destination", Address),
            is("destination/name", Name), is("cart_token", Token), is("checkout_token", Token),
            is("order_status_url", Token), is("abandoned_checkout_url", Token), is("note", Message),
            is("landing_site", Token), is("default_address", Address), is("credit_card_number", BankAccount),
            is("client_details/user_agent", IpAddress), is("receipt", Token), is("multipass_identifier", Token),
            is("localization_extensions/value", NationalId), is("localized_fields/value", NationalId),
            is("properties/value", Message), is("invoice_url", Token),
        ]),
        &["/parent_id", "/transactions/*/id", "/transactions/*/amount", "/amount", "/total_price"],
    ),
    row(
        "paddle",
        &[
            "https://developer.paddle.com/webhooks/transactions/transaction-completed",
            "https://developer.paddle.com/webhooks/customers/customer-created",
            "https://developer.paddle.com/webhooks/addresses/address-created",
        ],
        Rules::new(&[
            is("data/name", Name), is("data/first_line", Address), is("data/second_line", Address), is("data/city", Address),
            is("data/region", Address), is("first_line", Address), is("second_line", Address), is("business/name", Name),
            is("company_number", NationalId), is("contacts", Name), is("contacts/email", Email),
            is("management_urls", Token), is("business/contacts", Name),
        ]),
        &[
            "/data/details/totals/grand_total", "/data/details/totals/total", "/data/totals/total", "/data/amount",
        ],
    ),
    row(
        "coinbase_commerce",
        &["https://docs.cdp.coinbase.com/commerce/docs/webhooks"],
        Rules::new(&[
            is("addresses", BankAccount), is("payer_addresses", BankAccount), is("metadata/name", Name),
            is("sender", BankAccount), is("payments/payer_addresses", BankAccount),
            is("recipient", BankAccount),
        ]),
        &[
            "/event/data/pricing/local/amount", "/event/data/payments/*/value/local/amount",
            "/event/data/payments/*/value/crypto/amount",
        ],
    ),
    row(
        "plaid",
        &["https://plaid.com/docs/api/webhooks/"],
        Rules::new(&[
            is("link_token", Token), is("owner_names", Name), is("public_tokens", Token),
            is("processor_token", Token), is("user_token", Token),
        ]),
        &[],
    ),
    row("recurly", &["https://docs.recurly.com/docs/webhooks"], Rules::new(&[]), &[]),
    row(
        "chargebee",
        &[
            "https://apidocs.chargebee.com/docs/api/events",
            "https://apidocs.chargebee.com/docs/api/customers",
            "https://apidocs.chargebee.com/docs/api/cards",
            "https://apidocs.chargebee.com/docs/api/transactions",
        ],
        Rules::new(&[
            is("payment_method/reference_id", Token), is("payment_source/reference_id", Token), is("card/reference_id", Token),
            is("customer/company", Name), is("created_from_ip", IpAddress), is("created_by", Email), is("content/user", Email),
            is("invoice_notes", Message), is("notes/note", Message), is("card/billing_country", Address),
            is("bank_account/account_number", BankAccount), is("email_recipient", Email), is("comment_notes", Message),
            is("client_ip_address", IpAddress), is("name_on_account", Name), is("entity_identifiers/value", NationalId),
            is("order/note", Message), is("gift_note", Message), is("comment/notes", Message),
            is("gateway_payment_method_token", Token), is("vault_token", Token), is("hosted_page/url", Token),
        ]),
        &[
            "/content/transaction/reference_transaction_id", "/content/transaction/refunded_txn_id",
            "/content/transaction/linked_payments/*/id", "/content/transaction/amount", "/content/invoice/total",
        ],
    ),
    row(
        "lemonsqueezy",
        &[
            "https://docs.lemonsqueezy.com/help/webhooks/webhook-requests",
            "https://docs.lemonsqueezy.com/api/orders/the-order-object",
            "https://docs.lemonsqueezy.com/api/customers/the-customer-object",
        ],
        Rules::new(&[
            // Signed addresses of receipts and of the customer's portal.
            is("urls", Token), is("attributes/name", Name), is("attributes/city", Address), is("attributes/region", Address),
            is("attributes/key", Token),
        ]),
        &["/data/attributes/subscription_id", "/data/attributes/total", "/data/attributes/refunded_amount"],
    ),
];
