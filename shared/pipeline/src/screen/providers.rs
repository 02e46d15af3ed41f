//! What each provider's messages hold of personal and card data, beyond what [`common`](super::common) knows by name, and
//! where its facts stand that screening must not touch beside `Provider::identity_paths`. Each row names the pages that
//! say so.

use super::{
    DataClass::{
        Address, BankAccount, BirthDate, CardNumber, CardholderName, Email, Expiry, IpAddress, Message, Name,
        NationalId, Phone, SecurityCode, Signature, Token,
    },
    rules::{Rules, is, keep},
};

/// What is known of one provider.
pub(super) struct Row {
    /// The provider's name.
    pub(super) name: &'static str,
    /// The pages that describe what its messages hold.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the reader, and checked by a test"))]
    pages: &'static [&'static str],
    /// Members that hold personal or card data.
    pub(super) rules: Rules,
    /// JSON pointers (`*` stands for any index) to facts of payments.
    pub(super) facts: &'static [&'static str],
    /// The form field that is XML in base64.
    pub(super) base64_xml: Option<&'static str>,
}

impl Row {
    /// That of this provider; for one that is not known, one that adds nothing.
    pub(super) fn named(name: &str) -> &'static Self {
        ROWS.iter().find(|row| row.name == name).unwrap_or(&OTHER)
    }
}

static OTHER: Row = row("", &[], Rules::new(&[]), &[]);

const fn row(
    name: &'static str,
    pages: &'static [&'static str],
    rules: Rules,
    facts: &'static [&'static str],
) -> Row {
    Row { name, pages, rules, facts, base64_xml: None }
}

