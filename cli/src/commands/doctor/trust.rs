//! The certificates by which providers that sign with them are believed.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use verification::{Certified, Mode};

use super::Patient;
use super::finding::Finding;
use crate::clock;
use crate::endpoints::{all, days, look};
use crate::ledger::mode_name;
use crate::trust;

/// A certificate that ends sooner should have a successor by now.
const SOON: Duration = Duration::from_hours(14 * 24);

/// Each provider that signs with certificates has a trust document, and what is in it is believed and lasts.
pub(crate) async fn trust(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let stack = patient.stack;
    let mut wanted = BTreeSet::new();
    for named in all(stack).await?.into_iter().filter(|endpoint| endpoint.removed.is_none()) {
        let Some(look) = look(stack, &named.name).await? else { continue };
        if let Ok(endpoint) = look.endpoint
            && endpoint.lacks_trust()
        {
            wanted.insert((endpoint.provider().name, mode_name(endpoint.mode())));
        }
    }
    let now = clock::now();
    let mut findings = Vec::new();
    for (provider, mode) in wanted {
        let known = trust::provider(provider)?;
        let id = trust::id(stack, known, if mode == "live" { Mode::Live } else { Mode::Test });
        findings.extend(match trust::current(stack, &id).await? {
            None => vec![Finding::error(
                format!("{provider} {mode} has no trust document: its deliveries are answered 503"),
                format!("tollgate trust refresh --mode {mode} --roots FILE --url URL"),
            )],
            Some((_, document)) => {
                of_document(&format!("{provider} {mode}"), &trust::judged(known, &document, now)?, now)
            }
        });
    }
    Ok(findings)
}

fn of_document(whose: &str, certificates: &[Certified], now: SystemTime) -> Vec<Finding> {
    const MEND: &str = "tollgate trust refresh, best every day on a schedule of your own";
    let believed = |certificate: &&Certified| certificate.believed.is_ok();
    if !certificates.iter().any(|certificate| believed(&certificate)) {
        let what = format!("{whose}: no certificate is believed: every delivery is refused");
        return vec![Finding::error(what, MEND)];
    }
    let mut findings = Vec::new();
    for certificate in certificates {
        let ends = certificate.ends.map(|ends| UNIX_EPOCH + Duration::from_secs(ends));
        if let Err(reason) = certificate.believed {
            let what = format!("{whose}: {} is not believed: {}", certificate.url, reason.reason());
            findings.push(Finding::warning(what, MEND));
        } else if let Some(left) =
            ends.and_then(|ends| ends.duration_since(now).ok()).filter(|left| *left < SOON)
        {
            let what = format!("{whose}: {} ends in {}", certificate.url, days(left));
            findings.push(Finding::warning(what, MEND));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use verification::Rejection;

    use super::*;

    const DAY: u64 = 86_400;

    fn certificate(url: &str, ends: u64, believed: Result<(), Rejection>) -> Certified {
        Certified { url: url.to_owned(), ends: Some(ends), believed }
    }

    #[test]
    fn a_certificate_that_is_not_believed_or_ends_soon_is_found() {
        let check = |certificates: &[Certified], expected: &[&str]| {
            let now = UNIX_EPOCH + Duration::from_secs(1000 * DAY);
            let found = of_document("paypal live", certificates, now);
            assert_eq!(found.iter().map(|finding| finding.what.as_str()).collect::<Vec<_>>(), expected);
        };
        let good = certificate("https://a", 1100 * DAY, Ok(()));
        check(&[], &["paypal live: no certificate is believed: every delivery is refused"]);
        check(std::slice::from_ref(&good), &[]);
        check(
            &[good.clone(), certificate("https://b", 1013 * DAY, Ok(()))],
            &["paypal live: https://b ends in 13 days"],
        );
        check(
            &[good, certificate("https://c", 999 * DAY, Err(Rejection::CertificateExpired))],
            &["paypal live: https://c is not believed: certificate_expired"],
        );
    }
}
