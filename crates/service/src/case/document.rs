//! Documents a case owes: written with the act, set and sealed after the commit, readable by those
//! who may read the case. And the files of its materials.
//!
//! Invariants: what a document says is fixed in the transaction of the act; it is sealed once; a
//! case that is accepted and decided in one act owes the decision alone (当场决定, 许可法 34).

use super::model::{Case, Material};
use super::{access, disclosed};
use super::{paper, store, supply};
use ::store::{Ctx, Env, vals};
use flow::case::{Change, DocumentKind, Event};
use kernel::{Actor, Error, Lang, Result, Text, Timestamp};
use pack::item::Item;
use party::person::Person;
use sea_orm::FromQueryResult;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Name of the job.
pub(super) const JOB: &str = "service.case_document";
/// Where documents are kept; evidence records each as it was written and as it was sealed.
pub(super) const TABLE: &str = "case_document";
/// Purpose under which contents are sealed until they are paper.
const CONTENT: &str = "service.case.document";

/// A document before it is set.
pub(super) struct Paper {
    pub(super) kind: DocumentKind,
    pub(super) title: Text,
    pub(super) number: String,
    pub(super) layout: &'static str,
    pub(super) content: Json,
}

/// A file to hand out.
#[derive(Clone, Debug)]
pub struct Download {
    /// Name to save it under.
    pub name: String,
    /// Content type.
    pub media_type: String,
    /// Content.
    pub content: Vec<u8>,
}

#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Stored {
    pub(super) id: String,
    pub(super) case_id: String,
    pub(super) kind: String,
    pub(super) number: String,
    pub(super) title: String,
    agency: String,
    layout: String,
    content: Vec<u8>,
    pub(super) at_us: i64,
    pub(super) event_sequence: i64,
    pub(super) digest: String,
}

const COLUMNS: &str =
    "id, case_id, kind, number, title, agency, layout, content, at_us, event_sequence, digest";

impl Stored {
    /// The title in both languages.
    pub(super) fn title(&self) -> Text {
        serde_json::from_str(&self.title).unwrap_or_default()
    }
}

/// The number of a document of a case: agency, kind, year, the tail of the case number, the act.
pub(super) fn number(ctx: &Ctx, case: &Case, kind: DocumentKind) -> String {
    let word = match kind {
        DocumentKind::Receipt => "收",
        DocumentKind::AcceptanceNotice => "受",
        DocumentKind::NonAcceptanceNotice => "不受",
        DocumentKind::CorrectionNotice => "补",
        DocumentKind::SuspensionNotice => "特",
        DocumentKind::ExtensionNotice => "延",
        DocumentKind::Decision => "决",
        DocumentKind::Revocation => "撤",
        DocumentKind::ReopeningNotice => "复",
        DocumentKind::TerminationNotice => "终",
        DocumentKind::TransferNotice => "移",
    };
    let short =
        ctx.env.pack.agency(&case.agency).map(|agency| agency.short_name.zh).unwrap_or_default();
    let tail = case.number.get(31..).unwrap_or(&case.number);
    format!("{short}{word}字〔{}〕{tail}-{}号", ctx.now.date().year(), case.revision + 1)
}

/// Writes the documents owed for events, and asks for them to be set; their ids, which the caller
/// records.
pub(super) async fn owed(
    ctx: &mut Ctx,
    case: &Case,
    item: &Item,
    events: &[Event],
) -> Result<Vec<String>> {
    let at_once = events.iter().any(|event| matches!(event.change, Change::Decided { .. }));
    let mut ids = Vec::new();
    let count = i64::try_from(events.len()).map_err(Error::internal)?;
    for (event, sequence) in events.iter().zip(case.revision - count + 1..) {
        let covered = match &event.change {
            // The receipt of the whole application lists this item.
            Change::Released { .. } => true,
            Change::Accepted { .. } => at_once,
            _ => false,
        };
        if covered {
            continue;
        }
        if let Some(paper) = paper::of_event(ctx, case, item, event)? {
            ids.push(write(ctx, case, &paper, sequence).await?);
        }
    }
    if !ids.is_empty() {
        ask(ctx, case).await?;
    }
    Ok(ids)
}

