//! What the fuzz targets share: bodies that are worth screening ([`Body`]), the proof that screening changed what it says
//! and nothing else ([`differences`]), and changes to what was right ([`Change`]).
//!
//! Run them with `infra/fuzz.sh`. A target holds to promises that must be true of every input; an input that breaks one is
//! written to `artifacts/`, and running the target on that file shows it again.

mod body;
mod change;
mod differences;
mod ports;

pub use body::{Body, Word};
pub use change::Change;
pub use differences::{Format, differences, has_test_number};
pub use ports::{KnownKey, now, ready};
