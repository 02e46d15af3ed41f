//! The endpoints and the secrets that their deliveries are verified with.

use std::time::SystemTime;

use futures_util::future::try_join_all;

use super::Patient;
use super::finding::Finding;
use crate::clock;
use crate::endpoints::{Look, all, id, look, protects};
use crate::service::Call as _;

/// Each document makes an endpoint, its secrets are neither ended nor old, and it lets nobody in from elsewhere.
pub(crate) async fn endpoints(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let stack = patient.stack;
    let there: Vec<_> = all(stack).await?.into_iter().filter(|endpoint| endpoint.removed.is_none()).collect();
    if there.is_empty() {
        return Ok(vec![Finding::note("no endpoint: every delivery is answered 401")]);
    }
    let now = clock::now();
    let client = aws_sdk_secretsmanager::Client::new(stack.sdk.config());
    let looks = there.iter().map(async |endpoint| {
        let look = look(stack, &endpoint.name).await?;
        let mut findings = look.map(|look| of_endpoint(&endpoint.name, &look, now)).unwrap_or_default();
        if !patient.local {
            let call = client.get_resource_policy().secret_id(id(stack, &endpoint.name)?);
            let policy = call.send().await.or_cannot("read the policy of a secret")?;
            findings.extend(of_policy(&endpoint.name, policy.resource_policy()));
        }
        anyhow::Ok(findings)
    });
    Ok(try_join_all(looks).await?.concat())
}

fn of_endpoint(name: &str, look: &Look, now: SystemTime) -> Vec<Finding> {
    if let Err(error) = &look.endpoint {
        return vec![Finding::error(
            format!("{name}: the functions refuse the document: {error}"),
            format!("write it again: tollgate endpoint add {name} --replace"),
        )];
    }
    look.warnings(now)
        .into_iter()
        .map(|warning| {
            let mend = format!("tollgate endpoint show {name}");
            let what = format!("{name}: {warning}");
            if warning.contains("every delivery is refused") && !warning.contains("after") {
                Finding::error(what, mend)
            } else {
                Finding::warning(what, mend)
            }
        })
        .collect()
}

fn of_policy(name: &str, policy: Option<&str>) -> Option<Finding> {
    (!protects(policy)).then(|| {
        Finding::warning(
            format!("{name}: its secret does not refuse plain HTTP and other accounts by itself"),
            format!("each write of the document puts the policy on it: tollgate endpoint roll {name}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::super::finding::Severity;
    use super::*;

    /// 2026-11-01T00:00:00Z
    const NOW: u64 = 1_793_491_200;

    fn check(secret: &str, days_old: u64, expected: &[(Severity, &str)]) {
        let document = format!(
            r#"{{"provider":"stripe","mode":"live","account":"acct_1","secrets":[{{"kid":"k1","secret":"{secret}]}}"#
        );
        let written = i64::try_from(NOW - days_old * 86_400).unwrap();
        let now = UNIX_EPOCH + Duration::from_secs(NOW);
        let found = of_endpoint("shop", &Look::at("shop", document.as_bytes(), written), now);
        let found: Vec<_> = found.iter().map(|finding| (finding.severity, finding.what.as_str())).collect();
        assert_eq!(found, expected, "{secret}");
    }

    #[test]
    fn a_secret_that_refuses_nobody_is_found() {
        let found = of_policy("shop", Some("{}")).unwrap();
        assert_eq!(found.what, "shop: its secret does not refuse plain HTTP and other accounts by itself");
        assert_eq!(of_policy("shop", None).unwrap().severity, Severity::Warning);
        assert_eq!(of_policy("shop", Some(r#"{"Sid":"DenyPlainHttp"},{"Sid":"DenyOtherAccounts"}"#)), None);
    }

    #[test]
    fn a_document_or_a_secret_that_is_not_as_it_should_be_is_found() {
        let good = r#"whsec_0123456789abcdef0123456789abcdef"}"#;
        let ends = |when: &str| format!(r#"whsec_0123456789abcdef0123456789abcdef","not_after":"{when}"}}"#);
        check(good, 1, &[]);
        check(good, 91, &[(Severity::Warning, "shop: its secrets are at least 91 days old: roll them")]);
        let invalid = Look::at("shop", b"{", 0);
        assert_eq!(of_endpoint("shop", &invalid, UNIX_EPOCH)[0].severity, Severity::Error);
        check(
            &ends("2026-10-01T00:00:00Z"),
            1,
            &[
                (Severity::Error, "shop: no secret is valid now: every delivery is refused"),
                (Severity::Warning, "shop: k1 has expired: retire it"),
            ],
        );
        check(
            &ends("2026-11-03T00:00:00Z"),
            1,
            &[(
                Severity::Warning,
                "shop: the last secret ends soon, in 2 days: after 2026-11-03T00:00:00Z every delivery is refused",
            )],
        );
    }
}
