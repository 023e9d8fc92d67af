//! The clerk's page on which an account is proven, and the same over REST.

use super::claim::{self, Proof};
use crate::display::errors;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use kernel::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use webkit::call::Shown;
use webkit::{Answer, Body, Call, Form};

/// What the clerk read from the card.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProofBody {
    /// Login of the account: its mobile number.
    login: String,
    /// Name on the card.
    name: String,
    /// Number on the card.
    number: String,
    /// The clerk has seen card and bearer.
    seen: bool,
}

/// `GET /desk-accounts`.
pub(super) async fn form(call: Call) -> Answer {
    page(&call, &Proof::default(), &[])
}

fn page(call: &Call, typed: &Proof, shown: &[Shown]) -> Answer {
    let context = json!({ "login": typed.login, "name": typed.name, "number": typed.number,
        "errors": errors(shown) });
    match shown.is_empty() {
        true => call.page("party/account/claim.html", &context),
        false => call.page_again("party/account/claim.html", &context),
    }
}

/// `POST /desk-accounts`: `login`, `name`, `number`, `seen`.
pub(super) async fn post(call: Call, form: Form) -> Answer {
    let text = |name: &str| form.text(name).to_owned();
    let seen = form.ticked("seen");
    let typed = Proof { login: text("login"), name: text("name"), number: text("number"), seen };
    let mut ctx = call.write().await?;
    match claim::prove(&mut ctx, &typed).await {
        Ok(()) => {
            ctx.commit().await?;
            call.see("/desk-accounts?notice=account.proven")
        }
        Err(error) if error.kind == Kind::Invalid => {
            drop(ctx);
            page(&call, &typed, &call.faults(&error))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /api/v1/account-proofs`.
pub(super) async fn prove(call: Call, Body(body): Body<ProofBody>) -> Answer {
    let mut ctx = call.write().await?;
    let ProofBody { login, name, number, seen } = body;
    claim::prove(&mut ctx, &Proof { login, name, number, seen }).await?;
    ctx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
