//! The receipt: number, query code, what happens next.

use axum::extract::Path;
use serde_json::json;
use webkit::{Answer, Call};

/// `GET /cases/{id}/receipt`.
pub(super) async fn page(call: Call, Path(id): Path<String>) -> Answer {
    let case = crate::case::show(&mut call.read(), &id).await?;
    let paper = case.documents.iter().find(|one| one.kind == "receipt");
    let paper = paper.map(|one| json!({ "id": one.id, "ready": !one.digest.is_empty() }));
    let context = json!({ "case": case, "paper": paper, "officer": call.actor().is_officer() });
    call.page("service/draft/receipt.html", &context)
}
