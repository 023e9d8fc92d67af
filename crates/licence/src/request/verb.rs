//! One asking: made by an officer, answered or declined by the holder, read by the agency.

use super::ASK;
use super::check::{self, Held};
use super::store::{self, Ask, Ending, NewRequest, Request};
use crate::register::{self, shown};
use crate::wallet;
use ::store::Ctx;
use kernel::time::SECOND_US;
use kernel::{Error, Result, Timestamp};
use proof::jose::jwe::Jwe;
use proof::key::{Algorithm, PrivateKey};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

/// How long a request can be answered, in seconds on the visitors' own watches.
const LIFE_S: i64 = 600;
/// Answers that do not hold after which a request closes.
const FAILURES_MAX: i64 = 10;
/// Purpose under which what was shown is sealed.
const RESULT: &str = "licence.request.result";
/// Purpose under which the key of an answer is sealed.
const REPLY: &str = "licence.request.reply_key";

/// A request as the agency that asked sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The request.
    pub request: Request,
    /// What is asked.
    pub ask: Ask,
    /// `open`, `answered`, `declined` or `over`.
    pub state: &'static str,
    /// What was shown, once it was.
    pub shown: Option<Shown>,
}

/// What a holder showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// Identifier of the licence by GB/T 36904.
    pub identifier: String,
    /// The holder's name, masked.
    pub holder: String,
    /// Values by field; what the holder left out is not among them.
    pub fields: Map<String, Json>,
}

/// Asks a holder, by a code shown to him. Permission `data.lookup`. Errors: as
/// [`super::find_ask`], `licence.ask_closed`.
pub async fn request(ctx: &mut Ctx, ask_id: &str) -> Result<Request> {
    let ask = super::find_ask(ctx, ask_id).await?;
    if ask.state != "active" {
        return Err(Error::conflict("licence.ask_closed"));
    }
    // The key that signs what a wallet of others reads, where that may not be the first to need it.
    crate::authority::ensure_outward(ctx).await?;
    let (id, nonce) = (ctx.id(), ctx.random.secret());
    let expires = ctx.env.clock.platform().plus_us(LIFE_S * SECOND_US);
    let vault = ctx.env.vault.clone();
    let seed: [u8; 32] = ctx.random.bytes();
    let reply_key = vault.seal(REPLY, &seed, &mut ctx.random)?;
    let new = NewRequest { id: &id, ask_id, nonce: &nonce, expires, reply_key };
    store::insert_request(ctx, new).await?;
    let (subject, body) = (format!("licence_ask:{ask_id}"), json!({ "request": id }));
    party::audit::record(ctx, "licence.asked", &subject, body).await?;
    store::request(ctx, &id).await
}

/// Requests of an ask, newest first. Permission `data.lookup`. Errors: as [`super::find_ask`].
pub async fn recent(ctx: &mut Ctx, ask_id: &str) -> Result<Vec<Request>> {
    super::find_ask(ctx, ask_id).await?;
    store::requests(ctx, ask_id).await
}

/// What became of a request of the actor's agency, and what was shown. Permission `data.lookup`.
/// Errors: `denied`, `not_found`, also for another agency's.
pub async fn seen(ctx: &mut Ctx, id: &str) -> Result<Seen> {
    party::authority::demand(ctx, ASK)?;
    let request = store::request(ctx, id).await?;
    let ask = super::find_ask(ctx, &request.ask_id).await?;
    let shown = match &request.result {
        Some(sealed) => Some(unsealed(ctx, sealed)?),
        None => None,
    };
    let state = state(ctx, &request);
    Ok(Seen { request, ask, state, shown })
}

fn unsealed(ctx: &Ctx, sealed: &[u8]) -> Result<Shown> {
    let text = ctx.env.vault.open(RESULT, sealed).map_err(Error::internal)?;
    serde_json::from_slice(&text).map_err(Error::internal)
}

/// `open`, `answered`, `declined` or `over`.
pub(super) fn state(ctx: &Ctx, request: &Request) -> &'static str {
    let late = ctx.env.clock.platform().0 >= request.expires_us;
    match request.state.as_str() {
        "answered" => "answered",
        "declined" => "declined",
        _ if late || request.failures >= FAILURES_MAX => "over",
        _ => "open",
    }
}

/// An open request with what it asks, for whoever it was shown to. Errors: `not_found`,
/// `licence.request_closed` when it was answered, declined or is over.
pub async fn find(ctx: &mut Ctx, id: &str) -> Result<(Request, Ask)> {
    let request = store::request(ctx, id).await?;
    if state(ctx, &request) != "open" {
        return Err(Error::conflict("licence.request_closed"));
    }
    let ask = store::ask(ctx, &request.ask_id).await?;
    Ok((request, ask))
}

/// Shows chosen fields of the actor's licence to who asked.
///
/// Errors: as [`find`], `not_found` for another person's licence, `licence.request_kind` for one of
/// another type, `licence.not_in_force`, `licence.fields_none`, `licence.fields_unknown` for a field
/// that was not asked for.
pub async fn consent(ctx: &mut Ctx, id: &str, licence_id: &str, fields: &[String]) -> Result<()> {
    party::authority::demand(ctx, wallet::OWN)?;
    let (request, ask) = find(ctx, id).await?;
    let opened = wallet::open(ctx, licence_id).await?;
    if opened.row.type_id != ask.type_id {
        return Err(Error::invalid("licence.request_kind"));
    }
    if !opened.row.in_force(ctx.now) {
        return Err(Error::conflict("licence.not_in_force"));
    }
    let wanted = ask.wanted()?;
    if fields.iter().any(|field| !wanted.contains(field)) {
        return Err(Error::invalid("licence.fields_unknown"));
    }
    let mut values = opened.fields();
    values.retain(|id, value| fields.contains(id) && !shown::is_blank(value));
    if values.is_empty() {
        return Err(Error::invalid("licence.fields_none").field("field", "licence.fields_none"));
    }
    let held = Held { licence: opened.row, fields: values };
    settle(ctx, &request, &ask, held, "own").await
}

