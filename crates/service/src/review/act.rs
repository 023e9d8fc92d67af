//! The acts of the panel: which there are, and what each form sends to which verb.

use crate::case::{
    self, Acceptance, Confirmation, CorrectionNotice, Decision, Done, Extension, HandOver,
    RefusalOfAcceptance, Reopening, Resumption, Revocation, Suspension, TakeOver, Termination,
    Transfer, TransferReturn,
};
use ::store::Ctx;
use kernel::{Error, Result};
use pack::standard::ReasonFor;
use process::task::asked;
use std::future::Future;
use std::pin::Pin;
use webkit::Form;

/// An act of the panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Act {
    /// Name of the command; the form is posted to `/workbench/cases/{id}/<name>`.
    pub(crate) name: &'static str,
    /// Permission the route asks for.
    pub(crate) permission: &'static str,
    /// Needs a second factor.
    pub(crate) strong: bool,
}

const fn act(name: &'static str, permission: &'static str) -> Act {
    Act { name, permission, strong: false }
}

/// The acts in the order of the panel: what moves the case first.
pub(crate) const ACTS: [Act; 19] = [
    act("take_over", case::ACCEPT),
    act("return_transfer", case::ACCEPT),
    act("claim", case::TRANSFER),
    act("accept", case::ACCEPT),
    Act { name: "decide", permission: case::DECIDE, strong: true },
    Act { name: "issue", permission: case::DECIDE, strong: true },
    act("resume", case::SUSPEND),
    act("ask_correction", case::ACCEPT),
    act("refuse_acceptance", case::ACCEPT),
    act("transfer", case::ACCEPT),
    act("suspend", case::SUSPEND),
    act("extend", case::EXTEND),
    act("hand_over", case::TRANSFER),
    act("unclaim", case::TRANSFER),
    Act { name: "revoke", permission: case::REVOKE, strong: true },
    Act { name: "reopen", permission: case::EXTEND, strong: true },
    Act { name: "confirm_check", permission: case::REVOKE, strong: true },
    Act { name: "uphold", permission: case::REVOKE, strong: true },
    Act { name: "terminate", permission: case::EXTEND, strong: true },
];

/// The kind of coded reasons an act offers.
pub(crate) fn reasons_for(act: &str) -> Option<ReasonFor> {
    Some(match act {
        "refuse_acceptance" => ReasonFor::RefuseAcceptance,
        "ask_correction" => ReasonFor::Correction,
        "decide" => ReasonFor::RefuseGrant,
        "suspend" => ReasonFor::Suspension,
        "extend" => ReasonFor::Extension,
        "revoke" => ReasonFor::Revocation,
        _ => return None,
    })
}

/// What an act does, made on the heap: each future of a verb is large, and one match of them all
/// would take the room of all on the stack.
type Later<'a> = Pin<Box<dyn Future<Output = Result<Done>> + Send + 'a>>;

/// Gives the verb what the form says. Errors: those of the verb; `review.choice` when the decision
/// is neither grant nor refusal.
pub(super) fn perform<'a>(
    ctx: &'a mut Ctx,
    act: &'a str,
    id: &'a str,
    form: &'a Form,
) -> Later<'a> {
    let revision = Some(form.number("revision").unwrap_or(-1));
    let coded = coded(ctx, act, form);
    match act {
        "accept" | "refuse_acceptance" | "ask_correction" => {
            Box::pin(receive(ctx, act, id, form, coded))
        }
        "suspend" | "resume" | "extend" => Box::pin(time(ctx, act, id, form, coded)),
        "decide" => Box::pin(decide(ctx, id, revision, form, coded)),
        "revoke" | "reopen" | "confirm_check" | "uphold" | "terminate" => {
            Box::pin(undo(ctx, act, id, form, coded))
        }
        "transfer" | "take_over" | "return_transfer" => Box::pin(transfer(ctx, act, id, form)),
        _ => Box::pin(office(ctx, act, id, form)),
    }
}

/// Which agency has the case.
async fn transfer(ctx: &mut Ctx, act: &str, id: &str, form: &Form) -> Result<Done> {
    let revision = seen(form);
    let text = |name: &str| form.text(name).to_owned();
    match act {
        "transfer" => {
            let (to, reason, article) = (text("agency"), text("words"), text("article"));
            case::transfer(ctx, id, revision, Transfer { to, reason, article }).await
        }
        "take_over" => {
            let begins = case::beginning(ctx, id).await?;
            let procedure = begins.map(|begins| asked::read(&begins.form, form));
            let body = TakeOver { procedure: procedure.unwrap_or_default() };
            case::take_over(ctx, id, revision, body).await
        }
        _ => {
            let body = TransferReturn { reason: text("words") };
            case::return_transfer(ctx, id, revision, body).await
        }
    }
}

