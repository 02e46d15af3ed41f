//! Texts and lists of a described scheme, kept for as long as the program runs, so that a scheme from a document
//! has the same type as a constant. `custom.rs` bounds how many there can be.

use serde::{Deserialize, Deserializer};

use crate::scheme::{List, Text};

pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
    Ok(String::deserialize(deserializer)?.leak())
}

pub(crate) fn list<'de, D, T>(deserializer: D) -> Result<List<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Vec::deserialize(deserializer)?.leak())
}

pub(crate) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<List<Text>, D::Error> {
    let texts: Vec<Text> =
        Vec::<String>::deserialize(deserializer)?.into_iter().map(|text| &*text.leak()).collect();
    Ok(texts.leak())
}
