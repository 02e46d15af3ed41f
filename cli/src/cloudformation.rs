//! The outputs of a deployed stack: the one thing that is asked of `CloudFormation`, in one signed request.

use std::collections::BTreeMap;
use std::time::SystemTime;

use anyhow::{Context as _, bail};
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_types::SdkConfig;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::http::Http;

const API_VERSION: &str = "2010-05-15";

/// A stack's outputs by name.
pub(crate) type Outputs = BTreeMap<String, String>;

/// Asks for the outputs of the stack `name`; `None` if there is no such stack. `name` is of the form that
/// [`valid_name`] accepts.
pub(crate) async fn outputs(
    config: &SdkConfig,
    name: &str,
    now: SystemTime,
) -> anyhow::Result<Option<Outputs>> {
    let region = config.region().context("AWS_REGION is not set")?.as_ref();
    let default = format!("https://cloudformation.{region}.{}", dns_suffix(region));
    let url = format!("{}/", config.endpoint_url().unwrap_or(&default).trim_end_matches('/'));
    let body = format!("Action=DescribeStacks&Version={API_VERSION}&StackName={name}").into_bytes();
    let mut headers =
        vec![("content-type".to_owned(), "application/x-www-form-urlencoded; charset=utf-8".to_owned())];
    headers.extend(signature(config, region, &url, &headers, &body, now).await?);

    let answer = Http::of(&url).send("POST", &url, &headers, body).await?;
    let text = answer.text();
    if answer.accepted() {
        return Ok(Some(parse(&text)?));
    }
    // CloudFormation says ValidationError for a name that it does not know.
    if text.contains("does not exist") {
        return Ok(None);
    }
    let reason = element(&text, "Message").unwrap_or_else(|| format!("status {}", answer.status));
    bail!("CloudFormation refused to describe the stack {name}: {reason}")
}

/// Whether `name` can be a stack's.
pub(crate) fn valid_name(name: &str) -> bool {
    name.len() <= 128
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn dns_suffix(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}

async fn signature(
    config: &SdkConfig,
    region: &str,
    url: &str,
    headers: &[(String, String)],
    body: &[u8],
    now: SystemTime,
) -> anyhow::Result<Vec<(String, String)>> {
    let credentials = config.credentials_provider().context("no AWS credentials are set")?;
    let identity = credentials.provide_credentials().await.context("no AWS credentials")?.into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("cloudformation")
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .context("sign a request")?
        .into();
    let plain = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let request =
        SignableRequest::new("POST", url, plain, SignableBody::Bytes(body)).context("sign a request")?;
    let (instructions, _) = sign(request, &params).context("sign a request")?.into_parts();
    Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// Reads `<Outputs><member><OutputKey>…</OutputKey><OutputValue>…</OutputValue></member>…`.
fn parse(xml: &str) -> anyhow::Result<Outputs> {
    let mut outputs = Outputs::new();
    let mut key = None;
    for (name, text) in texts(xml)? {
        match name.as_str() {
            "OutputKey" => key = Some(text),
            "OutputValue" => {
                outputs.extend(key.take().map(|key| (key, text)));
            }
            _ => {}
        }
    }
    Ok(outputs)
}

/// The text of the first element of this name.
fn element(xml: &str, wanted: &str) -> Option<String> {
    texts(xml).ok()?.into_iter().find_map(|(name, text)| (name == wanted).then_some(text))
}

/// All elements that hold nothing but text, in order.
fn texts(xml: &str) -> anyhow::Result<Vec<(String, String)>> {
    let mut reader = Reader::from_str(xml);
    let mut texts = Vec::new();
    let mut open: Option<(String, String)> = None;
    loop {
        match reader.read_event().context("CloudFormation answered something that is not XML")? {
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

    const ANSWER: &str = "<DescribeStacksResponse><DescribeStacksResult><Stacks><member>\
        <StackName>tollgate</StackName><Outputs>\
        <member><OutputKey>ApiUrl</OutputKey><OutputValue>https://a1.example/api?a=1&amp;b=2</OutputValue></member>\n\
        <member><Description>words</Description><OutputKey>ApiId</OutputKey><OutputValue>a1</OutputValue></member>\
        </Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>";

    #[test]
    fn outputs_are_read_by_name() {
        let outputs = parse(ANSWER).unwrap();
        assert_eq!(
            outputs.into_iter().collect::<Vec<_>>(),
            [
                ("ApiId".to_owned(), "a1".to_owned()),
                ("ApiUrl".to_owned(), "https://a1.example/api?a=1&b=2".to_owned())
            ]
        );
    }

    #[test]
    fn a_refusal_says_why() {
        let refusal = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>";
        assert_eq!(element(refusal, "Message").as_deref(), Some("not you"));
    }

    #[test]
    fn a_name_cannot_add_to_the_request() {
        for (name, valid) in [
            ("tollgate-dev", true),
            ("", false),
            ("1a", false),
            ("a&Action=DeleteStack", false),
            ("a b", false),
        ] {
            assert_eq!(valid_name(name), valid, "{name}");
        }
    }
}
