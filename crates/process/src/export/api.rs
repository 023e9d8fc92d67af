//! Event logs over REST.

use super::export::{Export, Format, Wanted, begin};
use crate::MANAGE;
use crate::statistic::Period;
use axum::body::Body as Bytes;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use kernel::{Error, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use store::Ctx;
use webkit::{Access, Answer, Body, Call, Route, post};

/// A log to take.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct LogBody {
    /// `csv` or `xes`.
    format: Format,
    /// First day on which instances began, `2026-09-01`.
    from: String,
    /// Last day.
    to: String,
    /// Names instead of pseudonyms, of instances of one's own agency.
    names: bool,
    /// What it is for: kept with the record of who took it.
    purpose: String,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        post("/api/v1/processes/{id}/event-log", Access::Staff(MANAGE), log)
            .doc("Gives the event log of a process as CSV or XES; purpose is recorded.")
            .takes::<LogBody>(),
    ]
}

async fn log(call: Call, Path(id): Path<String>, Body(body): Body<LogBody>) -> Answer {
    let period = Period::parse(&body.from, &body.to, call.read().now)?;
    let LogBody { format, names, purpose, .. } = body;
    let mut ctx = call.write().await?;
    let export =
        begin(&mut ctx, Wanted { process: id.clone(), period, format, names, purpose }).await?;
    ctx.commit().await?;
    Ok(file(&call, &id, export)?)
}

/// The file as it is written, piece by piece.
pub(super) fn file(call: &Call, process: &str, export: Export) -> Result<Response> {
    let name = webkit::form::encode(&format!("{process}.{}", export.format().ending()));
    let media = export.format().media_type();
    let (env, actor, lang) = (call.web.env.clone(), call.actor().clone(), call.lang());
    let pieces = futures_util::stream::try_unfold(export, move |mut export| {
        let mut ctx = Ctx::read(&env, actor.clone(), lang);
        async move {
            let piece = export.next(&mut ctx).await?;
            Ok::<_, Error>(piece.map(|piece| (piece, export)))
        }
    });
    let mut response = Bytes::from_stream(pieces).into_response();
    let set = |text: &str| HeaderValue::from_str(text).map_err(Error::internal);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, set(media)?);
    let saved = format!("attachment; filename*=UTF-8''{name}");
    headers.insert(header::CONTENT_DISPOSITION, set(&saved)?);
    Ok(response)
}
