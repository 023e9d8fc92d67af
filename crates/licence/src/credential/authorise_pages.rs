//! The holder's page of a request that began in a wallet of others.

use super::authorise;
use crate::register::shown;
use axum::http::StatusCode;
use kernel::Error;
use serde_json::{Value as Json, json};
use webkit::{Answer, Call, Form};

/// `GET /openid4vci/authorize?client_id=&request_uri=`.
pub(super) async fn form(call: Call) -> Answer {
    let text = |name: &str| call.query(name).unwrap_or_default();
    page(&call, &text("client_id"), &text("request_uri"), None).await
}

async fn page(call: &Call, client: &str, uri: &str, fault: Option<&Error>) -> Answer {
    let asked = authorise::asked(&mut call.read(), client, uri).await?;
    let (pack, lang) = (&call.web.env.pack, call.lang());
    let card = |card: &crate::wallet::Card| -> Json {
        json!({ "value": card.id, "text": shown::type_name(pack, &card.type_id).get(lang),
            "note": card.identifier })
    };
    let context = json!({
        "program": asked.program,
        "redirect_uri": asked.redirect_uri,
        "kind": shown::type_name(pack, &asked.type_id).get(lang),
        "cards": asked.cards.iter().map(card).collect::<Vec<_>>(),
        "client_id": client,
        "request_uri": uri,
        "faults": fault.map(|error| crate::faults::told(call, error)).unwrap_or_default(),
    });
    // The answer leads to the wallet from the page shown again, too.
    let path = "licence/credential/authorise.html";
    let mut page = call.page_leading_to(path, &context, &asked.redirect_uri)?;
    if fault.is_some() {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

/// `POST /openid4vci/authorize`: `answer=grant` with a `licence`, or anything else.
pub(super) async fn answer(call: Call, form: Form) -> Answer {
    let (client, uri) = (form.text("client_id").to_owned(), form.text("request_uri").to_owned());
    let licence = (form.text("answer") == "grant").then(|| form.text("licence"));
    if licence == Some("") {
        let none = Error::invalid("licence.credential_choose")
            .field("licence", "licence.credential_choose");
        return page(&call, &client, &uri, Some(&none)).await;
    }
    let mut ctx = call.write().await?;
    let location = match authorise::answer(&mut ctx, &client, &uri, licence).await {
        Ok(location) => location,
        Err(error) => {
            drop(ctx);
            let id = licence.unwrap_or_default();
            return Err(crate::wallet::refused(&call, id, error).await.into());
        }
    };
    ctx.commit().await?;
    call.see(&location)
}
