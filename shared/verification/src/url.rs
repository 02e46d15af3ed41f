//! URLs as signatures name them.

/// The URL with or without its port. A URL that has no port of its own gets its scheme's.
pub(crate) fn with_port(url: &str, port: bool) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let (host, own) = match authority.rsplit_once(':') {
        Some((host, own)) if own.bytes().all(|b| b.is_ascii_digit()) => (host, Some(own)),
        _ => (authority, None),
    };
    Some(match (port, own) {
        (true, Some(own)) => format!("{scheme}://{host}:{own}{path}"),
        (true, None) => format!("{scheme}://{host}:{}{path}", if scheme == "http" { "80" } else { "443" }),
        (false, _) => format!("{scheme}://{host}{path}"),
    })
}

/// Whether a certificate may be named by `url`: exactly `https`, a host of the list, no user, no other port, no
/// query or fragment, and a plain path below `path`. The URL is only compared, never called.
pub(crate) fn is_allowed(url: &str, hosts: &[&str], path: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.');
    let Some(rest) = url.strip_prefix("https://") else { return false };
    let Some((authority, end)) = rest.split_once('/') else { return false };
    let host = authority.strip_suffix(":443").unwrap_or(authority);
    let Some(name) = format!("/{end}").strip_prefix(path).map(str::to_owned) else { return false };
    hosts.contains(&host) && !name.is_empty() && name.bytes().all(plain) && !name.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_written_out_or_left_out() {
        let check = |url: &str, with: &str, without: &str| {
            assert_eq!(with_port(url, true).as_deref(), Some(with));
            assert_eq!(with_port(url, false).as_deref(), Some(without));
        };
        check("https://h.example/p?q=1:2", "https://h.example:443/p?q=1:2", "https://h.example/p?q=1:2");
        check("http://h.example", "http://h.example:80", "http://h.example");
        check("https://h.example:8443/p", "https://h.example:8443/p", "https://h.example/p");
        check("https://[2001:db8::a]/p", "https://[2001:db8::a]:443/p", "https://[2001:db8::a]/p");
        assert_eq!(with_port("not a url", true), None);
    }

    #[test]
    fn only_the_providers_own_certificate_urls_are_allowed() {
        let check = |url: &str, expected| {
            let hosts = ["api.paypal.com", "api.sandbox.paypal.com"];
            assert_eq!(is_allowed(url, &hosts, "/v1/notifications/certs/"), expected, "{url}");
        };
        check("https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270", true);
        check("https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1", true);
        check("https://api.paypal.com:443/v1/notifications/certs/CERT-1", true);
        for url in [
            "",
            "CERT-1",
            "http://api.paypal.com/v1/notifications/certs/CERT-1",
            "HTTPS://api.paypal.com/v1/notifications/certs/CERT-1",
            "https:api.paypal.com/v1/notifications/certs/CERT-1",
            "https:///v1/notifications/certs/CERT-1",
            "ftp://api.paypal.com/v1/notifications/certs/CERT-1",
            "file:///v1/notifications/certs/CERT-1",
            "//api.paypal.com/v1/notifications/certs/CERT-1",
            " https://api.paypal.com/v1/notifications/certs/CERT-1",
            "https://api.paypal.com /v1/notifications/certs/CERT-1",
            "https://API.PAYPAL.COM/v1/notifications/certs/CERT-1",
            "https://paypal.com/v1/notifications/certs/CERT-1",
            "https://www.paypal.com/v1/notifications/certs/CERT-1",
            "https://api.paypal.com./v1/notifications/certs/CERT-1",
            "https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1",
            "https://evil.example/api.paypal.com/v1/notifications/certs/CERT-1",
            "https://api-paypal.com/v1/notifications/certs/CERT-1",
            "https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1",
            "https://user@api.paypal.com/v1/notifications/certs/CERT-1",
            "https://user:pass@api.paypal.com/v1/notifications/certs/CERT-1",
            "https://evil.example#api.paypal.com/v1/notifications/certs/CERT-1",
            "https://evil.example?api.paypal.com/v1/notifications/certs/CERT-1",
            "https://evil.example\\@api.paypal.com/v1/notifications/certs/CERT-1",
            "https://api.paypal.com\\.evil.example/v1/notifications/certs/CERT-1",
            "https://api.paypal.com%2eevil.example/v1/notifications/certs/CERT-1",
            "https://api.paypal.com%00.evil.example/v1/notifications/certs/CERT-1",
            "https://api.paypal.com:80/v1/notifications/certs/CERT-1",
            "https://api.paypal.com:8443/v1/notifications/certs/CERT-1",
            "https://api.paypal.com:443:443/v1/notifications/certs/CERT-1",
            "https://api.paypal.com:/v1/notifications/certs/CERT-1",
            "https://api.paypal.com:0443/v1/notifications/certs/CERT-1",
            "https://127.0.0.1/v1/notifications/certs/CERT-1",
            "https://[::1]/v1/notifications/certs/CERT-1",
            "https://169.254.169.254/v1/notifications/certs/CERT-1",
            "https://2130706433/v1/notifications/certs/CERT-1",
            "https://0x7f.1/v1/notifications/certs/CERT-1",
            "https://localhost/v1/notifications/certs/CERT-1",
            "https://xn--pypal-4ve.com/v1/notifications/certs/CERT-1",
            "https://api.p\u{430}ypal.com/v1/notifications/certs/CERT-1",
            "https://api.paypal.com\u{2044}v1/notifications/certs/CERT-1",
            "https://api.paypal.com",
            "https://api.paypal.com/",
            "https://api.paypal.com/CERT-1",
            "https://api.paypal.com/v1/notifications/certs",
            "https://api.paypal.com/v1/notifications/certs/",
            "https://api.paypal.com/v1/notifications/certsCERT-1",
            "https://api.paypal.com/v1//notifications/certs/CERT-1",
            "https://api.paypal.com/V1/notifications/certs/CERT-1",
            "https://api.paypal.com/v1/notifications/certs/../../upload/CERT-1",
            "https://api.paypal.com/v1/notifications/certs/%2e%2e/CERT-1",
            "https://api.paypal.com/v1/notifications/certs/CERT-1?x=1",
            "https://api.paypal.com/v1/notifications/certs/CERT-1#x",
            "https://api.paypal.com/v1/notifications/certs/CERT-1;x",
            "https://api.paypal.com/v1/notifications/certs/CERT 1",
            "https://api.paypal.com/v1/notifications/certs/CERT-1\n",
            "https://api.paypal.com/v1/notifications/certs/CERT-1\0",
            "https://api.paypal.com/v1/notifications/certs/CERT-1\u{a0}",
            "https://api.paypal.com/redirect?to=https://evil.example/v1/notifications/certs/CERT-1",
        ] {
            check(url, false);
        }
    }
}
