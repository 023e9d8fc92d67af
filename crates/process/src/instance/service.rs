//! What service tasks do: a closed list, known by topic.
//!
//! Invariants
//! - A service that only touches the database runs in the transaction that completes its job, so
//!   it is done once; one that calls outside runs with no transaction open, at least once, and is
//!   given the job's id as its key against doing a thing twice.
//! - A service reads what it is given and nothing else of the instance.
//!
//! Must not know: diagrams.

use ::store::{Ctx, Env};
use flow::process::Variables;
use kernel::{Error, Result};
use serde_json::Value as Json;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// What a service works on.
#[derive(Clone, Debug)]
pub struct Work {
    /// Id of the job, the same at every try.
    pub key: String,
    /// Instance.
    pub instance: String,
    /// What it is given.
    pub input: Variables,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Done, with results.
    Done(Variables),
    /// An error the diagram may handle, by its code.
    Failed(String),
}

/// A boxed future, as services return.
pub type Later<'a> = Pin<Box<dyn Future<Output = Result<Outcome>> + Send + 'a>>;

/// How a service runs.
#[derive(Clone, Copy)]
pub enum Run {
    /// In the transaction that completes the job.
    Within(for<'a> fn(&'a mut Ctx, &'a Work) -> Later<'a>),
    /// With no transaction open.
    Outside(for<'a> fn(&'a Arc<Env>, &'a Work) -> Later<'a>),
}

/// A service.
#[derive(Clone, Copy)]
pub struct Service {
    /// Topic a service task names.
    pub topic: &'static str,
    /// How it runs.
    pub run: Run,
}

/// Every service there is.
pub const SERVICES: &[Service] = &[
    Service { topic: "message.send", run: Run::Within(|ctx, work| Box::pin(send(ctx, work))) },
    Service { topic: "evidence.note", run: Run::Within(|ctx, work| Box::pin(note(ctx, work))) },
];

/// The service of a topic.
pub(crate) fn find(topic: &str) -> Option<Service> {
    #[cfg(test)]
    let all = SERVICES.iter().chain(crate::tests::service::SERVICES);
    #[cfg(not(test))]
    let all = SERVICES.iter();
    all.into_iter().find(|service| service.topic == topic).copied()
}

/// `message.send`: tells the account in `to` that there is news of this procedure.
async fn send(ctx: &mut Ctx, work: &Work) -> Result<Outcome> {
    let to = work.input.get("to").and_then(Json::as_str).unwrap_or_default();
    let account = party::account::find(ctx, to).await?;
    let Some(account) = account.filter(|account| !account.closed) else {
        return Err(Error::invalid("process.no_addressee").arg("to", to));
    };
    let link = format!("/instances/{}", work.instance);
    party::message::send(ctx, &account.person, "process.notice", party::message::NO_ARGS, &link)
        .await?;
    Ok(Outcome::Done(Variables::new()))
}

/// `evidence.note`: leaves the digest of what it is given in the evidence log.
async fn note(ctx: &mut Ctx, work: &Work) -> Result<Outcome> {
    let text = serde_json::to_string(&work.input).map_err(Error::internal)?;
    let digest = proof::digest::sm3_hex(text.as_bytes());
    let subject = format!("process_instance:{}", work.instance);
    let body = serde_json::json!({ "job": work.key, "digest": digest });
    let entry = party::audit::record(ctx, "process.noted", &subject, body).await?;
    let result = [("entry".to_owned(), Json::from(entry)), ("digest".to_owned(), digest.into())];
    Ok(Outcome::Done(result.into()))
}
