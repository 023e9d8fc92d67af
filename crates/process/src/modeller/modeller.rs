//! The verbs of drafts: permit, keep, check, deploy.
//!
//! Must not know: HTTP, SQL, pages.

use super::model::{BODY_MAX, DRAFTS_MAX, Draft, DraftPage, NAME_MAX};
use super::store::{self, Row};
use crate::bundle::Files;
use crate::definition::{self, Bundle, Deployed};
use crate::{DEPLOY, READ};
use ::store::Ctx;
use flow::process::{Document, Finding, Space};
use kernel::{Error, Kind, Result};
use pack::procedure::DIAGRAM;
use party::authority;

/// The version a document was made from: its process and number; 0 for none.
pub type Base<'a> = (&'a str, i64);

/// Checks files as their deployment would. The inner error is what is wrong with them.
/// Errors: `denied`; `process.draft_size`.
pub async fn check(
    ctx: &mut Ctx,
    files: &Files,
) -> Result<std::result::Result<Bundle, Vec<Finding>>> {
    authority::demand(ctx, READ)?;
    sized(files)?;
    definition::inspect(ctx, files).await
}

/// A document with everything of the version it was made from but the diagram.
pub async fn over(ctx: &mut Ctx, (process, version): Base<'_>, diagram: &[u8]) -> Result<Files> {
    authority::demand(ctx, READ)?;
    if version == 0 || process.is_empty() {
        return Ok(Files::new(diagram));
    }
    match definition::files(ctx, process, version).await {
        Ok(files) => Ok(files.with(DIAGRAM, diagram)),
        Err(error) if error.kind == Kind::NotFound => Ok(Files::new(diagram)),
        Err(error) => Err(error),
    }
}

fn sized(files: &Files) -> Result<()> {
    if files.diagram().is_empty() || files.to_bytes().len() > BODY_MAX {
        let args = vec![("max", (BODY_MAX >> 20).to_string())];
        return Err(Error::invalid("process.draft_size").arg("max", BODY_MAX >> 20).field_with(
            "document",
            "process.draft_size",
            args,
        ));
    }
    Ok(())
}

fn named(name: &str) -> Result<&str> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        let args = vec![("max", NAME_MAX.to_string())];
        return Err(Error::invalid("process.draft_name").arg("max", NAME_MAX).field_with(
            "name",
            "process.draft_name",
            args,
        ));
    }
    Ok(name)
}

/// The first process a document holds; empty when it cannot be read.
pub(super) fn process_of(bytes: &[u8]) -> String {
    let Ok(document) = Document::parse(bytes) else { return String::new() };
    let process = document
        .root
        .elements()
        .find(|one| one.space == Space::Bpmn && one.local() == "process")
        .and_then(|one| one.get("id"));
    process.unwrap_or_default().chars().take(80).collect()
}

/// Keeps files as a new draft of the actor's.
/// Errors: `denied`, `process.draft_size`, `process.draft_name`, `process.drafts`.
pub async fn create(ctx: &mut Ctx, name: &str, base: Base<'_>, files: &Files) -> Result<String> {
    authority::demand(ctx, READ)?;
    sized(files)?;
    let name = named(name)?.to_owned();
    let owner = ctx.actor.account.clone();
    if store::count(ctx, &owner).await? >= DRAFTS_MAX {
        return Err(Error::limited("process.drafts").arg("max", DRAFTS_MAX));
    }
    // Longer than any id there is: it was made from none.
    let base = if base.0.len() > 200 { ("", 0) } else { (base.0, base.1.max(0)) };
    store::insert(ctx, &name, &process_of(files.diagram()), base, &files.to_bytes()).await
}

/// A draft the actor may see: his own, or one of the agency he deploys for. Errors: `not_found`.
async fn seen(ctx: &mut Ctx, id: &str) -> Result<Row> {
    authority::demand(ctx, READ)?;
    let row = store::get(ctx, id).await?;
    let deploys = authority::may(ctx, DEPLOY) && authority::same_agency(ctx, &row.agency);
    if deploys || row.owner == ctx.actor.account { Ok(row) } else { Err(Error::not_found()) }
}

/// As [`seen`], for its owner alone, held. Errors: `not_found`.
async fn own(ctx: &mut Ctx, id: &str) -> Result<Row> {
    if !ctx.lock("process_draft", id).await? {
        return Err(Error::not_found());
    }
    let row = seen(ctx, id).await?;
    if row.owner == ctx.actor.account { Ok(row) } else { Err(Error::not_found()) }
}

/// Saves a draft over itself. Errors: `not_found`; `process.draft_stale` when it was saved from
/// another window since; as [`create`].
pub async fn save(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    name: &str,
    files: &Files,
) -> Result<()> {
    sized(files)?;
    let name = named(name)?.to_owned();
    let row = own(ctx, id).await?;
    if revision.is_some_and(|revision| revision != row.revision) {
        return Err(Error::conflict("process.draft_stale"));
    }
    store::update(ctx, id, &name, &process_of(files.diagram()), &files.to_bytes()).await
}

/// A draft with its files. Errors: `denied`, `not_found`.
pub async fn find(ctx: &mut Ctx, id: &str) -> Result<(Draft, Files)> {
    let row = seen(ctx, id).await?;
    whole(ctx, row).await
}

/// As [`find`], for its owner, held until it is saved. Errors: `denied`, `not_found`.
pub async fn hold(ctx: &mut Ctx, id: &str) -> Result<(Draft, Files)> {
    let row = own(ctx, id).await?;
    whole(ctx, row).await
}

async fn whole(ctx: &mut Ctx, row: Row) -> Result<(Draft, Files)> {
    let body = store::body(ctx, &row.id).await?;
    let (whole, draft) = (row.whole != 0, row.told(ctx));
    // Drafts of before had decisions and forms of their version alone.
    let files = match whole {
        true => Files::from_bytes(&body)?,
        false => over(ctx, (&draft.base, draft.version), &body).await?,
    };
    Ok((draft, files))
}

/// Drafts of the actor; with `agency`, all of the agency he deploys for. Errors: `denied`.
pub async fn drafts(ctx: &mut Ctx, agency: bool, before: &str) -> Result<DraftPage> {
    authority::demand(ctx, READ)?;
    let (account, at) = (ctx.actor.account.clone(), ctx.actor.agency.clone());
    let mut rows = match agency {
        true => {
            authority::demand(ctx, DEPLOY)?;
            store::list(ctx, "agency", &at, before).await?
        }
        false => store::list(ctx, "owner", &account, before).await?,
    };
    let more = rows.len() > store::PAGE;
    rows.truncate(store::PAGE);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    Ok(DraftPage { drafts: rows.into_iter().map(|row| row.told(ctx)).collect(), next })
}

/// Throws a draft away. Errors: `not_found`.
pub async fn delete(ctx: &mut Ctx, id: &str) -> Result<()> {
    own(ctx, id).await?;
    store::delete(ctx, id).await
}

/// Deploys a draft; it stays. Errors: `not_found`; those of a deployment.
pub async fn deploy(ctx: &mut Ctx, id: &str) -> Result<Deployed> {
    let (_, files) = find(ctx, id).await?;
    definition::deploy_files(ctx, &files).await
}
