//! One signed request to a service that speaks AWS's query protocol: form in, XML out. What the tool asks of
//! `CloudFormation` and STS is one request each, for which a generated client would be a hundred times the code.

use std::time::SystemTime;

use anyhow::{Context as _, bail};
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_types::SdkConfig;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::http::Http;

/// Sends `form`, whose values need no escaping, to a regional service. The service's words if it refuses are `Err` inside.
pub(crate) async fn ask(
    config: &SdkConfig,
    service: &str,
    form: String,
    now: SystemTime,
) -> anyhow::Result<Result<String, String>> {
    let region = config.region().context("AWS_REGION is not set")?.as_ref();
    let default = format!("https://{service}.{region}.{}", dns_suffix(region));
    let url = format!("{}/", config.endpoint_url().unwrap_or(&default).trim_end_matches('/'));
    let body = form.into_bytes();
    let mut headers =
        vec![("content-type".to_owned(), "application/x-www-form-urlencoded; charset=utf-8".to_owned())];
    headers.extend(signature(config, service, &url, &headers, &body, now).await?);
    let answer = Http::of(&url).send("POST", &url, &headers, body).await?;
    let text = answer.text();
    if answer.accepted() {
        return Ok(Ok(text));
    }
    Ok(Err(element(&text, "Message").unwrap_or_else(|| format!("status {}", answer.status))))
}

/// The ARN in whose name this process acts, from STS.
pub(crate) async fn caller(config: &SdkConfig, now: SystemTime) -> anyhow::Result<String> {
    match ask(config, "sts", "Action=GetCallerIdentity&Version=2011-06-15".to_owned(), now).await? {
        Ok(answer) => element(&answer, "Arn").context("STS names no caller"),
        Err(reason) => bail!("STS refused to say who this is: {reason}"),
    }
}

fn dns_suffix(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}

async fn signature(
    config: &SdkConfig,
    service: &str,
    url: &str,
    headers: &[(String, String)],
    body: &[u8],
    now: SystemTime,
) -> anyhow::Result<Vec<(String, String)>> {
    let credentials = config.credentials_provider().context("no AWS credentials are set")?;
    let identity = credentials.provide_credentials().await.context("no AWS credentials")?.into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(config.region().context("AWS_REGION is not set")?.as_ref())
        .name(service)
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
