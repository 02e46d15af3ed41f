//! The table of providers: one file, one value each.

mod adyen;
mod adyen_platform;
mod authorizenet;
mod braintree;
mod chargebee;
mod checkout;
mod coinbase_commerce;
mod flutterwave_v3;
mod flutterwave_v4;
mod github;
mod gocardless;
mod klarna;
mod lemonsqueezy;
mod mercadopago;
mod molam;
mod mollie;
mod paddle;
mod paypal;
mod paystack;
mod plaid;
mod razorpay;
mod recurly;
mod shopify;
mod slack;
mod square;
mod standardwebhooks;
mod stripe;
mod svix;
mod twilio;
mod wise;
mod worldpay;
mod xendit;

use crate::Provider;

/// All providers, in the order of the documentation.
pub(crate) static ALL: [Provider; 32] = [
    stripe::STRIPE,
    paypal::PAYPAL,
    standardwebhooks::STANDARD_WEBHOOKS,
    svix::SVIX,
    adyen::ADYEN,
    adyen_platform::ADYEN_PLATFORM,
    square::SQUARE,
    shopify::SHOPIFY,
    github::GITHUB,
    paddle::PADDLE,
    razorpay::RAZORPAY,
    checkout::CHECKOUT,
    mollie::MOLLIE,
    braintree::BRAINTREE,
    coinbase_commerce::COINBASE_COMMERCE,
    gocardless::GOCARDLESS,
    klarna::KLARNA,
    authorizenet::AUTHORIZENET,
    worldpay::WORLDPAY,
    flutterwave_v3::FLUTTERWAVE_V3,
    flutterwave_v4::FLUTTERWAVE_V4,
    paystack::PAYSTACK,
    xendit::XENDIT,
    mercadopago::MERCADOPAGO,
    wise::WISE,
    plaid::PLAID,
    recurly::RECURLY,
    chargebee::CHARGEBEE,
    lemonsqueezy::LEMONSQUEEZY,
    slack::SLACK,
    twilio::TWILIO,
    molam::MOLAM,
];

/// What a provider's file needs.
mod prelude {
    pub(super) use crate::{
        Answer, Challenge, Coverage, Events, Provider,
        identity::{Names, Place, beside, json, named},
        provider::{FORM, Greeting},
        scheme::{
            Algorithm, Certificate, Content, Encoding, Field, Items, Jwt, Key, KeyEncoding, Method, Part,
            Scheme, Setting, Signature, Signed, Slot, Timestamp, Unit, header, query, tagged, text,
        },
    };
}
