//! What an authority publishes: its certificate, its list of certificates taken back (RFC 5280) by
//! number, and answers on single ones (RFC 6960).
//!
//! Invariants: a list is made anew at the first reading after a change, with the next number, and is
//! never handed out older than half a day; what was published under a number stays; an answer is
//! fresh, and what is not on record is unknown, never good.
//! Must not know: why a certificate was taken back, beyond its cause.

use super::issue::{self, Issuer};
use super::model::{Cause, Certified};
use super::store::{self, ListRow};
use ::store::{Ctx, Env};
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{Actor, Error, Kind, Lang, Result, Timestamp};
use proof::certificate::ocsp::{self, Decline, Question, Standing};
use proof::certificate::revocation::{Crl, Issue, Revoked};
use std::sync::Arc;
use webkit::{Answer, Call};

/// Hours until the next list, and until an answer is due anew.
const NEXT_HOURS: i64 = 24;
/// How long a demonstration's list stands.
const DEMO_LIST_DAYS: i64 = 5 * 365;
/// Age at which an unchanged list is made anew.
const AGE_MAX_HOURS: i64 = 12;
/// Longest question in an address, in characters.
const ADDRESS_MAX: usize = 8 << 10;

/// The present list of an authority in DER. Errors: `not_found`, those of its key's provider.
pub async fn list(env: &Arc<Env>, authority: &str) -> Result<Vec<u8>> {
    let mut ctx = Ctx::read(env, Actor::system("licence.authority"), Lang::Zh);
    store::authority(&mut ctx, authority).await?;
    if let Some(kept) = kept(&mut ctx, authority).await? {
        return Ok(kept);
    }
    drop(ctx);
    let mut ctx = env.system("licence.authority").await?;
    ctx.lock("authority", authority).await?;
    // Somebody may have made it while we waited.
    if let Some(kept) = kept(&mut ctx, authority).await? {
        return Ok(kept);
    }
    let list = make(&mut ctx, authority).await?;
    ctx.commit().await?;
    Ok(list)
}

/// The newest list when it is still the present one.
async fn kept(ctx: &mut Ctx, authority: &str) -> Result<Option<Vec<u8>>> {
    let seq = store::change(ctx, authority).await?;
    let Some(row) = store::list(ctx, authority, None).await? else { return Ok(None) };
    let age = ctx.now.since(Timestamp(row.made_us));
    let fresh = (0..AGE_MAX_HOURS * kernel::time::HOUR_US).contains(&age);
    Ok((row.seq == seq && fresh).then_some(row.list))
}

/// When the next list is due. A demonstration's clock is not that of who verifies: its lists do not
/// go stale, so that `--status` can be tried on any day.
pub(crate) fn next_word(ctx: &Ctx, hours: i64) -> Timestamp {
    match ctx.env.settings.demo {
        true => ctx.now.plus_days(DEMO_LIST_DAYS),
        false => ctx.now.plus_hours(hours),
    }
}

async fn make(ctx: &mut Ctx, authority: &str) -> Result<Vec<u8>> {
    let issuer = issue::load(ctx, authority).await?;
    let before = store::list(ctx, authority, None).await?;
    let number = before.map_or(1, |row| row.number + 1);
    let ended = store::ended(ctx, authority).await?;
    let revoked = ended.iter().map(revoked).collect::<Result<Vec<_>>>()?;
    let issue = Issue {
        number: u64::try_from(number).map_err(Error::internal)?,
        at: ctx.now,
        next_update: next_word(ctx, NEXT_HOURS),
    };
    let list = Crl::make(&issuer.certificate, &issuer.key, issue, &revoked)?.der().to_vec();
    let seq = store::change(ctx, authority).await?;
    let row = ListRow { number, seq, made_us: ctx.now.0, list };
    store::insert_list(ctx, authority, &row).await?;
    Ok(row.list)
}

