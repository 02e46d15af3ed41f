//! The stack as a whole, and the account around it.

use std::time::Duration;

use futures_util::future::try_join_all;
use serde_json::{Value, json};

use super::Patient;
use super::finding::Finding;
use crate::http::Http;
use crate::query::{self, element, escaped};
use crate::signed::{
    API_GATEWAY, CLOUDFORMATION, CLOUDTRAIL, CONFIG, GUARD_DUTY, Refused, SECURITY_HUB, Signed,
};

const API_VERSION: &str = "2010-05-15";
/// A comparison of resources takes seconds; of all of them, at most a minute or so.
const DRIFT_ATTEMPTS: u32 = 30;
const DRIFT_PAUSE: Duration = Duration::from_secs(3);
/// Owners of an account set these up once, for all of its stacks; Tollgate documents them and makes none.
const GUARD_RAILS: &str = "set it up for the account: docs/deploy.md, Guard rails";

/// Who asks.
pub(crate) async fn caller(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let arn = query::caller(patient.stack.sdk.config()).await?;
    let mut findings = vec![Finding::note(format!("checked as {arn}"))];
    if arn.ends_with(":root") {
        findings.push(Finding::error(
            "these are keys of the account's root",
            "delete them; assume a role instead",
        ));
    } else if arn.contains(":user/") {
        findings.push(Finding::warning(
            "these are long-lived keys of a user",
            "assume a role, with a second factor: docs/deploy.md, Who may what",
        ));
    }
    Ok(findings)
}

/// The stack is whole, protected and as the template made it.
pub(crate) async fn stack(patient: &Patient<'_>, detect: bool) -> anyhow::Result<Vec<Finding>> {
    let mut findings: Vec<Finding> = patient
        .resources
        .all()
        .filter(|resource| resource.status.ends_with("_FAILED"))
        .map(|resource| {
            Finding::error(
                format!("{} is {}", resource.logical, resource.status),
                "read the stack's events, then sam deploy",
            )
        })
        .collect();
    let signed = &patient.signed;
    if detect && !patient.local {
        detect_drift(signed, patient.stack.name.as_str()).await?;
        let nested = patient.resources.of_kind("AWS::CloudFormation::Stack");
        try_join_all(nested.map(|stack| detect_drift(signed, &stack.physical))).await?;
    }
    let form = format!("Action=DescribeStacks&Version={API_VERSION}&StackName={}", patient.stack.name);
    let answer = signed.query(CLOUDFORMATION, &form).await?;
    findings.extend(of_stack(&answer, patient.local));
    Ok(findings)
}

fn of_stack(answer: &str, local: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let status = element(answer, "StackStatus").unwrap_or_default();
    match status.as_str() {
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" => {}
        "UPDATE_ROLLBACK_COMPLETE" => findings.push(Finding::warning(
            "the last deployment was rolled back",
            "read the stack's events; what runs is the deployment before it",
        )),
        status if status.ends_with("_IN_PROGRESS") => {
            findings.push(Finding::note(format!("a deployment is under way: {status}")));
        }
        status => findings.push(Finding::error(
            format!("the stack is {status}"),
            "read the stack's events; docs/deploy.md says how to come out of each state",
        )),
    }
    if local {
        return findings;
    }
    if element(answer, "EnableTerminationProtection").as_deref() != Some("true") {
        findings.push(Finding::warning(
            "the stack can be deleted by one call",
            "aws cloudformation update-termination-protection --enable-termination-protection --stack-name …",
        ));
    }
    match element(answer, "StackDriftStatus").as_deref() {
        Some("DRIFTED") => findings.push(Finding::error(
            "resources are not as the template made them",
            "aws cloudformation describe-stack-resource-drifts shows which; sam deploy sets right what the template says",
        )),
        Some("IN_SYNC") => {}
        _ => findings.push(Finding::note("the resources were not compared with the template: tollgate doctor --drift")),
    }
    findings
}

/// An update may not replace or delete what holds state, in the stack or in the one within it that holds the data.
pub(crate) async fn stack_policy(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let data = patient.resources.of_kind("AWS::CloudFormation::Stack").find(|stack| stack.logical == "Data");
    let mut findings = Vec::new();
    for stack in std::iter::once(patient.stack.name.as_str()).chain(data.map(|data| data.physical.as_str())) {
        let form = format!("Action=GetStackPolicy&Version={API_VERSION}&StackName={}", escaped(stack));
        let policy = element(&patient.signed.query(CLOUDFORMATION, &form).await?, "StackPolicyBody");
        if policy.is_none_or(|policy| !policy.contains("Update:Replace")) {
            findings.push(Finding::warning(
                format!("nothing keeps an update of {stack} from replacing what holds state"),
                "set a stack policy: docs/deploy.md, Update",
            ));
        }
    }
    Ok(findings)
}

