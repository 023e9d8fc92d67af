//! Pages of granting chosen cases together: what is granted, under one confirmation, and what
//! became of each.

use super::pages;
use crate::case::{self, Grants, Seen, Together};
use kernel::{Error, Kind, Result};
use party::batch::Outcomes;
use serde::Serialize;
use webkit::form::encode;
use webkit::{Answer, Call, Form};

const PAGE: &str = "service/workbench/grants.html";

/// `service/workbench/grants.html`.
#[derive(Debug, Serialize)]
pub(crate) struct GrantsView {
    /// What is put before the decider; absent when it cannot be granted together, or has been.
    asked: Option<Together>,
    /// What became of each, once it was confirmed.
    done: Option<Outcomes>,
    /// Opinion as typed.
    opinion: String,
    /// Article as typed, or to begin with.
    article: String,
    /// What is wrong.
    failed: Option<String>,
}

/// `POST /workbench/grants`: from the choice in the list to the page of it.
pub(super) async fn chosen(call: Call, form: Form) -> Answer {
    let wanted = pages::chosen(&form);
    if wanted.is_empty() {
        return pages::again(&call, &Error::invalid("workbench.nothing_chosen")).await;
    }
    let cases: Vec<String> = wanted.iter().map(|(id, ..)| format!("case={}", encode(id))).collect();
    call.see(&format!("/workbench/grants?{}", cases.join("&")))
}

/// `GET /workbench/grants?case=&case=`.
pub(super) async fn show(call: Call) -> Answer {
    let query = call.path_and_query.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let pairs = webkit::form::decode(query.as_bytes()).into_iter();
    let ids: Vec<String> =
        pairs.filter(|(name, _)| name == "case").map(|(_, value)| value).collect();
    match asked(&call, &ids).await {
        Ok(view) => call.page(PAGE, &view),
        Err(error) if told(&error) => call.page_again(PAGE, &failed(&call, &error)),
        Err(error) => Err(error.into()),
    }
}

/// `POST /workbench/grants/confirmed`.
pub(super) async fn confirmed(call: Call, form: Form) -> Answer {
    let cases = pages::chosen(&form).into_iter();
    let cases: Vec<Seen> =
        cases.map(|(id, seen, _)| Seen { id, revision: seen.unwrap_or(-1) }).collect();
    let ids: Vec<String> = cases.iter().map(|one| one.id.clone()).collect();
    let (opinion, article) = (form.text("opinion").to_owned(), form.text("article").to_owned());
    let grants = Grants { command: form.once().to_owned(), cases, opinion, article };
    let sentence = |error: &Error| call.sentence(error);
    let env = call.web.env.clone();
    match case::grant_together(&env, call.actor(), call.lang(), &grants, &sentence).await {
        Ok(done) => call.page(PAGE, &GrantsView { done: Some(done), ..empty() }),
        Err(error) if told(&error) => {
            let why = failed(&call, &error);
            let view = match asked(&call, &ids).await {
                Ok(view) => GrantsView {
                    opinion: grants.opinion,
                    article: grants.article,
                    failed: why.failed,
                    ..view
                },
                Err(_) => why,
            };
            call.page_again(PAGE, &view)
        }
        Err(error) => Err(error.into()),
    }
}

async fn asked(call: &Call, ids: &[String]) -> Result<GrantsView> {
    let together = case::together(&mut call.read(), ids).await?;
    Ok(GrantsView { article: together.article.clone(), asked: Some(together), ..empty() })
}

fn empty() -> GrantsView {
    let (opinion, article) = Default::default();
    GrantsView { asked: None, done: None, opinion, article, failed: None }
}

/// True for what is said on the page rather than on one of its own.
fn told(error: &Error) -> bool {
    matches!(error.kind, Kind::Invalid | Kind::Conflict | Kind::Limited)
}

fn failed(call: &Call, error: &Error) -> GrantsView {
    let first = call.faults(error).into_iter().next().map(|fault| fault.message);
    GrantsView { failed: Some(first.unwrap_or_else(|| call.sentence(error))), ..empty() }
}
