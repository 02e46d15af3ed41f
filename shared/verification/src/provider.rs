//! What is known of a provider: one value.

/// The answer a provider wants for an accepted delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The exact body.
    pub body: &'static str,
    /// The media type of the body.
    pub content_type: &'static str,
}

/// Who sends: one value a provider.
#[derive(Debug)]
pub struct Provider {
    /// Its name in endpoint documents, ledger keys and logs.
    pub name: &'static str,
}

impl Provider {
    /// The provider of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        let _ = name;
        todo!()
    }

    /// The answer it wants for an accepted delivery.
    pub fn accepted_answer(&self) -> Answer {
        todo!()
    }

    /// The media types that it sends, in lower case, without parameters.
    pub fn media_types(&self) -> &'static [&'static str] {
        todo!()
    }

    /// Whether any provider sends this `content-type` (parameters and case are ignored).
    pub fn any_sends(content_type: &str) -> bool {
        let _ = content_type;
        todo!()
    }

    /// JSON pointers (`*` stands for any index) to identity and facts, which screening must not touch.
    pub fn identity_paths(&self) -> &'static [&'static str] {
        todo!()
    }
}
