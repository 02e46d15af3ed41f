use super::prelude::*;

/// Twilio. It signs the URL as it called it and a form's parameters, or in the URL the digest of any other
/// body. The header that names the event is not signed. See
/// <https://www.twilio.com/docs/usage/webhooks/webhooks-security>.
pub(crate) const TWILIO: Provider = Provider {
    name: "twilio",
    title: "Twilio",
    page: "https://www.twilio.com/docs/usage/webhooks/webhooks-security",
    scheme: Scheme::Signed(Signed {
        signature: Signature {
            tag_at: Some(Slot::HeaderField {
                header: "x-twilio-webhooks-signature-settings",
                field: "algorithm",
            }),
            ..Signature::bare(header("x-twilio-signature"))
        },
        methods: &[
            Method::hmac(Algorithm::HmacSha1, Encoding::Base64),
            Method { tag: "HMAC_SHA256", ..Method::hmac(Algorithm::HmacSha256, Encoding::Base64) },
        ],
        signed: &[Part::At(Slot::Url), BODY],
        also_signed: &[
            Content(&[Part::At(Slot::UrlWithPort), BODY]),
            Content(&[Part::At(Slot::UrlWithoutPort), BODY]),
        ],
        ..Signed::BASE
    }),
    names: Names { event_id: &[named("i-twilio-idempotency-token")], ..Names::NONE },
    media_types: &["application/x-www-form-urlencoded", "application/json"],
    identity_paths: &["/CallSid", "/MessageSid"],
    timeout_seconds: 15,
    retry_hours: 0,
    retries: "one, unless the URL says otherwise",
    ..Provider::BASE
};

const BODY: Part = Part::FormOrDigest("bodySHA256");
