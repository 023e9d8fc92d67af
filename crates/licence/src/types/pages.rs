//! The catalogue's pages.

use crate::register::{shown, state_name};
use axum::extract::Path;
use kernel::{ActorKind, Error, Lang};
use pack::definition::article_en;
use pack::licence::{Holder, LicenceField, LicenceType, Mask, Side};
use serde_json::{Value as Json, json};
use webkit::{Answer, Call};

/// Seed of the specimen that visitors see.
const SEED: u64 = 1;

/// `GET /licence-types`.
pub(super) async fn list(call: Call) -> Answer {
    let pack = &call.web.env.pack;
    let row = |kind: &LicenceType| {
        let text = [agency(&call, &kind.issuer), call.t(holder_key(kind))].join(" · ");
        json!({ "title": kind.name.get(call.lang()), "href": format!("/licence-types/{}", kind.id),
            "text": text })
    };
    let rows: Vec<Json> = pack.licence_types().map(row).collect();
    call.page("licence/types/list.html", &json!({ "types": rows }))
}

fn holder_key(kind: &LicenceType) -> &'static str {
    match kind.holder {
        Holder::Person => "licence.types.person",
        Holder::Organisation => "licence.types.organisation",
        Holder::Newborn => "licence.types.newborn",
    }
}

/// Short name of an agency kind.
pub(super) fn agency(call: &Call, kind: &str) -> String {
    let known = call.web.env.pack.agency_kind(kind);
    known.map_or_else(|| kind.to_owned(), |kind| kind.short_name.get(call.lang()).to_owned())
}

/// `GET /licence-types/{id}`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let pack = &call.web.env.pack;
    let kind = pack.licence_type(&id).ok_or_else(Error::not_found)?;
    let lang = call.lang();
    let states = kind.states.iter().map(|state| state_name(state.code()).get(lang).to_owned());
    let operations =
        kind.operations.iter().map(|one| call.t(&format!("licence.operation.{}", one.id())));
    let consumers = kind.consumers.iter().map(|one| agency(&call, one));
    let basis = kind.basis.iter().map(|one| {
        let article = match lang {
            Lang::Zh => one.article.clone(),
            Lang::En => article_en(&one.article),
        };
        json!({ "term": one.law.get(lang), "value": article })
    });
    let separator = call.t("licence.types.and");
    let context = json!({
        "id": kind.id,
        "title": kind.name.get(lang),
        "issuer": agency(&call, &kind.issuer),
        "holder": call.t(holder_key(kind)),
        "code": kind.type_code,
        "years": kind.validity_years,
        "many": kind.multiple_allowed,
        "states": states.collect::<Vec<_>>().join(&separator),
        "operations": operations.collect::<Vec<_>>().join(&separator),
        "consumers": consumers.collect::<Vec<_>>().join(&separator),
        "fields": kind.fields.iter().map(|field| field_row(&call, field)).collect::<Vec<_>>(),
        "basis": basis.collect::<Vec<_>>(),
        "notes": kind.notes.iter().map(|note| note.get(lang).to_owned()).collect::<Vec<_>>(),
        "sheet": kind.layout.is_some() && call.actor().kind != ActorKind::Anonymous,
    });
    call.page("licence/types/show.html", &context)
}

fn field_row(call: &Call, field: &LicenceField) -> Json {
    let mask = |mask: Mask| {
        call.t(match mask {
            Mask::Plain => "licence.types.plain",
            Mask::Masked => "licence.types.masked",
            Mask::Hidden => "licence.types.hidden",
        })
    };
    let side = match field.side {
        Side::Front => "licence.types.front",
        Side::Back => "licence.types.back",
    };
    json!({
        "name": field.name.get(call.lang()),
        "grade": field.grade,
        "side": call.t(side),
        "public": mask(field.masks.public),
        "handling": mask(field.masks.handling),
        "proves": field.proves.clone().unwrap_or_default(),
    })
}

/// `GET /licence-types/{id}/specimen.pdf`.
pub(super) async fn specimen(call: Call, Path(id): Path<String>) -> Answer {
    let bytes = super::specimen(&call.web.env, &id, SEED).await?;
    let name = shown::type_name(&call.web.env.pack, &id).get(call.lang()).to_owned();
    call.file("application/pdf", &format!("{name}.pdf"), bytes)
}
