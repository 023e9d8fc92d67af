//! The receipt: number, query code, what happens next.

use axum::extract::Path;
use kernel::Result;
use serde_json::{Value as Json, json};
use webkit::{Answer, Call};

/// `GET /cases/{id}/receipt`.
pub(super) async fn page(call: Call, Path(id): Path<String>) -> Answer {
    let case = crate::case::show(&mut call.read(), &id).await?;
    let paper = case.documents.iter().find(|one| one.kind == "receipt");
    let paper = paper.map(|one| json!({ "id": one.id, "ready": !one.digest.is_empty() }));
    // Only who may see the code is given it to scan.
    let follow = match case.query_code.as_str() {
        "" => None,
        code => Some(follow(&call, &case.number, code)?),
    };
    let context = json!({ "case": case, "paper": paper, "follow": follow, "officer": call.actor().is_officer() });
    call.page("service/draft/receipt.html", &context)
}

/// The page of the case's progress with both codes filled in, as a QR code.
fn follow(call: &Call, number: &str, code: &str) -> Result<Json> {
    let env = &call.web.env;
    let link = format!("{}/track?number={number}&code={code}", env.settings.base_url);
    Ok(json!({ "qr": env.typeset.qr_svg(&link)? }))
}
