//! What the functions may do, as IAM decides it: their roles, the permissions boundary and the organisation's policies.

use serde_json::Value;

use super::Patient;
use super::finding::Finding;
use crate::query::{element, escaped};
use crate::signed::{IAM, LAMBDA};
use crate::stack::Stack;

/// One action of a function on one thing, with what the request says of itself.
struct Call {
    function: &'static str,
    action: &'static str,
    resource: String,
    context: Vec<(&'static str, String)>,
}

/// Each function may make the calls that its code makes.
pub(crate) async fn permissions(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let calls = calls(patient.stack)?;
    for function in patient.resources.of_kind("AWS::Lambda::Function") {
        let path = format!("/2015-03-31/functions/{}/configuration", function.physical);
        let found = patient.signed.get(LAMBDA, &path).await?;
        let role = found.get("Role").and_then(Value::as_str).unwrap_or_default();
        for call in calls.iter().filter(|call| call.function == function.logical) {
            findings.extend(of_call(call, &patient.signed.query(IAM, &form(role, call)).await?));
        }
    }
    Ok(findings)
}

/// The roles' own table is in the template, and infra/checks compares it with the code.
fn calls(stack: &Stack) -> anyhow::Result<Vec<Call>> {
    let (data, mac) = (stack.output("DataKeyArn")?, stack.output("MacKeyArn")?);
    // arn:PARTITION:kms:REGION:ACCOUNT:key/ID
    let part = |place: usize| data.split(':').nth(place).unwrap_or_default();
    let arn = |service: &str, rest: &str| format!("arn:{}:{service}:{}:{}:{rest}", part(1), part(3), part(4));
    let queue = |output: &str| {
        let url = stack.output(output)?;
        anyhow::Ok(arn("sqs", url.rsplit('/').next().unwrap_or_default()))
    };
    let seal = |source: &str| {
        vec![
            ("kms:EncryptionContext:tollgate:stack", stack.name.clone()),
            ("kms:EncryptionContext:tollgate:source", source.to_owned()),
        ]
    };
    let (process, archive) = (queue("ProcessQueueUrl")?, queue("ArchiveQueueUrl")?);
    let bucket = format!("arn:{}:s3:::{}", part(1), stack.output("ArchiveBucket")?);
    let document = arn("secretsmanager", &format!("secret:{}any-a1b2c3", stack.documents_prefix()));
    let table = arn("dynamodb", &format!("table/{}", stack.output("LedgerTable")?));
    let call = |function, action, resource: &str, context| Call {
        function,
        action,
        resource: resource.to_owned(),
        context,
    };
    Ok(vec![
        call("Webhook", "sqs:SendMessage", &process, vec![]),
        call("Webhook", "sqs:SendMessage", &archive, vec![]),
        call("Webhook", "kms:GenerateDataKey", data, seal("webhook")),
        call("Webhook", "secretsmanager:GetSecretValue", &document, vec![]),
        call("Processor", "sqs:ReceiveMessage", &process, vec![]),
        call("Processor", "sqs:DeleteMessage", &process, vec![]),
        call("Processor", "sqs:SendMessage", &queue("ProcessDeadLettersUrl")?, vec![]),
        call("Processor", "kms:Decrypt", data, seal("webhook")),
        call("Processor", "dynamodb:PutItem", &table, vec![]),
        call("Archiver", "sqs:ReceiveMessage", &archive, vec![]),
        call("Archiver", "sqs:DeleteMessage", &archive, vec![]),
        call("Archiver", "sqs:SendMessage", &queue("ArchiveDeadLettersUrl")?, vec![]),
        call("Archiver", "kms:Decrypt", data, seal("webhook")),
        call("Archiver", "kms:GenerateMac", mac, vec![]),
        call("Archiver", "s3:PutObject", &format!("{bucket}/archive/v0/any"), vec![]),
        call("Publisher", "events:PutEvents", stack.output("EventBusArn")?, vec![]),
        call("Publisher", "sqs:SendMessage", &queue("PublisherDeadLettersUrl")?, vec![]),
    ])
}

fn form(role: &str, call: &Call) -> String {
    let mut form = vec![
        "Action=SimulatePrincipalPolicy&Version=2010-05-08".to_owned(),
        format!("PolicySourceArn={}", escaped(role)),
        format!("ActionNames.member.1={}", escaped(call.action)),
        format!("ResourceArns.member.1={}", escaped(&call.resource)),
    ];
    for ((key, value), place) in call.context.iter().zip(1..) {
        let entry = format!("ContextEntries.member.{place}");
        form.push(format!("{entry}.ContextKeyName={}&{entry}.ContextKeyType=string", escaped(key)));
        form.push(format!("{entry}.ContextKeyValues.member.1={}", escaped(value)));
    }
    form.join("&")
}

fn of_call(call: &Call, answer: &str) -> Option<Finding> {
    let decision = element(answer, "EvalDecision");
    if decision.as_deref() == Some("allowed") {
        return None;
    }
    let refused = |by: &str| element(answer, by).as_deref() == Some("false");
    let (why, mend) = if refused("AllowedByPermissionsBoundary") {
        ("the permissions boundary does not allow it", "widen the policy of PermissionsBoundaryArn")
    } else if refused("AllowedByOrganizations") {
        ("a policy of the organisation does not allow it", "ask those who keep the organisation's policies")
    } else {
        ("its role does not allow it", "the template does: look for drift with --drift, then sam deploy")
    };
    Some(Finding::error(
        format!("{} may not {} on {}: {why}", call.function, call.action, call.resource),
        mend,
    ))
}

#[cfg(test)]
mod tests {
    use super::super::tests::of;
    use super::*;

