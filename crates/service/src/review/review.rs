//! The one verb of its own: showing a masked value.

use crate::archive::contents;
use crate::case::{self, COLUMNS, StoredCase, disclosed};
use ::store::{Ctx, vals};
use kernel::{Error, Result, Text};
use party::{audit, authority};
use serde_json::{Value as Json, json};

/// For what a masked value may be shown: sentences `service.review.purpose.<name>`.
pub const PURPOSES: [&str; 3] = ["identity", "contact", "compare"];

/// Shows one value of a case whole, and records who saw it and for what.
///
/// `field` is a form field, or `applicant.number`, `child.number`, `mobile`. Errors: `denied`;
/// `not_found` for another agency's case or a field the case does not have; `review.purpose`.
pub async fn reveal(ctx: &mut Ctx, id: &str, field: &str, purpose: &str) -> Result<String> {
    authority::demand(ctx, case::READ)?;
    let why = match purpose {
        "identity" => Text::new("核对身份", "Check identity"),
        "contact" => Text::new("联系申请人", "Contact the applicant"),
        "compare" => Text::new("核对材料", "Compare with a material"),
        _ => return Err(Error::invalid("review.purpose").field("purpose", "review.purpose")),
    };
    let shown = case::show(ctx, id).await?;
    // The whole is no agency's.
    if shown.parent_id.is_empty() || !authority::same_agency(ctx, &shown.agency.id) {
        return Err(Error::not_found());
    }
    let sql = format!("SELECT {COLUMNS} FROM cases c WHERE c.id = $1");
    let stored = ctx.one::<StoredCase>(&sql, vals![id]).await?.open(ctx)?;
    let answer = shown.answers.iter().find(|answer| answer.field == field);
    let names = &stored.names;
    let (value, what) = match (field, answer) {
        ("applicant.number", _) => {
            let what = Text::new("申请人身份证号", "Applicant's citizen number");
            (names.applicant_number.clone(), what)
        }
        ("child.number", _) => {
            (names.child_number.clone(), Text::new("子女身份证号", "Child's citizen number"))
        }
        ("mobile", _) => (names.mobile.clone(), Text::new("手机号码", "Mobile number")),
        // Only answers this item needs are on the page, and only those can be asked for.
        (_, Some(answer)) => {
            let value = match contents::answers(ctx, stored.root_id()).await?.remove(field) {
                Some(Json::String(text)) => text,
                Some(other) => other.to_string(),
                None => String::new(),
            };
            (value, answer.label.clone())
        }
        _ => return Err(Error::not_found()),
    };
    disclosed::shown(ctx, &stored, what, why).await?;
    let body = json!({ "field": field, "purpose": purpose });
    audit::record(ctx, "case.revealed", &format!("case:{id}"), body).await?;
    Ok(value)
}
