//! Officers' pages of blanks and prints.

use super::api::{BlankAct, BlankBody};
use super::model::Print;
use super::verbs;
use crate::faults::{errors, is_told, told};
use crate::register::{ISSUE, shown};
use axum::extract::Path;
use kernel::{Error, Result, Timestamp};
use pack::licence::LicenceType;
use serde_json::{Value as Json, json};
use webkit::{Answer, Call, Form};

/// `GET /work/licence-blanks`.
pub(super) async fn stock(call: Call) -> Answer {
    let context = stock_context(&call, None, &[]).await?;
    call.page("licence/print/stock.html", &context)
}

async fn stock_context(call: &Call, typed: Option<&Form>, faults: &[Json]) -> Result<Json> {
    let mut ctx = call.read();
    let (stocks, last) = verbs::stocks(&mut ctx).await?;
    let (pack, lang) = (&call.web.env.pack, call.lang());
    let own = pack.agency(&ctx.actor.agency).map(|agency| agency.kind).unwrap_or_default();
    let kinds = pack.licence_types().filter(|kind| kind.issuer == own);
    let choice = |kind: &LicenceType| json!({ "value": kind.id, "text": kind.name.get(lang) });
    let rows = stocks.iter().map(|stock| {
        let count = stock.count.as_ref();
        json!({
            "name": shown::type_name(pack, &stock.type_id).get(lang),
            "received": stock.received, "standing": stock.standing, "void": stock.void,
            "spoiled": stock.spoiled, "left": stock.left(),
            "count": count.map(|count| json!({ "counted": count.counted, "name": count.name,
                "at": Timestamp(count.at_us), "agrees": count.counted == count.expected,
                "reason": count.reason })),
        })
    });
    let line = |one: &Print| {
        let mut line = row(call, one);
        line["title"] = shown::type_name(pack, &one.type_id).get(lang).into();
        line["licence"] = one.licence.as_str().into();
        line
    };
    Ok(json!({
        "stocks": rows.collect::<Vec<_>>(),
        "last": last.iter().map(line).collect::<Vec<_>>(),
        "kinds": kinds.map(choice).collect::<Vec<_>>(),
        "may": call.may(ISSUE),
        "values": typed.map(Form::values).unwrap_or_default(),
        "faults": faults,
        "errors": errors(faults),
    }))
}

fn row(call: &Call, one: &Print) -> Json {
    json!({
        "serial": one.serial, "place": one.place, "state": one.state, "reason": one.reason,
        "state_name": call.t(&format!("licence.print.state.{}", one.state)),
        "at": Timestamp(one.at_us), "by": one.name,
        "ended": (one.ended_us != 0).then_some(Timestamp(one.ended_us)), "ended_by": one.ended_name,
    })
}

/// `POST /work/licence-blanks`.
pub(super) async fn act(call: Call, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if ::store::command::begin(&mut ctx, form.once(), "licence.blanks").await?.is_some() {
        return call.see("/work/licence-blanks");
    }
    let done = match BlankAct::parse(form.text("act")) {
        None => Err(Error::invalid("licence.act").field("act", "licence.act")),
        Some(act) => {
            let text = |name: &str| form.text(name).to_owned();
            let number = form.number("number").unwrap_or(-1);
            let body = BlankBody {
                act,
                type_id: text("type_id"),
                serial: text("serial"),
                number,
                reason: text("reason"),
            };
            body.done(&mut ctx).await
        }
    };
    match done {
        Ok(()) => {
            ctx.commit().await?;
            call.see("/work/licence-blanks?notice=licence.blanks")
        }
        Err(error) if is_told(&error) => {
            drop(ctx);
            let context = stock_context(&call, Some(&form), &told(&call, &error)).await?;
            call.page_again("licence/print/stock.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /work/licences/{id}/prints`.
pub(super) async fn prints(call: Call, Path(id): Path<String>) -> Answer {
    let context = prints_context(&call, &id, None, &[]).await?;
    call.page("licence/print/prints.html", &context)
}

async fn prints_context(
    call: &Call,
    id: &str,
    typed: Option<&Form>,
    faults: &[Json],
) -> Result<Json> {
    let mut ctx = call.read();
    let (licence, prints) = verbs::of_licence(&mut ctx, id).await?;
    Ok(json!({
        "licence": {
            "id": licence.id, "identifier": licence.identifier,
            "title": shown::type_name(&call.web.env.pack, &licence.type_id).get(call.lang()),
        },
        "prints": prints.iter().map(|one| row(call, one)).collect::<Vec<_>>(),
        "stands": prints.iter().any(|one| one.state == "stands"),
        "may": call.may(ISSUE) && licence.in_force(ctx.now),
        "values": typed.map(Form::values).unwrap_or_default(),
        "faults": faults,
        "errors": errors(faults),
    }))
}

/// `POST /work/licences/{id}/prints`.
pub(super) async fn print(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let page = format!("/work/licences/{id}/prints");
    let mut ctx = call.write().await?;
    if ::store::command::begin(&mut ctx, form.once(), "licence.print").await?.is_some() {
        return call.see(&page);
    }
    match verbs::print(&mut ctx, &id, form.text("serial"), form.text("reason")).await {
        Ok(_) => {
            ctx.commit().await?;
            call.see(&format!("{page}?notice=licence.printed"))
        }
        Err(error) if is_told(&error) => {
            drop(ctx);
            let context = prints_context(&call, &id, Some(&form), &told(&call, &error)).await?;
            call.page_again("licence/print/prints.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /work/licences/{id}/prints/sheet.pdf`.
pub(super) async fn sheet(call: Call, Path(id): Path<String>) -> Answer {
    let file = verbs::sheet(call.read(), &call.web.env, &id).await?;
    call.file("application/pdf", "licence.pdf", file)
}
