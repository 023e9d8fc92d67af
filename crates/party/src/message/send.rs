//! Sending, listing and reading messages.

use super::{MAIL_JOB, mail, own, preference};
use crate::authority;
use kernel::{Error, Lang, Result, Text, Timestamp};
use sea_orm::FromQueryResult;
use serde::Serialize;
use serde_json::{Value as Json, json};
use store::{Ctx, vals};

/// Messages on one page.
const PAGE: usize = 50;
/// Longest link.
const LINK_MAX: usize = 300;

/// A message in its reader's language.
#[derive(Clone, Debug)]
pub struct Message {
    /// Id; sorts by time.
    pub id: String,
    /// Event.
    pub template: String,
    /// Subject.
    pub subject: String,
    /// Body.
    pub body: String,
    /// Where it leads: a path of this site, or empty.
    pub link: String,
    /// When it was sent.
    pub at: Timestamp,
    /// True when it has been read.
    pub read: bool,
}

/// One page of messages.
#[derive(Clone, Debug)]
pub struct Page {
    /// The messages, newest first.
    pub messages: Vec<Message>,
    /// Cursor of the next page; none on the last.
    pub next: Option<String>,
}

#[derive(FromQueryResult)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) person_id: String,
    pub(super) template: String,
    pub(super) args: String,
    pub(super) link: String,
    pub(super) at_us: i64,
    pub(super) read_us: i64,
    pub(super) mail: String,
}

pub(super) const COLUMNS: &str = "id, person_id, template, args, link, at_us, read_us, mail";

impl Row {
    /// The message in a language; the event's name where its template is gone.
    pub(super) fn message(&self, env: &store::Env, lang: Lang) -> Message {
        let args: Vec<(String, Json)> = serde_json::from_str(&self.args).unwrap_or_default();
        let worded = |value: Json| match value {
            Json::String(text) => text,
            both => serde_json::from_value::<Text>(both).unwrap_or_default().get(lang).to_owned(),
        };
        let mut args: Vec<(String, String)> =
            args.into_iter().map(|(name, value)| (name, worded(value))).collect();
        // The whole address, since a message is read in mail too.
        args.insert(0, ("link".to_owned(), format!("{}{}", env.settings.base_url, self.link)));
        let template = own::find(&env.pack, &self.template);
        let fill = |text: Option<&kernel::Text>| {
            text.map_or_else(|| self.template.clone(), |text| own::fill(text, lang, &args))
        };
        Message {
            id: self.id.clone(),
            subject: fill(template.as_ref().map(|template| &template.subject)),
            body: fill(template.as_ref().map(|template| &template.body)),
            template: self.template.clone(),
            link: self.link.clone(),
            at: Timestamp(self.at_us),
            read: self.read_us != 0,
        }
    }
}

/// For a template without placeholders.
pub const NO_ARGS: &[(&str, String)] = &[];

/// Tells a person of an event: at once in the portal, by mail after the commit where he wants it.
/// `args` fill the template's placeholders, each with a string or with a [`Text`], of which the reader's
/// language is taken when he reads it; `link` is a path of this site or empty. The message's
/// id.
///
/// Errors: `internal` for an event without a template, an unknown person or a link elsewhere.
pub async fn send(
    ctx: &mut Ctx,
    to_person: &str,
    template: &str,
    args: &[(&str, impl Serialize)],
    link: &str,
) -> Result<String> {
    send_to(ctx, to_person, None, template, args, link).await
}

/// True when the person was told of this event since the instant.
pub async fn told_since(
    ctx: &mut Ctx,
    person: &str,
    template: &str,
    since: Timestamp,
) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM message WHERE person_id = $1 AND template = $2 AND at_us > $3";
    Ok(ctx.count(sql, vals![person, template, since]).await? > 0)
}

/// As [`send`]; by mail to this address, whatever the person prefers, where one is given.
pub(super) async fn send_to(
    ctx: &mut Ctx,
    to_person: &str,
    address: Option<&str>,
    template: &str,
    args: &[(&str, impl Serialize)],
    link: &str,
) -> Result<String> {
    let found = own::find(&ctx.env.pack, template)
        .ok_or_else(|| Error::internal(format!("no message template {template}")))?;
    let local = link.is_empty() || crate::display::local_path(link).is_some();
    if !local || link.len() > LINK_MAX {
        return Err(Error::internal(format!("message link {link}")));
    }
    let id = ctx.id();
    let by_mail = match address {
        Some(_) => ctx.env.settings.smtp.is_some(),
        None => preference::wants_mail(ctx, to_person, template, &found).await?,
    };
    let mail = if by_mail { "queued" } else { "none" };
    let (args, now) = (serde_json::to_string(args).map_err(Error::internal)?, ctx.now);
    ctx.execute(
        "INSERT INTO message (id, person_id, template, args, link, at_us, read_us, mail)
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7)",
        vals![&id, to_person, template, args, link, now, mail],
    )
    .await?;
    if by_mail {
        let to = address.map(|to| mail::seal_address(ctx, to).map(hex::encode)).transpose()?;
        ctx.enqueue(MAIL_JOB, &json!({"message": id, "to": to})).await?;
    }
    Ok(id)
}

/// The actor's messages, newest first, at most 50, older than `after`.
pub async fn list(ctx: &mut Ctx, after: &str) -> Result<Page> {
    authority::signed_in(ctx)?;
    let person = ctx.actor.party.clone();
    let limit = if after.is_empty() { "~" } else { after };
    let sql = format!(
        "SELECT {COLUMNS} FROM message WHERE person_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
    );
    let mut rows: Vec<Row> = ctx.all(&sql, vals![person, limit, PAGE + 1]).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    let messages = rows.iter().map(|row| row.message(&ctx.env, ctx.lang)).collect();
    Ok(Page { messages, next })
}

/// One of the actor's messages. Errors: `not_found`, also for another person's.
pub async fn find(ctx: &mut Ctx, id: &str) -> Result<Message> {
    authority::signed_in(ctx)?;
    let person = ctx.actor.party.clone();
    let sql = format!("SELECT {COLUMNS} FROM message WHERE id = $1 AND person_id = $2");
    let row: Row = ctx.one(&sql, vals![id, person]).await?;
    Ok(row.message(&ctx.env, ctx.lang))
}

/// Marks one of the actor's messages as read. Errors: `not_found`, also for another person's.
pub async fn read(ctx: &mut Ctx, id: &str) -> Result<()> {
    find(ctx, id).await?;
    let now = ctx.now.0.max(1);
    let sql = "UPDATE message SET read_us = $2 WHERE id = $1 AND read_us = 0";
    ctx.execute(sql, vals![id, now]).await?;
    Ok(())
}

/// Marks all of the actor's messages as read; how many were not.
pub async fn read_all(ctx: &mut Ctx) -> Result<u64> {
    authority::signed_in(ctx)?;
    let (person, now) = (ctx.actor.party.clone(), ctx.now.0.max(1));
    let sql = "UPDATE message SET read_us = $2 WHERE person_id = $1 AND read_us = 0";
    ctx.execute(sql, vals![person, now]).await
}

/// How many of a person's messages have not been read.
pub async fn unread(ctx: &mut Ctx, person: &str) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM message WHERE person_id = $1 AND read_us = 0";
    ctx.count(sql, vals![person]).await
}
