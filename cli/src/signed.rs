//! Signed requests to services that this tool asks too seldom for a generated client each, which would be a hundred
//! times the code: JSON, REST and query protocols, one request and its answer.

use std::fmt;

use anyhow::{Context as _, anyhow};
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_types::SdkConfig;
use serde_json::Value;

use crate::clock;
use crate::http::{Answer, Http};
use crate::query::element;

/// A service by the first part of its host's name, which is also what requests to it are signed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Service {
    host: &'static str,
    /// What `X-Amz-Target` begins with, and the version in the content type, if it speaks JSON.
    json: Option<(&'static str, &'static str)>,
    /// Whether it is one for all Regions.
    global: bool,
}

const fn json(host: &'static str, target: &'static str, version: &'static str) -> Service {
    Service { host, json: Some((target, version)), global: false }
}

const fn plain(host: &'static str) -> Service {
    Service { host, json: None, global: false }
}

/// Metrics and alarms.
pub(crate) const CLOUDWATCH: Service = json("monitoring", "GraniteServiceVersion20100801", "1.0");
/// Keys.
pub(crate) const KMS: Service = json("kms", "TrentService", "1.1");
/// Tables.
pub(crate) const DYNAMODB: Service = json("dynamodb", "DynamoDB_20120810", "1.0");
/// The account's audit trail.
pub(crate) const CLOUDTRAIL: Service =
    json("cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101", "1.1");
/// The account's recorder of configurations.
pub(crate) const CONFIG: Service = json("config", "StarlingDoveService", "1.1");
/// Functions and their mappings.
pub(crate) const LAMBDA: Service = plain("lambda");
/// The account's settings of API Gateway.
pub(crate) const API_GATEWAY: Service = plain("apigateway");
/// The account's threat detection.
pub(crate) const GUARD_DUTY: Service = plain("guardduty");
/// The account's collection of findings.
pub(crate) const SECURITY_HUB: Service = plain("securityhub");
/// Stacks.
pub(crate) const CLOUDFORMATION: Service = plain("cloudformation");
/// Certificates.
pub(crate) const ACM: Service = json("acm", "CertificateManager", "1.1");
/// Endpoints of the network.
pub(crate) const EC2: Service = plain("ec2");
/// Topics.
pub(crate) const SNS: Service = plain("sns");
/// What roles may do.
pub(crate) const IAM: Service = Service { global: true, ..plain("iam") };
/// Who the caller is.
pub(crate) const STS: Service = plain("sts");

/// A service said no.
#[derive(Debug)]
pub(crate) struct Refused {
    status: u16,
    code: Option<String>,
    message: Option<String>,
}

impl Refused {
    /// The service's code for its reason, if it gave one.
    pub(crate) fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Whether it is the caller who may not.
    pub(crate) fn denied(&self) -> bool {
        self.status == 401 || self.status == 403
    }

    /// The service's words.
    pub(crate) fn message(&self) -> &str {
        self.message.as_deref().unwrap_or_default()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.code, &self.message) {
            (Some(code), Some(message)) => write!(f, "{code}: {message}"),
            (Some(only), None) | (None, Some(only)) => write!(f, "{only}"),
            (None, None) => write!(f, "status {}", self.status),
        }
    }
}

impl std::error::Error for Refused {}

/// Makes signed requests in the name of one caller, in one Region.
#[derive(Debug)]
pub(crate) struct Signed<'a> {
    config: &'a SdkConfig,
    http: Http,
}

impl<'a> Signed<'a> {
    /// Where and as whom the configuration says.
    pub(crate) fn new(config: &'a SdkConfig) -> Self {
        Self { http: Http::of(config.endpoint_url().unwrap_or("https://")), config }
    }

    /// Calls an operation of a service that speaks JSON.
    pub(crate) async fn call(
        &self,
        service: Service,
        operation: &str,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let (target, version) = service.json.context("the service does not speak JSON")?;
        let headers = [
            ("content-type", format!("application/x-amz-json-{version}")),
            ("x-amz-target", format!("{target}.{operation}")),
        ];
        let answer = self.send(service, "POST", "/", &headers, body.to_string().into_bytes()).await?;
        read_json(&answer).with_context(|| format!("{} {operation}", service.host))
    }

    /// Gets `path` of a service that speaks REST. The path's parts need no escaping.
    pub(crate) async fn get(&self, service: Service, path: &str) -> anyhow::Result<Value> {
        let headers = [("accept", "application/json".to_owned())];
        let answer = self.send(service, "GET", path, &headers, Vec::new()).await?;
        read_json(&answer).with_context(|| format!("{} {path}", service.host))
    }

    /// Sends `form`, whose values need no escaping, to a service that answers in XML.
    pub(crate) async fn query(&self, service: Service, form: &str) -> anyhow::Result<String> {
        let headers = [("content-type", "application/x-www-form-urlencoded; charset=utf-8".to_owned())];
        let answer = self.send(service, "POST", "/", &headers, form.as_bytes().to_vec()).await?;
        let text = answer.text();
        if answer.accepted() {
            return Ok(text);
        }
        let refused = Refused {
            status: answer.status,
            code: element(&text, "Code"),
            message: element(&text, "Message"),
        };
        Err(anyhow!(refused).context(service.host))
    }

