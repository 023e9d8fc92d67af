//! Officers' pages on which a licence goes on as the next of its chain, and on which one that
//! another agency let go is taken over.

use super::model::Opened;
use super::next::{self, Next};
use super::pages::{choices, goes_on, of_agency, operation};
use super::{ISSUE, shown, store};
use crate::wallet;
use ::store::Ctx;
use axum::extract::Path;
use jiff::civil::Date;
use kernel::identifier::LicenceId;
use kernel::{Error, Kind, Result};
use pack::licence::{LicenceType, Operation};
use pack::one_thing::FieldKind;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use webkit::{Answer, Call, Form};

/// What the form calls a field of the licence: its id after this.
const FIELD: &str = "field_";

/// `GET /work/licences/{id}/next`.
pub(super) async fn form(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let opened = of_agency(&mut ctx, &id).await;
    drop(ctx);
    match opened {
        Ok(opened) => call.page("licence/register/next.html", &context(&call, &opened, None, &[])),
        Err(error) => Err(wallet::refused(&call, &id, error).await.into()),
    }
}

fn context(call: &Call, opened: &Opened, typed: Option<&Form>, faults: &[Json]) -> Json {
    let pack = &call.web.env.pack;
    let held = opened.fields();
    let known = pack.licence_type(&opened.row.type_id);
    let fields = known.map(|kind| kind.fields.as_slice()).unwrap_or_default();
    let fields = fields.iter().map(|field| {
        let name = format!("{FIELD}{}", field.id);
        let value = match typed {
            Some(form) => form.text(&name).to_owned(),
            None => plain(held.get(&field.id)),
        };
        json!({ "id": field.id, "name": field.name.get(call.lang()), "value": value })
    });
    json!({
        "licence": {
            "id": opened.row.id, "identifier": opened.row.identifier,
            "title": shown::type_name(pack, &opened.row.type_id).get(call.lang()),
        },
        "choices": choices(call, &opened.row, goes_on),
        "fields": fields.collect::<Vec<_>>(),
        "values": typed.map(Form::values).unwrap_or_default(),
        "faults": faults,
        "errors": errors(faults),
    })
}

/// Sentences by field.
fn errors(faults: &[Json]) -> BTreeMap<String, String> {
    let one = |fault: &Json| {
        Some((fault["field"].as_str()?.to_owned(), fault["text"].as_str()?.to_owned()))
    };
    faults.iter().filter_map(one).collect()
}

fn faults_of(call: &Call, error: &Error) -> Vec<Json> {
    let faults = call.faults(error).into_iter();
    faults.map(|one| json!({ "field": one.field, "text": one.message })).collect()
}

/// A value as it is typed.
fn plain(value: Option<&Json>) -> String {
    match value {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// `POST /work/licences/{id}/next`.
pub(super) async fn next(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if let Some(made) = ::store::command::begin(&mut ctx, form.once(), "licence.next").await? {
        return call.see(&format!("/work/licences/{made}"));
    }
    match go_on(&mut ctx, &id, &form).await {
        Ok(made) => {
            ::store::command::finish(&mut ctx, form.once(), &made).await?;
            ctx.commit().await?;
            call.see(&format!("/work/licences/{made}?notice=licence.next"))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            drop(ctx);
            let mut ctx = call.read();
            let opened = of_agency(&mut ctx, &id).await?;
            drop(ctx);
            let faults = faults_of(&call, &error);
            call.page_again(
                "licence/register/next.html",
                &context(&call, &opened, Some(&form), &faults),
            )
        }
        Err(error) => {
            drop(ctx);
            Err(wallet::refused(&call, &id, error).await.into())
        }
    }
}

async fn go_on(ctx: &mut Ctx, id: &str, form: &Form) -> Result<String> {
    let opened = of_agency(ctx, id).await?;
    let operation = operation(form.text("act"), goes_on)?;
    let pack = ctx.env.pack.clone();
    let kind = pack.licence_type(&opened.row.type_id).ok_or_else(Error::not_found)?;
    let wrong =
        |_| Error::invalid("licence.valid_until").field("valid_until", "licence.valid_until");
    let valid_until = match form.text("valid_until") {
        "" => None,
        text => Some(text.parse::<Date>().map_err(wrong)?),
    };
    let how = Next {
        operation,
        reason: form.text("reason").to_owned(),
        article: form.text("article").to_owned(),
        fields: match operation {
            Operation::Change => typed_fields(kind, &opened.fields(), form),
            _ => Map::new(),
        },
        valid_until,
        holder_number: form.text("holder_number").to_owned(),
    };
    Ok(next::next(ctx, id, &how).await?.id)
}

/// The values that are other than before.
fn typed_fields(kind: &LicenceType, held: &Map<String, Json>, form: &Form) -> Map<String, Json> {
    let mut changed = Map::new();
    for field in &kind.fields {
        let text = form.text(&format!("{FIELD}{}", field.id)).trim();
        if text == plain(held.get(&field.id)) {
            continue;
        }
        let value = match (text, field.kind) {
            ("", _) => Json::Null,
            (text, FieldKind::Number) => text.parse::<i64>().map_or(text.into(), Json::from),
            (text, FieldKind::Confirm) => text.parse::<bool>().map_or(text.into(), Json::from),
            (text, _) => text.into(),
        };
        changed.insert(field.id.clone(), value);
    }
    changed
}

/// `GET /work/licence-transfers`.
pub(super) async fn transfer_form(call: Call) -> Answer {
    party::authority::demand(&call.read(), ISSUE)?;
    let empty = json!({ "values": {}, "faults": [], "errors": {} });
    call.page("licence/register/transfer.html", &empty)
}

/// `POST /work/licence-transfers`.
pub(super) async fn transfer(call: Call, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if let Some(made) = ::store::command::begin(&mut ctx, form.once(), "licence.transfer").await? {
        return call.see(&format!("/work/licences/{made}"));
    }
    match take_over(&mut ctx, &form).await {
        Ok(made) => {
            ::store::command::finish(&mut ctx, form.once(), &made).await?;
            ctx.commit().await?;
            call.see(&format!("/work/licences/{made}?notice=licence.next"))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            drop(ctx);
            let faults = faults_of(&call, &error);
            let again = json!({ "values": form.values(), "faults": faults,
                "errors": errors(&faults) });
            call.page_again("licence/register/transfer.html", &again)
        }
        Err(error) => Err(error.into()),
    }
}

async fn take_over(ctx: &mut Ctx, form: &Form) -> Result<String> {
    let field = |code: &'static str| Error::invalid(code).field("identifier", code);
    let identifier = LicenceId::parse(form.text("identifier").trim())
        .map_err(|_| field("licence.identifier_wrong"))?;
    let row = store::by_identifier(ctx, identifier.as_str()).await?;
    let row = row.ok_or_else(|| field("licence.transfer_unknown"))?;
    let how = Next {
        operation: Operation::TransferIn,
        reason: form.text("reason").to_owned(),
        article: form.text("article").to_owned(),
        fields: Map::new(),
        valid_until: None,
        holder_number: String::new(),
    };
    match next::next(ctx, &row.id, &how).await {
        Ok(issued) => Ok(issued.id),
        Err(error) if error.kind == Kind::NotFound => Err(field("licence.transfer_unknown")),
        Err(error) => Err(error),
    }
}