#[rustfmt::skip]
static ROWS: [Row; 33] = [
    row(
        "stripe",
        &[
            "https://docs.stripe.com/api/charges/object",
            "https://docs.stripe.com/api/payment_methods/object",
            "https://docs.stripe.com/api/customers/object",
            "https://docs.stripe.com/api/checkout/sessions/object",
            "https://docs.stripe.com/api/disputes/evidence_object",
        ],
        Rules::new(&[
            is("object/name", Name), is("previous_attributes/name", Name), is("individual_name", Name),
            is("customer_shipping", Address), is("verified_name", Name), is("verified_email", Email),
            is("verified_phone", Phone), is("verified_address", Address), is("tax_ids/value", NationalId),
            is("customer_tax_ids/value", NationalId), is("customer_email_address", Email),
            is("customer_purchase_ip", IpAddress), is("evidence/customer_signature", Signature),
            is("evidence/customer_communication", Message), is("evidence/uncategorized_text", Message),
            // Whoever has these addresses sees the receipt or the invoice.
            is("hosted_invoice_url", Token), is("invoice_pdf", Token), is("hosted_voucher_url", Token),
            is("hosted_verification_url", Token), is("individual/name", Name), is("dob", BirthDate),
            is("business_name", Name), is("first_name_kana", Name), is("first_name_kanji", Name),
            is("last_name_kana", Name), is("last_name_kanji", Name), is("name_kana", Name), is("name_kanji", Name),
            is("full_name_aliases", Name), is("address_kana", Address), is("address_kanji", Address),
            is("registered_address", Address), is("cardholder_address", Address), is("ip_address_location", Address),
            is("visa_checkout/name", Name), is("masterpass/name", Name), is("device/name", Name),
            is("hashed_account_email_address", Email), is("support_phone", Phone), is("us_cfpb_data", Message),
            is("evidence/access_activity_log", Message), is("text/value", Message), is("numeric/value", Message),
            is("object/value", NationalId), is("tax_ids/data/value", NationalId), is("document/number", NationalId),
            is("cashtag", BankAccount), is("buyer_address", BankAccount), is("sender_iban", BankAccount),
            is("sender_account_number", BankAccount), is("refund_iban", BankAccount),
            is("refund_account_holder_name", Name),
            // Pages of a checkout, a customer's portal or a mandate, and steps of a payment.
            is("object/url", Token), is("redirect_to_url/url", Token), is("mobile_auth_url", Token),
            is("hosted_instructions_url", Token), is("sepa_debit/url", Token), is("bacs_debit/url", Token),
            is("persistent_token", Token),
        ]),
        &[
            "/data/object/payment_intent/id", "/data/object/charge/id", "/data/object/amount",
            "/data/object/amount_capturable", "/data/object/amount_received", "/data/object/amount_captured",
            "/data/object/amount_refunded", "/data/object/amount_due", "/data/object/amount_paid",
            "/data/object/parent/subscription_details/subscription",
        ],
    ),
    row(
        "paypal",
        &[
            "https://developer.paypal.com/docs/api/orders/v2/",
            "https://developer.paypal.com/docs/api/payments/v2/",
            "https://developer.paypal.com/docs/api/customer-disputes/v1/",
            "https://developer.paypal.com/docs/api/payments.payouts-batch/v1/",
        ],
        Rules::new(&[
            is("payer_info", Name), is("payer_info/email", Email), is("payer_info/phone", Phone),
            is("payer_info/shipping_address", Address), is("payer/payer_info", Name), is("tax_info", NationalId),
            is("payout_item/receiver", Email), is("resource/receiver", Email), is("messages/content", Message),
            is("note", Message), is("note_to_payer", Message), is("recipient_info", Name), is("invoicer/name", Name),
            is("primary_recipients/billing_info", Name), is("alternate_full_name", Name), is("national_number", Phone),
            is("recipient_name", Name), is("admin_area_1", Address), is("admin_area_2", Address), is("vault/id", Token),
            is("business_name", Name), is("bancontact/name", Name), is("blik/name", Name), is("eps/name", Name),
            is("giropay/name", Name), is("ideal/name", Name), is("mybank/name", Name), is("p24/name", Name),
            is("sofort/name", Name), is("trustly/name", Name), is("apple_pay/name", Name), is("google_pay/name", Name),
            is("secondary_shipping_address", Address), is("primary_recipients/shipping_info", Address),
            is("evidences/notes", Message), is("supporting_info/notes", Message), is("status_change_note", Message),
            is("transaction_note", Message), is("memo", Message),
        ]),
        &[
            "/resource/supplementary_data/related_ids/authorization_id", "/resource/links/*/href",
            "/resource/billing_agreement_id", "/resource/sale_id", "/resource/dispute_id",
            "/resource/disputed_transactions/*/seller_transaction_id", "/resource/payout_item_id",
            "/resource/payout_batch_id", "/resource/batch_header/payout_batch_id", "/resource/invoice/id",
            "/resource/amount/value", "/resource/amount/total", "/resource/dispute_amount/value",
            "/resource/payout_item/amount/value", "/resource/batch_header/amount/value",
        ],
    ),
    row("standardwebhooks", &["https://www.standardwebhooks.com/"], Rules::new(&[]), &[]),
    row("svix", &["https://docs.svix.com/receiving/introduction"], Rules::new(&[]), &[]),
    row(
        "adyen",
        &[
            "https://docs.adyen.com/development-resources/webhooks/webhook-types",
            "https://docs.adyen.com/development-resources/webhooks/additional-settings/",
        ],
        Rules::new(&[
            // `authorisation code:last four digits:expiry date` of a card.
            is("NotificationRequestItem/reason", Expiry),
            is("recurring.recurringDetailReference", Token), is("recurringDetailReference", Token),
            is("tokenization.storedPaymentMethodId", Token), is("networkTxReference", Token),
            is("additionalData/alias", Token), is("shopperName", Name),
            is("shopperName.firstName", Name), is("shopperName.lastName", Name), is("shopperName.infix", Name),
            is("bankAccount.ownerName", Name), is("bankAccount.iban", BankAccount),
            is("bankAccount.bankAccountNumber", BankAccount), is("shopperTelephone", Phone),
            is("billingAddress.street", Address), is("billingAddress.houseNumberOrName", Address),
            is("billingAddress.city", Address), is("billingAddress.postalCode", Address),
            is("billingAddress.stateOrProvince", Address), is("billingAddress.country", Address),
            is("deliveryAddress.street", Address), is("deliveryAddress.houseNumberOrName", Address),
            is("deliveryAddress.city", Address), is("deliveryAddress.postalCode", Address),
            is("deliveryAddress.stateOrProvince", Address), is("deliveryAddress.country", Address),
            is("threeDSServerTransID", Token), is("socialSecurityNumber", NationalId), is("dateOfBirth", BirthDate),
            is("storedPaymentMethodId", Token), is("sepadirectdebit.iban", BankAccount),
        ]),
        &[],
    ),
    row(
        "adyen_platform",
        &[
            "https://docs.adyen.com/api-explorer/transfer-webhooks/4/overview",
            "https://docs.adyen.com/api-explorer/balanceplatform-webhooks/2/overview",
            "https://docs.adyen.com/api-explorer/Tokenization-webhooks/1/overview",
        ],
        Rules::new(&[
            is("bankAccount/accountIdentification", BankAccount), is("counterparty/bankAccount", BankAccount),
            is("counterparty/card", CardholderName), is("card/expiration", Expiry), is("legalName", Name),
            is("ultimateParty", Name), is("contactDetails", Name), is("contactDetails/email", Email),
            is("contactDetails/phone", Phone), is("contactDetails/address", Address), is("storedPaymentMethodId", Token),
            is("counterparty/merchant", Address), is("data/ownerName", Name),
            is("deliveryContact", Address), is("bulkAddress", Address), is("cardIdentification/number", CardNumber),
            is("referenceForBeneficiary", Message),
            // An object with an id, not a name.
            keep("data/accountHolder"), is("accountHolder/description", Name),
        ]),
        &["/data/amount/value"],
    ),
    row(
        "square",
        &[
            "https://developer.squareup.com/reference/square/objects/Payment",
            "https://developer.squareup.com/reference/square/objects/Customer",
            "https://developer.squareup.com/reference/square/objects/Invoice",
        ],
        Rules::new(&[
            is("buyer_email_address", Email), is("company_name", Name), is("nickname", Name), is("note", Message),
            is("shipment_details/recipient", Address), is("pickup_details/recipient", Address),
            is("delivery_details/recipient", Address), is("in_store_details/recipient", Address),
            is("recipient/display_name", Name), is("recipient/email_address", Email), is("recipient/phone_number", Phone),
            is("display_name", Name), is("buyer_full_name", Name), is("buyer_cashtag", BankAccount),
            is("buyer_country_code", Address), is("primary_recipient", Name), is("invoice/public_url", Token),
            is("buyer_supplied_money_note", Message), is("signature_image", Signature),
            is("shipping_note", Message), is("dropoff_notes", Message), is("seller_note", Message),
            is("evidence_text", Message), is("input_text", Message), is("ticket_name", Name), is("eu_vat", NationalId),
            is("application_cryptogram", SecurityCode), is("payment_source_token", Token),
            is("device_code/code", Token),
            // Whoever knows a gift card's number can spend it.
            is("gan", Token), is("gift_card_gan", Token),
        ]),
        &[
            "/data/object/dispute/id", "/data/object/dispute/dispute_id",
            "/data/object/dispute/disputed_payment/payment_id", "/data/object/payout/id", "/data/object/invoice/id",
            "/data/object/subscription/id", "/data/object/payment/total_money/amount",
            "/data/object/payment/amount_money/amount", "/data/object/payment/approved_money/amount",
            "/data/object/refund/amount_money/amount", "/data/object/dispute/amount_money/amount",
            "/data/object/payout/amount_money/amount",
        ],
    ),
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
        "github",
        &["https://docs.github.com/en/webhooks/webhook-events-and-payloads"],
        Rules::new(&[
            is("author/name", Name), is("committer/name", Name), is("pusher/name", Name), is("sender/name", Name),
            is("body", Message), is("commits/message", Message), is("head_commit/message", Message),
            is("dismissed_comment", Message), is("resolution_comment", Message),
        ]),
        &[],
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
        "checkout",
        &[
            "https://www.checkout.com/docs/workflows/webhook-event-types/payment_approved",
            "https://www.checkout.com/docs/reporting-and-insights/events-api/event-types",
        ],
        Rules::new(&[
            is("source/name", CardholderName), is("destination/name", CardholderName), is("town_city", Address),
            is("account_holder/full_name", Name), is("recipient/account_number", BankAccount), is("recipient/dob", BirthDate),
            is("recipient/zip", Address), is("3ds/xid", SecurityCode), is("sender", Name), is("shipping/address", Address),
            is("payer/name", Name), is("source/account_number", BankAccount), is("shipping/name", Name),
            is("customer_mobile", Phone), is("account_iban", BankAccount), is("from_address_zip", Address),
            is("residency_address", Address), is("registered_address", Address), is("principal_address", Address),
            is("shipping_recipient", Address), is("legal_name", Name), is("place_of_birth", BirthDate),
            is("national_id_number", NationalId), is("national_tax_id", NationalId),
            is("identification/number", NationalId), is("token_data", Token),
        ]),
        &["/data/amount"],
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
    Row {
        base64_xml: Some("bt_payload"),
        ..row(
            "braintree",
            &[
                "https://developer.paypal.com/braintree/docs/guides/webhooks/parse",
                "https://developer.paypal.com/braintree/docs/reference/response/transaction",
                "https://developer.paypal.com/braintree/docs/reference/response/credit-card",
            ],
            Rules::new(&[
                is("billing", Address), is("shipping", Address), is("payer_first_name", Name), is("payer_last_name", Name),
                is("billing/first_name", Name), is("billing/last_name", Name), is("shipping/first_name", Name),
                is("shipping/last_name", Name), is("customer/company", Name), is("customer/website", Name),
                is("payer_id", Token), is("payee_email", Email), is("venmo_user_id", Token), is("username", Name),
                is("bank_account/account_type", BankAccount), is("routing_number", BankAccount),
                is("global_id", Token), is("payer_info", Name), is("evidence/comments", Message), is("customer/id", Token),
                is("payment_method_token", Token), is("default_payment_method_token", Token),
                is("shared_payment_method_token", Token), is("three_d_secure_token", Token),
                is("source_description", Name), is("legal_name", Name), is("passenger_first_name", Name),
                is("passenger_last_name", Name), is("recipient_phone", Phone), is("international_phone", Phone),
                is("customer_location_zip", Address), is("tax_identifiers", NationalId), is("reviewer_note", Message),
                is("forwarded_comments", Message), is("processor_comments", Message), is("paypal_messages", Message),
                is("ach_mandate/text", Message),
            ]),
            &[
                "/bt_payload/notification/subject/transaction/id",
                "/bt_payload/notification/subject/transaction/amount",
                "/bt_payload/notification/subject/dispute/id",
                "/bt_payload/notification/subject/dispute/transaction/id",
                "/bt_payload/notification/subject/dispute/amount",
                "/bt_payload/notification/subject/dispute/amount-disputed",
                "/bt_payload/notification/subject/subscription/id",
                "/bt_payload/notification/subject/subscription/transactions/transaction/id",
                "/bt_payload/notification/subject/subscription/transactions/transaction/amount",
                "/bt_payload/notification/subject/local-payment/transaction/id",
                "/bt_payload/notification/subject/local-payment/transaction/amount",
                "/bt_payload/notification/subject/local-payment/payment-id",
                "/bt_payload/notification/subject/disbursement/id",
                "/bt_payload/notification/subject/disbursement/amount",
            ],
        )
    },
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
        "authorizenet",
        &["https://developer.authorize.net/api/reference/features/webhooks.html"],
        Rules::new(&[
            is("billTo", Address), is("shipTo", Address), is("payload/name", Name), is("payload/description", Message),
            is("accountNumber", BankAccount), is("merchantCustomerId", Token),
        ]),
        &["/payload/authAmount"],
    ),
    row(
        "worldpay",
        &[
            "https://docs.worldpay.com/access/products/events/openapi/payment/refusedpayment",
            "https://developer.worldpay.com/products/access/events/openapi/payment/tokencreated",
        ],
        Rules::new(&[is("tokenPaymentInstrument", Token), is("cardHolderName", CardholderName), is("paymentInstrument/href", Token)]),
        &["/eventDetails/reference", "/eventDetails/amount/value"],
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
    row(
        "slack",
        &[
            "https://docs.slack.dev/apis/events-api/",
            "https://docs.slack.dev/interactivity/implementing-slash-commands",
        ],
        Rules::new(&[
            is("text", Message), is("response_url", Token), is("trigger_id", Token), is("user/username", Name),
            is("display_name", Name), is("real_name_normalized", Name), is("display_name_normalized", Name),
            is("state/values", Message), is("url_private", Token), is("permalink_public", Token),
            is("fallback", Message), is("pretext", Message), is("preview", Message), is("plain_text", Message),
            is("status_text", Message), is("topic/value", Message), is("purpose/value", Message),
            is("url_private_download", Token),
        ]),
        &[],
    ),
    row(
        "twilio",
        &[
            "https://www.twilio.com/docs/messaging/guides/webhook-request",
            "https://www.twilio.com/docs/voice/twiml#request-parameters",
        ],
        Rules::new(&[
            is("From", Phone), is("To", Phone), is("Caller", Phone), is("Called", Phone), is("ForwardedFrom", Phone),
            is("WaId", Phone), is("Author", Phone), is("recipients", Phone), is("Body", Message), is("ProfileName", Name),
            is("CallerName", Name), is("FromCity", Address), is("FromState", Address), is("FromZip", Address),
            is("FromCountry", Address), is("ToCity", Address), is("ToState", Address), is("ToZip", Address),
            is("ToCountry", Address), is("CallerCity", Address), is("CallerState", Address), is("CallerZip", Address),
            is("CallerCountry", Address), is("CalledCity", Address), is("CalledState", Address), is("CalledZip", Address),
            is("CalledCountry", Address), is("Label", Address), is("ButtonText", Message), is("TranscriptionText", Message),
            is("SpeechResult", Message), is("UnstableSpeechResult", Message), is("ButtonPayload", Message),
            is("MessagingBinding.Address", Phone), is("OriginalRepliedMessageSender", Phone),
            // What a caller typed may be a card number or its code.
            is("Digits", SecurityCode), is("FinishedOnKey", SecurityCode),
            // Whoever has these addresses hears or sees what was sent, unless the account asks for a password.
            is("RecordingUrl", Token), is("TranscriptionUrl", Token), is("MediaUrl0", Token), is("MediaUrl1", Token),
            is("MediaUrl2", Token), is("MediaUrl3", Token), is("MediaUrl4", Token), is("MediaUrl5", Token),
            is("MediaUrl6", Token), is("MediaUrl7", Token), is("MediaUrl8", Token), is("MediaUrl9", Token),
        ]),
        &[],
    ),
    row(
        "molam",
        &["https://github.com/Molam-git/molam-connect/blob/48a4f6bca17c4cb47acfe4b5c375e2be3c332444/brique-45/src/events/payment-hooks.ts"],
        Rules::new(&[is("data/name", Name), is("data/destination", BankAccount)]),
        &["/data/object/id", "/data/payment_intent_id", "/data/payment_id", "/data/amount", "/data/object/amount"],
    ),
    row("custom", &["https://www.rfc-editor.org/rfc/rfc9110"], Rules::new(&[]), &[]),
];

#[cfg(test)]
mod tests {
    use verification::Provider;

    use super::*;

    #[test]
    fn every_provider_has_one_row_that_names_its_pages() {
        let custom = Provider::named("custom").unwrap();
        let mut known: Vec<&str> =
            Provider::all().iter().chain([custom]).map(|provider| provider.name).collect();
        let mut rows: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
        known.sort_unstable();
        rows.sort_unstable();
        assert_eq!(rows, known);
        for row in &ROWS {
            assert!(row.pages.iter().all(|page| page.starts_with("https://")), "{}", row.name);
            assert!(!row.pages.is_empty(), "{}", row.name);
            assert!(row.facts.iter().all(|fact| fact.starts_with('/')), "{}", row.name);
        }
    }
}
