//! The verification page.

use super::api::{Also, Asked};
use super::model::{Kind, Outcome};
use super::{check, guess};
use crate::register::state_name;
use ::store::Ctx;
use kernel::{Error, Result};
use serde_json::{Value as Json, json};
use webkit::view::asset;
use webkit::{Answer, Call, Form};

/// Command under which a form's verification is done once.
const COMMAND: &str = "licence.verify";
/// Verification in the browser, when it was built.
const ISLAND: &str = "web/verify.js";
/// Name of the purpose in the identifier's form: a page has one field of a name.
const IDENTIFIER_PURPOSE: &str = "purpose_identifier";

/// `GET /verify?code=`: the form; with a printed code, what it belongs to.
pub(super) async fn form(call: Call) -> Answer {
    let code = call.query("code").unwrap_or_default();
    let code: String = code.trim().chars().take(40).collect();
    if code.is_empty() {
        return call.page("licence/verify/form.html", &context(&call, "", "", "", "code", &[]));
    }
    let found = match peek(&call, &code).await {
        Ok(Some(outcome)) => {
            let text = |name: &str| call.query(name).unwrap_or_default();
            let also = Also { day: text("at"), serial: text("serial") };
            also_of(&mut call.read(), outcome, &also).await.map(Some)
        }
        other => other,
    };
    match found {
        Ok(Some(outcome)) => call.page("licence/verify/result.html", &result(&call, &outcome)),
        Ok(None) => {
            call.page("licence/verify/form.html", &context(&call, &code, "", "", "present", &[]))
        }
        Err(error) if !error.fields.is_empty() => again(&call, &error, &code, "", "", "code"),
        Err(error) => Err(error.into()),
    }
}

async fn peek(call: &Call, code: &str) -> Result<Option<Outcome>> {
    let status = check::live_status(&call.web.env).await?;
    let mut ctx = call.read();
    let bucket = guess::bucket(&ctx, code);
    guess::admit(&mut ctx, &bucket).await?;
    let found = check::peek(&mut ctx, &status, code).await;
    drop(ctx);
    count(call, &bucket, found).await
}

/// `POST /verify`: by code, or by identifier and number.
pub(super) async fn verify(call: Call, form: Form) -> Answer {
    let text = |name: &str| form.text(name).to_owned();
    let (code, identifier) = (text("code"), text("identifier"));
    let by = if form.text("by") == "identifier" { "identifier" } else { "code" };
    let purpose = text(if by == "identifier" { IDENTIFIER_PURPOSE } else { "purpose" });
    let asked = match by {
        "identifier" => Asked::Identifier {
            identifier: identifier.clone(),
            tail: text("tail"),
            purpose: purpose.clone(),
        },
        _ => Asked::Code { code: code.clone(), purpose: purpose.clone() },
    };
    let also = Also { day: text("at"), serial: text("serial") };
    let found = run(&call, asked, form.once(), &also).await;
    answer(&call, found, (&code, &identifier, &purpose), by)
}

/// `POST /verify/file`.
pub(super) async fn verify_file(call: Call, form: Form) -> Answer {
    let purpose = form.text("purpose").to_owned();
    let content = form.file("file").map(|file| file.content.clone()).unwrap_or_default();
    let asked = Asked::File { content, purpose: purpose.clone() };
    let also = Also { day: form.text("at").to_owned(), ..Also::default() };
    let found = run(&call, asked, "", &also).await;
    answer(&call, found, ("", "", &purpose), "file")
}

fn answer(call: &Call, outcome: Result<Outcome>, typed: (&str, &str, &str), by: &str) -> Answer {
    match outcome {
        Ok(outcome) => call.page("licence/verify/result.html", &result(call, &outcome)),
        Err(error) if !error.fields.is_empty() => {
            again(call, &error, typed.0, typed.1, typed.2, by)
        }
        Err(error) => Err(error.into()),
    }
}

fn again(
    call: &Call,
    error: &Error,
    code: &str,
    identifier: &str,
    purpose: &str,
    by: &str,
) -> Answer {
    let faults: Vec<Json> = call
        .faults(error)
        .into_iter()
        .map(|fault| match (by, fault.field.as_str()) {
            ("identifier", "purpose") => {
                json!({ "field": IDENTIFIER_PURPOSE, "text": fault.message })
            }
            _ => json!({ "field": fault.field, "text": fault.message }),
        })
        .collect();
    let context = context(call, code, identifier, purpose, by, &faults);
    call.page_again("licence/verify/form.html", &context)
}

fn context(
    call: &Call,
    code: &str,
    identifier: &str,
    purpose: &str,
    by: &str,
    faults: &[Json],
) -> Json {
    let errors: serde_json::Map<String, Json> = faults
        .iter()
        .filter_map(|fault| Some((fault["field"].as_str()?.to_owned(), fault["text"].clone())))
        .collect();
    json!({ "code": code, "identifier": identifier, "purpose": purpose, "by": by,
        "faults": faults, "errors": errors, "built": asset::find(ISLAND).is_some(),
        // What is verified in the browser is judged by the platform's clock.
        "now_ms": call.web.env.clock.now().0 / 1_000 })
}

