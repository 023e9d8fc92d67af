//! Status lists: which licences are not in force, signed, for everybody to fetch and carry along;
//! and the root certificates they are checked against.
//!
//! Invariants: a list is made again at the first reading after a change, so that a revocation
//! shows at once; a list is due anew a day after its making, and none older than half a day is
//! handed out.
//! Must not know: licences in force.

use crate::authority;
use crate::seal::key;
use ::store::{Ctx, Env, vals};
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use kernel::{Actor, Error, Lang, Result, Timestamp};
use proof::status::{Entry, SignedStatus, Status, StatusList};
use sea_orm::FromQueryResult;
use std::sync::Arc;
use webkit::{Access, Answer, Call, Module, get};

/// Hours until the next list is due.
const NEXT_HOURS: i64 = 24;
/// Age at which an unchanged list is made anew.
const AGE_MAX_HOURS: i64 = 12;
/// Scope of the list over all issuers.
const ALL: &str = "all";

/// Marks that licences of an agency changed; in the transaction of the change.
pub(crate) async fn changed(ctx: &mut Ctx, agency: &str) -> Result<()> {
    for scope in [ALL, agency] {
        ctx.execute(
            "INSERT INTO licence_change (id, seq) VALUES ($1, 1)
             ON CONFLICT (id) DO UPDATE SET seq = licence_change.seq + 1",
            vals![scope],
        )
        .await?;
    }
    Ok(())
}

/// The signed list over all issuers, as bytes of its file.
pub async fn all(env: &Arc<Env>) -> Result<Vec<u8>> {
    list(env, ALL).await
}

/// The signed list of one issuing agency, as bytes of its file. Errors: `not_found` for an agency
/// the pack does not know.
pub async fn of_issuer(env: &Arc<Env>, agency: &str) -> Result<Vec<u8>> {
    if env.pack.agency(agency).is_none() {
        return Err(Error::not_found());
    }
    list(env, agency).await
}

/// The list over all issuers, read.
pub(crate) async fn current(env: &Arc<Env>) -> Result<SignedStatus> {
    SignedStatus::parse(&all(env).await?).map_err(Error::internal)
}

#[derive(FromQueryResult)]
struct Kept {
    seq: i64,
    issued_us: i64,
    list: Vec<u8>,
}

async fn list(env: &Arc<Env>, scope: &str) -> Result<Vec<u8>> {
    let mut ctx = Ctx::read(env, Actor::system("licence.status"), Lang::Zh);
    if let Some(kept) = kept(&mut ctx, scope).await? {
        return Ok(kept);
    }
    drop(ctx);
    let mut ctx = env.system("licence.status").await?;
    // Somebody may have made it while we waited for the transaction.
    if let Some(kept) = kept(&mut ctx, scope).await? {
        return Ok(kept);
    }
    let bytes = make(&mut ctx, scope).await?;
    ctx.commit().await?;
    Ok(bytes)
}

/// The kept list when it is still the present one.
async fn kept(ctx: &mut Ctx, scope: &str) -> Result<Option<Vec<u8>>> {
    let seq = seq(ctx, scope).await?;
    let sql = "SELECT seq, issued_us, list FROM licence_status WHERE id = $1";
    let Some(kept) = ctx.optional::<Kept>(sql, vals![scope]).await? else { return Ok(None) };
    let age = ctx.now.since(Timestamp(kept.issued_us));
    let fresh = (0..AGE_MAX_HOURS * kernel::time::HOUR_US).contains(&age);
    Ok((kept.seq == seq && fresh).then_some(kept.list))
}

async fn seq(ctx: &mut Ctx, scope: &str) -> Result<i64> {
    ctx.count("SELECT seq FROM licence_change WHERE id = $1", vals![scope]).await
}

#[derive(FromQueryResult)]
struct Ended {
    identifier: String,
    state: String,
    state_us: i64,
    state_reason: String,
}

async fn make(ctx: &mut Ctx, scope: &str) -> Result<Vec<u8>> {
    let seq = seq(ctx, scope).await?;
    let (narrow, values) = match scope {
        ALL => ("", vals![]),
        agency => (" AND agency = $1", vals![agency]),
    };
    let sql = format!(
        "SELECT identifier, state, state_us, state_reason FROM licence
         WHERE state <> '01'{narrow} ORDER BY agency, identifier"
    );
    let ended: Vec<Ended> = ctx.all(&sql, values).await?;
    let pack = ctx.env.pack.clone();
    let issuer = match scope {
        ALL => pack.name().zh,
        agency => crate::register::shown::agency_name(&pack, agency).zh,
    };
    let entry = |row: Ended| Entry {
        licence_id: row.identifier,
        status: status_of(&row.state),
        since: Timestamp(row.state_us),
        reason: row.state_reason,
    };
    let list = StatusList {
        issuer,
        issued_at: ctx.now,
        next_update: authority::next_word(ctx, NEXT_HOURS),
        entries: ended.into_iter().map(entry).collect(),
    };
    let signer = key::status(ctx).await?;
    let bytes = list.sign(&signer.key, &signer.chain)?.to_bytes()?;
    let now = ctx.now;
    ctx.execute(
        "INSERT INTO licence_status (id, seq, issued_us, list) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, issued_us = excluded.issued_us,
         list = excluded.list",
        vals![scope, seq, now, &bytes],
    )
    .await?;
    Ok(bytes)
}

fn status_of(state: &str) -> Status {
    match state {
        "01" => Status::Valid,
        "02" => Status::Suspended,
        "03" => Status::Withdrawn,
        "04" => Status::Cancelled,
        "05" => Status::Lapsed,
        "06" => Status::Transferred,
        "07" => Status::Revoked,
        _ => Status::Other,
    }
}

pub(crate) fn module() -> Module {
    Module {
        name: "licence.status",
        routes: vec![
            get("/licences/status.json", Access::Anyone, all_file),
            get("/licences/status/{issuer}", Access::Anyone, issuer_file),
            get("/licences/trust.pem", Access::Anyone, trust_file),
        ],
        ..Module::default()
    }
}

async fn all_file(call: Call) -> Answer {
    Ok(json_file(all(&call.web.env).await?))
}

async fn issuer_file(call: Call, Path(issuer): Path<String>) -> Answer {
    Ok(json_file(of_issuer(&call.web.env, &issuer).await?))
}

/// `GET /licences/trust.pem`: the roots.
async fn trust_file(call: Call) -> Answer {
    let text = key::trust_pem(&mut call.read()).await?;
    let media = HeaderValue::from_static("application/x-pem-file");
    Ok(([(header::CONTENT_TYPE, media)], text).into_response())
}

fn json_file(bytes: Vec<u8>) -> axum::response::Response {
    let media = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, media)], bytes).into_response()
}
