//! Signs where a scheme wants the signature inside the body.

use std::{borrow::Cow, time::SystemTime};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::{
    Endpoint, Unsignable,
    identity::scalar,
    instant,
    scheme::{Items, List, Method, Scheme, Slot},
    sign::{PRIVATE, UNSIGNED, encode},
    signer::Signer,
};

/// The body as it is to be sent: signed inside where the scheme wants it, else as it is. What goes into a form
/// (Braintree's XML) becomes one. The headers come from [`sign`](crate::sign) over what this gives.
pub fn sign_body(endpoint: &Endpoint, body: &[u8], now: SystemTime) -> Result<Vec<u8>, Unsignable> {
    let now = instant::milliseconds(now);
    let signer = || Signer::secrets(endpoint, now, 1)?.pop().ok_or(UNSIGNED);
    match endpoint.scheme {
        Scheme::Items(scheme) => items(scheme, &signer()?, body),
        Scheme::Signed(scheme) => match scheme.signature.at {
            Slot::Form(field) => form(scheme.methods, &signer()?, field, scheme.signature.assign, body),
            _ => Ok(body.to_vec()),
        },
        Scheme::Jwt(_) => Ok(body.to_vec()),
    }
}

fn signature(methods: List<Method>, signer: &Signer<'_>, content: &[u8]) -> Result<String, Unsignable> {
    let (index, method) = signer.method(methods).ok_or(PRIVATE)?;
    Ok(encode(&signer.sign(index, &[Cow::Borrowed(content)])?, method))
}

/// Each item with its signature.
fn items(scheme: &Items, signer: &Signer<'_>, body: &[u8]) -> Result<Vec<u8>, Unsignable> {
    let wrong = Unsignable("the body does not have the items that the scheme signs");
    let mut body: Value = serde_json::from_slice(body).map_err(|_| wrong)?;
    let all = body.pointer_mut(scheme.at).and_then(Value::as_array_mut).ok_or(wrong)?;
    for item in all {
        let field =
            |at: &&str| item.pointer(at).and_then(|value| scalar(&value.to_string())).unwrap_or_default();
        let content = scheme.signed.iter().map(field).collect::<Vec<_>>().join(scheme.by);
        let signature = signature(scheme.methods, signer, content.as_bytes())?;
        let (parent, name) = scheme.signature.rsplit_once('/').ok_or(wrong)?;
        let mut place = item;
        for step in parent.split('/').skip(1) {
            let object = place.as_object_mut().ok_or(wrong)?;
            place = object.entry(step).or_insert_with(|| Value::Object(serde_json::Map::new()));
        }
        place.as_object_mut().ok_or(wrong)?.insert(name.to_owned(), signature.into());
    }
    Ok(body.to_string().into_bytes())
}

/// A form of the signature and the payload, as Braintree sends it.
fn form(
    methods: List<Method>,
    signer: &Signer<'_>,
    field: &str,
    assign: char,
    body: &[u8],
) -> Result<Vec<u8>, Unsignable> {
    let payload = STANDARD.encode(body) + "\n";
    let signature = signature(methods, signer, payload.as_bytes())?;
    let kid = signer.kid.unwrap_or_default();
    let escape = |text: &str| {
        text.bytes().flat_map(|byte| ["%".to_owned(), hex::encode_upper([byte])]).collect::<String>()
    };
    let signature = escape(&format!("{kid}{assign}{signature}"));
    Ok(format!("{field}={signature}&bt_payload={}", escape(&payload)).into_bytes())
}