/// Lets `CloudFormation` compare, and waits until it has.
async fn detect_drift(signed: &Signed<'_>, stack: &str) -> anyhow::Result<()> {
    let form = format!("Action=DetectStackDrift&Version={API_VERSION}&StackName={}", escaped(stack));
    let answer = signed.query(CLOUDFORMATION, &form).await?;
    let id = element(&answer, "StackDriftDetectionId").unwrap_or_default();
    for _ in 0..DRIFT_ATTEMPTS {
        let form = format!(
            "Action=DescribeStackDriftDetectionStatus&Version={API_VERSION}&StackDriftDetectionId={id}"
        );
        let answer = signed.query(CLOUDFORMATION, &form).await?;
        match element(&answer, "DetectionStatus").as_deref() {
            Some("DETECTION_IN_PROGRESS") => tokio::time::sleep(DRIFT_PAUSE).await,
            Some("DETECTION_COMPLETE") => return Ok(()),
            _ => {
                let reason = element(&answer, "DetectionStatusReason").unwrap_or_default();
                anyhow::bail!("CloudFormation could not compare all resources: {reason}");
            }
        }
    }
    anyhow::bail!("CloudFormation still compares; look again in a minute")
}

/// The front door answers.
pub(crate) async fn gateway(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let url = format!("{}/health", patient.stack.url);
    let answer = Http::of(&url).send("GET", &url, &[], Vec::new()).await;
    Ok(match answer {
        Ok(answer) if answer.accepted() => Vec::new(),
        Ok(answer) => vec![Finding::error(
            format!("{url} answers {}", answer.status),
            "see the API's stage and its web ACL; with a custom domain, set TOLLGATE_URL to it",
        )],
        Err(error) => vec![Finding::error(
            format!("{error:#}"),
            "from this machine; if you are elsewhere than the providers, a web ACL may keep you out",
        )],
    })
}

/// API Gateway may write logs; without the account's role no stage can be made or changed.
pub(crate) async fn api_logs(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let account = patient.signed.get(API_GATEWAY, "/account").await?;
    let role = account.get("cloudwatchRoleArn").and_then(Value::as_str).unwrap_or_default();
    Ok(Vec::from_iter(role.is_empty().then(|| {
        Finding::error(
            "API Gateway has no role to write logs with in this account and Region",
            "deploy with ManageApiLogRole=true, in one stack of the account: docs/deploy.md",
        )
    })))
}

/// Who read the archive or the ledger is written down.
pub(crate) async fn audit_trail(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let trails = patient.signed.call(CLOUDTRAIL, "DescribeTrails", &json!({})).await?;
    let arns = trails.get("trailList").and_then(Value::as_array).into_iter().flatten();
    let arns: Vec<&str> = arns.filter_map(|trail| trail.get("TrailARN")?.as_str()).collect();
    if arns.is_empty() {
        return Ok(vec![Finding::warning(
            "no CloudTrail trail keeps what is done in this account",
            GUARD_RAILS,
        )]);
    }
    for arn in arns {
        let selectors =
            patient.signed.call(CLOUDTRAIL, "GetEventSelectors", &json!({ "TrailName": arn })).await?;
        if logs_data(&selectors) {
            return Ok(Vec::new());
        }
    }
    Ok(vec![Finding::warning(
        "no trail keeps data events: who read the archive or the ledger is not written down",
        GUARD_RAILS,
    )])
}

fn logs_data(selectors: &Value) -> bool {
    let list = |name: &str| selectors.get(name).and_then(Value::as_array).into_iter().flatten();
    let basic = list("EventSelectors").any(|selector| {
        selector.get("DataResources").and_then(Value::as_array).is_some_and(|resources| !resources.is_empty())
    });
    let advanced = list("AdvancedEventSelectors").any(|selector| {
        let fields = selector.get("FieldSelectors").and_then(Value::as_array).into_iter().flatten();
        fields.clone().any(|field| {
            field.get("Field").and_then(Value::as_str) == Some("eventCategory")
                && field
                    .get("Equals")
                    .and_then(Value::as_array)
                    .is_some_and(|equals| equals.contains(&json!("Data")))
        })
    });
    basic || advanced
}