/// Writes the receipt of an application, and asks for it to be set; its id, which the caller
/// records.
pub(super) async fn receipt(
    ctx: &mut Ctx,
    parent: &Case,
    agent: Option<&Person>,
    children: &[(Case, Item)],
    materials: &[(String, String, &Material)],
) -> Result<String> {
    let paper = paper::receipt(ctx, parent, agent, children, materials);
    let id = write(ctx, parent, &paper, 0).await?;
    ask(ctx, parent).await?;
    Ok(id)
}

/// Has the documents set after the commit. Those of acts dated in the past are set when somebody
/// first reads them.
pub(super) async fn ask(ctx: &mut Ctx, case: &Case) -> Result<()> {
    if ctx.now.plus_days(1) < ctx.env.clock.now() {
        return Ok(());
    }
    ctx.enqueue(JOB, &json!({ "case": case.id })).await
}

async fn write(ctx: &mut Ctx, case: &Case, paper: &Paper, sequence: i64) -> Result<String> {
    let kind = serde_json::to_value(paper.kind).map_err(Error::internal)?;
    let owed = Owed {
        kind: kind.as_str().unwrap_or_default(),
        title: &paper.title,
        number: &paper.number,
        layout: paper.layout,
        content: &paper.content,
        sequence,
    };
    keep(ctx, case, owed).await
}

/// A document a case owes, of whatever kind.
pub(super) struct Owed<'a> {
    pub(super) kind: &'a str,
    pub(super) title: &'a Text,
    pub(super) number: &'a str,
    pub(super) layout: &'a str,
    pub(super) content: &'a Json,
    /// Event of the history it tells of; 0 for none.
    pub(super) sequence: i64,
}

/// Writes a document owed; [`ask`] has it set. Its id, which the caller records.
pub(super) async fn keep(ctx: &mut Ctx, case: &Case, owed: Owed<'_>) -> Result<String> {
    let title = serde_json::to_string(owed.title).map_err(Error::internal)?;
    let content = owed.content.to_string();
    let sealed = ctx.env.vault.clone().seal(CONTENT, content.as_bytes(), &mut ctx.random)?;
    let (id, now) = (ctx.id(), ctx.now);
    ctx.execute(
        "INSERT INTO case_document (id, case_id, root_id, kind, number, title, agency, layout, content,
         at_us, event_sequence, digest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '')",
        vals![
            &id,
            &case.id,
            case.root_id(),
            owed.kind,
            owed.number,
            title,
            &case.agency,
            owed.layout,
            sealed,
            now,
            owed.sequence
        ],
    )
    .await?;
    Ok(id)
}

/// The job: sets what a case owes now. What it has owed for more than a day, as when past cases
/// are loaded, is set when somebody reads it.
pub(super) async fn job(env: &Arc<Env>, payload: &Json) -> Result<()> {
    let since = env.clock.now().plus_days(-1);
    run(env, payload["case"].as_str().unwrap_or_default(), since).await
}

