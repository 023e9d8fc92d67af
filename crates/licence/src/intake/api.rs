//! Intakes over REST.

use super::model::{Intake, Problem, Progress};
use super::verbs;
use axum::extract::Path;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webkit::{Answer, Body, Call};

/// A table of paper licences.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntakeBody {
    /// Licence type.
    pub type_id: String,
    /// Where the records come from, at most 200 characters.
    pub source: String,
    /// The table as CSV: `holder_name`, `holder_number`, `valid_until` and fields of the type; at
    /// most 20,000 lines.
    pub csv: String,
}

/// How many lines have a problem.
#[derive(Serialize, JsonSchema)]
pub struct GapView {
    /// `missing`, `number`, `unknown`, `name`, `differs`, `value`, `double`, `live` or `expired`.
    pub problem: String,
    /// Column at fault; empty when it is the line.
    pub field: String,
    /// Lines.
    pub lines: i64,
}

/// An intake and how far it has come.
#[derive(Serialize, JsonSchema)]
pub struct IntakeView {
    /// Id.
    pub id: String,
    /// Licence type.
    pub type_id: String,
    /// Where the records come from.
    pub source: String,
    /// When it was sent, RFC 3339.
    pub begun_at: String,
    /// Lines.
    pub total: i64,
    /// Not looked at yet.
    pub waiting: i64,
    /// Issued.
    pub issued: i64,
    /// Kept back with their reasons.
    pub quarantined: i64,
    /// The reasons.
    pub gaps: Vec<GapView>,
}

fn view(intake: Intake, progress: Progress) -> IntakeView {
    let gap = |(problem, lines): (Problem, i64)| GapView {
        problem: problem.code,
        field: problem.field,
        lines,
    };
    IntakeView {
        begun_at: intake.begun().rfc3339(),
        id: intake.id,
        type_id: intake.type_id,
        source: intake.source,
        total: intake.total,
        waiting: progress.waiting,
        issued: progress.issued,
        quarantined: progress.quarantined,
        gaps: progress.gaps.into_iter().map(gap).collect(),
    }
}

/// `POST /api/v1/licence-intakes`.
pub(super) async fn begin(call: Call, Body(body): Body<IntakeBody>) -> Answer {
    let mut ctx = call.write().await?;
    let intake = verbs::begin(&mut ctx, &body.type_id, &body.source, body.csv.as_bytes()).await?;
    let progress = verbs::progress(&mut ctx, &intake.id).await?;
    ctx.commit().await?;
    call.json(&view(intake, progress))
}

/// `GET /api/v1/licence-intakes/{id}`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let intake = verbs::get(&mut ctx, &id).await?;
    let progress = verbs::progress(&mut ctx, &id).await?;
    call.json(&view(intake, progress))
}