/// Changes of resources are recorded.
pub(crate) async fn recorder(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let answer = patient.signed.call(CONFIG, "DescribeConfigurationRecorderStatus", &json!({})).await?;
    let recorders = answer.get("ConfigurationRecordersStatus").and_then(Value::as_array);
    let records =
        recorders.into_iter().flatten().any(|recorder| recorder.get("recording") == Some(&Value::Bool(true)));
    Ok(Vec::from_iter(
        (!records)
            .then(|| Finding::warning("AWS Config does not record this account and Region", GUARD_RAILS)),
    ))
}

/// Someone watches for intruders.
pub(crate) async fn threat_detection(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let answer = patient.signed.get(GUARD_DUTY, "/detector").await?;
    let none = answer.get("detectorIds").and_then(Value::as_array).is_none_or(Vec::is_empty);
    Ok(Vec::from_iter(
        none.then(|| Finding::warning("GuardDuty does not watch this account and Region", GUARD_RAILS)),
    ))
}

/// Findings come together in one place.
pub(crate) async fn security_findings(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    match patient.signed.get(SECURITY_HUB, "/accounts").await {
        Ok(_) => Ok(Vec::new()),
        Err(error) if not_subscribed(&error) => {
            Ok(vec![Finding::warning("Security Hub is not on in this account and Region", GUARD_RAILS)])
        }
        Err(error) => Err(error),
    }
}

/// Security Hub refuses everything where it is off.
fn not_subscribed(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Refused>().is_some_and(|refused| {
        refused.code() == Some("InvalidAccessException") || refused.message().contains("not subscribed")
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::of;
    use super::*;

    #[tokio::test]
    async fn a_stack_whose_updates_may_replace_anything_is_found() {
        let check = async |body: &str, data: &str, expected: &[&str]| {
            let policy = |body: &str| format!("<R><StackPolicyBody>{body}</StackPolicyBody></R>");
            let (own, data) = (policy(body), policy(data));
            let answers = [("StackName=dev", 200, own.as_str()), ("stack%2Fdev-Data", 200, data.as_str())];
            of(answers, stack_policy, expected).await;
        };
        let good = r#"{"Statement":[{"Effect":"Deny","Action":["Update:Replace"]}]}"#;
        check(good, good, &[]).await;
        check("", good, &["nothing keeps an update of dev from replacing what holds state"]).await;
        let nested = "nothing keeps an update of arn:aws:cloudformation:eu-west-1:1:stack/dev-Data/1 from replacing what holds state";
        check(good, r#"{"Statement":[{"Effect":"Allow","Action":"Update:*"}]}"#, &[nested]).await;
    }

    #[test]
    fn a_stack_that_is_not_whole_or_not_protected_is_found() {
        let check = |status: &str, protected: &str, drift: &str, expected: &[&str]| {
            let answer = format!(
                "<member><StackStatus>{status}</StackStatus><EnableTerminationProtection>{protected}</EnableTerminationProtection>\
                 <DriftInformation><StackDriftStatus>{drift}</StackDriftStatus></DriftInformation></member>"
            );
            let found = of_stack(&answer, false);
            assert_eq!(found.iter().map(|finding| finding.what.as_str()).collect::<Vec<_>>(), expected);
        };
        check("UPDATE_COMPLETE", "true", "IN_SYNC", &[]);
        check("ROLLBACK_COMPLETE", "true", "IN_SYNC", &["the stack is ROLLBACK_COMPLETE"]);
        check("UPDATE_ROLLBACK_COMPLETE", "true", "IN_SYNC", &["the last deployment was rolled back"]);
        check("UPDATE_IN_PROGRESS", "true", "IN_SYNC", &["a deployment is under way: UPDATE_IN_PROGRESS"]);
        check("CREATE_COMPLETE", "false", "IN_SYNC", &["the stack can be deleted by one call"]);
        check("CREATE_COMPLETE", "true", "DRIFTED", &["resources are not as the template made them"]);
        check(
            "CREATE_COMPLETE",
            "true",
            "NOT_CHECKED",
            &["the resources were not compared with the template: tollgate doctor --drift"],
        );
    }

    #[test]
    fn data_events_are_seen_in_both_kinds_of_selectors() {
        let check =
            |selectors: Value, expected: bool| assert_eq!(logs_data(&selectors), expected, "{selectors}");
        check(json!({}), false);
        check(json!({ "EventSelectors": [{ "DataResources": [] }] }), false);
        check(json!({ "EventSelectors": [{ "DataResources": [{ "Type": "AWS::S3::Object" }] }] }), true);
        let field = |category: &str| json!({ "FieldSelectors": [{ "Field": "eventCategory", "Equals": [category] }] });
        check(json!({ "AdvancedEventSelectors": [field("Management")] }), false);
        check(json!({ "AdvancedEventSelectors": [field("Management"), field("Data")] }), true);
    }
}
