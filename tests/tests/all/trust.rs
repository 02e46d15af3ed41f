//! Certificates of a provider, brought in by the tool and believed by the functions.

use std::{fs, time::SystemTime};

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use serde_json::json;
use verification::{Provider, generate, sign_with};

use crate::stack::{Stack, eventually, random, shared};

const URL: &str = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42";

#[test]
fn a_certificate_that_the_tool_brings_is_believed_and_only_what_changed_is_written() {
    shared(async |stack| {
        let key = generate(Provider::named("paypal").unwrap(), None).unwrap().signing_key.unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root_key = KeyPair::generate().unwrap();
        let root = params.self_signed(&root_key).unwrap().pem();
        let mut leaf = CertificateParams::new(["messageverificationcerts.paypal.com".to_owned()]).unwrap();
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let pair = KeyPair::from_pem(&key.to_pem()).unwrap();
        let leaf = leaf.signed_by(&pair, &Issuer::new(params, root_key)).unwrap().pem();
        let name = format!("e2e-{}", random());
        let file = |kind: &str| Stack::folder().join(format!("{name}-{kind}.pem")).display().to_string();
        let (roots, cert) = (file("roots"), file("cert"));
        fs::write(&roots, &root).unwrap();
        fs::write(&cert, &leaf).unwrap();

        let document = json!({"provider": "paypal", "mode": "live", "account": name,
            "settings": {"webhook_id": "0EH40505U7160970P"}});
        let endpoint = stack.put_document(&name, &document.to_string()).await.endpoint;
        let trust = json!({"roots": root, "certificates": {URL: leaf}}).to_string();
        let endpoint = endpoint.with_trust(trust.as_bytes()).unwrap();
        let body = br#"{"id":"WH-1","event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{"id":"2"}}"#;
        let deliver = || {
            let headers =
                sign_with(&endpoint, "https://a.example/", &random(), body, SystemTime::now(), &key);
            stack.post(&name, &headers.unwrap(), body).status
        };
        // Nobody can say yet whether PayPal signed it: it is to send it again.
        assert_eq!(deliver(), 503);
        let warned = Stack::tollgate_json(&["endpoint", "show", &name], "");
        assert!(warned["warnings"][0].as_str().unwrap().contains("503"), "{warned}");

        let refresh = ["trust", "refresh", "--mode", "live", "--url", URL, "--from", &cert, "--yes"];
        let (code, _, errors) = Stack::tollgate(&refresh, "");
        assert!(code == 2 && errors.contains("--roots"), "{errors}");
        let first = Stack::tollgate_json(&[&refresh[..], &["--roots", &roots]].concat(), "");
        assert_eq!(first["certificates"][1]["change"], "added", "{first}");
        let entry = String::from_utf8(stack.object(first["audit"].as_str().unwrap()).await).unwrap();
        assert!(entry.contains("trust-refresh"), "{entry}");
        let (code, again, _) = Stack::tollgate(&[&refresh[..], &["--json"]].concat(), "");
        assert!(code == 5 && again.contains("\"changed\": false"), "{again}");

        // A certificate that does not chain to the roots is refused, and what is there stays.
        fs::write(&cert, &root).unwrap();
        let (code, refused, _) = Stack::tollgate(&[&refresh[..], &["--json"]].concat(), "");
        assert!(code == 1 && refused.contains("\"refused\""), "{refused}");
        let shown = Stack::tollgate_json(&["trust", "show", "--mode", "live"], "");
        assert_eq!(shown["certificates"][0]["believed"], true, "{shown}");

        eventually("the functions believe the certificate", async || (deliver() == 200).then_some(())).await;
        let content = Stack::tollgate_json(&["endpoint", "show", &name], "");
        assert_eq!(content["warnings"], json!([]));
        for file in [roots, cert] {
            fs::remove_file(file).unwrap();
        }
    });
}
