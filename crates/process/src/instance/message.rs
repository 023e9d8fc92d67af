//! Messages between instances, and from outside: kept until somebody waits for them.
//!
//! Invariants
//! - A message is delivered to one instance once: it is gone in the transaction that delivers it.
//! - A signal reaches every instance that waits for it when it is sent; a suspended one hears it
//!   when it goes on, in the order of sending, up to [`SIGNALS_MAX`].
//! - What an officer sends by hand is heard by instances of his agency alone, and their history
//!   names him. What an instance sends goes where its drawing says.
//! - A message that nobody waits for is kept for [`KEPT_DAYS`] days; whoever begins to wait wakes it.
//!
//! Must not know: what a message says.

use super::act::Acting;
use super::model::{Act, Sender, Who};
use super::store::{Row, seal};
use super::{DELIVER, SIGNAL, SIGNAL_ONE, SIGNALS_KEPT, incident};
use crate::definition;
use ::store::{Ctx, FromQueryResult, vals};
use flow::process::{Command, Variables};
use kernel::time::SECOND_US;
use kernel::{Error, Result};
use serde_json::{Value as Json, json};

/// Purpose under which messages are sealed.
const BODY: &str = "process.message";
/// Days for which a message waits for somebody to wait for it.
pub const KEPT_DAYS: i64 = 30;
/// Bytes of a name or a correlation.
const NAME_MAX: usize = 200;
/// Signals kept for one suspended instance; more become an incident.
pub const SIGNALS_MAX: i64 = 100;
/// Instances told of a signal in one job.
const TOLD_AT_ONCE: usize = 500;
/// After this a message looks again for whoever was just beginning to wait: longer than any
/// request may take.
const AGAIN_US: i64 = 60 * SECOND_US;

#[derive(Clone, Debug, FromQueryResult)]
struct Stored {
    id: String,
    name: String,
    correlation: String,
    receiver: String,
    sender: String,
    body: Vec<u8>,
}

/// Who alone is to hear a message: one instance, rather than a process.
pub(super) fn only(instance: &str) -> String {
    format!("#{instance}")
}

/// The sender of what no instance sends: `@`, his agency and his account. The platform, of no
/// agency, is `@`.
pub(super) fn by_hand(agency: &str, account: &str) -> String {
    if agency.is_empty() { "@".to_owned() } else { format!("@{agency} {account}") }
}

impl Stored {
    /// Agency and account of who sent it by hand; nobody for an instance or the platform.
    fn officer(&self) -> Option<(&str, &str)> {
        let whole = self.sender.strip_prefix('@')?;
        Some(whole.split_once(' ').unwrap_or((whole, ""))).filter(|(agency, _)| !agency.is_empty())
    }

    /// Whom the history names for it.
    async fn sent_by(&self, ctx: &mut Ctx) -> Result<Option<Sender>> {
        let Some((agency, account)) = self.officer().filter(|(_, account)| !account.is_empty())
        else {
            return Ok(None);
        };
        let known = crate::task::officer(ctx, account).await?;
        let unknown = || Who { account: account.to_owned(), name: String::new() };
        let who = known.unwrap_or_else(unknown);
        Ok(Some(Sender { who, agency: agency.to_owned() }))
    }
}

/// Keeps a message and has it delivered after the commit. `receiver` is a process, [`only`] one
/// instance, or empty; `sender` an instance, or [`by_hand`].
pub(super) async fn post(
    ctx: &mut Ctx,
    name: &str,
    correlation: &str,
    receiver: &str,
    sender: &str,
    variables: &Variables,
) -> Result<String> {
    if name.is_empty() || name.len() > NAME_MAX || correlation.len() > NAME_MAX {
        return Err(Error::invalid("process.message_name").field("name", "process.message_name"));
    }
    let text = serde_json::to_vec(variables).map_err(Error::internal)?;
    let body = seal(ctx, BODY, &text)?;
    let (id, now) = (ctx.id(), ctx.now);
    let until = now.plus_days(KEPT_DAYS);
    ctx.execute("DELETE FROM process_message WHERE expires_us <= $1", vals![now]).await?;
    ctx.execute(
        "INSERT INTO process_message (id, name, correlation, receiver, sender, body, at_us, expires_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        vals![&id, name, correlation, receiver, sender, body, now, until],
    )
    .await?;
    ctx.enqueue(DELIVER, &json!({ "message": id, "again": true })).await?;
    Ok(id)
}