fn revoked(row: &Certified) -> Result<Revoked> {
    Ok(Revoked {
        serial: hex::decode(&row.serial).map_err(Error::internal)?,
        since: Timestamp(row.since_us),
        reason: Cause::parse(&row.cause).map_err(Error::internal)?.reason(),
    })
}

/// The answer to a question in DER; what is no question is declined. Errors: `not_found` for an
/// authority that is none.
pub async fn answer(env: &Arc<Env>, authority: &str, question: &[u8]) -> Result<Vec<u8>> {
    let mut ctx = Ctx::read(env, Actor::system("licence.authority"), Lang::Zh);
    store::authority(&mut ctx, authority).await?;
    let Ok(question) = Question::parse(question) else {
        return ocsp::declined(Decline::Malformed);
    };
    match signed(&mut ctx, authority, &question).await {
        Err(error) if error.kind == Kind::Unavailable => {
            tracing::error!(%error, "no answer about certificates");
            ocsp::declined(Decline::TryLater)
        }
        told => told,
    }
}

async fn signed(ctx: &mut Ctx, authority: &str, question: &Question) -> Result<Vec<u8>> {
    let issuer: Issuer = issue::load(ctx, authority).await?;
    let mut standings = Vec::new();
    for serial in question.serials(&issuer.certificate) {
        standings.push(standing(ctx, authority, serial).await?);
    }
    let (now, next) = (ctx.now, ctx.now.plus_hours(NEXT_HOURS));
    let given = question.answer(&issuer.certificate, &issuer.key, &standings, now, next)?;
    Ok(given.der().to_vec())
}

async fn standing(ctx: &mut Ctx, authority: &str, serial: Option<Vec<u8>>) -> Result<Standing> {
    let Some(serial) = serial else { return Ok(Standing::Unknown) };
    let Some(row) = store::issued(ctx, authority, &hex::encode(serial)).await? else {
        return Ok(Standing::Unknown);
    };
    if row.state == "valid" {
        return Ok(Standing::Good);
    }
    let told = revoked(&row)?;
    Ok(Standing::Revoked(told.since, told.reason))
}

/// `GET /pki/{authority}/crl`.
pub(super) async fn crl(call: Call, Path(authority): Path<String>) -> Answer {
    Ok(file("application/pkix-crl", list(&call.web.env, &authority).await?))
}

/// `GET /pki/{authority}/crl/{number}`.
pub(super) async fn crl_numbered(
    call: Call,
    Path((authority, number)): Path<(String, i64)>,
) -> Answer {
    let row = store::list(&mut call.read(), &authority, Some(number)).await?;
    let row = row.ok_or_else(Error::not_found)?;
    Ok(file("application/pkix-crl", row.list))
}

/// `GET /pki/{authority}/certificate`.
pub(super) async fn certificate(call: Call, Path(authority): Path<String>) -> Answer {
    let mut ctx = call.read();
    store::authority(&mut ctx, &authority).await?;
    let row = store::certificate(&mut ctx, &authority).await?;
    Ok(file("application/pkix-cert", issue::read(&row)?.der().to_vec()))
}

/// `POST /pki/{authority}/ocsp`.
pub(super) async fn ocsp_sent(call: Call, Path(authority): Path<String>, body: Bytes) -> Answer {
    answered(&call, &authority, &body).await
}

/// `GET /pki/{authority}/ocsp/{question}`: the question in base64 (RFC 6960 §A.1).
pub(super) async fn ocsp_asked(
    call: Call,
    Path((authority, question)): Path<(String, String)>,
) -> Answer {
    let fits = question.len() <= ADDRESS_MAX;
    let question = STANDARD.decode(question.as_bytes()).ok().filter(|_| fits).unwrap_or_default();
    answered(&call, &authority, &question).await
}

async fn answered(call: &Call, authority: &str, question: &[u8]) -> Answer {
    let given = answer(&call.web.env, authority, question).await?;
    Ok(file("application/ocsp-response", given))
}

fn file(media: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (StatusCode::OK, headers, bytes).into_response()
}
