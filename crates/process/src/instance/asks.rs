//! What instances of a matter wait for from whom it concerns: messages whose events name a form.
//!
//! Invariants
//! - An answer goes to the instance that asked, as a message that waits while it is suspended; what
//!   has been answered and not been heard yet is not asked again.
//! - Answers are what the form asks, or nothing is sent.
//! - Whoever began the instance is told once that something is asked, as `process.matter_asks`.
//!
//! Must not know: what the matter is, whom it concerns.

use super::act::Acting;
use super::message;
use super::owned;
use super::project::Expected;
use super::store;
use crate::bundle::form;
use crate::definition;
use ::store::{Ctx, FromQueryResult, vals};
use flow::process::{Node, On, Variables};
use kernel::{Error, Result};
use pack::procedure::TaskForm;
use serde_json::json;

/// Messages of one matter looked at.
const ASKED_MAX: usize = 50;

/// Something asked of whom a matter concerns.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Id, until it is answered.
    pub id: String,
    /// Name of the event that waits for it.
    pub step: String,
    /// What is asked.
    pub form: TaskForm,
    /// What its fields that are only shown say.
    pub told: Variables,
    instance: String,
    agency: String,
    name: String,
    correlation: String,
}

#[derive(Clone, Debug, FromQueryResult)]
struct Waiting {
    id: String,
    instance_id: String,
    number: i64,
    name: String,
    correlation: String,
}

/// What the instances of a matter wait for from whom it concerns, oldest first.
pub async fn asked(ctx: &mut Ctx, matter: &str) -> Result<Vec<Asked>> {
    let sql = "SELECT s.id, s.instance_id, s.number, s.name, s.correlation
         FROM process_instance i JOIN process_subscription s ON s.instance_id = i.id
         WHERE i.subject = $1 AND s.kind = 'message' AND NOT EXISTS (
           SELECT 1 FROM process_message m WHERE m.name = s.name AND m.correlation = s.correlation
             AND m.receiver = '#' || s.instance_id AND m.expires_us > $2)
         ORDER BY s.id LIMIT $3";
    let now = ctx.now;
    let waiting: Vec<Waiting> = ctx.all(sql, vals![format!("@{matter}"), now, ASKED_MAX]).await?;
    let mut all = Vec::new();
    for one in waiting {
        all.extend(read(ctx, one).await?);
    }
    Ok(all)
}

/// What a message that is waited for asks; nothing where its event names no form.
async fn read(ctx: &mut Ctx, one: Waiting) -> Result<Option<Asked>> {
    let row = store::get(ctx, &one.instance_id).await?;
    let standing = row.standing(ctx)?;
    let bundle = definition::bundle(ctx, &row.bundle).await?;
    let number = u64::try_from(one.number).map_err(Error::internal)?;
    let found = standing.state.subscription(number).and_then(|heard| {
        let node = bundle.definition(&row.process)?.node(heard.node)?;
        let form = bundle.asks(node)?.clone();
        let shown = form.fields.iter().filter(|field| field.read_only);
        let known = &standing.state.variables;
        let told = shown.filter_map(|field| known.get_key_value(&field.id));
        let told: Variables = told.map(|(id, value)| (id.clone(), value.clone())).collect();
        Some((name(node), form, told))
    });
    Ok(found.map(|(step, form, told)| Asked {
        id: one.id,
        step,
        form,
        told,
        instance: row.id,
        agency: row.agency,
        name: one.name,
        correlation: one.correlation,
    }))
}

/// The form of the event that a message from an agency, or from the platform when empty, would be
/// heard by now: that of who has waited longest.
pub(super) async fn form_of(
    ctx: &mut Ctx,
    name: &str,
    correlation: &str,
    agency: &str,
) -> Result<Option<TaskForm>> {
    let sql = "SELECT s.id, s.instance_id, s.number, s.name, s.correlation
         FROM process_subscription s JOIN process_instance i ON i.id = s.instance_id
         WHERE s.kind = 'message' AND s.name = $1 AND s.correlation = $2 AND s.active = 1
           AND ($3 = '' OR i.agency = $3)
         ORDER BY s.id LIMIT 1";
    let first: Option<Waiting> = ctx.optional(sql, vals![name, correlation, agency]).await?;
    match first {
        Some(one) => Ok(read(ctx, one).await?.map(|asked| asked.form)),
        None => Ok(None),
    }
}

fn name(node: &Node) -> String {
    if node.name.is_empty() { node.id.clone() } else { node.name.clone() }
}

/// Sends the answers to what was asked. Errors: `process.answers` with a field for each fault.
pub async fn answer(ctx: &mut Ctx, asked: &Asked, answers: &Variables) -> Result<()> {
    let accepted = form::accept(&asked.form, answers)?;
    let (receiver, sender) = (message::only(&asked.instance), message::by_hand(&asked.agency, ""));
    let (name, correlation) = (&asked.name, &asked.correlation);
    message::post(ctx, name, correlation, &receiver, &sender, &accepted).await?;
    Ok(())
}

/// Tells whoever began an instance for a matter what it has begun to ask.
pub(super) async fn tell(
    ctx: &mut Ctx,
    acting: &Acting,
    before: &Expected,
    after: &Expected,
) -> Result<()> {
    if owned::matter(&acting.row.subject).is_none() {
        return Ok(());
    }
    let definition = acting.definition()?;
    let begun = acting.standing.state.subscriptions.iter().any(|heard| {
        let node = definition.node(heard.node);
        matches!(heard.on, On::Message { .. })
            && after.subscriptions.contains_key(&heard.id)
            && !before.subscriptions.contains_key(&heard.id)
            && node.is_some_and(|node| acting.bundle().asks(node).is_some())
    });
    if begun {
        let payload = json!({ "instance": acting.row.id, "subject": acting.row.subject });
        ctx.emit("process.matter_asks", &payload).await?;
    }
    Ok(())
}