/// Has a waiting message of the name that the instance may hear looked at again.
pub(super) async fn wake(ctx: &mut Ctx, row: &Row, name: &str, correlation: &str) -> Result<()> {
    let sql = "SELECT id FROM process_message WHERE name = $1 AND correlation = $2
         AND receiver IN ('', $3, $4)
         AND (sender NOT LIKE '@%' OR sender = '@'
           OR substr(sender || ' ', 1, length($5)) = $5) ORDER BY id LIMIT 1";
    let own = by_hand(&row.agency, "");
    let keys = vals![name, correlation, &row.process, only(&row.id), own];
    let waiting: Option<String> = ctx.scalar(sql, keys).await?;
    match waiting {
        Some(id) => ctx.enqueue(DELIVER, &json!({ "message": id, "again": false })).await,
        None => Ok(()),
    }
}

#[derive(Clone, Debug, FromQueryResult)]
struct Waiting {
    instance_id: String,
    number: i64,
}

/// Job: delivers a message to the instance that has waited longest, or begins a process with it.
pub(super) async fn deliver(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let id = payload["message"].as_str().unwrap_or_default();
    let sql = format!(
        "SELECT id, name, correlation, receiver, sender, body FROM process_message WHERE id = $1{}",
        ::store::dialect::for_update(ctx.engine())
    );
    let Some(message) = ctx.optional::<Stored>(&sql, vals![id]).await? else { return Ok(()) };
    let plain = ctx.env.vault.open(BODY, &message.body).map_err(Error::internal)?;
    let variables: Variables = serde_json::from_slice(&plain).map_err(Error::internal)?;
    let sql = "SELECT s.instance_id, s.number
         FROM process_subscription s JOIN process_instance i ON i.id = s.instance_id
         WHERE s.kind = 'message' AND s.name = $1 AND s.correlation = $2 AND s.active = 1
         AND ($3 = '' OR s.process = $3 OR $3 = '#' || s.instance_id)
         AND ($4 = '' OR i.agency = $4) ORDER BY s.id LIMIT 5";
    let agency = message.officer().map(|(agency, _)| agency).unwrap_or_default();
    let keys = vals![&message.name, &message.correlation, &message.receiver, agency];
    let waiting: Vec<Waiting> = ctx.all(sql, keys).await?;
    for one in waiting {
        let mut acting = Acting::load(ctx, &one.instance_id).await?;
        let number = u64::try_from(one.number).unwrap_or_default();
        // Somebody was faster: another message, a timer, an officer.
        if acting.running().is_err() || acting.standing.state.subscription(number).is_none() {
            continue;
        }
        let (name, correlation) = (message.name.clone(), message.correlation.clone());
        let done = acting.step(ctx, &Command::DeliverMessage { name, correlation, variables });
        if let Err(error) = done {
            return incident::note(ctx, &acting.row, number, "message", &message.id, error).await;
        }
        forget(ctx, &message.id).await?;
        let from = message.sent_by(ctx).await?;
        let act = Act::MessageDelivered { name: message.name, message: message.id, from };
        acting.finish(ctx, act).await?;
        return Ok(());
    }
    begin(ctx, &message, variables, payload["again"] == true).await
}

async fn forget(ctx: &mut Ctx, id: &str) -> Result<()> {
    ctx.execute("DELETE FROM process_message WHERE id = $1", vals![id]).await?;
    Ok(())
}

/// A process that such a message begins; else the message waits.
async fn begin(ctx: &mut Ctx, message: &Stored, variables: Variables, again: bool) -> Result<()> {
    let start = definition::message_starts(ctx, &message.name, &message.receiver).await?;
    let Some(start) = start else {
        if again {
            let at = ctx.now.plus_us(AGAIN_US);
            let payload = json!({ "message": message.id, "again": false });
            ctx.schedule(DELIVER, &message.id, at, &payload).await?;
        }
        return Ok(());
    };
    let agency = match message.officer() {
        Some((agency, _)) => agency.to_owned(),
        None => super::store::find(ctx, &message.sender)
            .await?
            .map(|row| row.agency)
            .unwrap_or_default(),
    };
    let (process, node) = (&start.process, &start.node);
    let begun = super::begin_by_event(ctx, process, node, variables, &agency).await?;
    forget(ctx, &message.id).await?;
    if let Err(error) = begun {
        // There is no instance to which an incident could belong; the evidence tells of it.
        let subject = format!("process:{}", start.process);
        let body = json!({ "message": message.id, "code": error.code });
        party::audit::record(ctx, "process.start_failed", &subject, body).await?;
    }
    Ok(())
}

