//! What a form sends: fields and files within limits, checked to come from our own page.
//!
//! Every field is read whole before anything is judged, so that nothing the user typed is lost
//! and the sentence can name the field. Characters nobody types (NUL, controls, marks that turn
//! the direction of text) are refused, in forms and JSON alike: a form is shown again with what was
//! typed, without them; JSON is told the field.

use crate::call::Call;
use crate::fault::Fault;
use crate::{Answer, Web, kept};
use axum::body::Bytes;
use axum::extract::multipart::Multipart;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{Error, Result, number};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Fields taken from one form.
pub const FIELDS_MAX: usize = 400;
/// Longest field, in bytes.
pub const FIELD_MAX: usize = 16 * 1024;
/// Files taken from one form.
pub const FILES_MAX: usize = 10;

/// Fields that hold what no page may repeat: passwords and codes.
const SECRETS: [&str; 7] = ["password", "old", "new", "again", "code", "secret", "credential"];

/// A file as it was sent.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Name of the form field.
    pub field: String,
    /// Name the sender gave; only ever shown, never used as a path.
    pub name: String,
    /// Content.
    pub content: Vec<u8>,
}

/// A form as it was sent.
#[derive(Clone, Debug, Default)]
pub struct Form {
    fields: Vec<(String, String)>,
    /// Files, the empty ones left out.
    pub files: Vec<Upload>,
}

impl Form {
    /// A form from pairs: tests and the REST interface.
    pub fn from_pairs(fields: Vec<(String, String)>) -> Form {
        Form { fields, files: Vec::new() }
    }

    /// The value of a field, trimmed; empty when absent.
    pub fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    /// All values of a field: check boxes.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let values = self.fields.iter().filter(|(key, _)| key == name);
        values.map(|(_, value)| value.trim()).filter(|value| !value.is_empty()).collect()
    }

    /// True when a box was ticked.
    pub fn ticked(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }

    /// A whole number, or `None` when absent or not one.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name).parse().ok()
    }

    /// Every field and value but the form's own tokens.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields
            .iter()
            .filter(|(key, _)| !key.starts_with('_'))
            .map(|(key, value)| (key.as_str(), value.trim()))
    }

    /// What a page may show again: neither tokens nor secrets.
    pub(crate) fn repeatable(&self) -> impl Iterator<Item = (&str, &str)> {
        let shows = |name: &str| !name.starts_with('_') && !SECRETS.contains(&name) && !odd(name);
        let fields = self.fields.iter().filter(move |(name, _)| shows(name));
        fields.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The values by field, for showing the form again.
    pub fn values(&self) -> BTreeMap<String, String> {
        self.pairs().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    /// The file of a field.
    pub fn file(&self, field: &str) -> Option<&Upload> {
        self.files.iter().find(|file| file.field == field)
    }

    /// The id under which this form's command is done once.
    pub fn once(&self) -> &str {
        self.text("_once")
    }

    fn push(&mut self, name: String, value: String) -> Result<()> {
        if self.fields.len() >= FIELDS_MAX {
            return Err(Error::limited("form.fields"));
        }
        self.fields.push((name, value));
        Ok(())
    }

    /// Refuses fields longer than `max` bytes or with characters nobody types.
    fn check(&self, max: usize) -> Result<()> {
        let mut error = Error::invalid("form.fields_wrong");
        for (name, value) in &self.fields {
            let shown = shown(name);
            let max = if name == kept::FIELD { kept::SEALED_MAX } else { max };
            if value.len() > max {
                let args = vec![("field", shown.clone()), ("limit_kib", (max / 1024).to_string())];
                error = error.field_with(shown, "form.field_size", args);
            } else if odd(value) || odd(name) {
                let args = vec![("field", shown.clone())];
                error = error.field_with(shown, "form.field_characters", args);
            }
        }
        error.if_any_field()
    }

    /// True when it can be shown again whole: it holds no secret, which no page repeats, and no
    /// file, which no page can.
    fn is_showable(&self) -> bool {
        let named = |name: &String| SECRETS.contains(&name.as_str()) || odd(name);
        self.files.is_empty() && !self.fields.iter().any(|(name, _)| named(name))
    }

    /// The form again with what was typed, without the characters nobody types.
    fn again(&self, call: &Call) -> Answer {
        let fields = self.fields.iter().filter(|(name, _)| name != "_csrf");
        let (wrong, kept): (Vec<_>, Vec<_>) = fields.partition(|(_, value)| odd(value));
        let shown = |pairs: Vec<&(String, String)>| -> Vec<Json> {
            let clean = |value: &str| value.chars().filter(|c| !forbidden(*c)).collect::<String>();
            pairs
                .into_iter()
                .map(|(name, value)| json!({ "name": name, "value": clean(value) }))
                .collect()
        };
        let context =
            json!({ "action": call.path_and_query, "kept": shown(kept), "odd": shown(wrong) });
        call.page_again("webkit/form_again.html", &context)
    }
}

/// True for text with a character nobody types.
fn odd(text: &str) -> bool {
    text.chars().any(forbidden)
}

/// Characters nobody types: controls but for line ends and tab, and marks of text direction.
pub fn forbidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

impl FromRequest<Web> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, web: &Web) -> std::result::Result<Form, Response> {
        read(request, web, FIELD_MAX).await
    }
}

