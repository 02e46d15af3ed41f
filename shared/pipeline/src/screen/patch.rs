//! A copy with some pieces replaced, made only once there is something to replace.

/// The new text while it is made.
pub(super) struct Patch<'a> {
    source: &'a [u8],
    /// The output has everything up to here.
    copied: usize,
    output: Vec<u8>,
}

impl<'a> Patch<'a> {
    pub(super) fn new(source: &'a [u8]) -> Self {
        Self { source, copied: 0, output: Vec::new() }
    }

    /// Puts `pieces` in the place of what is between the two positions, which lie behind all before.
    pub(super) fn replace(&mut self, from: usize, to: usize, pieces: &[&[u8]]) {
        self.output.extend_from_slice(self.source.get(self.copied..from).unwrap_or_default());
        for piece in pieces {
            self.output.extend_from_slice(piece);
        }
        self.copied = to;
    }

    /// The new text; none if nothing was replaced.
    pub(super) fn finish(mut self) -> Option<Vec<u8>> {
        if self.copied == 0 {
            return None;
        }
        self.output.extend_from_slice(self.source.get(self.copied..).unwrap_or_default());
        Some(self.output)
    }
}