/// Job: tells one page of the instances that wait for a signal, suspended or not: one walk, so that
/// who is suspended or goes on meanwhile is told once.
pub(super) async fn signal(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let text = |name: &str| payload[name].as_str().unwrap_or_default().to_owned();
    let (name, from, after) = (text("name"), text("from"), text("after"));
    let sql = "SELECT id, instance_id FROM process_subscription WHERE kind = 'signal'
         AND name = $1 AND id > $2 ORDER BY id LIMIT $3";
    #[derive(FromQueryResult)]
    struct Hearing {
        id: String,
        instance_id: String,
    }
    let rows: Vec<Hearing> = ctx.all(sql, vals![&name, after, TOLD_AT_ONCE]).await?;
    let mut told = String::new();
    for row in &rows {
        if row.instance_id != from && row.instance_id != told {
            told.clone_from(&row.instance_id);
            ctx.enqueue(SIGNAL_ONE, &json!({ "name": name, "instance": told })).await?;
        }
    }
    match rows.last() {
        Some(last) if rows.len() == TOLD_AT_ONCE => {
            let next = json!({ "name": name, "from": from, "after": last.id });
            ctx.enqueue(SIGNAL, &next).await
        }
        _ => Ok(()),
    }
}

/// Job: tells one instance of a signal, or keeps it until the instance goes on.
pub(super) async fn signal_one(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let id = payload["instance"].as_str().unwrap_or_default();
    let name = payload["name"].as_str().unwrap_or_default().to_owned();
    let acting = Acting::load(ctx, id).await?;
    if acting.standing.state.status.is_final() {
        return Ok(());
    }
    let kept = kept(ctx, id).await?;
    // One that comes while others are still waiting takes its place behind them.
    if acting.standing.office.suspended || kept > 0 {
        return keep(ctx, &acting, &name, kept).await;
    }
    hear(ctx, acting, name).await
}

async fn hear(ctx: &mut Ctx, mut acting: Acting, name: String) -> Result<()> {
    let variables = Variables::new();
    let heard = acting.step(ctx, &Command::BroadcastSignal { name: name.clone(), variables });
    match heard {
        Ok(()) => acting.finish(ctx, Act::SignalReceived { name }).await.map(|_| ()),
        Err(error) => incident::note(ctx, &acting.row, 0, "signal", &name, error).await,
    }
}

async fn kept(ctx: &mut Ctx, id: &str) -> Result<i64> {
    ctx.count("SELECT COUNT(*) FROM process_signal WHERE instance_id = $1", vals![id]).await
}

async fn keep(ctx: &mut Ctx, acting: &Acting, name: &str, kept: i64) -> Result<()> {
    if kept >= SIGNALS_MAX {
        let error = Error::limited("process.signals_kept").arg("max", SIGNALS_MAX);
        return incident::open(ctx, &acting.row, 0, "signal", name, &error).await;
    }
    // Numbered under the instance's row, which is held: the order of ids is the order of coming.
    let sql = "SELECT id FROM process_signal WHERE instance_id = $1 ORDER BY id DESC LIMIT 1";
    let last: Option<String> = ctx.scalar(sql, vals![&acting.row.id]).await?;
    let last =
        last.and_then(|last| last.rsplit_once(':').and_then(|(_, at)| at.parse::<u64>().ok()));
    let id = format!("{}:{:012}", acting.row.id, last.unwrap_or(0).saturating_add(1));
    let now = ctx.now;
    let sql = "INSERT INTO process_signal (id, instance_id, name, at_us) VALUES ($1, $2, $3, $4)";
    ctx.execute(sql, vals![id, &acting.row.id, name, now]).await?;
    Ok(())
}

/// Has what was kept while an instance was suspended told to it.
pub(super) async fn wake_signals(ctx: &mut Ctx, id: &str) -> Result<()> {
    match kept(ctx, id).await? {
        0 => Ok(()),
        _ => ctx.enqueue(SIGNALS_KEPT, &json!({ "instance": id })).await,
    }
}

/// Forgets what was kept for an instance that has ended.
pub(super) async fn forget_signals(ctx: &mut Ctx, id: &str) -> Result<()> {
    ctx.execute("DELETE FROM process_signal WHERE instance_id = $1", vals![id]).await?;
    Ok(())
}

/// Job: tells an instance that goes on what was kept for it, in order.
pub(super) async fn signals_kept(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let id = payload["instance"].as_str().unwrap_or_default();
    #[derive(FromQueryResult)]
    struct Kept {
        id: String,
        name: String,
    }
    for _ in 0..SIGNALS_MAX {
        let Some(acting) = super::jobs::running(ctx, id).await? else { return Ok(()) };
        let sql = "SELECT id, name FROM process_signal WHERE instance_id = $1 ORDER BY id LIMIT 1";
        let Some(next) = ctx.optional::<Kept>(sql, vals![id]).await? else { return Ok(()) };
        ctx.execute("DELETE FROM process_signal WHERE id = $1", vals![next.id]).await?;
        hear(ctx, acting, next.name).await?;
    }
    Ok(())
}
