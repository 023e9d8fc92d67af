//! REST: authorities, certificates, orders.

use super::model::{Act, Authority, Certified, Order};
use super::{certificate, certificates, decide, find_order, list, order, orders, suspend};
use axum::extract::Path;
use kernel::{Result, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webkit::{Answer, Body, Call};

/// An order to be placed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderBody {
    /// What is ordered.
    pub act: Act,
    /// Why, at most 200 characters.
    pub reason: String,
}

/// What is decided on an order.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    /// True to approve and carry out, false to refuse.
    pub approve: bool,
    /// Revision of the order as it was read.
    pub revision: i64,
    /// What is said to it; needed to refuse.
    #[serde(default)]
    pub remark: String,
}

/// Why a certificate is suspended.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateSuspensionBody {
    /// Why, at most 200 characters.
    pub reason: String,
    /// Revision of the certificate's record as it was read.
    pub revision: i64,
}

/// An authority.
#[derive(Serialize, JsonSchema)]
pub struct AuthorityView {
    /// Id.
    pub id: String,
    /// The authority above; empty for a root.
    pub parent: String,
    /// Division it issues for.
    pub division: String,
    /// Name.
    pub name: String,
    /// `sm2` or `p256`.
    pub algorithm: String,
    /// `active` or `retired`.
    pub state: String,
}

/// The authorities.
#[derive(Serialize, JsonSchema)]
pub struct AuthorityList {
    /// Roots first.
    pub authorities: Vec<AuthorityView>,
}

/// A certificate on record.
#[derive(Serialize, JsonSchema)]
pub struct CertificateView {
    /// Id.
    pub id: String,
    /// The authority that issued it.
    pub authority: String,
    /// `root`, `authority`, `maker`, `status`, `agency`, `encryption`, `time_stamper` or `twin`.
    pub profile: String,
    /// Agency, authority, or name of one of the province's own keys.
    pub holder: String,
    /// The name certified.
    pub name: String,
    /// Serial number in hexadecimal.
    pub serial: String,
    /// First instant at which it holds, RFC 3339.
    pub not_before: String,
    /// Last instant at which it holds.
    pub not_after: String,
    /// `valid`, `suspended`, `revoked` or `expired`.
    pub state: String,
    /// Since when the state counts.
    pub since: String,
    /// Cause; empty while valid.
    pub cause: String,
    /// Why, in words.
    pub reason: String,
    /// The certificate it follows; empty when it is the first.
    pub predecessor: String,
    /// The certificate, PEM.
    pub pem: String,
    /// Grows with each change.
    pub revision: i64,
}

/// Certificates of an authority.
#[derive(Serialize, JsonSchema)]
pub struct CertificateList {
    /// Newest first.
    pub certificates: Vec<CertificateView>,
    /// Cursor for `?before=`; none on the last page.
    pub next: Option<String>,
}

/// An order.
#[derive(Serialize, JsonSchema)]
pub struct AuthorityOrderView {
    /// Id.
    pub id: String,
    /// What is ordered.
    pub act: Act,
    /// Why.
    pub reason: String,
    /// Who ordered.
    pub ordered_by: String,
    /// When, RFC 3339.
    pub ordered_at: String,
    /// `open`, `done` or `refused`.
    pub state: String,
    /// Who decided; empty while open.
    pub decided_by: String,
    /// What was said to it.
    pub remark: String,
    /// The certificate it is about or that came of it; empty before.
    pub result: String,
    /// Grows with each change.
    pub revision: i64,
}

/// Orders in a state.
#[derive(Serialize, JsonSchema)]
pub struct AuthorityOrderList {
    /// Newest first.
    pub orders: Vec<AuthorityOrderView>,
}

fn authority_view(row: Authority) -> AuthorityView {
    AuthorityView {
        id: row.id,
        parent: row.parent,
        division: row.division,
        name: row.name,
        algorithm: row.algorithm,
        state: row.state,
    }
}

fn certificate_view(row: Certified, now: Timestamp) -> CertificateView {
    CertificateView {
        state: row.state_at(now).to_owned(),
        not_before: Timestamp(row.not_before_us).rfc3339(),
        not_after: Timestamp(row.not_after_us).rfc3339(),
        since: Timestamp(row.since_us).rfc3339(),
        id: row.id,
        authority: row.authority,
        profile: row.profile,
        holder: row.holder,
        name: row.name,
        serial: row.serial,
        cause: row.cause,
        reason: row.state_reason,
        predecessor: row.predecessor,
        pem: row.certificate,
        revision: row.revision,
    }
}

fn order_view(row: Order) -> Result<AuthorityOrderView> {
    Ok(AuthorityOrderView {
        act: row.act()?,
        ordered_at: Timestamp(row.ordered_us).rfc3339(),
        id: row.id,
        reason: row.reason,
        ordered_by: row.ordered_name,
        state: row.state,
        decided_by: row.decided_name,
        remark: row.remark,
        result: row.result,
        revision: row.revision,
    })
}

/// `GET /api/v1/authorities`.
pub(super) async fn all(call: Call) -> Answer {
    let authorities = list(&mut call.read()).await?;
    let authorities = authorities.into_iter().map(authority_view).collect();
    call.json(&AuthorityList { authorities })
}

/// `GET /api/v1/authorities/{id}/certificates?before=`.
pub(super) async fn of_authority(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let before = call.query("before").unwrap_or_default();
    let (rows, next) = certificates(&mut ctx, &id, &before).await?;
    let certificates = rows.into_iter().map(|row| certificate_view(row, ctx.now)).collect();
    call.json(&CertificateList { certificates, next })
}

/// `GET /api/v1/certificates/{id}`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let row = certificate(&mut ctx, &id).await?;
    call.json(&certificate_view(row, ctx.now))
}

/// `POST /api/v1/certificates/{id}/suspension`.
pub(super) async fn suspend_one(
    call: Call,
    Path(id): Path<String>,
    Body(body): Body<CertificateSuspensionBody>,
) -> Answer {
    let mut ctx = call.write().await?;
    let row = suspend(&mut ctx, &id, body.revision, &body.reason).await?;
    let view = certificate_view(row, ctx.now);
    ctx.commit().await?;
    call.json(&view)
}

/// `GET /api/v1/authority-orders?state=`.
pub(super) async fn all_orders(call: Call) -> Answer {
    let state = call.query("state").unwrap_or_else(|| "open".to_owned());
    let orders = orders(&mut call.read(), &state).await?;
    let orders = orders.into_iter().map(order_view).collect::<Result<_>>()?;
    call.json(&AuthorityOrderList { orders })
}

/// `GET /api/v1/authority-orders/{id}`.
pub(super) async fn show_order(call: Call, Path(id): Path<String>) -> Answer {
    let row = find_order(&mut call.read(), &id).await?;
    call.json(&order_view(row)?)
}

/// `POST /api/v1/authority-orders`.
pub(super) async fn place(call: Call, Body(body): Body<OrderBody>) -> Answer {
    let mut ctx = call.write().await?;
    let row = order(&mut ctx, &body.act, &body.reason).await?;
    ctx.commit().await?;
    call.json(&order_view(row)?)
}

/// `POST /api/v1/authority-orders/{id}/decision`.
pub(super) async fn decide_one(
    call: Call,
    Path(id): Path<String>,
    Body(body): Body<DecisionBody>,
) -> Answer {
    let mut ctx = call.write().await?;
    let row = decide(&mut ctx, &id, body.revision, body.approve, &body.remark).await?;
    ctx.commit().await?;
    call.json(&order_view(row)?)
}
