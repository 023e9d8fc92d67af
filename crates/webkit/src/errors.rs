//! The page behind the `type` of a problem: what an error code means and what to do about it.
//!
//! Invariants: every code that has a sentence has a page, in the visitor's language; an unknown
//! code is not found; nothing of a certain request is told. Must not know: which codes there are.

use crate::{Access, Answer, Call, Module, get};
use axum::extract::Path;
use kernel::Error;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longest code.
const CODE_MAX: usize = 80;

/// The page of every code; `statuses` says with which HTTP status a code comes, where known.
pub fn module(statuses: BTreeMap<String, u16>) -> Module {
    let statuses = Arc::new(statuses);
    let page = move |call: Call, Path(code): Path<String>| {
        let statuses = statuses.clone();
        async move { show(&call, &code, statuses.get(&code).copied()) }
    };
    Module {
        name: "webkit.errors",
        routes: vec![get("/errors/{code}", Access::Anyone, page)],
        ..Module::default()
    }
}

/// `GET /errors/{code}`.
fn show(call: &Call, code: &str, status: Option<u16>) -> Answer {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if code.len() > CODE_MAX || !code.chars().all(fits) {
        return Err(Error::not_found().into());
    }
    let sentence = call.web.views.raw(call.lang(), &format!("error.{code}"));
    let sentence = sentence.ok_or_else(Error::not_found)?;
    call.page(
        "webkit/error_code.html",
        &json!({ "code": code, "status": status, "sentence": unfilled(sentence) }),
    )
}

/// A sentence with an ellipsis where a certain request would fill something in.
fn unfilled(sentence: &str) -> String {
    let mut out = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((head, tail)) = rest.split_once('{') {
        out.push_str(head);
        out.push('…');
        rest = tail.split_once('}').map_or("", |parts| parts.1);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::unfilled;

    #[test]
    fn what_a_request_would_fill_in_is_left_open() {
        assert_eq!(unfilled("At most {max} of {n} here"), "At most … of … here");
        assert_eq!(unfilled("nothing"), "nothing");
        assert_eq!(unfilled("broken {max"), "broken …");
    }
}
