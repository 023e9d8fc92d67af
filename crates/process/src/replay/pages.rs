//! The page of playing again: which versions, how many, and what would differ.

use super::api::{NUMBER, ask};
use crate::{DEPLOY, definition};
use axum::extract::Path;
use kernel::Kind;
use serde_json::{Value as Json, json};
use webkit::{Access, Answer, Call, Route, get};

pub(super) fn routes() -> Vec<Route> {
    vec![get("/processes/{id}/replay", Access::Staff(DEPLOY), show)]
}

/// `GET /processes/{id}/replay?from=&to=&number=`.
async fn show(call: Call, Path(process): Path<String>) -> Answer {
    let mut ctx = call.read();
    let versions = definition::versions(&mut ctx, &process, None).await?.versions;
    let asked = call.query("from").is_some();
    let mut ask = ask(&call);
    if !asked {
        ask.to = versions.first().map_or(1, |one| one.version);
        ask.from = versions.get(1).map_or(ask.to, |one| one.version);
        ask.number = NUMBER;
    }
    let (report, fault) = match asked {
        false => (None, String::new()),
        true => match super::run(&mut ctx, &process, &ask).await {
            Ok(report) => (Some(report), String::new()),
            Err(error) if error.kind == Kind::Invalid => {
                let told = call.faults(&error).into_iter().next();
                (None, told.map(|fault| fault.message).unwrap_or_default())
            }
            Err(error) => return Err(error.into()),
        },
    };
    let choices: Vec<Json> = versions
        .iter()
        .map(|one| {
            let number = one.version.to_string();
            let args = [("n", number.clone())];
            let text = call.web.views.text(call.lang(), "process.definition.version", &args);
            json!({ "value": number, "text": text })
        })
        .collect();
    let rows: Vec<Json> = report
        .iter()
        .flat_map(|report| &report.instances)
        .map(|one| {
            json!({ "instance": one.instance, "title": one.title, "ended": one.ended,
                "outcome": call.t(&format!("process.replay.outcome.{}", one.outcome.as_str())),
                "names": match one.reason.as_str() {
                    "" => one.names.join(&call.t("webkit.comma")),
                    reason => call.t(&format!("process.replay.reason.{reason}")),
                } })
        })
        .collect();
    let reasons: Vec<Json> = report
        .iter()
        .flat_map(|report| &report.reasons)
        .map(|(reason, number)| {
            let text = call.t(&format!("process.replay.reason.{reason}"));
            json!({ "text": text, "number": number })
        })
        .collect();
    let path = format!("/processes/{}", webkit::form::encode(&process));
    let context = json!({
        "process": process, "path": format!("{path}/replay"), "choices": choices, "fault": fault,
        "back": format!("{path}/migrations"), "report": report, "rows": rows, "reasons": reasons,
        "from": ask.from.to_string(), "to": ask.to.to_string(), "number": ask.number,
    });
    if fault.is_empty() {
        return call.page("process/replay/show.html", &context);
    }
    call.page_again("process/replay/show.html", &context)
}
