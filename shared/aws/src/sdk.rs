//! One configuration and one HTTP client for all service clients.

use std::env;

use anyhow::{Context, bail};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector as _, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::byte_stream::ByteStream;
use aws_types::SdkConfig;
use aws_types::app_name::AppName;
use aws_types::region::Region;

use crate::Patience;

/// The certificates that AWS advises to trust for its endpoints, see
/// <https://docs.aws.amazon.com/acm/latest/userguide/acm-concepts.html>. Reading the system's 140 takes three quarters of a default start.
const AMAZON_ROOTS: [&str; 5] = [
    include_str!("roots/amazon-root-ca-1.pem"),
    include_str!("roots/amazon-root-ca-2.pem"),
    include_str!("roots/amazon-root-ca-3.pem"),
    include_str!("roots/amazon-root-ca-4.pem"),
    include_str!("roots/starfield-services-root-ca-g2.pem"),
];

/// What all service clients share. Cheap to pass by reference; make one a process.
#[derive(Debug)]
pub struct Sdk {
    config: SdkConfig,
    connector: SharedHttpConnector,
    #[cfg(feature = "queue")]
    sqs: std::sync::OnceLock<aws_sdk_sqs::Client>,
    #[cfg(feature = "keys")]
    kms: std::sync::OnceLock<aws_sdk_kms::Client>,
}

impl Sdk {
    /// The configuration that Lambda gives in the environment: `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
    ///
    /// `AWS_ENDPOINT_URL` sends all calls there; with `http://` the client has no TLS at all. `TOLLGATE_TRUST_PEM` holds further
    /// root certificates; after a first line `only` they replace the embedded ones. Lambda replaces an environment long
    /// before its credentials expire, so they are read once.
    pub fn from_env() -> anyhow::Result<Self> {
        Self::from_vars(Patience::Function, |name| env::var(name).ok())
    }

    /// [`Sdk::from_env`] with another source of variables, for tests and tools.
    pub fn from_vars(patience: Patience, var: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let var = |name: &str| var(name).filter(|value| !value.is_empty());
        let required = |name: &str| var(name).with_context(|| format!("{name} is not set"));

        let region =
            var("AWS_REGION").or_else(|| var("AWS_DEFAULT_REGION")).context("AWS_REGION is not set")?;
        let credentials = Credentials::new(
            required("AWS_ACCESS_KEY_ID")?,
            required("AWS_SECRET_ACCESS_KEY")?,
            var("AWS_SESSION_TOKEN"),
            None,
            "environment",
        );
        let endpoint = var("AWS_ENDPOINT_URL");
        let connector = SharedHttpConnector::new(match endpoint.as_deref() {
            Some(url) if url.starts_with("http://") => patience.connector().build_http(),
            _ => {
                let trust = TlsContext::builder()
                    .with_trust_store(trust_store(var("TOLLGATE_TRUST_PEM").as_deref())?);
                patience
                    .connector()
                    .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                    .tls_context(trust.build()?)
                    .build()
            }
        });
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(region))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(OneConnector(connector.clone()))
            .app_name(AppName::new(concat!("tollgate-", env!("CARGO_PKG_VERSION")))?)
            .timeout_config(patience.timeouts())
            .retry_config(patience.retries())
            .stalled_stream_protection(patience.stalled_streams());
        config.set_endpoint_url(endpoint);
        Ok(Self {
            config: config.build(),
            connector,
            #[cfg(feature = "queue")]
            sqs: std::sync::OnceLock::new(),
            #[cfg(feature = "keys")]
            kms: std::sync::OnceLock::new(),
        })
    }

    /// What a client is made from: for the ports, and for a tool that needs a service without one.
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// Opens so many connections to the host of `url` and keeps them for the first calls. No answer and no failure matters here, and
    /// none is reported: a call that finds no connection opens its own.
    pub async fn connect(&self, url: &str, connections: usize) {
        let origin = origin(self.config.endpoint_url().unwrap_or(url));
        let opened = (0..connections).map(|_| async {
            if let Ok(request) = HttpRequest::get(origin)
                && let Ok(answer) = self.connector.call(request).await
            {
                // A connection is free again when its answer has been read.
                let _ = ByteStream::new(answer.into_body()).collect().await;
            }
        });
        futures_util::future::join_all(opened).await;
    }

    /// The client of all queues: a client costs more to make than to use, and the webhook has two queues.
    #[cfg(feature = "queue")]
    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        self.sqs.get_or_init(|| aws_sdk_sqs::Client::new(&self.config)).clone()
    }

    /// The client of data keys and of MACs.
    #[cfg(feature = "keys")]
    pub(crate) fn kms(&self) -> aws_sdk_kms::Client {
        self.kms.get_or_init(|| aws_sdk_kms::Client::new(&self.config)).clone()
    }
}

