//! What stands before the functions: the domain with its certificate, and how much the account lets through.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::Patient;
use super::finding::Finding;
use crate::clock;
use crate::endpoints::days;
use crate::http::Http;
use crate::signed::{ACM, API_GATEWAY};

/// ACM renews 60 days before the end; what is not renewed by then never will be without somebody.
const SOON: Duration = Duration::from_hours(30 * 24);

/// The domain's certificate lasts, and the API's own address is off beside it.
pub(crate) async fn domain(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for domain in patient.resources.of_kind("AWS::ApiGateway::DomainName") {
        let found = patient.signed.get(API_GATEWAY, &format!("/domainnames/{}", domain.physical)).await?;
        let arn = found.get("regionalCertificateArn").and_then(Value::as_str).unwrap_or_default();
        let certificate =
            patient.signed.call(ACM, "DescribeCertificate", &json!({ "CertificateArn": arn })).await?;
        findings.extend(of_certificate(&domain.physical, &certificate, clock::now()));
        let region = patient.stack.sdk.config().region().map(AsRef::as_ref).unwrap_or_default();
        let (api, stage) = (patient.stack.output("ApiId")?, patient.stack.output("ApiStage")?);
        let own = format!("https://{api}.execute-api.{region}.amazonaws.com/{stage}/health");
        let answer = Http::of(&own).send("GET", &own, &[], Vec::new()).await;
        if answer.is_ok_and(|answer| answer.accepted()) {
            findings.push(Finding::error(
                format!("{own} still answers: it goes round the domain and its client certificates"),
                "deploy the stage anew: sam deploy",
            ));
        }
    }
    Ok(findings)
}

fn of_certificate(domain: &str, described: &Value, now: SystemTime) -> Option<Finding> {
    const MEND: &str = "docs/runbooks/certificate-expiry.md";
    let status = described.pointer("/Certificate/Status").and_then(Value::as_str).unwrap_or("unknown");
    if status != "ISSUED" {
        return Some(Finding::error(format!("the certificate of {domain} is {status}"), MEND));
    }
    let ends = described.pointer("/Certificate/NotAfter").and_then(Value::as_f64)?;
    let left =
        SystemTime::UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(ends).ok()?)?.duration_since(now);
    let left = left.unwrap_or_default();
    (left < SOON)
        .then(|| Finding::warning(format!("the certificate of {domain} ends in {}", days(left)), MEND))
}

/// The account lets through what the stage would.
pub(crate) async fn throttle(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let (api, stage) = (patient.stack.output("ApiId")?, patient.stack.output("ApiStage")?);
    let stage = patient.signed.get(API_GATEWAY, &format!("/restapis/{api}/stages/{stage}")).await?;
    let account = patient.signed.get(API_GATEWAY, "/account").await?;
    Ok(of_throttle(&stage, &account).into_iter().collect())
}

fn of_throttle(stage: &Value, account: &Value) -> Option<Finding> {
    let own = stage.pointer("/methodSettings/*~1*/throttlingRateLimit").and_then(Value::as_f64);
    let Some(own) = own else {
        return Some(Finding::warning(
            "the API's stage has no throttle of its own",
            "the template sets it: look for drift with --drift, then sam deploy",
        ));
    };
    let all = account.pointer("/throttleSettings/rateLimit").and_then(Value::as_f64)?;
    (own > all).then(|| {
        Finding::warning(
            format!("the API's throttle is {own} a second, but all APIs of the account together get {all}"),
            "ask for more: Service Quotas, API Gateway, Throttle rate; or lower RequestsPerSecond",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_is_not_valid_or_ends_soon_is_found() {
        let check = |status: &str, ends: u64, expected: Option<&str>| {
            let described = json!({ "Certificate": { "Status": status, "NotAfter": ends } });
            let now = SystemTime::UNIX_EPOCH + Duration::from_hours(1000 * 24);
            let found = of_certificate("hooks.example.com", &described, now);
            assert_eq!(found.map(|finding| finding.what).as_deref(), expected);
        };
        check("ISSUED", 1031 * 86_400, None);
        check("ISSUED", 1029 * 86_400, Some("the certificate of hooks.example.com ends in 29 days"));
        check("ISSUED", 999 * 86_400, Some("the certificate of hooks.example.com ends in 0 s"));
        check("REVOKED", 1031 * 86_400, Some("the certificate of hooks.example.com is REVOKED"));
    }

    #[test]
    fn a_throttle_that_the_account_does_not_allow_is_found() {
        let check = |stage: Value, all: u64, expected: Option<&str>| {
            let account = json!({ "throttleSettings": { "rateLimit": all } });
            assert_eq!(of_throttle(&stage, &account).map(|finding| finding.what).as_deref(), expected);
        };
        let stage = |rate: u64| json!({ "methodSettings": { "*/*": { "throttlingRateLimit": rate } } });
        check(stage(500), 10_000, None);
        check(
            stage(5000),
            2500,
            Some("the API's throttle is 5000 a second, but all APIs of the account together get 2500"),
        );
        check(json!({}), 10_000, Some("the API's stage has no throttle of its own"));
    }
}
