//! The page on which an officer reads licences for a case.

use crate::case;
use axum::extract::Path;
use kernel::{Error, Kind, Result};
use serde_json::{Value as Json, json};
use webkit::{Answer, Call, Form};

/// `GET /workbench/cases/{id}/licences`.
pub(super) async fn form(call: Call, Path(id): Path<String>) -> Answer {
    let context = context(&call, &id, ("", ""), Json::Null, None).await?;
    call.page("service/lookup/licences.html", &context)
}

async fn context(
    call: &Call,
    id: &str,
    (kind, purpose): (&str, &str),
    read: Json,
    fault: Option<&Error>,
) -> Result<Json> {
    let kinds = case::readable_licences(&mut call.read(), id).await?;
    let kinds: Vec<Json> = kinds
        .iter()
        .map(|kind| json!({ "value": kind.id, "text": kind.name.get(call.lang()) }))
        .collect();
    let faults: Vec<Json> = fault
        .map(|error| call.faults(error))
        .into_iter()
        .flatten()
        .map(|fault| json!({ "field": fault.field, "text": fault.message }))
        .collect();
    Ok(json!({ "id": id, "kinds": kinds, "kind": kind, "purpose": purpose, "read": read,
        "faults": faults }))
}

/// `POST /workbench/cases/{id}/licences`: what was found is shown once and not kept in the page.
pub(super) async fn read(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let (kind, purpose) = (form.text("type").to_owned(), form.text("purpose").to_owned());
    let mut ctx = call.write().await?;
    match case::read_licence(&mut ctx, &id, &kind, &purpose).await {
        Ok(found) => {
            ctx.commit().await?;
            let pack = &call.web.env.pack;
            let term = |(name, value): (kernel::Text, kernel::Text)| json!({ "term": name.get(call.lang()), "value": value.get(call.lang()) });
            let read = match &found {
                Some(data) => json!({
                    "identifier": data.identifier,
                    "issuer": data.issuer.get(call.lang()),
                    "fields": licence::displayed(pack, data).into_iter().map(term)
                        .collect::<Vec<_>>(),
                }),
                None => json!({ "identifier": "" }),
            };
            let context = context(&call, &id, (&kind, &purpose), read, None).await?;
            call.page("service/lookup/licences.html", &context)
        }
        Err(error) if error.kind == Kind::Invalid => {
            drop(ctx);
            let context = context(&call, &id, (&kind, &purpose), Json::Null, Some(&error)).await?;
            call.page_again("service/lookup/licences.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}