/// Gives every service client the same connector, and with it one pool and one set of parsed roots. The SDK's own shared client
/// builds, and throws away, one more for each service client that it is given to.
#[derive(Debug)]
struct OneConnector(SharedHttpConnector);

impl HttpClient for OneConnector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        self.0.clone()
    }
}

/// The URL without its path.
fn origin(url: &str) -> &str {
    let path =
        url.find("://").and_then(|scheme| url.get(scheme + 3..)?.find('/').map(|path| scheme + 3 + path));
    path.and_then(|path| url.get(..path)).unwrap_or(url)
}

/// The embedded roots and those of `more`; only those of `more` if its first line says so. Never the system's.
fn trust_store(more: Option<&str>) -> anyhow::Result<TrustStore> {
    let more = more.map(str::trim);
    let only = more.and_then(|more| more.strip_prefix("only")).map(str::trim_start);
    let mut store = TrustStore::empty();
    if only.is_none() {
        for root in AMAZON_ROOTS {
            store.add_pem_certificate(root);
        }
    }
    if let Some(more) = only.or(more) {
        check_roots(more).context("TOLLGATE_TRUST_PEM")?;
        store.add_pem_certificate(more);
    }
    Ok(store)
}

/// The SDK panics over a certificate that it cannot use; this says so first.
fn check_roots(pem: &str) -> anyhow::Result<()> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};

    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        roots.add(certificate.context("not PEM")?).context("not a usable root certificate")?;
    }
    if roots.is_empty() {
        bail!("holds no certificate");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    use sha2::{Digest as _, Sha256};

    use super::{AMAZON_ROOTS, Sdk, origin};
    use crate::Patience;
    use crate::canned::{Answer, Server};

    /// As in <https://www.amazontrust.com/repository/>.
    const FINGERPRINTS: [&str; 5] = [
        "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
        "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
        "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
        "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
        "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
    ];

    #[test]
    fn the_embedded_roots_are_the_five_that_amazon_publishes() {
        let found = AMAZON_ROOTS.map(|pem| {
            let certificates: Vec<_> =
                CertificateDer::pem_slice_iter(pem.as_bytes()).map(Result::unwrap).collect();
            assert_eq!(certificates.len(), 1);
            hex::encode(Sha256::digest(&certificates[0]))
        });
        assert_eq!(found, FINGERPRINTS);
    }

    fn sdk(trust: Option<&str>) -> anyhow::Result<Sdk> {
        Sdk::from_vars(Patience::Function, |name| match name {
            "TOLLGATE_TRUST_PEM" => trust.map(str::to_owned),
            "AWS_ENDPOINT_URL" | "AWS_SESSION_TOKEN" => None,
            _ => Some("eu-west-1".to_owned()),
        })
    }

    #[test]
    fn roots_can_be_added_or_replaced_by_the_environment_and_are_checked() {
        let one = AMAZON_ROOTS[0];
        let check = |trust: Option<&str>, expected: Result<(), &str>| {
            let found = sdk(trust).map(drop).map_err(|error| format!("{error:#}"));
            assert_eq!(found, expected.map_err(str::to_owned), "{trust:?}");
        };
        check(None, Ok(()));
        check(Some(one), Ok(()));
        check(Some(&format!("only\n{one}")), Ok(()));
        check(Some("only"), Err("TOLLGATE_TRUST_PEM: holds no certificate"));
        check(Some("a path?"), Err("TOLLGATE_TRUST_PEM: holds no certificate"));
        let cut = one.replace("MIID", "AIID");
        check(
            Some(&cut),
            Err("TOLLGATE_TRUST_PEM: not a usable root certificate: invalid peer certificate: BadEncoding"),
        );
    }

    #[test]
    fn what_the_environment_lacks_is_named() {
        let error = Sdk::from_vars(Patience::Function, |name| {
            (name != "AWS_SECRET_ACCESS_KEY").then(|| "x".to_owned())
        })
        .unwrap_err();
        assert_eq!(error.to_string(), "AWS_SECRET_ACCESS_KEY is not set");
    }

    #[test]
    fn an_origin_is_a_url_without_its_path() {
        let check = |url: &str, expected: &str| assert_eq!(origin(url), expected);
        check("https://sqs.eu-west-1.amazonaws.com/1234/process", "https://sqs.eu-west-1.amazonaws.com");
        check("http://127.0.0.1:4566", "http://127.0.0.1:4566");
        check("http://127.0.0.1:4566/", "http://127.0.0.1:4566");
    }

    #[tokio::test]
    async fn connections_are_opened_ahead_and_a_dead_host_does_no_harm() {
        let server = Server::start([Answer::ok("x"), Answer::ok("x")]);
        server.sdk().connect("https://sqs.eu-west-1.amazonaws.com/1234/process", 2).await;
        assert_eq!(server.connections(), 2);
        assert_eq!(server.seen().len(), 2);

        sdk(None).unwrap().connect("http://127.0.0.1:1/", 2).await;
    }
}