    async fn send(
        &self,
        service: Service,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: Vec<u8>,
    ) -> anyhow::Result<Answer> {
        let region = self.config.region().context("AWS_REGION is not set")?.as_ref();
        let suffix = dns_suffix(region);
        let (region, default) = if service.global {
            (HOME, format!("https://{}.{suffix}", service.host))
        } else {
            (region, format!("https://{}.{region}.{suffix}", service.host))
        };
        let base = self.config.endpoint_url().unwrap_or(&default).trim_end_matches('/');
        let url = format!("{base}{path}");
        let mut headers: Vec<_> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let signature = self.signature(service.host, region, method, &url, &headers, &body).await?;
        headers.extend(signature);
        self.http.send(method, &url, &headers, body).await
    }

    async fn signature(
        &self,
        service: &str,
        region: &str,
        method: &str,
        url: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> anyhow::Result<Vec<(String, String)>> {
        let credentials = self.config.credentials_provider().context("no AWS credentials are set")?;
        let identity = credentials.provide_credentials().await.context("no AWS credentials")?.into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service)
            .time(clock::now())
            .settings(SigningSettings::default())
            .build()
            .context("sign a request")?
            .into();
        let plain = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let request =
            SignableRequest::new(method, url, plain, SignableBody::Bytes(body)).context("sign a request")?;
        let (instructions, _) = sign(request, &params).context("sign a request")?.into_parts();
        Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

fn read_json(answer: &Answer) -> anyhow::Result<Value> {
    let document = serde_json::from_slice::<Value>(&answer.body);
    if answer.accepted() {
        return document.context("the answer is not JSON");
    }
    let document = document.unwrap_or_default();
    let text = |names: &[&str]| {
        names.iter().find_map(|name| document.get(name)).and_then(Value::as_str).map(str::to_owned)
    };
    let code = text(&["__type", "code", "Code"]);
    Err(anyhow!(Refused {
        status: answer.status,
        // A shape's name may stand before it: `com.amazonaws.kms#NotFoundException`.
        code: code.map(|code| code.rsplit('#').next().unwrap_or_default().to_owned()),
        message: text(&["message", "Message"]),
    }))
}

/// The Region in whose name requests to a global service are signed.
const HOME: &str = "us-east-1";

fn dns_suffix(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}

#[cfg(test)]
pub(crate) mod canned;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::canned::Server;
    use super::*;

    #[tokio::test]
    async fn each_protocol_sends_a_signed_request_and_reads_its_answer() {
        let server = Server::start([
            ("TrentService.DescribeKey", 200, r#"{"KeyMetadata":{"Enabled":true}}"#),
            ("GET /account", 200, r#"{"cloudwatchRoleArn":"arn"}"#),
            ("Action=GetCallerIdentity", 200, "<Arn>arn:aws:sts::1:role/a</Arn>"),
        ]);
        let config = server.config();
        let signed = Signed::new(&config);
        let key = signed.call(KMS, "DescribeKey", &json!({"KeyId": "k"})).await.unwrap();
        assert_eq!(key, json!({"KeyMetadata": {"Enabled": true}}));
        assert_eq!(signed.get(API_GATEWAY, "/account").await.unwrap(), json!({"cloudwatchRoleArn": "arn"}));
        let caller = signed.query(STS, "Action=GetCallerIdentity&Version=2011-06-15").await.unwrap();
        assert_eq!(caller, "<Arn>arn:aws:sts::1:role/a</Arn>");
        for (request, service) in server.seen().iter().zip(["kms", "apigateway", "sts"]) {
            let scope = format!("/eu-west-1/{service}/aws4_request");
            assert!(
                request.contains("AWS4-HMAC-SHA256 Credential=") && request.contains(&scope),
                "{request}"
            );
        }
    }

    #[tokio::test]
    async fn a_refusal_keeps_the_services_code_and_words() {
        let json = r#"{"__type":"com.amazonaws.kms#NotFoundException","message":"no such key"}"#;
        let server = Server::start([
            ("TrentService.DescribeKey", 400, json),
            ("GET /detector", 403, r#"{"Message":"not you"}"#),
            ("Action=DescribeStacks", 400, "<Error><Code>Throttling</Code><Message>later</Message></Error>"),
        ]);
        let config = server.config();
        let signed = Signed::new(&config);
        let check = |outcome: anyhow::Result<String>, expected: &str, code: Option<&str>| {
            let error = outcome.unwrap_err();
            assert_eq!(format!("{error:#}"), expected);
            assert_eq!(error.downcast_ref::<Refused>().unwrap().code(), code);
        };
        let key = signed.call(KMS, "DescribeKey", &json!({})).await.map(|answer| answer.to_string());
        check(key, "kms DescribeKey: NotFoundException: no such key", Some("NotFoundException"));
        let detector = signed.get(GUARD_DUTY, "/detector").await.map(|answer| answer.to_string());
        check(detector, "guardduty /detector: not you", None);
        let stacks = signed.query(CLOUDFORMATION, "Action=DescribeStacks").await;
        check(stacks, "cloudformation: Throttling: later", Some("Throttling"));
    }
}
