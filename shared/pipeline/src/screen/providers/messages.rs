//! Providers of messages and code, and of schemes that a team describes itself.

use super::{Row, row};
use crate::screen::{
    DataClass::{Address, Message, Name, Phone, SecurityCode, Token},
    rules::{Rules, is},
};

#[rustfmt::skip]
pub(super) static ROWS: [Row; 6] = [
    row("standardwebhooks", &["https://www.standardwebhooks.com/"], Rules::new(&[]), &[]),
    row("svix", &["https://docs.svix.com/receiving/introduction"], Rules::new(&[]), &[]),
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
    row("custom", &["https://www.rfc-editor.org/rfc/rfc9110"], Rules::new(&[]), &[]),
];
