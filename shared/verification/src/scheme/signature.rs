//! Where signatures stand, and how they are written.

use serde::{Deserialize, Serialize};

use super::{List, Slot, method::is_false};
use crate::kept;

/// Where the signatures stand, and how they are written.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The text that holds them.
    pub at: Slot,
    /// What stands between several; without it there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<char>,
    /// The fields of one, in order.
    #[serde(default = "bare", deserialize_with = "kept::list", skip_serializing_if = "is_bare")]
    pub fields: List<Field>,
    /// What stands between the fields of one.
    #[serde(default = "equals", skip_serializing_if = "is_equals")]
    pub assign: char,
    /// Whether blanks around items and tags are dropped.
    #[serde(default, skip_serializing_if = "is_false")]
    pub trim: bool,
    /// Whether tags are compared without regard to case.
    #[serde(default, skip_serializing_if = "is_false")]
    pub any_case: bool,
    /// Whether a signature without its tag is taken too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub tag_optional: bool,
    /// Where the tag stands, when it is not beside the signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag_at: Option<Slot>,
}

/// A field of one signature.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Says which method.
    Tag,
    /// Says which key.
    KeyId,
    /// The signature itself.
    Signature,
}

fn bare() -> List<Field> {
    &[Field::Signature]
}

fn is_bare(fields: &List<Field>) -> bool {
    *fields == [Field::Signature]
}

fn equals() -> char {
    '='
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_equals(assign: &char) -> bool {
    *assign == '='
}
