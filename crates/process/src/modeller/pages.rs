//! Pages of the modeller: drafts, the drawing surface, trials, comparisons.

use super::{Answer, views};
use crate::definition::Version;
use crate::diagram::{self, Meta};
use crate::{DEPLOY, READ, definition, task};
use axum::extract::Path;
use flow::process::{Document, Variables, refusal};
use kernel::{Error, Kind, Result};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use store::{Ctx, command};
use webkit::view::asset;
use webkit::{Access, Answer as Reply, Call, Form, Route, get, post};

/// What a new procedure begins with.
const BLANK: &[u8] = include_bytes!("blank.bpmn");
/// The drawing surface, when it was built.
const ISLAND: &str = "web/modeller.js";

pub(super) fn routes() -> Vec<Route> {
    let read = Access::Staff(READ);
    vec![
        get("/process-drafts", read, list),
        post("/process-drafts", read, create).upload(),
        post("/process-drafts/check", read, check).upload(),
        get("/process-drafts/{id}", read, show),
        post("/process-drafts/{id}", read, save).upload(),
        get("/process-drafts/{id}/bpmn", read, export),
        post("/process-drafts/{id}/delete", read, delete),
        post("/process-drafts/{id}/deploy", Access::Staff(DEPLOY), deploy),
        get("/process-drafts/{id}/trial", read, trial),
        post("/process-drafts/{id}/trial", read, tried),
        get("/processes/new", read, new),
        get("/processes/new/bpmn", read, blank),
        get("/processes/{id}/versions/{n}/edit", read, edit),
        get("/processes/{id}/comparison", read, comparison),
    ]
}

/// `GET /process-drafts?agency=&after=`.
async fn list(call: Call) -> Reply {
    let agency = call.query("agency").as_deref() == Some("1");
    let after = call.query("after").unwrap_or_default();
    let page = super::drafts(&mut call.read(), agency, &after).await?;
    let flag = i64::from(agency);
    let next = page.next.map(|next| format!("/process-drafts?agency={flag}&after={next}"));
    let mut tabs = vec![json!({ "text": call.t("process.draft.mine"), "href": "/process-drafts",
        "current": !agency })];
    if call.may(DEPLOY) {
        tabs.push(json!({ "text": call.t("process.draft.of_agency"),
            "href": "/process-drafts?agency=1", "current": agency }));
    }
    let context = json!({ "drafts": page.drafts, "next": next, "tabs": tabs });
    call.page("process/modeller/list.html", &context)
}

/// What the drawing surface works on.
struct Surface {
    /// Where the document is read.
    source: String,
    /// Where it is saved.
    save: String,
    name: String,
    process: String,
    version: i64,
    revision: i64,
}

/// Everything the page of a surface shows; the parts of a draft are added by [`of_draft`].
fn surface(call: &Call, one: &Surface, faults: Vec<Json>) -> Json {
    let built = asset::find(ISLAND).is_some();
    json!({
        "source": one.source, "save": one.save, "name": one.name, "process": one.process,
        "version": one.version, "revision": one.revision, "built": built, "draft": Json::Null,
        "faults": [], "errors": faults, "drawing": Json::Null, "changes": Json::Null,
        "compared": 0, "deploys": false, "lang": call.lang().tag(),
    })
}

/// `GET /processes/new`.
async fn new(call: Call) -> Reply {
    call.page("process/modeller/edit.html", &surface(&call, &blank_surface(&call), Vec::new()))
}

fn blank_surface(call: &Call) -> Surface {
    Surface {
        source: "/processes/new/bpmn".to_owned(),
        save: "/process-drafts".to_owned(),
        name: call.t("process.draft.new"),
        process: String::new(),
        version: 0,
        revision: 0,
    }
}

/// `GET /processes/new/bpmn`.
async fn blank(call: Call) -> Reply {
    call.file("application/xml", "new.bpmn", BLANK.to_vec())
}