/// What was found, as of a day when one is named: `2026-09-15`; and of the paper when its serial is.
/// Errors: `licence.day`, `licence.blank_serial`.
async fn also_of(ctx: &mut Ctx, mut outcome: Outcome, also: &Also) -> Result<Outcome> {
    if !also.day.is_empty() {
        let wrong = |_| Error::invalid("licence.day").field("at", "licence.day");
        outcome = check::as_of(ctx, outcome, also.day.trim().parse().map_err(wrong)?).await?;
    }
    match also.serial.trim() {
        "" => Ok(outcome),
        serial => check::on_paper(ctx, outcome, serial).await,
    }
}

/// Verifies in a transaction of its own and counts wrong guesses; for the page and the REST route.
pub(super) async fn run(call: &Call, asked: Asked, once: &str, also: &Also) -> Result<Outcome> {
    let status = check::live_status(&call.web.env).await?;
    let guessed = match &asked {
        Asked::Code { code, .. } => code.clone(),
        Asked::Identifier { identifier, .. } => identifier.clone(),
        Asked::File { .. } => String::new(),
    };
    let mut ctx = call.write().await?;
    let bucket = guess::bucket(&ctx, &guessed);
    if !guessed.is_empty() {
        guess::admit(&mut ctx, &bucket).await?;
    }
    let outcome = match asked {
        Asked::Code { code, purpose } => {
            let again = match once {
                "" => None,
                once => ::store::command::begin(&mut ctx, once, COMMAND).await?,
            };
            let found = check::by_code(&mut ctx, &status, &code, &purpose, again.as_deref()).await;
            match found {
                Ok((outcome, used)) => {
                    if !once.is_empty() && !used.is_empty() {
                        ::store::command::finish(&mut ctx, once, &used).await?;
                    }
                    Ok(outcome)
                }
                Err(error) => Err(error),
            }
        }
        Asked::Identifier { identifier, tail, purpose } => {
            check::by_identifier(&mut ctx, &status, &identifier, &tail, &purpose).await
        }
        Asked::File { content, purpose } => {
            check::by_file(&mut ctx, &status, &content, &purpose).await
        }
    };
    let outcome = match outcome {
        Ok(outcome) => also_of(&mut ctx, outcome, also).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(outcome) => {
            ctx.commit().await?;
            Ok(outcome)
        }
        Err(error) => {
            drop(ctx);
            count(call, &bucket, Err(error)).await
        }
    }
}

/// Counts a wrong guess; whatever else went wrong is no guess.
async fn count<T>(call: &Call, bucket: &str, found: Result<T>) -> Result<T> {
    let guessed = ["licence.code_unknown", "licence.code_wrong", "licence.identifier_unknown"];
    if found.as_ref().err().is_some_and(|error| guessed.contains(&error.code)) {
        let mut ctx = call.write().await?;
        guess::failed(&mut ctx, bucket).await?;
        ctx.commit().await?;
    }
    found
}

/// What the page of a result shows.
pub(crate) fn result(call: &Call, outcome: &Outcome) -> Json {
    let lang = call.lang();
    let checks: Vec<Json> = outcome
        .checks
        .iter()
        .map(|check| {
            json!({ "text": call.t(&format!("licence.check.{}", check.name)),
                "note": check.detail.get(lang), "state": if check.ok { "ok" } else { "bad" } })
        })
        .collect();
    let title = match (outcome.valid, outcome.kind) {
        (true, Kind::Document) => "licence.verify.genuine",
        (true, _) if outcome.document.is_some() => "licence.verify.genuine",
        (true, _) => "licence.verify.valid",
        (false, _) => "licence.verify.invalid",
    };
    let licence = outcome.licence.as_ref().map(|seen| {
        let fields = |(_, name, value): &(String, kernel::Text, kernel::Text)| {
            json!({ "term": name.get(lang), "value": value.get(lang) })
        };
        json!({
            "name": seen.name.get(lang), "issuer": seen.issuer.get(lang), "holder": seen.holder,
            "identifier": seen.identifier,
            "state": if seen.state.is_empty() { "—".to_owned() } else { state_name(&seen.state).get(lang).to_owned() },
            "validity": seen.validity.get(lang),
            "fields": seen.fields.iter().map(fields).collect::<Vec<_>>(),
        })
    });
    let document = outcome.document.as_ref().map(|seen| {
        json!({ "title": seen.title, "issuer": seen.issuer.get(lang), "digest": seen.digest, "at": seen.at })
    });
    json!({
        "verdict": {
            "state": if outcome.valid { "ok" } else { "bad" },
            "title": call.t(title), "at": outcome.at, "checks": checks,
        },
        "licence": licence,
        "document": document,
        "presented": outcome.kind == Kind::Presentation,
        "as_of": outcome.as_of.map(|day| crate::register::shown::date(day).get(lang).to_owned()),
    })
}
