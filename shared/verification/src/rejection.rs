//! Why a delivery was refused.

/// Why a delivery was refused. The caller logs the reason; the answer is the same for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// A required header (or signed field of the body) is absent or empty.
    MissingHeader,
    /// A required header does not have the form that the scheme gives it, is too long, or came twice.
    MalformedHeader,
    /// No signature of a version or algorithm that the endpoint takes.
    UnsupportedScheme,
    /// The signed time is further in the past than the tolerance.
    TimestampTooOld,
    /// The signed time is further in the future than the tolerance.
    TimestampInFuture,
    /// No signature fits.
    SignatureMismatch,
    /// The key that the delivery names is not in the endpoint document, or not valid now.
    UnknownKey,
    /// The body must be read before it can be checked, and cannot.
    InvalidBody,
    /// The certificate's URL is not one of the provider's.
    CertUrlNotAllowed,
    /// The certificate's URL is allowed, but the trust document does not have it.
    UnknownCertificate,
    /// The certificate does not chain to a configured root, or is not the provider's.
    UntrustedCertificate,
    /// A certificate of the chain is not valid now.
    CertificateExpired,
}

impl Rejection {
    /// The reason in `snake_case`, for logs and metrics.
    pub fn reason(self) -> &'static str {
        match self {
            Self::MissingHeader => "missing_header",
            Self::MalformedHeader => "malformed_header",
            Self::UnsupportedScheme => "unsupported_scheme",
            Self::TimestampTooOld => "timestamp_too_old",
            Self::TimestampInFuture => "timestamp_in_future",
            Self::SignatureMismatch => "signature_mismatch",
            Self::UnknownKey => "unknown_key",
            Self::InvalidBody => "invalid_body",
            Self::CertUrlNotAllowed => "cert_url_not_allowed",
            Self::UnknownCertificate => "unknown_certificate",
            Self::UntrustedCertificate => "untrusted_certificate",
            Self::CertificateExpired => "certificate_expired",
        }
    }

    /// Whether our copy of the endpoint document may be what is wrong: worth one refresh of it.
    pub fn may_be_stale_secret(self) -> bool {
        matches!(self, Self::SignatureMismatch | Self::UnknownKey | Self::UnknownCertificate)
    }
}
