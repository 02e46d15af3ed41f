//! Key material: wiped on drop, never printed.

use zeroize::Zeroizing;

/// A secret. It is wiped on drop, and can be neither printed nor serialised nor compared with `==`.
///
/// ```compile_fail,E0369
/// let _ = verification::Secret::new(vec![1]) == verification::Secret::new(vec![1]);
/// ```
/// ```compile_fail,E0277
/// let _ = format!("{:?}", verification::Secret::new(vec![1]));
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }
}
