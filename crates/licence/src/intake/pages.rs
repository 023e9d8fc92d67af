//! Officers' pages of intakes.

use super::model::{Intake, Line, Problem};
use super::{store, table, verbs};
use crate::register::shown;
use axum::extract::Path;
use kernel::{Kind, Result};
use pack::licence::{Holder, LicenceType};
use serde_json::{Map, Value as Json, json};
use webkit::{Answer, Call, Form};

/// `GET /work/licence-intakes`.
pub(super) async fn list(call: Call) -> Answer {
    let context = context(&call, None, &[]).await?;
    call.page("licence/intake/list.html", &context)
}

async fn context(call: &Call, typed: Option<&Form>, faults: &[Json]) -> Result<Json> {
    let mut ctx = call.read();
    let intakes = verbs::list(&mut ctx).await?;
    let pack = &call.web.env.pack;
    let own = pack.agency(&ctx.actor.agency).map(|agency| agency.kind).unwrap_or_default();
    let fits = |kind: &&LicenceType| kind.issuer == own && kind.holder != Holder::Newborn;
    let kinds: Vec<&LicenceType> = pack.licence_types().filter(fits).collect();
    let choice =
        |kind: &&LicenceType| json!({ "value": kind.id, "text": kind.name.get(call.lang()) });
    let columns = |kind: &&LicenceType| json!({ "term": kind.name.get(call.lang()), "value": table::columns(kind).join(",") });
    let row = |intake: &Intake| {
        json!({ "title": shown::type_name(pack, &intake.type_id).get(call.lang()),
            "href": format!("/work/licence-intakes/{}", intake.id), "text": intake.source,
            "end": shown::date(intake.begun().date()).get(call.lang()) })
    };
    let fault = |one: &Json| Some((one["field"].as_str()?.to_owned(), one["text"].clone()));
    Ok(json!({
        "intakes": intakes.iter().map(row).collect::<Vec<_>>(),
        "kinds": kinds.iter().map(choice).collect::<Vec<_>>(),
        "columns": kinds.iter().map(columns).collect::<Vec<_>>(),
        "values": typed.map(Form::values).unwrap_or_default(),
        "faults": faults,
        "errors": faults.iter().filter_map(fault).collect::<Map<_, _>>(),
    }))
}

/// `POST /work/licence-intakes`.
pub(super) async fn begin(call: Call, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if let Some(made) = ::store::command::begin(&mut ctx, form.once(), "licence.intake").await? {
        return call.see(&format!("/work/licence-intakes/{made}"));
    }
    let content = form.file("file").map(|file| file.content.clone()).unwrap_or_default();
    match verbs::begin(&mut ctx, form.text("type_id"), form.text("source"), &content).await {
        Ok(intake) => {
            ::store::command::finish(&mut ctx, form.once(), &intake.id).await?;
            ctx.commit().await?;
            call.see(&format!("/work/licence-intakes/{}", intake.id))
        }
        Err(error) if error.kind == Kind::Invalid => {
            drop(ctx);
            // A fault of the file is told with its line or column.
            let whole = call.sentence(&error);
            let faults: Vec<Json> = call
                .faults(&error)
                .into_iter()
                .map(|one| match one.field.as_str() {
                    "file" => json!({ "field": one.field, "text": whole }),
                    _ => json!({ "field": one.field, "text": one.message }),
                })
                .collect();
            let context = context(&call, Some(&form), &faults).await?;
            call.page_again("licence/intake/list.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /work/licence-intakes/{id}?after=`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let after = call.query("after").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut ctx = call.read();
    let intake = verbs::get(&mut ctx, &id).await?;
    let progress = verbs::progress(&mut ctx, &id).await?;
    let mut lines = verbs::lines(&mut ctx, &id, after).await?;
    let more = lines.len() > store::PAGE;
    lines.truncate(store::PAGE);
    let next = lines.last().filter(|_| more).map(|line| line.line);
    let kind = call.web.env.pack.licence_type(&intake.type_id);
    let said = |problem: &Problem| words(&call, kind, problem);
    let row = |line: &Line| -> Result<Json> {
        let problems = line.problems()?;
        let reasons: Vec<String> = problems.iter().map(said).collect();
        Ok(json!({ "line": line.line, "holder": line.holder, "problems": reasons.join("；") }))
    };
    let rows: Vec<Json> = lines.iter().map(row).collect::<Result<_>>()?;
    let gaps: Vec<Json> = progress
        .gaps
        .iter()
        .map(|(problem, lines)| json!({ "problem": said(problem), "lines": lines }))
        .collect();
    let context = json!({
        "intake": {
            "id": id, "source": intake.source, "total": intake.total, "digest": intake.digest,
            "title": shown::type_name(&call.web.env.pack, &intake.type_id).get(call.lang()),
            "begun": intake.begun(), "account": intake.account,
        },
        "waiting": progress.waiting, "issued": progress.issued,
        "quarantined": progress.quarantined, "done": progress.done(),
        "gaps": gaps, "rows": rows, "next": next,
    });
    call.page("licence/intake/show.html", &context)
}

/// A problem as a sentence, with the name of its column.
fn words(call: &Call, kind: Option<&LicenceType>, problem: &Problem) -> String {
    let text = call.t(&format!("licence.intake.problem.{}", problem.code));
    let name = match problem.field.as_str() {
        "" => return text,
        table::HOLDER_NAME => call.t("licence.intake.holder_name"),
        table::HOLDER_NUMBER => call.t("licence.intake.holder_number"),
        table::KEEPER_NAME => call.t("licence.intake.keeper_name"),
        table::KEEPER_NUMBER => call.t("licence.intake.keeper_number"),
        table::VALID_UNTIL => call.t("licence.intake.valid_until"),
        field => kind
            .and_then(|kind| kind.field(field))
            .map_or(field.to_owned(), |known| known.name.get(call.lang()).to_owned()),
    };
    format!("{name}: {text}")
}

/// `POST /work/licence-intakes/{id}/retry`.
pub(super) async fn retry(call: Call, Path(id): Path<String>, _form: Form) -> Answer {
    let mut ctx = call.write().await?;
    verbs::retry(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.see(&format!("/work/licence-intakes/{id}"))
}

/// `GET /work/licence-intakes/{id}/gaps.csv`.
pub(super) async fn gaps(call: Call, Path(id): Path<String>) -> Answer {
    let words = |code: &str| call.t(&format!("licence.intake.problem.{code}"));
    let mut ctx = call.write().await?;
    let bytes = verbs::gaps(&mut ctx, &id, &words).await?;
    ctx.commit().await?;
    call.file("text/csv; charset=utf-8", "gaps.csv", bytes)
}