fn seen(form: &Form) -> Option<i64> {
    Some(form.number("revision").unwrap_or(-1))
}

/// Acts on an application not accepted yet.
async fn receive(ctx: &mut Ctx, act: &str, id: &str, form: &Form, coded: String) -> Result<Done> {
    let revision = seen(form);
    let text = |name: &str| form.text(name).to_owned();
    let list = |name: &str| form.all(name).into_iter().map(str::to_owned).collect::<Vec<_>>();
    match act {
        "accept" => {
            let begins = case::beginning(ctx, id).await?;
            let procedure = begins.map(|begins| asked::read(&begins.form, form));
            let (tolerated, promise) = (list("tolerated"), text("promise"));
            let body = Acceptance { tolerated, promise, procedure: procedure.unwrap_or_default() };
            case::accept(ctx, id, revision, body).await
        }
        "refuse_acceptance" => {
            let (remedies, article) = (text("remedies"), text("article"));
            let body = RefusalOfAcceptance { reasons: coded, remedies, article };
            case::refuse_acceptance(ctx, id, revision, body).await
        }
        _ => {
            let (fields, materials) = (list("fields"), list("materials"));
            let body = CorrectionNotice { fields, materials, note: coded };
            case::ask_correction(ctx, id, revision, body).await
        }
    }
}

/// Acts on the clock.
async fn time(ctx: &mut Ctx, act: &str, id: &str, form: &Form, coded: String) -> Result<Done> {
    let revision = seen(form);
    let text = |name: &str| form.text(name).to_owned();
    match act {
        "suspend" => {
            let (procedure, article) = (text("procedure"), text("article"));
            let body = Suspension { procedure, article, needed: coded };
            case::suspend(ctx, id, revision, body).await
        }
        "resume" => case::resume(ctx, id, revision, Resumption { result: text("words") }).await,
        _ => {
            let amount =
                form.number("amount").and_then(|amount| u32::try_from(amount).ok()).unwrap_or(0);
            let body = Extension { amount, reason: coded, article: text("article") };
            case::extend(ctx, id, revision, body).await
        }
    }
}

/// Takes back how a case ended, confirms it, or ends it.
async fn undo(ctx: &mut Ctx, act: &str, id: &str, form: &Form, coded: String) -> Result<Done> {
    let (revision, article) = (seen(form), form.text("article").to_owned());
    if act == "revoke" {
        return case::revoke(ctx, id, revision, Revocation { reason: coded, article }).await;
    }
    let reason = form.text("words").to_owned();
    if act == "terminate" {
        return case::terminate(ctx, id, revision, Termination { reason, article }).await;
    }
    if act == "confirm_check" || act == "uphold" {
        let body = Confirmation { opinion: reason, article };
        return match act {
            "uphold" => case::uphold(ctx, id, revision, body).await,
            _ => case::confirm_check(ctx, id, revision, body).await,
        };
    }
    case::reopen(ctx, id, revision, Reopening { reason, article }).await
}

/// Who has the case in hand, and the delivery.
async fn office(ctx: &mut Ctx, act: &str, id: &str, form: &Form) -> Result<Done> {
    let revision = seen(form);
    match act {
        "claim" => case::claim(ctx, id, revision).await,
        "unclaim" => case::unclaim(ctx, id, revision).await,
        "issue" => case::issue(ctx, id, revision).await,
        "hand_over" => {
            let (to, reason) = (form.text("to").to_owned(), form.text("words").to_owned());
            case::hand_over(ctx, id, revision, HandOver { to, reason }).await
        }
        _ => Err(Error::not_found()),
    }
}

async fn decide(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    form: &Form,
    reasons: String,
) -> Result<Done> {
    let granted = match form.text("granted") {
        "yes" => true,
        "no" => false,
        _ => return Err(Error::invalid("review.choice").field("granted", "review.choice")),
    };
    let body = Decision {
        granted,
        opinion: form.text("opinion").to_owned(),
        reasons: if granted { String::new() } else { reasons },
        article: form.text("article").to_owned(),
        remedies: form.text("remedies").to_owned(),
    };
    case::decide(ctx, id, revision, body).await
}

/// The reasons: the coded ones ticked, in the text of record, then what was written.
fn coded(ctx: &Ctx, act: &str, form: &Form) -> String {
    let wanted = reasons_for(act);
    let ticked = form.all("code").into_iter().filter_map(|id| ctx.env.pack.reason(id));
    let mut parts: Vec<&str> = ticked
        .filter(|reason| Some(reason.act) == wanted)
        .map(|reason| reason.text.zh.as_str())
        .collect();
    if !form.text("words").is_empty() {
        parts.push(form.text("words"));
    }
    parts.join("；")
}
