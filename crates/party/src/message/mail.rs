//! Sending mail by SMTP: plain text, to the server the operator set, with a Message-ID made of the
//! message's id, so that a repetition is recognised.

use super::send::{COLUMNS, Row};
use crate::person;
use ::store::job::Later;
use ::store::{Ctx, Env, Smtp, vals};
use kernel::{Error, Result};
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use sea_orm::FromQueryResult;
use serde::Serialize;
use serde_json::Value as Json;
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
            Some(sealed) => Some(open_address(env, sealed)?),
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

/// An address other than the person's present one, as a job carries it.
pub(super) fn seal_address(ctx: &mut Ctx, address: &str) -> Result<String> {
    let vault = &ctx.env.clone().vault;
    vault.seal(ADDRESS, address.as_bytes(), &mut ctx.random).map(hex::encode)
}

fn open_address(env: &Env, sealed: &str) -> Result<String> {
    let plain = env.vault.open(ADDRESS, &hex::decode(sealed).map_err(Error::internal)?)?;
    String::from_utf8(plain).map_err(Error::internal)
}

fn compose(env: &Env, smtp: &Smtp, message: &super::Message, to: &str) -> Result<lettre::Message> {
    let host = smtp.from.rsplit_once('@').map_or("yipan", |(_, host)| host.trim_end_matches('>'));
    let address = format!("{}{}", env.settings.base_url, message.link);
    // Most templates say the address themselves.
    let link = match message.link.is_empty() || message.body.contains(&address) {
        true => String::new(),
        false => format!("\n\n{address}"),
    };
    lettre::Message::builder()
        .message_id(Some(format!("<{}@{host}>", message.id)))
        .from(smtp.from.parse().map_err(Error::internal)?)
        .to(to.parse().map_err(Error::internal)?)
        .subject(message.subject.replace(['\r', '\n'], " "))
        .header(ContentType::TEXT_PLAIN)
        .body(format!("{}{link}\n", message.body))
        .map_err(Error::internal)
}

async fn deliver(smtp: &Smtp, mail: lettre::Message) -> Result<()> {
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
        .port(smtp.port)
        .timeout(Some(TIMEOUT))
        .build();
    transport.send(mail).await.map(|_| ()).map_err(Error::unavailable)
}