/// Declines a request; who asked sees that somebody did. Errors: as [`find`].
pub async fn decline(ctx: &mut Ctx, id: &str) -> Result<()> {
    party::authority::demand(ctx, wallet::OWN)?;
    find(ctx, id).await?;
    let ending = Ending { state: "declined", way: "own", use_id: "", result: None };
    match store::end(ctx, id, ending).await? {
        true => Ok(()),
        false => Err(Error::conflict("licence.request_closed")),
    }
}

/// The key to which the answer of a request may be encrypted; none once it was answered.
pub(super) fn reply_key(ctx: &Ctx, request: &Request) -> Result<Option<PrivateKey>> {
    let Some(sealed) = &request.reply_key else { return Ok(None) };
    let seed = ctx.env.vault.open(REPLY, sealed).map_err(Error::internal)?;
    let seed = <[u8; 32]>::try_from(seed.as_slice()).map_err(Error::internal)?;
    PrivateKey::from_seed(Algorithm::P256, &seed).map(Some)
}

/// How a wallet of others answers.
#[derive(Clone, Copy)]
pub(super) enum Given<'a> {
    /// With a presentation.
    Open(&'a str),
    /// With one encrypted to the request's key.
    Sealed(&'a Jwe),
    /// With a refusal.
    Nothing,
}

/// The presentation in an answer. Errors: those of [`Jwe::open`], `licence.vp_form` for what is not
/// the answer to this request.
fn presented(ctx: &Ctx, request: &Request, given: Given<'_>) -> Result<String> {
    let form = || Error::invalid("licence.vp_form");
    let sealed = match given {
        Given::Open(token) => return Ok(token.to_owned()),
        Given::Nothing => return Err(form()),
        Given::Sealed(sealed) => sealed,
    };
    let key = reply_key(ctx, request)?.ok_or_else(form)?;
    let answer = proof::json::parse(&sealed.open(&key)?, check::ANSWER_MAX)
        .map_err(|error| form().detail(error))?;
    let token = answer.get("vp_token").filter(|_| answer["state"] == request.id.as_str());
    token.map(Json::to_string).ok_or_else(form)
}

/// Takes the answer of a wallet of others, to be committed whatever it is: those that do not hold
/// count. Errors within: those of [`Jwe::open`], as [`check::presentation`] and [`find`]; outside:
/// those of the database.
pub(super) async fn answer(ctx: &mut Ctx, id: &str, given: Given<'_>) -> Result<Result<()>> {
    if !ctx.lock("licence_request", id).await? {
        return Ok(Err(Error::invalid("licence.request_unknown")));
    }
    let (request, ask) = match find(ctx, id).await {
        Ok(found) => found,
        Err(error) if error.code == "licence.request_closed" => return Ok(Err(error)),
        Err(error) => return Err(error),
    };
    if matches!(given, Given::Nothing) {
        let ending = Ending { state: "declined", way: "other", use_id: "", result: None };
        return match store::end(ctx, id, ending).await? {
            true => Ok(Ok(())),
            false => Ok(Err(Error::conflict("licence.request_closed"))),
        };
    }
    let checked = match presented(ctx, &request, given) {
        Ok(token) => check::presentation(ctx, &request, &ask, &token).await,
        Err(error) => Err(error),
    };
    match checked {
        Ok(held) => settle(ctx, &request, &ask, held, "other").await.map(Ok),
        Err(error) if error.kind == kernel::Kind::Invalid => {
            store::failed(ctx, id).await?;
            let (subject, body) =
                (format!("licence_ask:{}", ask.id), json!({ "request": id, "why": error.code }));
            party::audit::record(ctx, "licence.answer_refused", &subject, body).await?;
            Ok(Err(error))
        }
        Err(error) => Err(error),
    }
}

/// Ends the request with what was shown, and records the use.
async fn settle(ctx: &mut Ctx, request: &Request, ask: &Ask, held: Held, way: &str) -> Result<()> {
    let opened = register::store::open(ctx, held.licence).await?;
    let names: Vec<String> = held.fields.keys().cloned().collect();
    let use_id =
        register::record_shown(ctx, &opened.row, &ask.agency, &ask.purpose, &names).await?;
    let result = Shown {
        identifier: opened.row.identifier.clone(),
        holder: shown::masked(opened.holder_name()),
        fields: held.fields,
    };
    let result = serde_json::to_string(&result).map_err(Error::internal)?;
    let vault = ctx.env.vault.clone();
    let result = vault.seal(RESULT, result.as_bytes(), &mut ctx.random)?;
    let ending = Ending { state: "answered", way, use_id: &use_id, result: Some(result) };
    if !store::end(ctx, &request.id, ending).await? {
        return Err(Error::conflict("licence.request_closed"));
    }
    let subject = format!("licence:{}", opened.row.id);
    let body = json!({ "request": request.id, "fields": names, "way": way });
    party::audit::record(ctx, "licence.shown", &subject, body).await.map(drop)
}

/// When it can be answered no longer.
pub(super) fn until(request: &Request) -> Timestamp {
    Timestamp(request.expires_us)
}
