//! Pages of the modeller: drafts, the drawing surface, comparisons.

use super::{handed, views};
use crate::bundle::Files;
use crate::{DEPLOY, READ, definition};
use axum::extract::Path;
use flow::process::Document;
use kernel::{Error, Kind, Result};
use pack::procedure::DIAGRAM;
use serde_json::{Value as Json, json};
use store::{Ctx, command};
use webkit::view::asset;
use webkit::{Access, Answer as Reply, Call, Form, Papers, Route, get, post};

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
    files: Files,
}

/// Everything the page of a surface shows; the parts of a draft are added by [`of_draft`]. `again`
/// is a form that was refused.
fn surface(call: &Call, one: &Surface, again: Again<'_>) -> Json {
    let built = asset::find(ISLAND).is_some();
    let form = again.map(|(form, _)| form);
    let errors = again.map(|(_, error)| errors(call, error)).unwrap_or_default();
    let typed = |name: &str| {
        let found = form.and_then(|form| form.pairs().find(|(field, _)| *field == name));
        found.map(|(_, typed)| typed.to_owned())
    };
    let name = typed("name").unwrap_or_else(|| one.name.clone());
    let diagram = handed::shown(form, ("document", "diagram"), one.files.diagram());
    let forms = handed::shown(form, ("forms_file", "forms"), handed::forms(&one.files));
    json!({
        "source": one.source, "save": one.save, "process": one.process,
        "name": name, "decision": typed("decision"),
        "version": one.version, "revision": one.revision, "built": built, "draft": Json::Null,
        "faults": [], "errors": errors, "drawing": Json::Null, "changes": Json::Null,
        "compared": 0, "deploys": false, "lang": call.lang().tag(),
        "diagram": diagram, "forms": forms,
        "decisions": one.files.decisions().map(|(file, _)| file).collect::<Vec<_>>(),
        "decision_ids": views::decision_ids(&one.files), "form_ids": views::form_ids(&one.files),
    })
}

/// A form that was refused, and why.
type Again<'a> = Option<(&'a Form, &'a Error)>;

/// `GET /processes/new`.
async fn new(call: Call) -> Reply {
    call.page("process/modeller/edit.html", &surface(&call, &blank_surface(&call), None))
}

fn blank_surface(call: &Call) -> Surface {
    Surface {
        source: "/processes/new/bpmn".to_owned(),
        save: "/process-drafts".to_owned(),
        name: call.t("process.draft.new"),
        process: String::new(),
        version: 0,
        revision: 0,
        files: Files::new(BLANK),
    }
}

/// `GET /processes/new/bpmn`.
async fn blank(call: Call) -> Reply {
    call.file("application/xml", "new.bpmn", BLANK.to_vec())
}

/// `GET /processes/{id}/versions/{n}/edit`.
async fn edit(call: Call, Path((id, n)): Path<(String, String)>) -> Reply {
    let number: i64 = n.parse().map_err(|_| Error::not_found())?;
    let one = version_surface(&call, &id, number).await?;
    call.page("process/modeller/edit.html", &surface(&call, &one, None))
}

async fn version_surface(call: &Call, process: &str, number: i64) -> Result<Surface> {
    let mut ctx = call.read();
    let version = definition::show(&mut ctx, process, number).await?.0.version;
    let files = definition::files(&mut ctx, process, number).await?;
    let id = webkit::form::encode(&version.process);
    Ok(Surface {
        source: format!("/processes/{id}/versions/{}/bpmn", version.version),
        save: "/process-drafts".to_owned(),
        name: definition::name(call, &version),
        process: version.process,
        version: version.version,
        revision: 0,
        files,
    })
}

/// `POST /process-drafts`: what was handed in, over the version named, else over a blank one.
async fn create(call: Call, Papers(form): Papers) -> Reply {
    let mut ctx = call.write().await?;
    if let Some(id) = command::begin(&mut ctx, form.once(), "process.draft").await? {
        return call.see(&format!("/process-drafts/{id}"));
    }
    let (process, version) = (form.text("process"), form.number("version").unwrap_or_default());
    let files = match process {
        "" => Files::new(BLANK),
        _ => definition::files(&mut ctx, process, version).await?,
    };
    let files = handed::over(&form, files);
    match super::create(&mut ctx, form.text("name"), (process, version), &files).await {
        Ok(id) => {
            command::finish(&mut ctx, form.once(), &id).await?;
            ctx.commit().await?;
            call.see(&format!("/process-drafts/{id}?notice=process.draft_saved"))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Limited) => {
            drop(ctx);
            let one = match process {
                "" => blank_surface(&call),
                _ => version_surface(&call, process, version).await?,
            };
            let shown = surface(&call, &one, Some((&form, &error)));
            call.page_again("process/modeller/edit.html", &shown)
        }
        Err(error) => Err(error.into()),
    }
}