/// A form with whole documents typed into it: a field may be as long as the body, and whoever
/// takes it says how long that is.
pub struct Papers(pub Form);

impl FromRequest<Web> for Papers {
    type Rejection = Response;

    async fn from_request(request: Request, web: &Web) -> std::result::Result<Papers, Response> {
        read(request, web, usize::MAX).await.map(Papers)
    }
}

async fn read(
    request: Request,
    web: &Web,
    field_max: usize,
) -> std::result::Result<Form, Response> {
    let refused = |error: Error| Fault(error).into_response();
    let (mut parts, body) = request.into_parts();
    let call = Call::from_request_parts(&mut parts, web).await.map_err(Fault::into_response)?;
    let headers = parts.headers.clone();
    let form = sent(Request::from_parts(parts, body), web, true).await.map_err(refused)?;
    if form.text("_csrf") != call.csrf() {
        let again = kept::again(&call, &headers, &form).await;
        return Err(again.unwrap_or_else(|| refused(Error::denied("form.stale_token"))));
    }
    let Err(error) = form.check(field_max) else { return Ok(form) };
    let odd = error.fields.iter().all(|field| field.code == "form.field_characters");
    match odd && form.is_showable() {
        true => Err(form.again(&call).unwrap_or_else(Fault::into_response)),
        false => Err(refused(error)),
    }
}

/// The fields of a form that is not taken.
pub(crate) async fn fields(request: Request, web: &Web) -> Result<Form> {
    sent(request, web, false).await
}

/// The fields of a form, of either encoding, with its files or without.
async fn sent(request: Request, web: &Web, files: bool) -> Result<Form> {
    let media = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("")
        .to_owned();
    if media.starts_with("multipart/form-data") {
        return multipart(request, web, files).await;
    }
    let bytes = axum::body::Bytes::from_request(request, web)
        .await
        .map_err(|_| Error::limited("form.body_size"))?;
    let mut form = Form::default();
    for (name, value) in decode(&bytes) {
        form.push(name, value)?;
    }
    Ok(form)
}

async fn multipart(request: Request, web: &Web, files: bool) -> Result<Form> {
    let malformed = |_| Error::invalid("form.malformed");
    let mut parts = Multipart::from_request(request, web)
        .await
        .map_err(|_| Error::invalid("form.malformed"))?;
    let mut form = Form::default();
    while let Some(part) = parts.next_field().await.map_err(malformed)? {
        let name = part.name().unwrap_or("").to_owned();
        match part.file_name().map(str::to_owned) {
            Some(_) if !files => {}
            Some(file_name) => {
                let content = part.bytes().await.map_err(|_| Error::limited("form.body_size"))?;
                if file_name.is_empty() && content.is_empty() {
                    continue;
                }
                if form.files.len() >= FILES_MAX {
                    return Err(Error::limited("form.files"));
                }
                let file_name = file_name.chars().filter(|c| !forbidden(*c)).take(120).collect();
                form.files.push(Upload { field: name, name: file_name, content: content.to_vec() });
            }
            None => {
                let bytes = part.bytes().await.map_err(|_| Error::limited("form.body_size"))?;
                form.push(name, String::from_utf8_lossy(&bytes).into_owned())?;
            }
        }
    }
    Ok(form)
}

/// A JSON body of the REST interface.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Web> for Body<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, web: &Web) -> std::result::Result<Body<T>, Fault> {
        let (parts, content) = request.into_parts();
        let whole = Request::from_parts(parts.clone(), content);
        let content = Bytes::from_request(whole, web).await.map_err(|rejection| match rejection
            .status()
        {
            StatusCode::PAYLOAD_TOO_LARGE => Error::limited("form.body_size"),
            _ => Error::invalid("form.json").detail(rejection.body_text()),
        })?;
        let long = str::from_utf8(&content).ok().and_then(number::inexact);
        if let Some(long) = long {
            return Err(Error::invalid("form.json_number").arg("number", shown(long)).into());
        }
        let whole = Request::from_parts(parts, content.clone().into());
        match axum::Json::<Json>::from_request(whole, web).await {
            Ok(axum::Json(value)) => match odd_place(&value) {
                Some(path) => Err(characters(&path).into()),
                None => Ok(Body(of_json(value)?)),
            },
            Err(rejection) => Err(Error::invalid("form.json").detail(rejection.body_text()).into()),
        }
    }
}