/// `GET /processes/{id}/versions/{n}/edit`.
async fn edit(call: Call, Path((id, n)): Path<(String, String)>) -> Reply {
    let number: i64 = n.parse().map_err(|_| Error::not_found())?;
    let (shown, _) = definition::show(&mut call.read(), &id, number).await?;
    let one = version_surface(&shown.version);
    call.page("process/modeller/edit.html", &surface(&call, &one, Vec::new()))
}

fn version_surface(version: &Version) -> Surface {
    let id = webkit::form::encode(&version.process);
    Surface {
        source: format!("/processes/{id}/versions/{}/bpmn", version.version),
        save: "/process-drafts".to_owned(),
        name: if version.name.is_empty() { version.process.clone() } else { version.name.clone() },
        process: version.process.clone(),
        version: version.version,
        revision: 0,
    }
}

/// The document sent with a form, if one was.
fn sent(form: &Form) -> Option<Vec<u8>> {
    form.file("document").map(|file| file.content.clone()).filter(|content| !content.is_empty())
}

/// `POST /process-drafts`: the document sent, else the version named, else a blank one.
async fn create(call: Call, form: Form) -> Reply {
    let mut ctx = call.write().await?;
    if let Some(id) = command::begin(&mut ctx, form.once(), "process.draft").await? {
        return call.see(&format!("/process-drafts/{id}"));
    }
    let (process, version) = (form.text("process"), form.number("version").unwrap_or_default());
    let bytes = match sent(&form) {
        Some(content) => content,
        None if process.is_empty() => BLANK.to_vec(),
        None => definition::export(&mut ctx, process, version).await?,
    };
    match super::create(&mut ctx, form.text("name"), (process, version), &bytes).await {
        Ok(id) => {
            command::finish(&mut ctx, form.once(), &id).await?;
            ctx.commit().await?;
            call.see(&format!("/process-drafts/{id}?notice=process.draft_saved"))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Limited) => {
            drop(ctx);
            let mut one = blank_surface(&call);
            if !process.is_empty() {
                one = version_surface(
                    &definition::show(&mut call.read(), process, version).await?.0.version,
                );
            }
            let shown = surface(&call, &one, errors(&call, &error));
            call.page_again("process/modeller/edit.html", &shown)
        }
        Err(error) => Err(error.into()),
    }
}

fn errors(call: &Call, error: &Error) -> Vec<Json> {
    let faults = call.faults(error).into_iter();
    faults.map(|one| json!({ "field": one.field, "text": one.message })).collect()
}

/// `GET /process-drafts/{id}`.
async fn show(call: Call, Path(id): Path<String>) -> Reply {
    call.page("process/modeller/edit.html", &of_draft(&call, &id, Vec::new()).await?)
}

async fn of_draft(call: &Call, id: &str, errors: Vec<Json>) -> Result<Json> {
    let mut ctx = call.read();
    let (draft, bytes) = super::find(&mut ctx, id).await?;
    let one = Surface {
        source: format!("/process-drafts/{id}/bpmn"),
        save: format!("/process-drafts/{id}"),
        name: draft.name.clone(),
        process: draft.base.clone(),
        version: draft.version,
        revision: draft.revision,
    };
    let mut context = surface(call, &one, errors);
    let base = (draft.base.as_str(), draft.version);
    let findings = super::check(&mut ctx, base, &bytes).await?.err().unwrap_or_default();
    context["faults"] = json!(views::faults(call, &findings));
    if let Ok(document) = Document::parse(&bytes) {
        context["drawing"] = json!(views::faulty(call, &document, &draft.name, &findings));
        if let Some((number, before)) = newest(&mut ctx, &draft.process).await? {
            context["compared"] = json!(number);
            context["changes"] = views::changes(call, &before, &document);
        }
    }
    context["deploys"] = json!(call.may(DEPLOY) && findings.is_empty());
    context["draft"] = json!(draft);
    Ok(context)
}