/// What is wrong, by the fields of the page.
pub(super) fn errors(call: &Call, error: &Error) -> Vec<Json> {
    let faults = call.faults(error).into_iter();
    faults.map(|one| json!({ "field": one.field, "text": one.message })).collect()
}

/// `GET /process-drafts/{id}`.
async fn show(call: Call, Path(id): Path<String>) -> Reply {
    call.page("process/modeller/edit.html", &of_draft(&call, &id, None).await?)
}

async fn of_draft(call: &Call, id: &str, again: Again<'_>) -> Result<Json> {
    let mut ctx = call.read();
    let (draft, files) = super::find(&mut ctx, id).await?;
    let one = Surface {
        source: format!("/process-drafts/{id}/bpmn"),
        save: format!("/process-drafts/{id}"),
        name: draft.name.clone(),
        process: draft.base.clone(),
        version: draft.version,
        revision: draft.revision,
        files,
    };
    let mut context = surface(call, &one, again);
    let findings = super::check(&mut ctx, &one.files).await?.err().unwrap_or_default();
    context["faults"] = json!(views::faults(call, &findings, &one.files));
    if let Ok(document) = Document::parse(one.files.diagram()) {
        context["drawing"] = json!(views::faulty(call, &document, &draft.name, &findings));
    }
    if let Some((number, before)) = newest(&mut ctx, &draft.process).await? {
        context["compared"] = json!(number);
        context["changes"] = views::changes(call, &before, &one.files);
    }
    context["deploys"] = json!(call.may(DEPLOY) && findings.is_empty());
    context["draft"] = json!(draft);
    Ok(context)
}

/// The newest version of a process and its files, if there is one.
async fn newest(ctx: &mut Ctx, process: &str) -> Result<Option<(i64, Files)>> {
    let version = match definition::newest(ctx, process).await {
        Ok(version) => version.version,
        Err(error) if error.kind == Kind::Invalid => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some((version, definition::files(ctx, process, version).await?)))
}

/// `POST /process-drafts/{id}`: what was handed in over what there is, or only a new name.
async fn save(call: Call, Path(id): Path<String>, Papers(form): Papers) -> Reply {
    let mut ctx = call.write().await?;
    let files = handed::over(&form, super::hold(&mut ctx, &id).await?.1);
    let saved =
        super::save(&mut ctx, &id, form.number("revision"), form.text("name"), &files).await;
    after(&call, ctx, &id, &form, saved, "process.draft_saved").await
}

/// After an act on a draft: its page, or the page again with what was typed and the reason why not.
async fn after(
    call: &Call,
    ctx: Ctx,
    id: &str,
    form: &Form,
    done: Result<()>,
    notice: &str,
) -> Reply {
    match done {
        Ok(()) => {
            ctx.commit().await?;
            call.see(&format!("/process-drafts/{id}?notice={notice}"))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict | Kind::Limited) => {
            drop(ctx);
            again(call, id, form, &error).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The page of a draft with what was typed and why it was refused.
pub(super) async fn again(call: &Call, id: &str, form: &Form, error: &Error) -> Reply {
    let context = of_draft(call, id, Some((form, error))).await?;
    call.page_again("process/modeller/edit.html", &context)
}

/// `POST /process-drafts/check`: what is wrong with the document sent, over the draft or the version
/// it is of, for the drawing surface.
async fn check(call: Call, form: Form) -> Reply {
    let bytes = form.file("document").map(|file| file.content.clone()).unwrap_or_default();
    let mut ctx = call.read();
    let files = match form.text("draft") {
        "" => {
            let base = (form.text("process"), form.number("version").unwrap_or_default());
            super::over(&mut ctx, base, &bytes).await?
        }
        id => super::find(&mut ctx, id).await?.1.with(DIAGRAM, &bytes),
    };
    let findings = super::check(&mut ctx, &files).await?.err().unwrap_or_default();
    call.json(&json!({ "faults": views::faults(&call, &findings, &files) }))
}

/// `GET /process-drafts/{id}/bpmn`.
async fn export(call: Call, Path(id): Path<String>) -> Reply {
    let (draft, files) = super::find(&mut call.read(), &id).await?;
    call.file("application/xml", &format!("{}.bpmn", draft.name), files.diagram().to_vec())
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
        Err(error) => after(&call, ctx, &id, &form, Err(error), "").await,
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
    let before = definition::files(&mut ctx, &id, from).await?;
    let after = definition::files(&mut ctx, &id, to).await?;
    let shown = definition::show(&mut ctx, &id, to).await?.0;
    let name = definition::name(&call, &shown.version);
    let context = json!({
        "process": id, "name": name, "from": from, "to": to, "versions": versions,
        "changes": views::changes(&call, &before, &after),
    });
    call.page("process/modeller/compare.html", &context)
}
