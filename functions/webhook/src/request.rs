//! The API Gateway proxy event, as far as the function reads it.
//!
//! `aws_lambda_events` turns headers into a `HeaderMap`, which refuses a value with a byte above 0x7f: the whole
//! event then fails to parse and a stranger's header becomes a 502. Here a header is whatever arrived.

use std::collections::{BTreeMap, HashMap};

use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use verification::Delivery;

/// A REST API proxy event. Only `multiValueHeaders` is read: `headers` keeps the last of a repeated header.
/// Source: API Gateway developer guide, "Lambda proxy integrations".
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Request {
    pub(crate) http_method: String,
    multi_value_headers: Option<HashMap<String, Vec<String>>>,
    multi_value_query_string_parameters: Option<BTreeMap<String, Vec<String>>>,
    path_parameters: Option<HashMap<String, String>>,
    #[serde(rename = "requestContext")]
    context: Context,
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Context {
    request_id: Option<String>,
    domain_name: Option<String>,
    path: Option<String>,
}

impl Request {
    /// The last part of the path, `/v1/webhooks/{endpoint}`.
    pub(crate) fn endpoint(&self) -> &str {
        self.path_parameters
            .as_ref()
            .and_then(|parameters| parameters.get("endpoint"))
            .map_or("", String::as_str)
    }

    /// API Gateway's id of this request: the delivery's id, and the one thing in which two refusals differ.
    pub(crate) fn id(&self) -> Option<&str> {
        self.context.request_id.as_deref()
    }

    /// What stands after the `?`. The gateway decodes it and forgets its order: here it is by name.
    pub(crate) fn query(&self) -> String {
        let escape = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let pairs = self.multi_value_query_string_parameters.iter().flatten();
        let pairs = pairs.flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
        pairs.map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect::<Vec<_>>().join("&")
    }

    /// The URL as the gateway saw it. Schemes that sign a URL take theirs from the endpoint's settings instead, with
    /// this query.
    fn url(&self) -> String {
        let domain = self.context.domain_name.as_deref().unwrap_or_default();
        let path = self.context.path.as_deref().unwrap_or_default();
        let query = self.query();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("https://{domain}{path}{mark}{query}")
    }

    /// All values of a header, whatever the case of its name.
    pub(crate) fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.multi_value_headers
            .iter()
            .flatten()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .flat_map(|(_, values)| values.iter().map(String::as_str))
    }

    /// Length of the body in bytes after base64 is undone, without undoing it.
    pub(crate) fn body_length(&self) -> usize {
        let text = self.body.as_deref().unwrap_or_default();
        if self.is_base64_encoded {
            let padding = text.bytes().rev().take_while(|byte| *byte == b'=').count();
            (text.len() / 4 * 3).saturating_sub(padding)
        } else {
            text.len()
        }
    }

    /// Headers and the exact bytes of the body. `None` if the body is not the base64 it claims to be.
    pub(crate) fn delivery(&self) -> Option<Delivery> {
        let text = self.body.as_deref().unwrap_or_default();
        let body = if self.is_base64_encoded { STANDARD.decode(text).ok()? } else { text.into() };
        let headers = self
            .multi_value_headers
            .iter()
            .flatten()
            .flat_map(|(name, values)| values.iter().map(|value| (name.clone(), value.clone())));
        Some(Delivery::new(self.url(), headers, body))
    }
}
