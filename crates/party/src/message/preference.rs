//! Which events a person wants by mail. The portal gets all of them.

use super::own::{self, Template};
use crate::{authority, person};
use kernel::{Result, Text};
use sea_orm::FromQueryResult;
use std::collections::BTreeMap;
use store::{Ctx, vals};

/// A person's choice for one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Event.
    pub template: String,
    /// What happened, in words: its subject without what a certain message fills in.
    pub name: Text,
    /// True when it goes by mail.
    pub mail: bool,
    /// True when it goes by mail whatever he chooses.
    pub mandatory: bool,
}

/// Beginnings of events that are told to officers; all others are told to citizens, and what
/// concerns one's own account to everybody.
const STAFF: [&str; 4] = ["work.", "process.", "data.corrected", "objection.overdue"];

/// Whether an event is ever told to somebody like the actor.
fn concerns(ctx: &Ctx, event: &str) -> bool {
    let staff = STAFF.iter().any(|begin| event.starts_with(begin));
    event.starts_with("account.") || staff == ctx.actor.is_officer()
}

/// A subject up to what a certain message fills in: `已受理：{item}` is `已受理`.
fn named(subject: &Text) -> Text {
    let head = |text: &str| {
        let head = text.split('{').next().unwrap_or_default();
        head.trim_end_matches(['：', ':', ' ']).to_owned()
    };
    Text::new(head(&subject.zh), head(&subject.en))
}

#[derive(FromQueryResult)]
struct Row {
    template: String,
    mail: i64,
}

/// The actor's choices for every event that may concern him, and his mail address.
pub async fn preferences(ctx: &mut Ctx) -> Result<(Vec<Choice>, String)> {
    authority::signed_in(ctx)?;
    let person = ctx.actor.party.clone();
    let chosen = chosen(ctx, &person).await?;
    let choices = own::all(&ctx.env.pack)
        .into_iter()
        .filter(|(event, _)| concerns(ctx, event))
        .map(|(event, template)| Choice {
            mail: template.mandatory || chosen.get(&event).copied().unwrap_or(template.mail),
            mandatory: template.mandatory,
            name: named(&template.subject),
            template: event,
        })
        .collect();
    let mail = person::mail(ctx, &person).await?.unwrap_or_default();
    Ok((choices, mail))
}

async fn chosen(ctx: &mut Ctx, person: &str) -> Result<BTreeMap<String, bool>> {
    let sql = "SELECT template, mail FROM message_preference WHERE person_id = $1";
    let rows: Vec<Row> = ctx.all(sql, vals![person]).await?;
    Ok(rows.into_iter().map(|row| (row.template, row.mail != 0)).collect())
}

/// Sets, of the events there are, those the actor wants by mail.
pub async fn set_preferences(ctx: &mut Ctx, wanted: &[&str]) -> Result<()> {
    authority::signed_in(ctx)?;
    let person = ctx.actor.party.clone();
    let shown = own::all(&ctx.env.pack).into_iter().map(|(event, _)| event);
    let shown: Vec<String> = shown.filter(|event| concerns(ctx, event)).collect();
    for event in shown {
        let mail = wanted.contains(&event.as_str());
        ctx.execute(
            "INSERT INTO message_preference (id, person_id, template, mail) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET mail = excluded.mail",
            vals![format!("{person}/{event}"), &person, &event, mail],
        )
        .await?;
    }
    Ok(())
}

/// Whether an event goes by mail to a person: a server is set, he gave an address, and the event
/// is mandatory or he wants it.
pub(super) async fn wants_mail(
    ctx: &mut Ctx,
    person: &str,
    event: &str,
    template: &Template,
) -> Result<bool> {
    if ctx.env.settings.smtp.is_none() || person::mail(ctx, person).await?.is_none() {
        return Ok(false);
    }
    if template.mandatory {
        return Ok(true);
    }
    let sql = "SELECT mail FROM message_preference WHERE id = $1";
    let chosen: Option<i64> = ctx.scalar(sql, vals![format!("{person}/{event}")]).await?;
    Ok(chosen.map_or(template.mail, |mail| mail != 0))
}
