//! The trace that an invocation belongs to.

/// The id of the trace of this invocation (`1-…-…`), if Lambda gave one.
///
/// `lambda_runtime` sets `_X_AMZN_TRACE_ID` before each invocation, and the SDK copies it into each call, which is how it
/// crosses SQS. It changes with each invocation, so it is read each time.
pub fn trace_id() -> Option<String> {
    root(&std::env::var("_X_AMZN_TRACE_ID").ok()?)
}

/// The `Root` part of a tracing header such as `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`.
pub(crate) fn root(header: &str) -> Option<String> {
    let id = header.split(';').find_map(|part| part.trim().strip_prefix("Root="))?;
    let known = !id.is_empty()
        && id.len() <= 64
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    known.then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::root;

    #[test]
    fn a_trace_id_is_the_root_part_of_a_well_formed_header() {
        let id = "1-5759e988-bd862e3fe1be46a994272793";
        let check =
            |header: &str, expected: Option<&str>| assert_eq!(root(header).as_deref(), expected, "{header}");
        check(&format!("Root={id};Parent=53995c3f42cd8ad8;Sampled=1"), Some(id));
        check(&format!("Self=1-2-3; Root={id}"), Some(id));
        check(&format!("Root={id}"), Some(id));
        check("Parent=53995c3f42cd8ad8;Sampled=1", None);
        check("Root=", None);
        check("Root=a b", None);
        check(&format!("Root={}", "a".repeat(65)), None);
        check("", None);
    }
}