#[cfg(all(test, feature = "keys"))]
mod calls {
    use std::time::{Duration, Instant};

    use pipeline::Macs as _;

    use crate::KmsMacs;
    use crate::canned::{Answer, Server};

    /// The outcome of a call to which these answers are given, and how many attempts it took.
    async fn check(answers: Vec<Answer>, expected: Result<(), &str>, attempts: usize) -> Duration {
        let server = Server::start(answers);
        let keys = KmsMacs::new(&server.sdk(), "mac-1");
        #[expect(clippy::disallowed_methods, reason = "the limit is on real time")]
        let start = Instant::now();
        let outcome = keys.mac(&[0; 32]).await.map(drop).map_err(|error| format!("{error:#}"));
        let took = start.elapsed();
        assert_eq!(outcome, expected.map_err(str::to_owned));
        assert_eq!(server.seen().len(), attempts);
        took
    }

    #[tokio::test]
    async fn a_call_has_two_attempts() {
        let ok = Answer::ok(r#"{"Mac":"AQID"}"#);
        let busy = Answer::error(400, "ThrottlingException");
        let down = Answer::error(500, "KMSInternalException");
        let no = Answer::error(400, "DisabledException");
        check(vec![ok.clone()], Ok(()), 1).await;
        check(vec![busy.clone(), ok.clone()], Ok(()), 2).await;
        check(vec![down.clone(), ok.clone()], Ok(()), 2).await;
        check(vec![busy.clone(), busy], Err("generate a mac: ThrottlingException"), 2).await;
        check(vec![down.clone(), down, ok.clone()], Err("generate a mac: KMSInternalException"), 2).await;
        check(vec![no, ok], Err("generate a mac: DisabledException"), 1).await;
    }

    #[tokio::test]
    async fn a_server_that_hangs_is_given_up_in_time_for_an_answer() {
        let took = check(vec![Answer::Silence, Answer::Silence], Err("generate a mac: timed out"), 2).await;
        assert!((2900..3600).contains(&took.as_millis()), "{took:?}");
        let ok = Answer::ok(r#"{"Mac":"AQID"}"#);
        check(vec![Answer::Silence, ok], Ok(()), 2).await;
    }

    #[tokio::test]
    async fn a_server_is_trusted_only_by_an_embedded_root_or_one_that_was_added() {
        let check = async |add: bool, before: &str, trusted: bool| {
            let (server, certificate) = Server::start_tls([Answer::ok(r#"{"Mac":"AQID"}"#)]);
            let pem = format!("{before}{certificate}");
            let sdk = server.sdk_that_trusts(add.then_some(pem.as_str()));
            let outcome =
                KmsMacs::new(&sdk, "mac-1").mac(&[0; 32]).await.map_err(|error| format!("{error:#}"));
            let untrusted =
                "generate a mac: not sent or not answered: invalid peer certificate: UnknownIssuer";
            assert_eq!(outcome, if trusted { Ok(vec![1, 2, 3]) } else { Err(untrusted.to_owned()) });
            assert_eq!(server.seen().len(), usize::from(trusted));
        };
        check(false, "", false).await;
        check(true, "", true).await;
        check(true, "only\n", true).await;
    }

    #[tokio::test]
    async fn calls_say_who_makes_them_and_share_one_connection() {
        let server = Server::start(vec![Answer::ok(r#"{"Mac":"AQID"}"#); 3]);
        let sdk = server.sdk();
        for _ in 0..3 {
            // Another client each time: the connection is the process's.
            KmsMacs::new(&sdk, "mac-1").mac(&[0; 32]).await.unwrap();
        }
        assert_eq!((server.seen().len(), server.connections()), (3, 1));
        let agent = server.seen()[0].header("user-agent").unwrap().to_owned();
        assert!(agent.contains(concat!("app/tollgate-", env!("CARGO_PKG_VERSION"))), "{agent}");
    }

    #[tokio::test]
    async fn a_denied_call_says_who_was_denied_what_and_other_words_of_a_service_are_dropped() {
        check(
            vec![Answer::error(400, "AccessDeniedException")],
            Err("generate a mac: AccessDeniedException: it was 4242"),
            1,
        )
        .await;
        check(vec![Answer::error(400, "Unheard")], Err("generate a mac: Unheard"), 1).await;
    }
}
