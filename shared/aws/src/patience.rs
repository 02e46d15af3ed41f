//! How long a call may take, and how often it is tried.

use std::time::Duration;

use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::HttpConnectorSettings;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

/// To open a connection, its TLS handshake included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// What a tool allows for that: its network may be a long way from the Region.
const PATIENT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a caller waits for one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// As a function does: two attempts of a second and a half and the pause stay under the 4 seconds in which the webhook
    /// answers. Nothing else in the system retries a call while its caller waits: queues do.
    Function,
    /// As a person does who starts something long: no call of thousands may end it for one bad minute, and none may
    /// hang.
    Tool,
}

impl Patience {
    fn connect_timeout(self) -> Duration {
        match self {
            Self::Function => CONNECT_TIMEOUT,
            Self::Tool => PATIENT_CONNECT_TIMEOUT,
        }
    }

    pub(crate) fn connector(self) -> ConnectorBuilder {
        let settings = HttpConnectorSettings::builder().connect_timeout(self.connect_timeout());
        Connector::builder().connector_settings(settings.build())
    }

    pub(crate) fn timeouts(self) -> TimeoutConfig {
        // One attempt, connecting included, up to the head of the answer.
        let attempt = match self {
            Self::Function => Duration::from_millis(1500),
            Self::Tool => Duration::from_secs(15),
        };
        TimeoutConfig::builder()
            .connect_timeout(self.connect_timeout())
            .operation_attempt_timeout(attempt)
            .build()
    }

    pub(crate) fn retries(self) -> RetryConfig {
        let (attempts, pause) = match self {
            Self::Function => (2, Duration::from_millis(100)),
            Self::Tool => (5, Duration::from_secs(5)),
        };
        RetryConfig::standard()
            .with_max_attempts(attempts)
            .with_initial_backoff(pause.min(Duration::from_secs(1)))
            .with_max_backoff(pause)
    }

    /// A body that stops in the middle ends by itself only here; a function has its own end.
    pub(crate) fn stalled_streams(self) -> StalledStreamProtectionConfig {
        match self {
            Self::Function => StalledStreamProtectionConfig::disabled(),
            Self::Tool => {
                StalledStreamProtectionConfig::enabled().grace_period(Duration::from_secs(20)).build()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sdk;

    const NOT_SET: [&str; 3] = ["AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN", "TOLLGATE_TRUST_PEM"];

    #[test]
    fn a_function_gives_up_before_its_caller_does_and_a_tool_goes_on() {
        let check = |patience: Patience, attempt: u64, attempts: u32, stalls: bool| {
            let sdk =
                Sdk::from_vars(patience, |name| (!NOT_SET.contains(&name)).then(|| "eu-west-1".to_owned()))
                    .unwrap();
            let config = sdk.config();
            let timeout = config.timeout_config().unwrap().operation_attempt_timeout().unwrap();
            assert_eq!(timeout, Duration::from_millis(attempt), "{patience:?}");
            assert_eq!(config.retry_config().unwrap().max_attempts(), attempts, "{patience:?}");
            let protected = config.stalled_stream_protection().unwrap().is_enabled();
            assert_eq!(protected, stalls, "{patience:?}");
        };
        check(Patience::Function, 1500, 2, false);
        check(Patience::Tool, 15_000, 5, true);
    }
}
