//! Documents of a case that others of this area owe with it: notices of payment, e-receipts.
//!
//! Invariant: they are set, sealed and read like the case's own. Must not know: what they are about.

use super::document::{self, Owed};
use super::{paper, store};
use ::store::Ctx;
use kernel::{Result, Text};
use serde_json::{Value as Json, json};

/// A document beside those of the lifecycle.
pub(crate) struct OwnPaper {
    /// Its kind, as it is stored.
    pub(crate) kind: &'static str,
    /// Title.
    pub(crate) title: Text,
    /// Number.
    pub(crate) number: String,
    /// Fields and statements, as the layout `receipt` prints them.
    pub(crate) content: Json,
}

/// Writes the document in the caller's transaction; it is set and sealed after the commit. Errors:
/// `not_found`.
pub(crate) async fn owe(ctx: &mut Ctx, case: &str, own: OwnPaper) -> Result<()> {
    let case = store::get(ctx, case).await?;
    let mut content = own.content;
    content["title"] = json!(own.title);
    content["number"] = json!(own.number);
    content["issuer"] = json!(paper::agency_name(ctx, &case.agency));
    content["date"] = json!(paper::long_date(ctx.now));
    let owed = Owed {
        kind: own.kind,
        title: &own.title,
        number: &own.number,
        layout: "receipt",
        content: &content,
        sequence: 0,
    };
    let body = json!({ "document": own.kind, "number": own.number });
    let id = document::keep(ctx, &case, owed).await?;
    let subject = format!("case:{}", case.id);
    party::audit::record_row(ctx, "case.noted", &subject, body, document::TABLE, &id).await?;
    document::ask(ctx, &case).await
}
