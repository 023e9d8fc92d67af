//! A file sent over the REST interface, in whichever of three ways a program can: as the one part
//! of `multipart/form-data`, named as the field; as the body itself, with `?field=&name=`; or in
//! base64 within JSON.
//!
//! Invariants: no more than the limit of an upload is ever held; what the sender says of the type is
//! not believed. Must not know: which files are taken.

use crate::Web;
use crate::app::UPLOAD_MAX;
use crate::fault::Fault;
use crate::form::{Body, Upload, decode, forbidden};
use axum::body::Bytes;
use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use base64::Engine as _;
use kernel::{Error, Result};
use schemars::JsonSchema;
use serde::Deserialize;

/// Characters of a file's name that are kept.
const NAME_MAX: usize = 120;

/// One file, however it was sent.
pub struct Sent(pub Upload);

/// A file in JSON.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileBody {
    /// File field.
    field: String,
    /// Name.
    name: String,
    /// Content in base64.
    content: String,
}

impl FromRequest<Web> for Sent {
    type Rejection = Fault;

    async fn from_request(request: Request, web: &Web) -> std::result::Result<Sent, Fault> {
        let media = request.headers().get(header::CONTENT_TYPE).and_then(|held| held.to_str().ok());
        let media = media.unwrap_or("").split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        let upload = match media.as_str() {
            "application/json" => within_json(request, web).await?,
            "multipart/form-data" => part(request, web).await?,
            _ => raw(request, web).await?,
        };
        Ok(Sent(upload))
    }
}

/// The body is larger than any upload may be.
fn too_large() -> Error {
    Error::limited("form.upload_size").arg("limit_mib", UPLOAD_MAX / 1024 / 1024)
}

fn failed(status: StatusCode, detail: String) -> Error {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => Error::invalid("form.malformed").detail(detail),
    }
}

async fn within_json(request: Request, web: &Web) -> Result<Upload> {
    let Body(file) = match Body::<FileBody>::from_request(request, web).await {
        Ok(body) => body,
        Err(Fault(error)) if error.code == "form.body_size" => return Err(too_large()),
        Err(Fault(error)) => return Err(error),
    };
    let content = base64::engine::general_purpose::STANDARD
        .decode(file.content.as_bytes())
        .map_err(|_| Error::invalid("form.fields_wrong").field("content", "form.base64"))?;
    Ok(Upload { field: file.field, name: shown(&file.name), content })
}

async fn raw(request: Request, web: &Web) -> Result<Upload> {
    let query = decode(request.uri().query().unwrap_or("").as_bytes());
    let named = |name: &str| {
        query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    };
    let (field, name) = (named("field"), shown(&named("name")));
    if field.is_empty() {
        let args = vec![("field", "field".to_owned())];
        return Err(Error::invalid("form.fields_wrong").field_with(
            "field",
            "form.json_missing",
            args,
        ));
    }
    let content = Bytes::from_request(request, web)
        .await
        .map_err(|rejection| failed(rejection.status(), rejection.body_text()))?;
    Ok(Upload { field, name, content: content.to_vec() })
}

async fn part(request: Request, web: &Web) -> Result<Upload> {
    let fault = |error: MultipartError| failed(error.status(), error.body_text());
    let mut parts = Multipart::from_request(request, web)
        .await
        .map_err(|rejection| failed(rejection.status(), rejection.body_text()))?;
    let one = || Error::invalid("form.one_file");
    let mut part = parts.next_field().await.map_err(fault)?.ok_or_else(one)?;
    let field = part.name().unwrap_or("").to_owned();
    let name = shown(part.file_name().unwrap_or(""));
    let mut content = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(fault)? {
        content.extend_from_slice(&chunk);
    }
    drop(part);
    match parts.next_field().await.map_err(fault)? {
        Some(_) => Err(one()),
        None => Ok(Upload { field, name, content }),
    }
}

/// The name as it may be shown.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !forbidden(*c)).take(NAME_MAX).collect()
}
