//! The page on which an event log is taken.

use super::api::file;
use super::export::{Format, Wanted, begin};
use crate::statistic::{Period, scope};
use crate::{MANAGE, definition};
use axum::extract::Path;
use kernel::{Kind, Result};
use serde_json::{Value as Json, json};
use webkit::{Access, Answer, Call, Form, Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    let manage = Access::Staff(MANAGE);
    vec![get("/processes/{id}/export", manage, show), post("/processes/{id}/export", manage, take)]
}

/// `GET /processes/{id}/export`.
async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let form = Form::from_pairs(Vec::new());
    call.page("process/export/form.html", &context(&call, &id, &form, Vec::new()).await?)
}

async fn context(call: &Call, id: &str, form: &Form, faults: Vec<Json>) -> Result<Json> {
    let mut ctx = call.read();
    scope(&mut ctx, id).await?;
    let version = definition::newest(&mut ctx, id).await?;
    let period = Period::parse("", "", ctx.now)?;
    let typed = |name: &str, otherwise: String| match form.text(name) {
        "" => otherwise,
        text => text.to_owned(),
    };
    let errors: serde_json::Map<String, Json> = faults
        .iter()
        .filter_map(|one| Some((one["field"].as_str()?.to_owned(), one["text"].clone())))
        .collect();
    Ok(json!({
        "process": id, "name": definition::name(call, &version),
        "from": typed("from", period.from.to_string()), "to": typed("to", period.to.to_string()),
        "format": typed("format", "csv".to_owned()), "names": form.ticked("names"),
        "purpose": form.text("purpose"), "faults": faults, "errors": errors,
    }))
}

/// `POST /processes/{id}/export`: the file itself.
async fn take(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let format = if form.text("format") == "xes" { Format::Xes } else { Format::Csv };
    let (names, purpose) = (form.ticked("names"), form.text("purpose").to_owned());
    let mut ctx = call.write().await?;
    let export = match Period::parse(form.text("from"), form.text("to"), ctx.now) {
        Ok(period) => {
            let process = id.clone();
            begin(&mut ctx, Wanted { process, period, format, names, purpose }).await
        }
        Err(error) => Err(error),
    };
    match export {
        Ok(export) => {
            ctx.commit().await?;
            Ok(file(&call, &id, export)?)
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Limited) => {
            drop(ctx);
            let faults = call.faults(&error);
            let faults = faults
                .into_iter()
                .map(|one| json!({ "field": one.field, "text": one.message }))
                .collect();
            call.page_again("process/export/form.html", &context(&call, &id, &form, faults).await?)
        }
        Err(error) => Err(error.into()),
    }
}
