//! Objections over REST.

use super::model::Objection;
use super::{Answer as Reply, Filing, Status};
use crate::registry;
use axum::extract::Path;
use kernel::Error;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webkit::{Answer, Body, Call};

/// An objection.
#[derive(Serialize, JsonSchema)]
pub struct ObjectionView {
    /// Id.
    pub id: String,
    /// Registry.
    pub registry: String,
    /// Field.
    pub field: String,
    /// Agency id of the source.
    pub source: String,
    /// Case in which the value was shown; may be empty.
    pub case: String,
    /// The value as shown.
    pub shown: String,
    /// The value claimed; empty when there should be none.
    pub claimed: String,
    /// What the person added.
    pub note: String,
    /// Where it stands.
    pub status: Status,
    /// To be sent back with an answer.
    pub revision: i64,
    /// When it was opened, RFC 3339.
    pub opened: String,
    /// Before when it must be answered, RFC 3339.
    pub due: String,
    /// True when it was not answered in time.
    pub overdue: bool,
    /// When it was answered, RFC 3339.
    pub answered: Option<String>,
    /// The value put in its place.
    pub corrected: String,
    /// The source's words.
    pub answer: String,
}

/// A page of objections.
#[derive(Serialize, JsonSchema)]
pub struct ObjectionList {
    /// In the order the route says.
    pub objections: Vec<ObjectionView>,
    /// Pass as `after` for the next page.
    pub next: Option<String>,
}

/// A value objected to.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewObjection {
    /// Record.
    pub record: String,
    /// Field.
    pub field: String,
    /// Receipt by which it was shown; empty when seen in one's own file.
    #[serde(default)]
    pub receipt: String,
    /// The value said to be right; empty when there should be none.
    pub claimed: String,
    /// What is added.
    #[serde(default)]
    pub note: String,
    /// Id of the command: a repetition gives the first answer. At most 80 bytes.
    pub command: String,
}

/// An opened objection.
#[derive(Serialize, JsonSchema)]
pub struct OpenedView {
    /// Id.
    pub id: String,
    /// Before when it must be answered, RFC 3339.
    pub due: String,
}

/// An answer.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnswer {
    /// The objection's revision as read.
    pub revision: i64,
    /// True to correct the value.
    pub accept: bool,
    /// The corrected value, when accepted; empty when there should be none.
    #[serde(default)]
    pub value: String,
    /// What is said to the person; needed when rejected.
    #[serde(default)]
    pub text: String,
}

impl From<Objection> for ObjectionView {
    fn from(objection: Objection) -> ObjectionView {
        ObjectionView {
            id: objection.id,
            registry: objection.registry,
            field: objection.field,
            source: objection.source,
            case: objection.case_id,
            shown: objection.shown,
            claimed: objection.claimed,
            note: objection.note,
            status: objection.status,
            revision: objection.revision,
            opened: objection.opened.rfc3339(),
            due: objection.due.rfc3339(),
            overdue: objection.overdue,
            answered: objection.answered.map(|at| at.rfc3339()),
            corrected: objection.corrected,
            answer: objection.answer,
        }
    }
}

fn list((found, next): (Vec<Objection>, Option<String>)) -> ObjectionList {
    ObjectionList { objections: found.into_iter().map(ObjectionView::from).collect(), next }
}

/// `GET /api/v1/my/objections?after=`.
pub(super) async fn mine(call: Call) -> Answer {
    let mut ctx = call.read();
    call.json(&list(super::mine(&mut ctx, &call.query("after").unwrap_or_default()).await?))
}

/// `POST /api/v1/my/objections`.
pub(super) async fn file(call: Call, Body(new): Body<NewObjection>) -> Answer {
    let mut ctx = call.write().await?;
    if let Some(id) = store::command::begin(&mut ctx, &new.command, "objection.open").await? {
        let found = super::find(&mut ctx, &id).await?;
        return call.json(&OpenedView { id, due: found.due.rfc3339() });
    }
    let shown = super::prepare(&mut ctx, &new.record, &new.field, &new.receipt).await?;
    let filing = Filing {
        case_id: shown.case_id,
        registry: shown.registry,
        record_id: new.record,
        lookup: shown.lookup,
        field: new.field,
        shown: shown.value.as_ref().map(registry::plain).unwrap_or_default(),
        claimed: new.claimed,
        note: new.note,
        receipt: new.receipt,
    };
    let opened = super::open(&mut ctx, &filing).await?;
    store::command::finish(&mut ctx, &new.command, &opened.id).await?;
    ctx.commit().await?;
    call.json(&OpenedView { id: opened.id, due: opened.due.rfc3339() })
}

/// `GET /api/v1/objections?status=&after=`.
pub(super) async fn desk(call: Call) -> Answer {
    let status = match call.query("status").as_deref() {
        None | Some("open") => Status::Open,
        Some("accepted") => Status::Accepted,
        Some("rejected") => Status::Rejected,
        Some(_) => return Err(Error::invalid("objection.status").into()),
    };
    let mut ctx = call.read();
    let after = call.query("after").unwrap_or_default();
    call.json(&list(super::desk(&mut ctx, status, &after).await?))
}

/// `POST /api/v1/objections/{id}/answer`.
pub(super) async fn answer(
    call: Call,
    Path(id): Path<String>,
    Body(new): Body<NewAnswer>,
) -> Answer {
    let reply = match new.accept {
        true => Reply::Accept { value: new.value, text: new.text },
        false => Reply::Reject { text: new.text },
    };
    let mut ctx = call.write().await?;
    let answered = super::answer(&mut ctx, &id, new.revision, &reply).await?;
    ctx.commit().await?;
    call.json(&ObjectionView::from(answered))
}
