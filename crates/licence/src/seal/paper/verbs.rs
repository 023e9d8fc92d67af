//! The verbs of papers: permit, load, check, write, tell.
//!
//! Invariant: whose agency has no turn on a paper does not find it. Must not know: HTTP, pages.

use super::model::{self, Paper, PaperDraft, Turn};
use super::sealing::{self, Prepared};
use super::store::{self, Kept, PAGE};
use crate::seal::record::{self, KEEP, READ};
use ::store::{Ctx, Env};
use kernel::{Actor, Error, Kind, Lang, Result};
use serde_json::json;
use std::sync::Arc;

/// Draws up a paper. Permission `seal.keep`; the first seal is one of the actor's agency.
///
/// Errors: `denied`; those of [`PaperDraft`]; `licence.paper_seals` for a seal that is not in use, that
/// nobody keeps, or that is another's own.
pub async fn draft(ctx: &mut Ctx, new: PaperDraft) -> Result<Paper> {
    party::authority::demand(ctx, KEEP)?;
    let new = new.checked()?;
    let wrong = || Error::invalid("licence.paper").field("seals", "licence.paper_seals");
    let kept = store::kept(ctx, &ctx.actor.agency.clone()).await?;
    let find = |id: &String| kept.iter().find(|one| one.id == *id).ok_or_else(wrong);
    let seals = new.seals.iter().map(find).collect::<Result<Vec<_>>>()?;
    if seals.first().is_none_or(|first| first.agency != ctx.actor.agency) {
        return Err(wrong());
    }
    let row = Paper {
        id: ctx.id(),
        agency: ctx.actor.agency.clone(),
        digest: new.digest()?,
        number: new.number,
        title: new.title,
        addressee: new.addressee,
        body: new.body,
        state: "open".to_owned(),
        made_by: ctx.actor.account.clone(),
        made_name: ctx.actor.name.clone(),
        made_us: ctx.now.0,
        ended_us: 0,
        document: String::new(),
        revision: 1,
    };
    store::insert(ctx, &row).await?;
    for (place, seal) in (1..).zip(&seals) {
        store::insert_turn(ctx, &row.id, place, (&seal.id, &seal.agency)).await?;
    }
    let body = json!({ "agency": row.agency, "digest": row.digest, "seals": new.seals });
    recorded(ctx, "paper.drafted", &row.id, body).await?;
    Ok(row)
}

/// Draws what the last keeper's agreement puts, with no transaction open; nothing for anybody else and
/// before the last turn. Errors: `licence.seal_suspended`, `licence.seal_destroyed`, those of
/// typesetting.
pub async fn prepare(env: &Arc<Env>, actor: &Actor, id: &str) -> Result<Option<Prepared>> {
    let mut ctx = Ctx::read(env, actor.clone(), Lang::Zh);
    let row = match store::get(&mut ctx, id).await {
        Err(error) if error.kind == Kind::NotFound => return Ok(None),
        other => other?,
    };
    let turns = store::turns(&mut ctx, id).await?;
    let mut waiting = turns.iter().filter(|turn| turn.state == "waiting");
    let (Some(last), None) = (waiting.next(), waiting.next()) else { return Ok(None) };
    let his = row.state == "open" && ctx.actor.assurance >= 2 && keeps(&mut ctx, last).await?;
    drop(ctx);
    if his { sealing::draw(env, &row, &turns).await.map(Some) } else { Ok(None) }
}

/// Puts the seal whose turn it is; with the last one the paper bears the seals of all, in order, as
/// [`prepare`] drew it. For the seal's keeper, with a second factor.
///
/// Errors: `denied`, `sign_in.second_factor`, `not_found`, `licence.stale`, `licence.paper_ended`,
/// `licence.paper_turn` for anybody but the keeper whose turn it is, `licence.reason_text`,
/// `licence.seal_suspended`, `licence.seal_destroyed`, those of typesetting.
pub async fn agree(
    ctx: &mut Ctx,
    id: &str,
    revision: i64,
    reason: &str,
    prepared: Option<Prepared>,
) -> Result<Paper> {
    let (row, turn) = turn(ctx, id, revision).await?;
    let reason = model::reason(reason)?;
    store::answer(ctx, &turn.id, "agreed", &reason).await?;
    let turns = store::turns(ctx, id).await?;
    let body = json!({ "place": turn.place, "seal": turn.record, "digest": row.digest,
        "reason": reason });
    if turns.iter().all(|turn| turn.state == "agreed") {
        let drawn = prepared.filter(|one| one.paper == id && one.revision == revision);
        let drawn = drawn.ok_or_else(|| Error::conflict("licence.stale"))?;
        let document = sealing::put(ctx, drawn, &turns).await?;
        store::set_state(ctx, id, "sealed", &document).await?;
    } else {
        store::set_state(ctx, id, "open", "").await?;
    }
    recorded(ctx, "paper.agreed", id, body).await?;
    store::get(ctx, id).await
}

