//! The verb: the source answers.

use super::model::{Objection, Reply, Status, WORDS_MAX};
use super::{ANSWER, OVERDUE_JOB, correction, notify, store};
use crate::registry;
use ::store::Ctx;
use jiff::civil::Date;
use kernel::{Error, Result};
use pack::registry::RegistryField;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// The source's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The value was wrong; this one takes its place. Empty when there should be none.
    Accept {
        /// The corrected value as typed.
        value: String,
        /// What is said to the person; may be empty.
        text: String,
    },
    /// The value stands.
    Reject {
        /// Why.
        text: String,
    },
}

/// Answers an objection of the actor's agency: the registry is corrected, the person told, and on
/// correction everybody who received the wrong value.
///
/// Errors: `denied` without the permission `data.objection.answer`; `not_found`;
/// `objection.closed`; `objection.stale` when it has changed since it was read; `objection.wrong`
/// with the fields `value` and `text` at fault; `registry.identifier_taken`.
pub async fn answer(ctx: &mut Ctx, id: &str, revision: i64, answer: &Answer) -> Result<Objection> {
    party::authority::demand(ctx, ANSWER)?;
    if !ctx.lock("data_objection", id).await? {
        return Err(Error::not_found());
    }
    let objection = super::for_desk(ctx, id).await?;
    if objection.status != Status::Open {
        return Err(Error::conflict("objection.closed"));
    }
    if objection.revision != revision {
        return Err(Error::conflict("objection.stale"));
    }
    let status = match answer {
        Answer::Accept { value, text } => {
            check_text(text, true)?;
            let value = accept(ctx, &objection, value).await?;
            store::close(ctx, id, Status::Accepted, &Reply { value, text: text.trim().to_owned() })
                .await?;
            Status::Accepted
        }
        Answer::Reject { text } => {
            check_text(text, false)?;
            let reply = Reply { value: String::new(), text: text.trim().to_owned() };
            store::close(ctx, id, Status::Rejected, &reply).await?;
            let payload = json!({"objection": id, "registry": objection.registry,
                "source": objection.source, "case": objection.case_id});
            ctx.emit("objection.rejected", &payload).await?;
            Status::Rejected
        }
    };
    ctx.unschedule(OVERDUE_JOB, id).await?;
    let body = json!({"registry": objection.registry, "record": objection.record,
        "field": objection.field, "status": status.name(), "late": objection.overdue});
    let subject = format!("objection:{id}");
    party::audit::record_row(ctx, "objection.answered", &subject, body, "data_objection", id)
        .await?;
    let template = match status {
        Status::Rejected => "objection.rejected",
        _ => "objection.answered",
    };
    notify::person(ctx, &objection, template).await?;
    super::for_desk(ctx, id).await
}

fn check_text(text: &str, may_be_empty: bool) -> Result<()> {
    let wrong = Error::invalid("objection.wrong");
    if text.chars().count() > WORDS_MAX {
        let args = vec![("max", WORDS_MAX.to_string())];
        return Err(wrong.field_with("text", "objection.too_long", args));
    }
    if text.trim().is_empty() && !may_be_empty {
        return Err(wrong.field("text", "objection.reason_missing"));
    }
    Ok(())
}

/// Keeps a moment and the field of its day, of which one was corrected, of one day.
fn same_day(defined: &[RegistryField], corrected: &str, fields: &mut BTreeMap<String, Json>) {
    for moment in defined {
        let Some(day) = &moment.day else { continue };
        let text = |id: &str| fields.get(id).and_then(Json::as_str).map(str::to_owned);
        let (Some(at), Some(on)) = (text(&moment.id), text(day)) else { continue };
        let (Some(date), Some(time)) = (at.get(..10), at.get(10..)) else { continue };
        if corrected == moment.id {
            fields.insert(day.clone(), Json::from(date));
        } else if corrected == day {
            fields.insert(moment.id.clone(), Json::from(format!("{on}{time}")));
        }
    }
}

/// Puts the corrected value in place and tells the receivers; the value in its one spelling.
async fn accept(ctx: &mut Ctx, objection: &Objection, value: &str) -> Result<String> {
    let pack = ctx.env.pack.clone();
    let definition = registry::defined(&pack, &objection.registry)?;
    let field = definition.field(&objection.field).ok_or_else(Error::not_found)?;
    let wrong = |code: &str, args| {
        Error::invalid("objection.wrong").field_with("value", code.to_owned(), args)
    };
    let value = registry::parse(field, value).map_err(|error| wrong(error.code, error.args))?;
    let was =
        registry::field_at(ctx, &objection.record, objection.version, &objection.field).await?;
    if value == was {
        return Err(wrong("objection.same", Vec::new()));
    }
    if value.is_none() && definition.identifier == objection.field {
        return Err(wrong("registry.identifier_missing", Vec::new()));
    }
    if value.is_none() && field.required {
        return Err(wrong("objection.needed", Vec::new()));
    }
    let day = value.as_ref().and_then(Json::as_str).and_then(|text| text.get(..10));
    let today = ctx.now.date();
    if field.past && day.and_then(|day| day.parse::<Date>().ok()).is_some_and(|day| day > today) {
        return Err(wrong("objection.to_come", Vec::new()));
    }
    // What the person claims and the source agrees with needs nobody else's look.
    let claimed = registry::parse(field, &objection.claimed).ok().flatten();
    let agreed = claimed == value;
    // Before the correction: which versions carried the wrong value.
    let versions =
        registry::version_values(ctx, &objection.record, &objection.field, was.as_ref()).await?;
    let present = registry::by_id(ctx, &objection.record).await?;
    let mut fields = present.fields;
    match &value {
        Some(value) => fields.insert(objection.field.clone(), value.clone()),
        None => fields.remove(&objection.field),
    };
    same_day(&definition.fields, &objection.field, &mut fields);
    let record = Json::Object(fields.into_iter().collect());
    let now = ctx.now;
    registry::amend(ctx, &objection.record, &record, now).await?;
    correction::tell(ctx, objection, &versions, agreed).await?;
    Ok(value.as_ref().map(registry::plain).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::same_day;
    use serde_json::{from_value, json};

    #[test]
    fn a_moment_and_its_day_are_corrected_together() {
        let name = json!({ "zh": "出生", "en": "Birth" });
        let defined = from_value::<Vec<_>>(json!([
            { "id": "on", "name": name, "kind": "date", "grade": 2 },
            { "id": "at", "name": name, "kind": "moment", "grade": 2, "day": "on" },
        ]));
        let defined = defined.unwrap();
        let record = |on: &str, at: &str| from_value(json!({ "on": on, "at": at })).unwrap();
        let mut fields = record("2026-06-02", "2026-06-01T09:50:00+08:00");
        same_day(&defined, "at", &mut fields);
        assert_eq!(fields, record("2026-06-01", "2026-06-01T09:50:00+08:00"));
        let mut fields = record("2026-05-31", "2026-06-01T09:50:00+08:00");
        same_day(&defined, "on", &mut fields);
        assert_eq!(fields, record("2026-05-31", "2026-05-31T09:50:00+08:00"));
        let before = fields.clone();
        same_day(&defined, "other", &mut fields);
        assert_eq!(fields, before);
    }
}
