//! What services that speak AWS's query protocol answer: XML, of which the tool needs a few texts. And who asks.

use anyhow::Context as _;
use aws_types::SdkConfig;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::signed::{STS, Signed};

/// The ARN in whose name this process acts, from STS.
pub(crate) async fn caller(config: &SdkConfig) -> anyhow::Result<String> {
    let form = "Action=GetCallerIdentity&Version=2011-06-15";
    let answer = Signed::new(config).query(STS, form).await.context("STS does not say who this is")?;
    element(&answer, "Arn").context("STS names no caller")
}

/// A value as a form has it.
pub(crate) fn escaped(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}

/// What a form has percent-encoded: all but the unreserved characters of RFC 3986, section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The text of the first element of this name.
pub(crate) fn element(xml: &str, wanted: &str) -> Option<String> {
    texts(xml).ok()?.into_iter().find_map(|(name, text)| (name == wanted).then_some(text))
}

/// All elements that hold nothing but text, in order.
pub(crate) fn texts(xml: &str) -> anyhow::Result<Vec<(String, String)>> {
    let mut reader = Reader::from_str(xml);
    let mut texts = Vec::new();
    let mut open: Option<(String, String)> = None;
    loop {
        match reader.read_event().context("AWS answered something that is not XML")? {
            Event::Start(tag) => {
                open = Some((tag.local_name().as_ref().to_owned(), String::new()));
            }
            Event::Text(part) => {
                if let Some((_, text)) = &mut open {
                    text.push_str(&part);
                }
            }
            Event::GeneralRef(reference) => {
                if let Some((_, text)) = &mut open {
                    text.push_str(resolved(&reference));
                }
            }
            Event::End(_) => texts.extend(open.take()),
            Event::Eof => return Ok(texts),
            _ => {}
        }
    }
}

fn resolved(reference: &str) -> &'static str {
    match reference {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => "\u{fffd}",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_why() {
        let refusal = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you &amp; me</Message></Error></ErrorResponse>";
        assert_eq!(element(refusal, "Message").as_deref(), Some("not you & me"));
    }

    #[test]
    fn the_caller_is_the_arn_of_the_answer() {
        let answer = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::1:assumed-role/ops/ada</Arn>\
            <UserId>A:ada</UserId><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
        assert_eq!(element(answer, "Arn").as_deref(), Some("arn:aws:sts::1:assumed-role/ops/ada"));
    }
}
