//! SQL of papers to be sealed.

use super::model::{Paper, Turn};
use ::store::{Ctx, vals};
use kernel::{Error, Result};
use sea_orm::FromQueryResult;

/// Rows on one page.
pub(super) const PAGE: usize = 50;
/// Most seals to choose from.
const CHOICES_MAX: usize = 500;

const PAPER: &str = "id, agency, number, title, addressee, body, digest, state, made_by, made_name, \
     made_us, ended_us, document, revision";
const TURN: &str = "id, place, record, agency, state, keeper_name, at_us, reason";

pub(super) async fn insert(ctx: &mut Ctx, row: &Paper) -> Result<()> {
    let sql = format!(
        "INSERT INTO seal_paper ({PAPER}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
         $13, $14)"
    );
    ctx.execute(
        &sql,
        vals![
            &row.id,
            &row.agency,
            &row.number,
            &row.title,
            &row.addressee,
            &row.body,
            &row.digest,
            &row.state,
            &row.made_by,
            &row.made_name,
            row.made_us,
            row.ended_us,
            &row.document,
            row.revision
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn insert_turn(
    ctx: &mut Ctx,
    paper: &str,
    place: i64,
    (record, agency): (&str, &str),
) -> Result<()> {
    let id = ctx.id();
    ctx.execute(
        "INSERT INTO seal_paper_turn (id, paper, place, record, agency, state, keeper, keeper_name,
         at_us, reason) VALUES ($1, $2, $3, $4, $5, 'waiting', '', '', 0, '')",
        vals![id, paper, place, record, agency],
    )
    .await?;
    Ok(())
}

/// The paper. Errors: `not_found`.
pub(super) async fn get(ctx: &mut Ctx, id: &str) -> Result<Paper> {
    let sql = format!("SELECT {PAPER} FROM seal_paper WHERE id = $1");
    ctx.optional(&sql, vals![id]).await?.ok_or_else(Error::not_found)
}

/// Turns of a paper in order.
pub(super) async fn turns(ctx: &mut Ctx, paper: &str) -> Result<Vec<Turn>> {
    let sql = format!("SELECT {TURN} FROM seal_paper_turn WHERE paper = $1 ORDER BY place");
    ctx.all(&sql, vals![paper]).await
}

/// Papers on which an agency has a turn, newest first, older than the cursor.
pub(super) async fn list(ctx: &mut Ctx, agency: &str, before: &str) -> Result<Vec<Paper>> {
    let before = if before.is_empty() { "~" } else { before };
    let sql = format!(
        "SELECT {PAPER} FROM seal_paper p WHERE p.id < $1 AND EXISTS (SELECT 1
         FROM seal_paper_turn t WHERE t.paper = p.id AND t.agency = $2) ORDER BY p.id DESC LIMIT $3"
    );
    ctx.all(&sql, vals![before, agency, PAGE + 1]).await
}

pub(super) async fn answer(ctx: &mut Ctx, turn: &str, state: &str, reason: &str) -> Result<()> {
    let (now, account, name) = (ctx.now, ctx.actor.account.clone(), ctx.actor.name.clone());
    ctx.execute(
        "UPDATE seal_paper_turn SET state = $2, keeper = $3, keeper_name = $4, at_us = $5,
         reason = $6 WHERE id = $1",
        vals![turn, state, account, name, now, reason],
    )
    .await?;
    Ok(())
}

/// Counts a change; an end has its instant, and its document when it was sealed.
pub(super) async fn set_state(ctx: &mut Ctx, id: &str, state: &str, document: &str) -> Result<()> {
    let ended = if state == "open" { 0 } else { ctx.now.0 };
    ctx.execute(
        "UPDATE seal_paper SET state = $2, document = $3, ended_us = $4, revision = revision + 1
         WHERE id = $1",
        vals![id, state, document, ended],
    )
    .await?;
    Ok(())
}

/// A seal that somebody keeps.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Kept {
    /// Id of its record.
    pub id: String,
    /// Its agency.
    pub agency: String,
    /// `agency`, `special` or `personal`.
    pub kind: String,
    /// What it says beyond its agency.
    pub name: String,
}

/// Seals in use that somebody keeps, the agency's own first.
pub(super) async fn kept(ctx: &mut Ctx, agency: &str) -> Result<Vec<Kept>> {
    ctx.all(
        "SELECT id, agency, kind, name FROM seal_record WHERE state = 'active' AND keeper <> ''
         AND (kind <> 'personal' OR agency = $1)
         ORDER BY CASE WHEN agency = $1 THEN 0 ELSE 1 END, agency, id LIMIT $2",
        vals![agency, CHOICES_MAX],
    )
    .await
}
