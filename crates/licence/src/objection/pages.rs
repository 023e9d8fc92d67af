//! A use with the objection to it, and the list of those who answer.

use super::{Objection, Seen};
use crate::register::{record_kind, shown};
use axum::extract::Path;
use kernel::{Error, Kind, Result, Timestamp};
use serde_json::{Value as Json, json};
use webkit::{Answer, Call, Form};

/// `GET /wallet/uses/{id}`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let context = context(&call, &id, "", None).await?;
    call.page("licence/objection/use.html", &context)
}

async fn context(call: &Call, id: &str, words: &str, fault: Option<&Error>) -> Result<Json> {
    let seen = super::find(&mut call.read(), id).await?;
    let mut context = head(call, &seen)?;
    context["words"] = words.into();
    context["error"] = json!(fault.map(|error| call.sentence(error)));
    Ok(context)
}

/// What both sides see of a use.
fn head(call: &Call, seen: &Seen) -> Result<Json> {
    let (pack, lang, used) = (&call.web.env.pack, call.lang(), &seen.used);
    let ids = crate::register::field_ids(&used.fields)?;
    let kind = seen.licence.as_ref().and_then(|row| pack.licence_type(&row.type_id));
    let name = |id: &String| {
        let field = kind.and_then(|kind| kind.field(id));
        field.map_or(id.as_str(), |field| field.name.get(lang)).to_owned()
    };
    let names: Vec<String> = ids.iter().map(name).collect();
    let agency = match used.agency.as_str() {
        "" => call.t("licence.use.public"),
        id => shown::agency_name(pack, id).get(lang).to_owned(),
    };
    Ok(json!({
        "id": used.id,
        "at": Timestamp(used.at_us),
        "agency": agency,
        "kind": call.t(record_kind(&used.kind)),
        "purpose": used.purpose,
        "fields": names.join(call.t("licence.ask.comma").as_str()),
        "licence": seen.licence.as_ref()
            .map(|row| shown::type_name(pack, &row.type_id).get(lang).to_owned()),
        "objection": seen.objection.as_ref().map(|one| objection(call, one)),
    }))
}

fn objection(call: &Call, one: &Objection) -> Json {
    json!({
        "agency": shown::agency_name(&call.web.env.pack, &one.agency).get(call.lang()),
        "words": one.words,
        "made": Timestamp(one.made_us),
        "due": Timestamp(one.due_us),
        "late": one.state == "open" && call.web.env.clock.now().0 >= one.due_us,
        "answered": one.state == "answered",
        "upheld": one.upheld != 0,
        "answer": one.answer,
    })
}

/// `POST /wallet/uses/{id}/objection`.
pub(super) async fn object(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let words = form.text("words");
    let mut ctx = call.write().await?;
    match super::object(&mut ctx, &id, words).await {
        Ok(_) => {
            ctx.commit().await?;
            call.see(&format!("/wallet/uses/{id}?notice=licence.objected"))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            drop(ctx);
            let context = context(&call, &id, words, Some(&error)).await?;
            call.page_again("licence/objection/use.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /work/licence-objections`.
pub(super) async fn list(call: Call) -> Answer {
    let context = listed(&call, None).await?;
    call.page("licence/objection/list.html", &context)
}

async fn listed(call: &Call, fault: Option<&Error>) -> Result<Json> {
    let found = super::open_ones(&mut call.read()).await?;
    Ok(json!({
        "uses": found.iter().map(|seen| head(call, seen)).collect::<Result<Vec<_>>>()?,
        "error": fault.map(|error| call.sentence(error)),
    }))
}

/// `POST /work/licence-objections/{id}/answer`.
pub(super) async fn answer(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let upheld = form.text("upheld") == "yes";
    // Each objection of the page has a field of its own: `words_1`, `words_2`.
    let words = form.pairs().find(|(name, _)| name.starts_with("words"));
    let words = words.map(|(_, text)| text).unwrap_or_default();
    let mut ctx = call.write().await?;
    match super::answer(&mut ctx, &id, upheld, words).await {
        Ok(_) => {
            ctx.commit().await?;
            call.see("/work/licence-objections?notice=licence.objection_answered")
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            drop(ctx);
            let context = listed(&call, Some(&error)).await?;
            call.page_again("licence/objection/list.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}
