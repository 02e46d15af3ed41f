//! The policy that each secret bears itself, whatever its readers' roles say.

use aws_sdk_secretsmanager::Client;
use serde_json::{Value, json};

use crate::service::Call as _;
use crate::stack::Stack;

/// Puts the policy on a secret that was written. An emulator's secrets have none, since it speaks plain HTTP.
pub(crate) async fn protect(stack: &Stack, id: &str) -> anyhow::Result<()> {
    if stack.is_local {
        return Ok(());
    }
    let account = stack.output("DataKeyArn")?.split(':').nth(4).unwrap_or_default();
    let call = Client::new(stack.sdk.config()).put_resource_policy().secret_id(id);
    let call = call.resource_policy(policy(account).to_string()).block_public_policy(true);
    call.send().await.or_cannot("put its policy on the secret, which is written").map(drop)
}

/// Whether a secret's policy is such a one.
pub(crate) fn protects(policy: Option<&str>) -> bool {
    policy.is_some_and(|policy| ["DenyPlainHttp", "DenyOtherAccounts"].iter().all(|sid| policy.contains(sid)))
}

fn policy(account: &str) -> Value {
    let deny = |sid: &str, condition: Value| json!({ "Sid": sid, "Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*", "Condition": condition });
    // A condition with "not" holds of a key that is not there, so each asks for the key as well.
    let foreign = |key: &str| json!({ "StringNotEquals": { key: account }, "Null": { key: "false" } });
    json!({ "Version": "2012-10-17", "Statement": [
        deny("DenyPlainHttp", json!({ "Bool": { "aws:SecureTransport": "false" } })),
        deny("DenyOtherAccounts", foreign("aws:PrincipalAccount")),
        deny("DenyServicesForOtherAccounts", foreign("aws:SourceAccount")),
    ] })
}

#[cfg(test)]
mod tests {
    use crate::signed::canned::Server;

    use super::*;

    #[test]
    fn a_secret_refuses_plain_http_and_other_accounts_and_allows_nobody() {
        let policy = policy("111122223333");
        let statements = policy["Statement"].as_array().unwrap();
        assert!(statements.iter().all(|each| each["Effect"] == "Deny" && each["Principal"] == "*"));
        let conditions: Vec<String> = statements.iter().map(|each| each["Condition"].to_string()).collect();
        assert_eq!(
            conditions,
            [
                r#"{"Bool":{"aws:SecureTransport":"false"}}"#,
                r#"{"Null":{"aws:PrincipalAccount":"false"},"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}"#,
                r#"{"Null":{"aws:SourceAccount":"false"},"StringNotEquals":{"aws:SourceAccount":"111122223333"}}"#,
            ]
        );
        assert!(protects(Some(&policy.to_string())));
        assert!(!protects(Some("{}")) && !protects(None));
    }

    #[tokio::test]
    async fn a_secret_that_is_written_gets_its_policy() {
        let server = Server::start([("secretsmanager.", 200, r#"{"Name":"a","VersionId":"v2"}"#)]);
        let outputs =
            [("DataKeyArn", "arn:aws:kms:eu-west-1:111122223333:key/k"), ("StorageKeyArn", "arn:key")];
        let stack = Stack::of_test("dev", server.sdk(), &server.url(), &outputs);
        crate::endpoints::add(&stack, "shop", "{}", false).await.unwrap();
        crate::endpoints::replace(&stack, "tollgate/dev/endpoints/shop", "v1", "{}").await.unwrap();
        let puts = server.seen().into_iter().filter(|request| request.contains("PutResourcePolicy"));
        let puts: Vec<_> = puts.collect();
        assert_eq!(puts.len(), 2);
        for put in puts {
            assert!(put.contains("tollgate/dev/endpoints/shop") && put.contains("111122223333"), "{put}");
            assert!(put.contains(r#""BlockPublicPolicy":true"#), "{put}");
        }
    }
}
