//! The envelope of an act over REST: the revision the caller has seen, the id under which the act
//! is done once, and what the act itself needs.
//!
//! Invariant: an id stands for one act on one case by one account; a repetition is answered with
//! the first one's answer and has no second effect. Must not know: what an act does.

use ::store::{Ctx, command};
use axum::http::HeaderMap;
use kernel::{Error, Result};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use webkit::form::of_json;

/// The header in which the id of an act may come as well.
const KEY: &str = "idempotency-key";

/// The envelope of an act.
#[derive(Debug, JsonSchema)]
pub(crate) struct Act<T> {
    /// Revision of the case the caller has seen; an older one is refused.
    pub(crate) revision: Option<i64>,
    /// Id of this act, chosen by the caller, here or in the header `Idempotency-Key`: a repetition
    /// is answered without a second effect.
    pub(crate) once: Option<String>,
    /// What the act needs.
    #[schemars(flatten)]
    pub(crate) body: T,
}

#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    revision: Option<i64>,
    #[serde(default)]
    once: Option<String>,
}

impl<T: DeserializeOwned> Act<T> {
    /// Reads what was sent. Errors: `form.json_fields` with the field at fault.
    pub(crate) fn read(headers: &HeaderMap, sent: Json) -> Result<Act<T>> {
        let Json::Object(mut body) = sent else { return Err(Error::invalid("form.json")) };
        let head = ["revision", "once"].into_iter().filter_map(|name| body.remove_entry(name));
        let head: Head = of_json(Json::Object(head.collect::<Map<_, _>>()))?;
        let key = headers.get(KEY).map(|key| key.to_str().unwrap_or_default().trim());
        let key = key.filter(|key| !key.is_empty()).map(str::to_owned);
        let once = head.once.filter(|once| !once.is_empty()).or(key);
        Ok(Act { revision: head.revision, once, body: of_json(Json::Object(body))? })
    }
}

impl<T> Act<T> {
    /// Parts the envelope from what the act needs; `verb` and `id` say what is done to which case.
    pub(crate) fn open(self, verb: &str, id: &str) -> (Once, Option<i64>, T) {
        (Once { key: self.once, act: format!("{verb}:{id}") }, self.revision, self.body)
    }
}

/// An act to be done once, if it has an id.
#[derive(Debug)]
pub(crate) struct Once {
    key: Option<String>,
    act: String,
}

impl Once {
    /// Begins the act; the first one's answer when it has been done. Errors: `command.id`,
    /// `command.other`.
    pub(crate) async fn begin(&self, ctx: &mut Ctx) -> Result<Option<Json>> {
        let Some(key) = &self.key else { return Ok(None) };
        match command::begin(ctx, key, &self.act).await? {
            Some(answer) => serde_json::from_str(&answer).map(Some).map_err(Error::internal),
            None => Ok(None),
        }
    }

    /// Records what the act answered.
    pub(crate) async fn finish(&self, ctx: &mut Ctx, answer: &impl Serialize) -> Result<()> {
        let Some(key) = &self.key else { return Ok(()) };
        let answer = serde_json::to_string(answer).map_err(Error::internal)?;
        command::finish(ctx, key, &answer).await
    }
}
