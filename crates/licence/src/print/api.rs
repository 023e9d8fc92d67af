//! Blanks and prints over REST.

use super::{Print, Stock, verbs};
use ::store::Ctx;
use axum::extract::Path;
use axum::http::StatusCode;
use kernel::{Result, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webkit::{Answer, Body, Call};

/// What becomes of blanks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BlankAct {
    /// Received: `serial` is the first of `number`, `reason` whence they came.
    Receive,
    /// Counted: `number` are left; `reason` where that is not what must be there.
    Count,
    /// Spoiled: the one of `serial`, for `reason`.
    Spoil,
}

impl BlankAct {
    /// From the name as a form sends it.
    pub(super) fn parse(name: &str) -> Option<BlankAct> {
        match name {
            "receive" => Some(BlankAct::Receive),
            "count" => Some(BlankAct::Count),
            "spoil" => Some(BlankAct::Spoil),
            _ => None,
        }
    }
}

/// Blanks received, counted or spoiled.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlankBody {
    /// What becomes of them.
    pub act: BlankAct,
    /// Type of licence they are made for.
    pub type_id: String,
    /// Serial of a blank, as printed on it.
    #[serde(default)]
    pub serial: String,
    /// How many.
    #[serde(default)]
    pub number: i64,
    /// Whence, or why; at most 200 characters.
    #[serde(default)]
    pub reason: String,
}

impl BlankBody {
    /// Does it. Errors: those of the verb.
    pub(super) async fn done(&self, ctx: &mut Ctx) -> Result<()> {
        let (kind, serial, reason) = (&self.type_id, &self.serial, &self.reason);
        match self.act {
            BlankAct::Receive => verbs::receive(ctx, kind, serial, self.number, reason).await,
            BlankAct::Count => verbs::count(ctx, kind, self.number, reason).await.map(drop),
            BlankAct::Spoil => verbs::spoil(ctx, kind, serial, reason).await.map(drop),
        }
    }
}

/// A licence to be printed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrintBody {
    /// Serial of the blank.
    pub serial: String,
    /// Why it is printed again; at most 200 characters.
    #[serde(default)]
    pub reason: String,
}

/// What an agency has of the blanks of a type.
#[derive(Serialize, JsonSchema)]
pub struct BlankView {
    /// Type of licence.
    pub type_id: String,
    /// Received.
    pub received: i64,
    /// Prints that stand.
    pub standing: i64,
    /// Prints that are void.
    pub void: i64,
    /// Spoiled.
    pub spoiled: i64,
    /// What must be left.
    pub left: i64,
    /// What was counted last to be left.
    pub counted: Option<i64>,
    /// When, RFC 3339.
    pub counted_at: Option<String>,
}

/// An agency's blanks.
#[derive(Serialize, JsonSchema)]
pub struct BlankList {
    /// By type.
    pub blanks: Vec<BlankView>,
}

/// A print of a licence.
#[derive(Serialize, JsonSchema)]
pub struct PrintView {
    /// Serial of its blank.
    pub serial: String,
    /// The how manieth of the licence, from 1.
    pub place: i64,
    /// `stands` or `void`.
    pub state: String,
    /// Why it was printed again.
    pub reason: String,
    /// When, RFC 3339.
    pub printed_at: String,
    /// Who printed it.
    pub by: String,
    /// When it became void, RFC 3339.
    pub voided_at: Option<String>,
}

/// The prints of a licence.
#[derive(Serialize, JsonSchema)]
pub struct PrintList {
    /// Newest first.
    pub prints: Vec<PrintView>,
}

fn blank(stock: Stock) -> BlankView {
    BlankView {
        left: stock.left(),
        type_id: stock.type_id,
        received: stock.received,
        standing: stock.standing,
        void: stock.void,
        spoiled: stock.spoiled,
        counted: stock.count.as_ref().map(|count| count.counted),
        counted_at: stock.count.map(|count| Timestamp(count.at_us).rfc3339()),
    }
}

fn view(print: Print) -> PrintView {
    PrintView {
        printed_at: Timestamp(print.at_us).rfc3339(),
        voided_at: (print.ended_us != 0).then(|| Timestamp(print.ended_us).rfc3339()),
        serial: print.serial,
        place: print.place,
        state: print.state,
        reason: print.reason,
        by: print.name,
    }
}

async fn listed(ctx: &mut Ctx) -> Result<BlankList> {
    let (stocks, _) = verbs::stocks(ctx).await?;
    Ok(BlankList { blanks: stocks.into_iter().map(blank).collect() })
}

async fn printed(ctx: &mut Ctx, id: &str) -> Result<PrintList> {
    let (_, prints) = verbs::of_licence(ctx, id).await?;
    Ok(PrintList { prints: prints.into_iter().map(view).collect() })
}

/// `GET /api/v1/licence-blanks`.
pub(super) async fn stock(call: Call) -> Answer {
    call.json(&listed(&mut call.read()).await?)
}

/// `POST /api/v1/licence-blanks`.
pub(super) async fn act(call: Call, Body(body): Body<BlankBody>) -> Answer {
    let mut ctx = call.write().await?;
    body.done(&mut ctx).await?;
    let list = listed(&mut ctx).await?;
    ctx.commit().await?;
    call.json(&list)
}

/// `GET /api/v1/licences/{id}/prints`.
pub(super) async fn prints(call: Call, Path(id): Path<String>) -> Answer {
    call.json(&printed(&mut call.read(), &id).await?)
}

/// `POST /api/v1/licences/{id}/prints`.
pub(super) async fn print(
    call: Call,
    Path(id): Path<String>,
    Body(body): Body<PrintBody>,
) -> Answer {
    let mut ctx = call.write().await?;
    verbs::print(&mut ctx, &id, &body.serial, &body.reason).await?;
    let list = printed(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.json_with(StatusCode::CREATED, &list)
}
