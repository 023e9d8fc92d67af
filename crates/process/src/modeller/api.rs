//! Drafts, checks, trials and comparisons over REST.

use super::model::{Draft, DraftPage, Fault};
use super::{Answer, Change, Trial, handed};
use crate::definition::Deployed;
use crate::{DEPLOY, READ, definition};
use axum::extract::Path;
use axum::http::StatusCode;
use flow::process::{Document, Variables};
use kernel::{Error, Result};
use pack::procedure::{DIAGRAM, TaskForm, Walk};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Ctx;
use webkit::{Access, Answer as Reply, Body, Call, Route, get, post};

/// A document to check.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CheckBody {
    /// BPMN 2.0 XML.
    xml: String,
    /// The process whose decisions and forms it keeps; empty for none.
    #[serde(default)]
    base: String,
    /// The version of that process; 0 for none.
    #[serde(default)]
    version: i64,
    /// DMN documents by file name, in place of all it would keep.
    #[serde(default)]
    decisions: Option<BTreeMap<String, String>>,
    /// Forms, in place of all it would keep.
    #[serde(default)]
    forms: Option<Vec<TaskForm>>,
    /// Examples, in place of all it would keep; each is walked.
    #[serde(default)]
    examples: Option<Vec<Walk>>,
}

/// What is wrong with a document.
#[derive(Debug, Serialize, JsonSchema)]
struct Checked {
    /// Whether it could be deployed.
    sound: bool,
    /// Everything found.
    faults: Vec<Fault>,
}

/// A run on paper.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TrialBody {
    /// BPMN 2.0 XML.
    xml: String,
    /// The process whose decisions and forms it keeps; empty for none.
    #[serde(default)]
    base: String,
    /// The version of that process; 0 for none.
    #[serde(default)]
    version: i64,
    /// DMN documents by file name, in place of all it would keep.
    #[serde(default)]
    decisions: Option<BTreeMap<String, String>>,
    /// Forms, in place of all it would keep.
    #[serde(default)]
    forms: Option<Vec<TaskForm>>,
    /// Id of the process; the first of the document when empty.
    #[serde(default)]
    process: String,
    /// First variables.
    #[serde(default)]
    variables: Variables,
    /// What is done, in order.
    #[serde(default)]
    answers: Vec<Answer>,
}

/// Two documents.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CompareBody {
    /// The older one.
    before: String,
    /// The newer one.
    after: String,
}

/// What differs.
#[derive(Debug, Serialize, JsonSchema)]
struct Compared {
    /// Element by element.
    changes: Vec<Change>,
}

/// A draft to keep.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct DraftBody {
    /// What it is called.
    name: String,
    /// BPMN 2.0 XML.
    xml: String,
    /// The process it was made from; empty for none.
    base: String,
    /// The version it was made from; 0 for none.
    version: i64,
    /// DMN documents by file name, in place of all it has; what it has when absent.
    decisions: Option<BTreeMap<String, String>>,
    /// Forms, in place of all it has; what it has when absent.
    forms: Option<Vec<TaskForm>>,
    /// Examples, in place of all it has; what it has when absent. Each is walked before it is deployed.
    examples: Option<Vec<Walk>>,
    /// Revision the caller has read.
    revision: Option<i64>,
}

/// A draft with its document.
#[derive(Debug, Serialize, JsonSchema)]
struct Whole {
    /// The draft.
    draft: Draft,
    /// BPMN 2.0 XML.
    xml: String,
    /// DMN documents by file name.
    decisions: BTreeMap<String, String>,
    /// Forms of its tasks.
    forms: Vec<TaskForm>,
    /// Examples.
    examples: Vec<Walk>,
}

pub(super) fn routes() -> Vec<Route> {
    let read = Access::Staff(READ);
    vec![
        post("/api/v1/process-check", read, check)
            .upload()
            .doc("Checks a BPMN document as its deployment would.")
            .takes::<CheckBody>()
            .gives::<Checked>(),
        post("/api/v1/process-trial", read, trial)
            .upload()
            .doc("Runs a BPMN document on paper with the answers given; nothing is kept.")
            .takes::<TrialBody>()
            .gives::<Trial>(),
        post("/api/v1/process-comparison", read, compare)
            .upload()
            .doc("Tells what differs between two BPMN documents.")
            .takes::<CompareBody>()
            .gives::<Compared>(),
        get("/api/v1/processes/{id}/comparison", read, versions)
            .doc("Tells what differs between two versions; ?from=&to=.")
            .gives::<Compared>(),
        get("/api/v1/process-drafts", read, list)
            .doc("Lists the caller's drafts, newest first; ?agency=1 for all of his agency; ?after=.")
            .asks(&["agency", "after"])
            .gives::<DraftPage>(),
        post("/api/v1/process-drafts", read, create)
            .upload()
            .doc("Keeps a document as a draft.")
            .takes::<DraftBody>()
            .gives::<Draft>(),
        get("/api/v1/process-drafts/{id}", read, show).doc("Gives a draft.").gives::<Whole>(),
        post("/api/v1/process-drafts/{id}", read, save)
            .upload()
            .doc("Saves a draft over itself.")
            .takes::<DraftBody>()
            .gives::<Draft>(),
        post("/api/v1/process-drafts/{id}/deployment", Access::Staff(DEPLOY), deploy)
            .doc("Deploys a draft.")
            .gives::<Deployed>(),
    ]
}

