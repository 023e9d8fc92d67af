//! Licences over REST.

use super::model::{Opened, state_name};
use super::{Next, life, shown, store};
use crate::wallet;
use axum::extract::Path;
use jiff::civil::Date;
use kernel::{Error, Timestamp};
use pack::licence::Operation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use webkit::{Answer, Body, Call};

/// A field of a licence.
#[derive(Serialize, JsonSchema)]
pub struct FieldView {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}

/// A licence as its holder or issuer sees it.
#[derive(Serialize, JsonSchema)]
pub struct LicenceView {
    /// Id in the register.
    pub id: String,
    /// Identifier by GB/T 36904.
    pub identifier: String,
    /// Licence type.
    pub type_id: String,
    /// Its name.
    pub name: String,
    /// Issuing agency.
    pub issuer: String,
    /// Two-digit state.
    pub state: String,
    /// Its name.
    pub state_name: String,
    /// Why, when not in force.
    pub state_reason: String,
    /// When issued, RFC 3339.
    pub issued_at: String,
    /// Last day on which it holds; absent without end.
    pub valid_until: Option<String>,
    /// Public verification code.
    pub code: String,
    /// The licence of the chain whose place it took.
    pub former: Option<String>,
    /// `paper` for one taken in from a paper record.
    pub origin: Option<String>,
    /// Its fields in order.
    pub fields: Vec<FieldView>,
    /// Grows with each change.
    pub revision: i64,
}

/// Why a licence's state changes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// For the public; names nobody; at most 200 characters.
    pub reason: String,
    /// Article of law.
    pub article: String,
    /// Revision seen; the change is refused when the licence has moved on.
    #[serde(default)]
    pub revision: Option<i64>,
}

/// How a licence goes on as the next of its chain.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NextBody {
    /// `change`, `renew`, `reissue` or `transfer_in`.
    pub operation: Operation,
    /// For the public; names nobody; at most 200 characters.
    pub reason: String,
    /// Article of law.
    pub article: String,
    /// Values that are other than before, of a change; null takes one away.
    #[serde(default)]
    pub fields: Map<String, Json>,
    /// New last day, of a renewal, `2032-09-14`; from the type's years when empty.
    #[serde(default)]
    pub valid_until: String,
    /// The holder's number as read from what he showed, of a reissue.
    #[serde(default)]
    pub holder_number: String,
}

/// What was issued.
#[derive(Serialize, JsonSchema)]
pub struct IssuedView {
    /// Id in the register.
    pub id: String,
    /// Identifier by GB/T 36904.
    pub identifier: String,
}

/// A licence's state after a change.
#[derive(Serialize, JsonSchema)]
pub struct StateView {
    /// Id in the register.
    pub id: String,
    /// Two-digit state.
    pub state: String,
    /// Its name.
    pub state_name: String,
    /// Grows with each change.
    pub revision: i64,
}

/// `GET /api/v1/licences/{id}`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let opened = match ctx.actor.is_officer() {
        true => super::pages::of_agency(&mut ctx, &id).await,
        false => wallet::open(&mut ctx, &id).await,
    };
    drop(ctx);
    match opened {
        Ok(opened) => call.json(&view(&call, &opened)),
        Err(error) => Err(wallet::refused(&call, &id, error).await.into()),
    }
}

async fn act(call: Call, id: String, body: Change, operation: Operation) -> Answer {
    let mut ctx = call.write().await?;
    life::fresh(&mut ctx, &id, body.revision).await?;
    life::act(&mut ctx, &id, operation, &body.reason, &body.article).await?;
    done(&call, ctx, &id).await
}

/// `POST /api/v1/licences/{id}/revocation`.
pub(super) async fn revoke(call: Call, Path(id): Path<String>, Body(body): Body<Change>) -> Answer {
    act(call, id, body, Operation::Revoke).await
}

/// `POST /api/v1/licences/{id}/suspension`.
pub(super) async fn suspend(
    call: Call,
    Path(id): Path<String>,
    Body(body): Body<Change>,
) -> Answer {
    act(call, id, body, Operation::Suspend).await
}

/// `DELETE /api/v1/licences/{id}/suspension`.
pub(super) async fn resume(call: Call, Path(id): Path<String>, Body(body): Body<Change>) -> Answer {
    act(call, id, body, Operation::Resume).await
}

/// `POST /api/v1/licences/{id}/annotations`.
pub(super) async fn annotate(
    call: Call,
    Path(id): Path<String>,
    Body(body): Body<Change>,
) -> Answer {
    act(call, id, body, Operation::Annotate).await
}

/// `POST /api/v1/licences/{id}/cancellation`.
pub(super) async fn cancel(call: Call, Path(id): Path<String>, Body(body): Body<Change>) -> Answer {
    act(call, id, body, Operation::Cancel).await
}

/// `POST /api/v1/licences/{id}/forfeiture`.
pub(super) async fn forfeit(
    call: Call,
    Path(id): Path<String>,
    Body(body): Body<Change>,
) -> Answer {
    act(call, id, body, Operation::Forfeit).await
}

/// `POST /api/v1/licences/{id}/transfer`.
pub(super) async fn transfer_out(
    call: Call,
    Path(id): Path<String>,
    Body(body): Body<Change>,
) -> Answer {
    act(call, id, body, Operation::TransferOut).await
}

/// `POST /api/v1/licences/{id}/next`.
pub(super) async fn next(call: Call, Path(id): Path<String>, Body(body): Body<NextBody>) -> Answer {
    let wrong =
        |_| Error::invalid("licence.valid_until").field("valid_until", "licence.valid_until");
    let valid_until = match body.valid_until.as_str() {
        "" => None,
        text => Some(text.parse::<Date>().map_err(wrong)?),
    };
    let mut ctx = call.write().await?;
    let how = Next {
        operation: body.operation,
        reason: body.reason,
        article: body.article,
        fields: body.fields,
        valid_until,
        holder_number: body.holder_number,
    };
    let issued = super::next::next(&mut ctx, &id, &how).await?;
    ctx.commit().await?;
    call.json(&IssuedView { id: issued.id, identifier: issued.identifier })
}

async fn done(call: &Call, mut ctx: ::store::Ctx, id: &str) -> Answer {
    let row = store::get(&mut ctx, id).await?;
    ctx.commit().await?;
    let state_name = state_name(&row.state).get(call.lang()).to_owned();
    call.json(&StateView { id: row.id, state: row.state, state_name, revision: row.revision })
}

fn view(call: &Call, opened: &Opened) -> LicenceView {
    let (env, row, lang) = (&call.web.env, &opened.row, call.lang());
    let state = row.state_at(env.clock.now());
    let field = |field: shown::Field| FieldView {
        id: field.id,
        name: field.name.get(lang).to_owned(),
        value: field.value.get(lang).to_owned(),
    };
    let fields = shown::fields(&env.pack, &row.type_id, &opened.fields());
    LicenceView {
        id: row.id.clone(),
        identifier: row.identifier.clone(),
        type_id: row.type_id.clone(),
        name: shown::type_name(&env.pack, &row.type_id).get(lang).to_owned(),
        issuer: shown::agency_name(&env.pack, &row.agency).get(lang).to_owned(),
        state: state.to_owned(),
        state_name: state_name(state).get(lang).to_owned(),
        state_reason: row.state_reason.clone(),
        issued_at: Timestamp(row.issued_us).rfc3339(),
        valid_until: row.last_day().map(|day| day.to_string()),
        code: row.code.clone(),
        former: row.former.clone(),
        origin: row.origin.clone(),
        fields: fields.into_iter().map(field).collect(),
        revision: row.revision,
    }
}