/// Sets and seals what a case owes since an instant, with no transaction open while paper is set.
async fn run(env: &Arc<Env>, case: &str, since: Timestamp) -> Result<()> {
    let mut reading = Ctx::read(env, Actor::system(JOB), Lang::Zh);
    let sql = format!(
        "SELECT {COLUMNS} FROM case_document
         WHERE case_id = $1 AND digest = '' AND at_us >= $2 ORDER BY id"
    );
    let waiting: Vec<Stored> = reading.all(&sql, vals![case, since]).await?;
    drop(reading);
    for one in waiting {
        let content = env.vault.open(CONTENT, &one.content).map_err(Error::internal)?;
        let content: Json = serde_json::from_slice(&content).map_err(Error::internal)?;
        let title = one.title().zh;
        let drawn =
            licence::seal::draw(env, &one.agency, &one.layout, content, &title, case).await?;
        let mut ctx = env.system(JOB).await?;
        let free = "SELECT COUNT(*) FROM case_document WHERE id = $1 AND digest = ''";
        if ctx.lock("case_document", &one.id).await? && ctx.count(free, vals![&one.id]).await? == 1
        {
            let sealed = licence::seal::put(&mut ctx, drawn).await?;
            let sql = "UPDATE case_document SET digest = $2 WHERE id = $1";
            ctx.execute(sql, vals![&one.id, &sealed.digest]).await?;
            let (subject, body) = (format!("case:{case}"), json!({ "digest": sealed.digest }));
            let (id, word) = (one.id.as_str(), "case.document_sealed");
            party::audit::record_row(&mut ctx, word, &subject, body, TABLE, id).await?;
            ctx.commit().await?;
        }
    }
    Ok(())
}

/// The documents of a family, or of one case, oldest first.
pub(super) async fn list(ctx: &mut Ctx, root: &str, only: Option<&str>) -> Result<Vec<Stored>> {
    match only {
        Some(id) => {
            let sql = format!(
                "SELECT {COLUMNS} FROM case_document WHERE case_id = $1 ORDER BY id LIMIT 200"
            );
            ctx.all(&sql, vals![id]).await
        }
        None => {
            let sql = format!(
                "SELECT {COLUMNS} FROM case_document WHERE root_id = $1 ORDER BY id LIMIT 1000"
            );
            ctx.all(&sql, vals![root]).await
        }
    }
}

/// A document of a case the actor may read; one not set yet is set
/// now, in a transaction of its own, so the context must be a reading one. Errors: `not_found`.
pub async fn document(ctx: &mut Ctx, case_id: &str, id: &str) -> Result<Download> {
    let case = store::get(ctx, case_id).await?;
    if access::reader(ctx, &case).await? == access::Reader::Partner {
        return Err(access::refuse(ctx, &case));
    }
    let root = case.root_id().to_owned();
    let sql = format!("SELECT {COLUMNS} FROM case_document WHERE root_id = $1 AND id = $2");
    let mut stored: Stored = ctx.one(&sql, vals![&root, id]).await?;
    if !case.is_parent() && stored.case_id != case.id {
        return Err(access::refuse(ctx, &case));
    }
    if stored.digest.is_empty() {
        let env = ctx.env.clone();
        run(&env, &stored.case_id, Timestamp::EPOCH).await?;
        stored = ctx.one(&sql, vals![&root, id]).await?;
    }
    disclosed::taken(ctx, &case, stored.title()).await?;
    let content = ctx.env.objects.get(&ctx.env.vault, &stored.digest).await?;
    let name = format!("{}-{}.pdf", stored.title().zh, case.number.get(31..).unwrap_or_default());
    Ok(Download { name, media_type: "application/pdf".to_owned(), content })
}

/// A file of a material of a case whose contents the actor may read, for its own item.
/// Errors: `not_found`.
pub async fn file(ctx: &mut Ctx, case_id: &str, id: &str) -> Result<Download> {
    let case = store::get(ctx, case_id).await?;
    if !access::reader(ctx, &case).await?.reads_contents() {
        return Err(access::refuse(ctx, &case));
    }
    let root = case.root_id().to_owned();
    let stored = supply::material(ctx, &root, id).await?;
    if !case.is_parent() && stored.item != case.item {
        return Err(access::refuse(ctx, &case));
    }
    if stored.how != "upload" || stored.digest.is_empty() {
        return Err(Error::not_found());
    }
    let material = ctx.env.pack.item(&stored.item).and_then(|item| item.material(&stored.material));
    let what = material.map_or_else(Text::default, |material| material.name.clone());
    disclosed::taken(ctx, &case, what).await?;
    let content = ctx.env.objects.get(&ctx.env.vault, &stored.digest).await?;
    Ok(Download { name: stored.name(ctx)?, media_type: stored.media_type.clone(), content })
}
