//! Bodies as AWS hands them over.

use anyhow::{Context as _, bail};

use crate::http::Http;
use crate::local::{ACCESS_KEY, REGION};

/// Makes every media type binary in the emulator's API, as the template does on AWS: the emulator takes SAM's escaped
/// `*~1*` for a name, and would hand a body over as text, with invalid UTF-8 replaced. It does not check the
/// signature of its administrator.
pub(crate) async fn make_binary(endpoint: &str, api: &str) -> anyhow::Result<()> {
    let url = format!("{endpoint}/restapis/{api}");
    let credential = format!("{ACCESS_KEY}/20260101/{REGION}/apigateway/aws4_request");
    let headers = [
        ("content-type".to_owned(), "application/json".to_owned()),
        (
            "authorization".to_owned(),
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"),
        ),
    ];
    let body = r#"{"patchOperations":[{"op":"replace","path":"/binaryMediaTypes","value":["*/*"]}]}"#;
    let answer = Http::of(&url).send("PATCH", &url, &headers, body.into()).await;
    let answer = answer.context("make all media types binary")?;
    if !answer.accepted() {
        bail!("the emulator refused to make all media types binary: status {}", answer.status);
    }
    Ok(())
}