/// Refuses the seal whose turn it is: the paper is sealed by nobody. Errors: as [`agree`].
pub async fn refuse(ctx: &mut Ctx, id: &str, revision: i64, reason: &str) -> Result<Paper> {
    let (_, turn) = turn(ctx, id, revision).await?;
    let reason = model::reason(reason)?;
    store::answer(ctx, &turn.id, "refused", &reason).await?;
    store::set_state(ctx, id, "refused", "").await?;
    recorded(ctx, "paper.refused", id, json!({ "place": turn.place, "reason": reason })).await?;
    store::get(ctx, id).await
}

/// Withdraws a paper that is not sealed. For who drew it up. Errors: as [`agree`], `denied` for
/// anybody else.
pub async fn withdraw(ctx: &mut Ctx, id: &str, revision: i64, reason: &str) -> Result<Paper> {
    let row = open(ctx, id, revision).await?;
    if row.made_by != ctx.actor.account {
        return Err(Error::denied("denied"));
    }
    let reason = model::reason(reason)?;
    store::set_state(ctx, id, "withdrawn", "").await?;
    recorded(ctx, "paper.withdrawn", id, json!({ "reason": reason })).await?;
    store::get(ctx, id).await
}

/// A paper on which the actor's agency has a turn, with all turns. Permission `seal.read`. Errors:
/// `denied`, `not_found`.
pub async fn get(ctx: &mut Ctx, id: &str) -> Result<(Paper, Vec<Turn>)> {
    party::authority::demand(ctx, READ)?;
    let row = store::get(ctx, id).await?;
    let turns = store::turns(ctx, id).await?;
    if !turns.iter().any(|turn| party::authority::same_agency(ctx, &turn.agency)) {
        return Err(Error::not_found());
    }
    Ok((row, turns))
}

/// Papers on which the actor's agency has a turn, newest first, older than the cursor; the next
/// cursor when there are more. Permission `seal.read`.
pub async fn list(ctx: &mut Ctx, before: &str) -> Result<(Vec<Paper>, Option<String>)> {
    party::authority::demand(ctx, READ)?;
    let agency = ctx.actor.agency.clone();
    let mut rows = store::list(ctx, &agency, before).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    Ok((rows, next))
}

/// Seals that can be asked for on a paper of the actor's agency. Permission `seal.keep`.
pub async fn choices(ctx: &mut Ctx) -> Result<Vec<Kept>> {
    party::authority::demand(ctx, KEEP)?;
    let agency = ctx.actor.agency.clone();
    store::kept(ctx, &agency).await
}

/// The sealed file. Errors: as [`get`]; `not_found` before it is sealed.
pub async fn file(ctx: &mut Ctx, id: &str) -> Result<Vec<u8>> {
    let (row, _) = get(ctx, id).await?;
    if row.document.is_empty() {
        return Err(Error::not_found());
    }
    crate::seal::file(ctx, &row.document).await
}

/// True when the actor keeps the seal of this record and may use it, himself or for the time in which
/// he stands in for the keeper's posts; an officer's own seal only he uses.
pub(super) async fn keeps(ctx: &mut Ctx, turn: &Turn) -> Result<bool> {
    let held = record::by_id(ctx, &turn.record).await?;
    let may = party::authority::may(ctx, KEEP)
        && party::authority::same_agency(ctx, &held.agency)
        && !held.keeper.is_empty();
    if !may || held.keeper == ctx.actor.account || held.kind == "personal" {
        return Ok(may && held.keeper == ctx.actor.account);
    }
    Ok(party::absence::absent_from_posts(ctx).await?.contains(&held.keeper))
}

/// The open paper and the turn that is the actor's.
async fn turn(ctx: &mut Ctx, id: &str, revision: i64) -> Result<(Paper, Turn)> {
    let row = open(ctx, id, revision).await?;
    let turns = store::turns(ctx, id).await?;
    let next = turns.into_iter().find(|turn| turn.state == "waiting");
    let next = next.ok_or_else(|| Error::internal("an open paper without a turn"))?;
    match keeps(ctx, &next).await? {
        true => Ok((row, next)),
        false => Err(Error::denied("licence.paper_turn")),
    }
}

async fn open(ctx: &mut Ctx, id: &str, revision: i64) -> Result<Paper> {
    party::authority::demand(ctx, KEEP)?;
    if ctx.actor.assurance < 2 {
        return Err(Error::unauthenticated("sign_in.second_factor"));
    }
    if !ctx.lock("seal_paper", id).await? {
        return Err(Error::not_found());
    }
    let (row, _) = get(ctx, id).await?;
    if row.state != "open" {
        return Err(Error::conflict("licence.paper_ended"));
    }
    if row.revision != revision {
        return Err(Error::conflict("licence.stale"));
    }
    Ok(row)
}

async fn recorded(ctx: &mut Ctx, kind: &str, id: &str, body: serde_json::Value) -> Result<()> {
    let subject = format!("paper:{id}");
    party::audit::record_row(ctx, kind, &subject, body, "seal_paper", id).await.map(drop)
}