/// Where a text or a name holds a character nobody types.
fn odd_place(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => odd(text).then(String::new),
        Json::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(at, item)| Some(format!("[{at}]{}", odd_place(item)?)))
        }
        Json::Object(fields) => fields.iter().find_map(|(name, value)| {
            let rest = if odd(name) { Some(String::new()) } else { odd_place(value) };
            Some(format!(".{name}{}", rest?))
        }),
        _ => None,
    }
}

/// Refuses a query with U+0000, which databases do not keep, by the name of its part.
pub(crate) fn check_query(query: &str) -> Result<()> {
    let holds = |text: &str| text.contains('\0');
    let wrong =
        decode(query.as_bytes()).into_iter().find(|(name, value)| holds(name) || holds(value));
    wrong.map_or(Ok(()), |(name, _)| Err(characters(&name)))
}

/// The fault of a text with characters nobody types.
fn characters(path: &str) -> Error {
    let field = shown(path.trim_matches('.'));
    let args = vec![("field", field.clone())];
    Error::invalid("form.fields_wrong").field_with(field, "form.field_characters", args)
}

/// What the REST interface takes, of JSON. Errors: `form.json_fields` with the field at fault:
/// `form.json_missing`, `form.json_unknown`, `form.json_value`.
pub fn of_json<T: DeserializeOwned>(json: Json) -> Result<T> {
    serde_path_to_error::deserialize(json).map_err(|error| {
        let path = error.path().to_string();
        json_fault(path.trim_matches('.'), &error.into_inner().to_string())
    })
}

/// The fault at its field. A field that is missing or unknown is named in the reason, any other
/// by its path.
fn json_fault(path: &str, reason: &str) -> Error {
    let named = |head: &str| reason.strip_prefix(head)?.split_once('`').map(|parts| parts.0);
    let within = |name: &str| match path {
        "" => shown(name),
        _ if path == name || path.ends_with(&format!(".{name}")) => shown(path),
        _ => shown(&format!("{path}.{name}")),
    };
    let (field, code) = match (named("missing field `"), named("unknown field `")) {
        (Some(name), _) => (within(name), "form.json_missing"),
        (_, Some(name)) => (within(name), "form.json_unknown"),
        _ => (shown(path), "form.json_value"),
    };
    let args = vec![("field", field.clone())];
    Error::invalid("form.json_fields").field_with(field, code, args).detail(reason)
}

/// A name as it may be told: what nobody would name a field is left out.
fn shown(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric() || "._-[]".contains(*c)).take(60).collect()
}

/// The pairs of `application/x-www-form-urlencoded` text; what is not UTF-8 is replaced.
pub fn decode(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).into_owned().collect()
}

/// What need not be escaped in a path or a query value.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// Text as it stands in a URL: everything but unreserved characters and `/` is escaped.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

#[cfg(test)]
mod tests {
    use super::of_json;
    use serde::Deserialize;
    use serde_json::{Value as Json, json};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[serde(rename = "name")]
        _name: String,
        #[serde(default, rename = "parts")]
        _parts: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[serde(rename = "amount")]
        _amount: u32,
    }

    #[test]
    fn a_json_body_that_does_not_fit_names_the_field_at_fault() {
        let fault = |json: Json| {
            let error = of_json::<Outer>(json).unwrap_err();
            assert_eq!(error.code, "form.json_fields");
            (error.fields[0].field.clone(), error.fields[0].code.clone())
        };
        let long = "x".repeat(1_000);
        for (json, field, code) in [
            (json!({}), "name", "form.json_missing"),
            (json!({ "name": 1 }), "name", "form.json_value"),
            (json!({ "name": "a", "nmae": 1 }), "nmae", "form.json_unknown"),
            (json!({ "name": "a", "parts": [{}] }), "parts[0].amount", "form.json_missing"),
            (
                json!({ "name": "a", "parts": [{ "amount": -1 }] }),
                "parts[0].amount",
                "form.json_value",
            ),
            (
                json!({ "name": "a", "parts": [{ "amount": 1, "b": 2 }] }),
                "parts[0].b",
                "form.json_unknown",
            ),
        ] {
            let shown = json.to_string();
            let (got, kind) = fault(json);
            assert_eq!((got.as_str(), kind.as_str()), (field, code), "{shown}");
        }
        let mut odd = serde_json::Map::new();
        odd.insert("name".to_owned(), Json::from("a"));
        odd.insert(format!("<b>\u{202e}{long}"), Json::Null);
        let (field, _) = fault(Json::Object(odd));
        assert!(field.len() <= 60 && !field.contains(['<', '\u{202e}']), "{field}");
        assert!(of_json::<Outer>(json!({ "name": "a", "parts": [{ "amount": 1 }] })).is_ok());
    }
}
