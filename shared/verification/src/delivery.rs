//! One HTTP request as received.

/// One HTTP request as received: it may be forged, late or repeated.
pub struct Delivery {
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Delivery {
    /// `url` is the full URL as requested; a header that came twice is listed twice; `body` is the exact bytes.
    pub fn new(
        url: impl Into<String>,
        headers: impl IntoIterator<Item = (String, String)>,
        body: Vec<u8>,
    ) -> Self {
        Self { url: url.into(), headers: headers.into_iter().collect(), body }
    }

    /// The exact bytes received.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}