/// The newest version of a process and its document, if there is one.
async fn newest(ctx: &mut Ctx, process: &str) -> Result<Option<(i64, Document)>> {
    let version = match definition::newest(ctx, process).await {
        Ok(version) => version.version,
        Err(error) if error.kind == Kind::Invalid => return Ok(None),
        Err(error) => return Err(error),
    };
    let bundle = definition::show(ctx, process, version).await?.1;
    Ok(Some((version, bundle.document.clone())))
}

/// `POST /process-drafts/{id}`: a new document, or only a new name.
async fn save(call: Call, Path(id): Path<String>, form: Form) -> Reply {
    let mut ctx = call.write().await?;
    let bytes = match sent(&form) {
        Some(content) => content,
        None => super::find(&mut ctx, &id).await?.1,
    };
    let saved =
        super::save(&mut ctx, &id, form.number("revision"), form.text("name"), &bytes).await;
    after(&call, ctx, &id, saved, "process.draft_saved").await
}

/// After an act on a draft: its page, or the page again with the reason why not.
async fn after(call: &Call, ctx: Ctx, id: &str, done: Result<()>, notice: &str) -> Reply {
    match done {
        Ok(()) => {
            ctx.commit().await?;
            call.see(&format!("/process-drafts/{id}?notice={notice}"))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict | Kind::Limited) => {
            drop(ctx);
            let context = of_draft(call, id, errors(call, &error)).await?;
            call.page_again("process/modeller/edit.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /process-drafts/check`: what is wrong with the document sent, for the drawing surface.
async fn check(call: Call, form: Form) -> Reply {
    let bytes = sent(&form).unwrap_or_default();
    let base = (form.text("process"), form.number("version").unwrap_or_default());
    let findings = super::check(&mut call.read(), base, &bytes).await?.err().unwrap_or_default();
    call.json(&json!({ "faults": views::faults(&call, &findings) }))
}

/// `GET /process-drafts/{id}/bpmn`.
async fn export(call: Call, Path(id): Path<String>) -> Reply {
    let (draft, bytes) = super::find(&mut call.read(), &id).await?;
    call.file("application/xml", &format!("{}.bpmn", draft.name), bytes)
}

async fn delete(call: Call, Path(id): Path<String>, form: Form) -> Reply {
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "process.draft_delete").await?.is_none() {
        super::delete(&mut ctx, &id).await?;
        ctx.commit().await?;
    }
    call.see("/process-drafts?notice=process.draft_deleted")
}

async fn deploy(call: Call, Path(id): Path<String>, form: Form) -> Reply {
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "process.draft_deploy").await?.is_some() {
        return call.see("/processes");
    }
    match super::deploy(&mut ctx, &id).await {
        Ok(done) => {
            ctx.commit().await?;
            let to = done.versions.first().map(|one| {
                let id = webkit::form::encode(&one.process);
                format!("/processes/{id}/versions/{}?notice=process.deploy", one.version)
            });
            call.see(&to.unwrap_or_else(|| "/processes".to_owned()))
        }
        Err(error) => after(&call, ctx, &id, Err(error), "").await,
    }
}

/// `GET /process-drafts/{id}/trial`.
async fn trial(call: Call, Path(id): Path<String>) -> Reply {
    on_paper(&call, &id, &Form::default(), Vec::new()).await
}

/// `POST /process-drafts/{id}/trial`: one answer more, or one fewer.
async fn tried(call: Call, Path(id): Path<String>, form: Form) -> Reply {
    let mut answers: Vec<Answer> = serde_json::from_str(form.text("answers"))
        .map_err(|_| Error::invalid("process.trial_choice").arg("n", 1))?;
    if form.ticked("back") {
        answers.pop();
    } else if !form.text("number").is_empty() {
        let (number, activity) =
            form.text("number").split_once(':').unwrap_or((form.text("number"), ""));
        let number = number.parse().unwrap_or_default();
        let activity = activity.to_owned();
        match task::variables(form.text("variables")) {
            Ok(variables) => answers.push(Answer { number, activity, variables }),
            Err(error) => {
                let told = call.faults(&error).into_iter().map(|one| one.message).collect();
                return shown_trial(&call, &id, &form, answers, told).await;
            }
        }
    }
    on_paper(&call, &id, &form, answers).await
}

async fn on_paper(call: &Call, id: &str, form: &Form, answers: Vec<Answer>) -> Reply {
    shown_trial(call, id, form, answers, Vec::new()).await
}

async fn shown_trial(
    call: &Call,
    id: &str,
    form: &Form,
    mut answers: Vec<Answer>,
    mut told: Vec<String>,
) -> Reply {
    let mut ctx = call.read();
    let (draft, bytes) = super::find(&mut ctx, id).await?;
    let base = (draft.base.as_str(), draft.version);
    let bundle = match super::check(&mut ctx, base, &bytes).await? {
        Ok(bundle) => bundle,
        Err(findings) => return Err(refusal(&findings).into()),
    };
    let definition = bundle.definitions.first().ok_or_else(Error::not_found)?;
    let first: Variables = task::variables(form.text("first"))?;
    let trial = match super::run(
        definition,
        Some(&bundle),
        &ctx.env.pack,
        ctx.now,
        first.clone(),
        &answers,
    ) {
        Ok(trial) => trial,
        Err(error) => {
            // The last answer could not be carried out: it is told, and the trial stands before it.
            told.extend(call.faults(&error).into_iter().map(|one| one.message));
            answers.pop();
            super::run(definition, Some(&bundle), &ctx.env.pack, ctx.now, first, &answers)?
        }
    };
    let mut marks: BTreeMap<String, usize> = BTreeMap::new();
    for place in &trial.places {
        *marks.entry(place.clone()).or_default() += 1;
    }
    let text = call.t("process.trial.drawing");
    let meta = Meta { id: "drawing", title: &draft.name, text: &text };
    let drawing = diagram::svg(&bundle.document, meta, &marks);
    let choices: Vec<Json> = trial.choices.iter().map(|one| choice(call, one)).collect();
    let passed: Vec<String> = trial.passed.iter().map(|id| named(definition, id)).collect();
    let context = json!({
        "draft": draft, "drawing": drawing, "choices": choices, "passed": passed,
        "variables": task::rows(&trial.variables), "told": told,
        "phase": call.t(&format!("process.phase.{}", trial.phase)),
        "answers": serde_json::to_string(&answers).map_err(Error::internal)?,
        "answered": answers.len(), "first": form.text("first"),
    });
    call.page("process/modeller/trial.html", &context)
}

fn choice(call: &Call, one: &super::Choice) -> Json {
    let value = match one.kind {
        "activity" => format!("{}:{}", one.number, one.node),
        _ => one.number.to_string(),
    };
    let word = call.t(&format!("process.choice.{}", one.kind));
    let note = if one.about.is_empty() { word } else { format!("{word}: {}", one.about) };
    json!({ "value": value, "text": one.name, "note": note })
}

fn named(definition: &flow::process::Definition, id: &str) -> String {
    match definition.find(id).and_then(|ix| definition.node(ix)) {
        Some(node) if !node.name.is_empty() => node.name.clone(),
        _ => id.to_owned(),
    }
}

/// `GET /processes/{id}/comparison?from=&to=`: the version before and the newest when not told.
async fn comparison(call: Call, Path(id): Path<String>) -> Reply {
    let mut ctx = call.read();
    let versions = definition::versions(&mut ctx, &id, None).await?.versions;
    let last = versions.first().map_or(1, |one| one.version);
    let number = |name: &str| call.query(name).and_then(|text| text.parse::<i64>().ok());
    let to = number("to").unwrap_or(last);
    let from = number("from").unwrap_or((to - 1).max(1));
    let before = definition::show(&mut ctx, &id, from).await?.1;
    let (shown, after) = definition::show(&mut ctx, &id, to).await?;
    let name = if shown.version.name.is_empty() { &id } else { &shown.version.name };
    let context = json!({
        "process": id, "name": name, "from": from, "to": to, "versions": versions,
        "changes": views::changes(&call, &before.document, &after.document),
    });
    call.page("process/modeller/compare.html", &context)
}
