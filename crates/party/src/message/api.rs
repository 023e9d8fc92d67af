//! Messages over REST.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use schemars::JsonSchema;
use serde::Serialize;
use webkit::{Answer, Call};

/// One message.
#[derive(Serialize, JsonSchema)]
pub struct MessageView {
    /// Id.
    pub id: String,
    /// Event.
    pub event: String,
    /// Subject, in the language asked for.
    pub subject: String,
    /// Body.
    pub body: String,
    /// Path of this site it leads to; may be empty.
    pub link: String,
    /// When, RFC 3339.
    pub at: String,
    /// True when it has been read.
    pub read: bool,
}

/// A page of messages.
#[derive(Serialize, JsonSchema)]
pub struct MessageList {
    /// Newest first.
    pub messages: Vec<MessageView>,
    /// Pass as `after` for the next page.
    pub next: Option<String>,
}

/// `GET /api/v1/messages?after=`.
pub(super) async fn list(call: Call) -> Answer {
    let mut ctx = call.read();
    let page = super::list(&mut ctx, &call.query("after").unwrap_or_default()).await?;
    let view = |message: super::Message| MessageView {
        id: message.id,
        event: message.template,
        subject: message.subject,
        body: message.body,
        link: message.link,
        at: message.at.rfc3339(),
        read: message.read,
    };
    call.json(&MessageList {
        messages: page.messages.into_iter().map(view).collect(),
        next: page.next,
    })
}

/// `POST /api/v1/messages/{id}/read`.
pub(super) async fn read(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.write().await?;
    super::read(&mut ctx, &id).await?;
    ctx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
