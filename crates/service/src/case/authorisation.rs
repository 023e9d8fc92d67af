//! The other parent's recorded authorisation, as it went with the application.
//!
//! Invariants: kept when the application is handed in and not changed afterwards, so that a
//! withdrawal later does not undo what was true then; one for each application; told to whoever may
//! see the case, the name masked but for the officers who handle it.

use super::access::Reader;
use super::list;
use super::model::{Case, Moment};
use super::shown::Happened;
use ::store::{Ctx, FromQueryResult, vals};
use kernel::Result;
use party::delegation::Delegation;
use serde_json::json;

#[derive(FromQueryResult)]
struct Row {
    delegation_id: String,
    principal: String,
    at_us: i64,
}

/// Keeps the authorisation under the application.
pub(crate) async fn keep(ctx: &mut Ctx, case_id: &str, given: &Delegation) -> Result<()> {
    let now = ctx.now;
    ctx.execute(
        "INSERT INTO case_authorisation (case_id, delegation_id, principal, at_us)
         VALUES ($1, $2, $3, $4) ON CONFLICT (case_id) DO NOTHING",
        vals![case_id, &given.id, &given.principal, now],
    )
    .await?;
    let body = json!({ "delegation": given.id, "principal": given.principal });
    party::audit::record(ctx, "case.authorised", &format!("case:{case_id}"), body).await?;
    Ok(())
}

/// The authorisation as an event of the case, if it came with one.
pub(super) async fn happened(
    ctx: &mut Ctx,
    case: &Case,
    reader: Reader,
) -> Result<Option<Happened>> {
    let sql = "SELECT delegation_id, principal, at_us FROM case_authorisation WHERE case_id = $1";
    let Some(row) = ctx.optional::<Row>(sql, vals![case.root_id()]).await? else {
        return Ok(None);
    };
    let person = party::person::find(ctx, &row.principal).await?;
    let name = person.map(|person| person.name).unwrap_or_default();
    let name = match reader {
        Reader::Officer => name,
        Reader::Supervisor | Reader::Partner => String::new(),
        Reader::Applicant | Reader::Guardian | Reader::Clerk => list::masked(&name),
    };
    Ok(Some(Happened {
        sequence: 0,
        case_id: case.id.clone(),
        item: case.item.clone(),
        at: Moment::of(row.at_us),
        kind: "authorised".to_owned(),
        actor: String::new(),
        automatic: false,
        text: name,
        article: String::new(),
        detail: json!({ "delegation": row.delegation_id }),
        document: None,
    }))
}