async fn check(call: Call, Body(body): Body<CheckBody>) -> Reply {
    let mut ctx = call.read();
    let files = super::over(&mut ctx, (&body.base, body.version), body.xml.as_bytes()).await?;
    let files = handed::parts(
        files,
        body.decisions.as_ref(),
        body.forms.as_deref(),
        body.examples.as_deref(),
    )?;
    let checked = super::check(&mut ctx, &files).await?;
    let faults: Vec<Fault> = checked.err().iter().flatten().map(Fault::from).collect();
    call.json(&Checked { sound: faults.is_empty(), faults })
}

async fn trial(call: Call, Body(body): Body<TrialBody>) -> Reply {
    let mut ctx = call.read();
    let files = super::over(&mut ctx, (&body.base, body.version), body.xml.as_bytes()).await?;
    let files = handed::parts(files, body.decisions.as_ref(), body.forms.as_deref(), None)?;
    let bundle = super::check(&mut ctx, &files).await?;
    let bundle = bundle.map_err(|findings| flow::process::refusal(&findings))?;
    let definition = match body.process.as_str() {
        "" => bundle.definitions.first(),
        id => bundle.definition(id),
    };
    let definition = definition.ok_or_else(Error::not_found)?;
    call.json(&super::run(
        definition,
        Some(&bundle),
        &ctx.env.pack,
        ctx.now,
        body.variables,
        &body.answers,
    )?)
}

fn parse(xml: &str) -> Result<Document> {
    Document::parse(xml.as_bytes()).map_err(|finding| flow::process::refusal(&[finding]))
}

async fn compare(call: Call, Body(body): Body<CompareBody>) -> Reply {
    let changes = super::compare(&parse(&body.before)?, &parse(&body.after)?);
    call.json(&Compared { changes })
}

async fn versions(call: Call, Path(id): Path<String>) -> Reply {
    let number = |name: &str| {
        let text = call.query(name).unwrap_or_default();
        text.parse::<i64>().map_err(|_| Error::not_found())
    };
    let (from, to) = (number("from")?, number("to")?);
    let mut ctx = call.read();
    let before = definition::show(&mut ctx, &id, from).await?.1;
    let after = definition::show(&mut ctx, &id, to).await?.1;
    call.json(&Compared { changes: super::compare(&before.document, &after.document) })
}

async fn list(call: Call) -> Reply {
    let agency = call.query("agency").as_deref() == Some("1");
    let after = call.query("after").unwrap_or_default();
    call.json(&super::drafts(&mut call.read(), agency, &after).await?)
}

async fn create(call: Call, Body(body): Body<DraftBody>) -> Reply {
    let mut ctx = call.write().await?;
    let base = (body.base.as_str(), body.version);
    let files = super::over(&mut ctx, base, body.xml.as_bytes()).await?;
    let files = handed::parts(
        files,
        body.decisions.as_ref(),
        body.forms.as_deref(),
        body.examples.as_deref(),
    )?;
    let id = super::create(&mut ctx, &body.name, base, &files).await?;
    let (draft, _) = super::find(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.json_with(StatusCode::CREATED, &draft)
}

async fn show(call: Call, Path(id): Path<String>) -> Reply {
    let (draft, files) = super::find(&mut call.read(), &id).await?;
    let text = |bytes| super::text(bytes).into_owned();
    let decisions = files.decisions().map(|(name, dmn)| (name.to_owned(), text(dmn))).collect();
    let forms = files.forms().map_err(|finding| flow::process::refusal(&[finding]))?;
    let examples = files.examples().map_err(|finding| flow::process::refusal(&[finding]))?;
    call.json(&Whole { draft, xml: text(files.diagram()), decisions, forms, examples })
}

async fn save(call: Call, Path(id): Path<String>, Body(body): Body<DraftBody>) -> Reply {
    let mut ctx: Ctx = call.write().await?;
    let files = super::hold(&mut ctx, &id).await?.1.with(DIAGRAM, body.xml.as_bytes());
    let files = handed::parts(
        files,
        body.decisions.as_ref(),
        body.forms.as_deref(),
        body.examples.as_deref(),
    )?;
    super::save(&mut ctx, &id, body.revision, &body.name, &files).await?;
    let (draft, _) = super::find(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.json(&draft)
}

async fn deploy(call: Call, Path(id): Path<String>) -> Reply {
    let mut ctx = call.write().await?;
    let done = super::deploy(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.json_with(StatusCode::CREATED, &done)
}
