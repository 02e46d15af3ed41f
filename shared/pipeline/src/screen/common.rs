//! Names that mean the same with every provider, and in what a merchant adds.

use super::{
    DataClass::{
        Address, BankAccount, BirthDate, CardNumber, CardholderName, Email, Expiry, IpAddress, Message, Name,
        NationalId, Phone, SecurityCode, Signature, Token,
    },
    rules::{Rule, Rules, is},
};

/// The rules for all providers.
pub(super) static COMMON: Rules = Rules::new(LIST);

#[rustfmt::skip]
const LIST: &[Rule] = &[
    is("card_number", CardNumber), is("cc_number", CardNumber), is("credit_card_number", CardNumber),
    is("pan", CardNumber), is("primary_account_number", CardNumber), is("dpan", CardNumber), is("fpan", CardNumber),
    is("card/number", CardNumber), is("card/account_number", CardNumber), is("source/number", CardNumber),
    is("payment_method/number", CardNumber), is("credit_card/number", CardNumber),

    is("cvc", SecurityCode), is("cvv", SecurityCode), is("cvv2", SecurityCode), is("cvc2", SecurityCode),
    is("cvn", SecurityCode), is("csc", SecurityCode), is("card_code", SecurityCode), is("security_code", SecurityCode),
    is("card_security_code", SecurityCode), is("card_verification_value", SecurityCode),
    is("verification_value", SecurityCode), is("card_cvc", SecurityCode), is("card_cvv", SecurityCode),
    is("pin", SecurityCode), is("pin_block", SecurityCode), is("cryptogram", SecurityCode), is("cavv", SecurityCode),
    is("track1", SecurityCode), is("track2", SecurityCode), is("track_data", SecurityCode), is("magnetic_stripe", SecurityCode),

    is("exp_month", Expiry), is("exp_year", Expiry), is("expiry", Expiry), is("expiry_date", Expiry),
    is("expiry_month", Expiry), is("expiry_year", Expiry), is("expiration_month", Expiry),
    is("expiration_year", Expiry), is("card_expiry", Expiry), is("card_expiry_date", Expiry),
    is("card_expiration", Expiry), is("card_expiration_date", Expiry), is("credit_card_expiration_month", Expiry),
    is("credit_card_expiration_year", Expiry), is("card/expiration_date", Expiry), is("card/expiration", Expiry),
    is("card/exp", Expiry), is("credit_card/expiration_date", Expiry), is("card_exp_month", Expiry), is("card_exp_year", Expiry),

    is("cardholder_name", CardholderName), is("cardholder", CardholderName), is("name_on_card", CardholderName), is("credit_card_name", CardholderName),
    is("card/name", CardholderName), is("card/holder", CardholderName), is("card/holder_name", CardholderName),
    is("cardholder_first_name", CardholderName), is("cardholder_last_name", CardholderName),
    is("card/first_name", CardholderName), is("card/last_name", CardholderName), is("billing_details/name", CardholderName),

    is("signature", Signature), is("hmac_signature", Signature), is("hmac", Signature), is("bt_signature", Signature),
    is("webhook_signature", Signature),
    is("token", Token), is("access_token", Token), is("refresh_token", Token), is("id_token", Token),
    is("public_token", Token), is("payment_token", Token), is("card_token", Token), is("customer_token", Token),
    is("network_token", Token), is("session_token", Token), is("client_secret", Token), is("secret", Token),
    is("client_token", Token), is("password", Token), is("passwd", Token), is("api_key", Token), is("secret_key", Token),
    is("private_key", Token), is("authorization_code", Token), is("receipt_url", Token), is("credentials", Token),

    is("first_name", Name), is("last_name", Name), is("middle_name", Name), is("full_name", Name), is("given_name", Name),
    is("given_names", Name), is("family_name", Name), is("surname", Name), is("customer_name", Name),
    is("payer_name", Name), is("buyer_name", Name), is("shopper_name", Name), is("recipient_name", Name),
    is("receiver_name", Name), is("sender_name", Name), is("billing_name", Name), is("shipping_name", Name),
    is("account_holder_name", Name), is("account_holder", Name), is("account_name", Name), is("holder_name", Name),
    is("beneficiary_name", Name), is("owner_name", Name), is("contact_name", Name), is("user_name", Name),
    is("consumer_name", Name), is("real_name", Name), is("maiden_name", Name), is("person_name", Name),
    is("customer/name", Name), is("payer/name", Name), is("payee/name", Name), is("buyer/name", Name),
    is("shopper/name", Name), is("recipient/name", Name), is("receiver/name", Name), is("sender/name", Name),
    is("beneficiary/name", Name), is("billing/name", Name), is("shipping/name", Name), is("billing_contact/name", Name),
    is("shipping_details/name", Name), is("customer_details/name", Name), is("contact/name", Name), is("owner/name", Name),
    is("user/name", Name), is("person/name", Name), is("subscriber/name", Name), is("bank_account/name", Name),
    is("shipping_contact/name", Name), is("consumer/name", Name), is("client/name", Name), is("cardholder/name", CardholderName),

    is("address", Address), is("billing_address", Address), is("shipping_address", Address), is("addresses", Address),
    is("delivery_address", Address), is("default_address", Address), is("home_address", Address), is("postal_address", Address),
    is("customer_address", Address), is("street_address", Address), is("residential_address", Address),
    is("address1", Address), is("address2", Address), is("address3", Address), is("address_line1", Address),
    is("address_line2", Address), is("address_line3", Address), is("line1", Address),
    is("line2", Address), is("line3", Address), is("street", Address), is("street1", Address), is("street2", Address),
    is("street_name", Address), is("street_number", Address), is("house_number", Address), is("postal_code", Address),
    is("postcode", Address), is("zip", Address), is("zip_code", Address), is("address_city", Address),
    is("address_zip", Address), is("address_state", Address), is("billing_street", Address), is("billing_city", Address),
    is("billing_state", Address), is("billing_zip", Address), is("billing_postal_code", Address),
    is("billing_addr1", Address), is("billing_addr2", Address), is("shipping_street", Address), is("shipping_city", Address),
    is("shipping_state", Address), is("shipping_zip", Address), is("shipping_postal_code", Address),
    is("bill_to", Address), is("ship_to", Address), is("latitude", Address), is("longitude", Address),

    is("email", Email), is("email_address", Email), is("customer_email", Email), is("receipt_email", Email),
    is("billing_email", Email), is("payer_email", Email), is("buyer_email", Email), is("shopper_email", Email),
    is("contact_email", Email), is("user_email", Email), is("emails", Email),

    is("phone", Phone), is("phone_number", Phone), is("phone_numbers", Phone), is("phones", Phone), is("mobile", Phone),
    is("mobile_number", Phone), is("mobile_phone", Phone), is("cell_phone", Phone), is("telephone", Phone),
    is("telephone_number", Phone), is("tel", Phone), is("fax", Phone), is("fax_number", Phone), is("msisdn", Phone),
    is("customer_phone", Phone), is("billing_phone", Phone), is("shipping_phone", Phone), is("contact_number", Phone),

    is("date_of_birth", BirthDate), is("birth_date", BirthDate), is("birthday", BirthDate), is("dob", BirthDate),
    is("birth_place", BirthDate),

    is("ssn", NationalId), is("social_security_number", NationalId), is("national_id", NationalId),
    is("national_identity_number", NationalId), is("passport_number", NationalId), is("tax_id", NationalId),
    is("tax_identifier", NationalId), is("tax_number", NationalId), is("vat_number", NationalId), is("cpf", NationalId),
    is("cnpj", NationalId), is("curp", NationalId), is("driver_license", NationalId), is("identity_document", NationalId),
    is("id_number", NationalId), is("document_number", NationalId), is("personal_number", NationalId),

    is("iban", BankAccount), is("account_number", BankAccount), is("bank_account_number", BankAccount),
    is("vpa", BankAccount), is("clabe", BankAccount), is("sender_bank_account_number", BankAccount),
    is("receiver_bank_account_number", BankAccount), is("consumer_account", BankAccount),

    is("ip", IpAddress), is("ip_address", IpAddress), is("client_ip", IpAddress), is("customer_ip", IpAddress),
    is("browser_ip", IpAddress), is("shopper_ip", IpAddress), is("payment_ip", IpAddress), is("remote_ip", IpAddress),
    is("user_ip", IpAddress), is("buyer_ip", IpAddress),

    is("customer_note", Message), is("customer_notes", Message), is("gift_message", Message),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_room_for_all_rules_twice() {
        assert!(LIST.len() < 300, "{}", LIST.len());
    }
}
