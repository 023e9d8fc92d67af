//! SQL of objections.

use ::store::{Ctx, vals};
use kernel::Result;
use sea_orm::FromQueryResult;

/// Most objections listed.
const LISTED: i64 = 100;

/// An objection to a use.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Objection {
    /// Id: that of the use.
    pub id: String,
    /// Whose licence was used.
    pub person: String,
    /// The agency that answers.
    pub agency: String,
    /// What the holder says.
    pub words: String,
    /// `open` or `answered`.
    pub state: String,
    /// When made, in microseconds.
    pub made_us: i64,
    /// When an answer is due, in microseconds.
    pub due_us: i64,
    /// 1 when the agency agrees.
    pub upheld: i64,
    /// What the agency says.
    pub answer: String,
    /// When it did, in microseconds; 0 before.
    pub answered_us: i64,
    /// Account that did.
    pub answered_by: String,
}

const COLUMNS: &str = "id, person, agency, words, state, made_us, due_us, upheld, answer, \
     answered_us, answered_by";

/// Enters an objection; false when there is one to the use already.
pub(super) async fn insert(ctx: &mut Ctx, new: &Objection) -> Result<bool> {
    let sql = format!(
        "INSERT INTO licence_objection ({COLUMNS})
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING"
    );
    let values = vals![
        &new.id,
        &new.person,
        &new.agency,
        &new.words,
        &new.state,
        new.made_us,
        new.due_us,
        new.upheld,
        &new.answer,
        new.answered_us,
        &new.answered_by
    ];
    Ok(ctx.execute(&sql, values).await? == 1)
}

pub(super) async fn find(ctx: &mut Ctx, id: &str) -> Result<Option<Objection>> {
    let sql = format!("SELECT {COLUMNS} FROM licence_objection WHERE id = $1");
    ctx.optional(&sql, vals![id]).await
}

/// Those an agency has not answered, oldest first.
pub(super) async fn open(ctx: &mut Ctx, agency: &str) -> Result<Vec<Objection>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM licence_objection WHERE agency = $1 AND state = 'open'
         ORDER BY id LIMIT $2"
    );
    ctx.all(&sql, vals![agency, LISTED]).await
}

/// Answers an objection; false when it was answered before.
pub(super) async fn answer(ctx: &mut Ctx, id: &str, upheld: bool, words: &str) -> Result<bool> {
    let (now, account) = (ctx.now.0.max(1), ctx.actor.account.clone());
    let sql = "UPDATE licence_objection SET state = 'answered', upheld = $2, answer = $3,
         answered_us = $4, answered_by = $5 WHERE id = $1 AND state = 'open'";
    Ok(ctx.execute(sql, vals![id, i64::from(upheld), words, now, account]).await? == 1)
}
