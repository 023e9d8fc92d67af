//! Sending mail by SMTP: plain text, to the server the operator set, with a Message-ID made of the
//! message's id, so that a repetition is recognised.

use super::own;
use super::send::{COLUMNS, Row};
use crate::person;
use ::store::job::Later;
use ::store::{Ctx, Env, Smtp, vals};
use kernel::{Error, Lang, Result};
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use sea_orm::FromQueryResult;
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;

/// Purpose under which addresses in jobs are sealed.
const ADDRESS: &str = "party.message.address";
/// Longest a mail server may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Mail by its state, for operators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MailCounts {
    /// Waiting to be sent.
    pub queued: i64,
    /// Taken by the mail server.
    pub sent: i64,
    /// Refused for good: a malformed address, a person gone.
    pub failed: i64,
}

#[derive(FromQueryResult)]
struct Count {
    mail: String,
    n: i64,
}

/// How much mail is in which state.
pub async fn counts(ctx: &mut Ctx) -> Result<MailCounts> {
    let sql = "SELECT mail, COUNT(*) AS n FROM message WHERE mail IN ('queued', 'sent', 'failed')
         GROUP BY mail";
    let mut counts = MailCounts::default();
    for row in ctx.all::<Count>(sql, vals![]).await? {
        match row.mail.as_str() {
            "queued" => counts.queued = row.n,
            "sent" => counts.sent = row.n,
            _ => counts.failed = row.n,
        }
    }
    Ok(counts)
}

/// The job: sends one message. A server away is an error, so that the job is tried again.
pub(super) fn job<'a>(env: &'a Arc<Env>, payload: &'a Json) -> Later<'a> {
    Box::pin(async move {
        let id = payload.get("message").and_then(Json::as_str).unwrap_or_default();
        let mut ctx = env.system(super::MAIL_JOB).await?;
        let sql = format!("SELECT {COLUMNS} FROM message WHERE id = $1");
        let Some(row) = ctx.optional::<Row>(&sql, vals![id]).await? else { return Ok(()) };
        // Nothing is open while the server is talked to.
        let to = match payload.get("to").and_then(Json::as_str) {
            Some(sealed) => Some(opened(env, sealed)?),
            None => person::mail(&mut ctx, &row.person_id).await?,
        };
        let reader = person::find(&mut ctx, &row.person_id).await?;
        drop(ctx);
        if row.mail != "queued" {
            return Ok(());
        }
        let Some(smtp) = &env.settings.smtp else { return Ok(()) };
        let state = match (to, reader) {
            (Some(to), Some(reader)) => {
                let message = row.message(env, reader.lang);
                match compose(env, smtp, &message, &to) {
                    Ok(mail) => {
                        deliver(smtp, mail).await?;
                        "sent"
                    }
                    Err(error) => {
                        tracing::warn!(message = id, %error, "mail cannot be composed");
                        "failed"
                    }
                }
            }
            _ => "failed",
        };
        let mut ctx = env.system(super::MAIL_JOB).await?;
        ctx.execute("UPDATE message SET mail = $2 WHERE id = $1", vals![id, state]).await?;
        ctx.commit().await
    })
}

/// The job: sends the code that proves an address. It is no message of the portal: who reads that
/// has not read his mail.
pub(super) fn code_job<'a>(env: &'a Arc<Env>, payload: &'a Json) -> Later<'a> {
    Box::pin(async move {
        let text = |name: &str| payload.get(name).and_then(Json::as_str).unwrap_or_default();
        let (to, code) = (opened(env, text("to"))?, opened(env, text("code"))?);
        let lang = Lang::parse(text("lang")).unwrap_or_default();
        let Some(smtp) = &env.settings.smtp else { return Ok(()) };
        let (subject, body) = own::code(lang, &code);
        let id = text("id");
        match letter(smtp, id, &to, &subject, format!("{body}\n")) {
            Ok(mail) => deliver(smtp, mail).await,
            Err(error) => {
                tracing::warn!(id, %error, "a code cannot be mailed");
                Ok(())
            }
        }
    })
}

/// Has a code sent to an address after the commit.
pub(super) async fn send_code(ctx: &mut Ctx, person: &str, to: &str, code: &str) -> Result<()> {
    let lang = person::get(ctx, person).await?.lang;
    let (to, code) = (seal_address(ctx, to)?, seal_address(ctx, code)?);
    let payload = json!({ "id": ctx.id(), "to": hex::encode(to), "code": hex::encode(code),
        "lang": lang.tag() });
    ctx.enqueue(super::CODE_JOB, &payload).await.map(drop)
}

/// An address, or what is sent there, as it is kept.
pub(super) fn seal_address(ctx: &mut Ctx, address: &str) -> Result<Vec<u8>> {
    let vault = &ctx.env.clone().vault;
    vault.seal(ADDRESS, address.as_bytes(), &mut ctx.random)
}

pub(super) fn open_address(env: &Env, sealed: &[u8]) -> Result<String> {
    String::from_utf8(env.vault.open(ADDRESS, sealed)?).map_err(Error::internal)
}

/// An address as a job carries it.
fn opened(env: &Env, sealed: &str) -> Result<String> {
    open_address(env, &hex::decode(sealed).map_err(Error::internal)?)
}

fn compose(env: &Env, smtp: &Smtp, message: &super::Message, to: &str) -> Result<lettre::Message> {
    let address = format!("{}{}", env.settings.base_url, message.link);
    // Most templates say the address themselves.
    let link = match message.link.is_empty() || message.body.contains(&address) {
        true => String::new(),
        false => format!("\n\n{address}"),
    };
    letter(smtp, &message.id, to, &message.subject, format!("{}{link}\n", message.body))
}

fn letter(smtp: &Smtp, id: &str, to: &str, subject: &str, body: String) -> Result<lettre::Message> {
    let host = smtp.from.rsplit_once('@').map_or("yipan", |(_, host)| host.trim_end_matches('>'));
    lettre::Message::builder()
        .message_id(Some(format!("<{id}@{host}>")))
        .from(smtp.from.parse().map_err(Error::internal)?)
        .to(to.parse().map_err(Error::internal)?)
        .subject(subject.replace(['\r', '\n'], " "))
        .header(ContentType::TEXT_PLAIN)
        .body(body)
        .map_err(Error::internal)
}

async fn deliver(smtp: &Smtp, mail: lettre::Message) -> Result<()> {
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
        .port(smtp.port)
        .timeout(Some(TIMEOUT))
        .build();
    transport.send(mail).await.map(|_| ()).map_err(Error::unavailable)
}
