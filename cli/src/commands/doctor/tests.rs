//! All checks against canned answers: of an account where nothing may be looked at, and of one where all is well.

use crate::signed::canned::Server;
use crate::stack::Stack;

use super::finding::Severity;
use super::resources::Resources;
use super::*;

const RESOURCES: [(&str, &str, &str); 8] = [
    ("DataKey", "k-1", "AWS::KMS::Key"),
    ("ProcessQueue", "https://sqs.eu-west-1.amazonaws.com/1/process", "AWS::SQS::Queue"),
    ("Webhook", "dev-webhook", "AWS::Lambda::Function"),
    ("ProcessorDeliveries", "0a1b", "AWS::Lambda::EventSourceMapping"),
    ("ErrorRate", "dev-ErrorRate", "AWS::CloudWatch::Alarm"),
    ("SqsEndpoint", "vpce-1", "AWS::EC2::VPCEndpoint"),
    ("Domain", "hooks.example.com", "AWS::ApiGateway::DomainName"),
    ("Data", "arn:aws:cloudformation:eu-west-1:1:stack/dev-Data/1", "AWS::CloudFormation::Stack"),
];

const OUTPUTS: [(&str, &str); 13] = [
    ("LedgerTable", "ledger"),
    ("ArchiveBucket", "archive"),
    ("EventBusArn", "arn:bus/dev"),
    ("AlarmTopicArn", "arn:sns:alarms"),
    ("ApiId", "a1"),
    ("ApiStage", "api"),
    ("DataKeyArn", "arn:aws:kms:eu-west-1:1:key/data"),
    ("MacKeyArn", "arn:aws:kms:eu-west-1:1:key/mac"),
    ("ProcessQueueUrl", "https://sqs.eu-west-1.amazonaws.com/1/process"),
    ("ProcessDeadLettersUrl", "https://sqs.eu-west-1.amazonaws.com/1/process-dead"),
    ("ArchiveQueueUrl", "https://sqs.eu-west-1.amazonaws.com/1/archive"),
    ("ArchiveDeadLettersUrl", "https://sqs.eu-west-1.amazonaws.com/1/archive-dead"),
    ("PublisherDeadLettersUrl", "https://sqs.eu-west-1.amazonaws.com/1/publisher-dead"),
];

async fn checked(server: &Server) -> Vec<Checked> {
    let stack = Stack::of_test("dev", server.sdk(), &server.url(), &OUTPUTS);
    let signed = Signed::new(stack.sdk.config());
    let patient = Patient { stack: &stack, signed, resources: Resources::new(&RESOURCES), local: false };
    Doctor { drift: false, strict: false }.checks(&patient).await
}

/// What one check finds where AWS answers so.
pub(super) async fn of<const N: usize>(
    answers: [(&str, u16, &str); N],
    check: impl AsyncFn(&Patient<'_>) -> anyhow::Result<Vec<Finding>>,
    expected: &[&str],
) {
    let server = Server::start(answers);
    let stack = Stack::of_test("dev", server.sdk(), &server.url(), &OUTPUTS);
    let signed = Signed::new(stack.sdk.config());
    let patient = Patient { stack: &stack, signed, resources: Resources::new(&RESOURCES), local: false };
    let found = check(&patient).await.unwrap();
    assert_eq!(found.iter().map(|finding| finding.what.as_str()).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_check_that_is_denied_is_not_checked_and_stops_no_other() {
    let denied = r#"{"__type":"AccessDeniedException","message":"User ada is not authorized to perform it"}"#;
    let server = Server::start([
        ("GET /health", 200, "{}"),
        ("TrentService.DescribeKey", 200, r#"{"KeyMetadata":{"KeyState":"Disabled"}}"#),
        ("versioning", 403, "<Error><Code>AccessDenied</Code><Message>not you</Message></Error>"),
        ("", 403, denied),
    ]);
    for Checked { check, findings } in checked(&server).await {
        match check {
            "gateway" => assert_eq!(findings, []),
            "keys" => assert_eq!(findings[0].what, "DataKey is Disabled"),
            _ => {
                assert_eq!(findings.len(), 1, "{check}: {findings:?}");
                assert_eq!(findings[0].severity, Severity::NotChecked, "{check}");
                let mend = findings[0].mend.as_deref().unwrap();
                assert!(mend.contains("must be in your policy"), "{check}: {findings:?}");
            }
        }
    }
}

#[test]
fn errors_fail_and_the_rest_does_if_strict() {
    let check = |findings: &[Finding], expected: bool, strict: bool| {
        let report = Report::new("dev", vec![Checked { check: "keys", findings: findings.to_vec() }]);
        assert_eq!((report.outcome(false).is_ok(), report.outcome(true).is_ok()), (expected, strict));
    };
    let not_checked = Finding::not_checked(&anyhow::anyhow!("no answer"));
    check(&[], true, true);
    check(&[Finding::note("a")], true, true);
    check(&[Finding::warning("a", "b")], true, false);
    check(&[not_checked], true, false);
    check(&[Finding::warning("a", "b"), Finding::error("a", "b")], false, false);
}

#[test]
fn each_finding_is_a_row_and_its_mend_another() {
    let report = Report::new(
        "dev",
        vec![
            Checked { check: "keys", findings: vec![] },
            Checked {
                check: "queues",
                findings: vec![Finding::error("a waits", "look"), Finding::note("b")],
            },
        ],
    );
    assert_eq!(
        table(&report).render(false),
        "check\nkeys    ok\nqueues  error  a waits\n               mend: look\n        note   b\n"
    );
    assert_eq!(report.summary(), "1 error, 0 warnings, 0 not checked, of 2 checks");
}