    #[tokio::test]
    async fn a_call_that_iam_would_refuse_is_found_with_who_refuses_it() {
        let check = async |answer: &str, expected: &[&str]| {
            let answers = [
                ("/configuration", 200, r#"{"Role":"arn:aws:iam::1:role/dev-webhook"}"#),
                ("kms%3AGenerateDataKey", 200, answer),
                ("SimulatePrincipalPolicy", 200, "<R><EvalDecision>allowed</EvalDecision></R>"),
            ];
            of(answers, permissions, expected).await;
        };
        let denied = |detail: &str| format!("<R><EvalDecision>implicitDeny</EvalDecision>{detail}</R>");
        let found = |why: &str| {
            format!("Webhook may not kms:GenerateDataKey on arn:aws:kms:eu-west-1:1:key/data: {why}")
        };
        check("<R><EvalDecision>allowed</EvalDecision></R>", &[]).await;
        check(&denied(""), &[&found("its role does not allow it")]).await;
        let boundary = "<AllowedByPermissionsBoundary>false</AllowedByPermissionsBoundary>";
        check(&denied(boundary), &[&found("the permissions boundary does not allow it")]).await;
        let organisation = "<AllowedByOrganizations>false</AllowedByOrganizations>";
        check(&denied(organisation), &[&found("a policy of the organisation does not allow it")]).await;
    }

    #[test]
    fn a_call_says_what_it_binds_its_key_to() {
        let call = Call {
            function: "Webhook",
            action: "kms:Decrypt",
            resource: "arn:key".to_owned(),
            context: vec![("kms:EncryptionContext:tollgate:stack", "dev".to_owned())],
        };
        let form = form("arn:role", &call);
        assert!(form.contains("&PolicySourceArn=arn%3Arole&ActionNames.member.1=kms%3ADecrypt&"), "{form}");
        let entry = "&ContextEntries.member.1.ContextKeyName=kms%3AEncryptionContext%3Atollgate%3Astack\
            &ContextEntries.member.1.ContextKeyType=string&ContextEntries.member.1.ContextKeyValues.member.1=dev";
        assert!(form.ends_with(entry), "{form}");
    }
}
