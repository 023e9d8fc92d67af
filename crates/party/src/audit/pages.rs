//! The auditor's page.

use super::search::{Search, search};
use crate::{audit, authority};
use serde_json::json;
use webkit::{Answer, Call};

/// `GET /audit?subject=&actor=&kind=&after=`.
pub(super) async fn search_page(call: Call) -> Answer {
    let wanted = wanted(&call);
    let mut ctx = call.write().await?;
    authority::demand(&ctx, "audit.read")?;
    let page = search(&mut ctx, &wanted).await?;
    // Reading the record of others is itself an act on record.
    let asked = json!({"subject": wanted.subject, "actor": wanted.actor, "kind": wanted.kind});
    audit::record(&mut ctx, "audit.searched", "audit:log", asked).await?;
    ctx.commit().await?;
    let rows: Vec<_> = page
        .entries
        .iter()
        .map(|entry| {
            json!({
                "at": entry.at(), "kind": entry.kind, "subject": entry.subject,
                "actor": entry.actor, "body": entry.body, "id": entry.id,
                "position": entry.position.map_or_else(|| "–".to_owned(), |p| p.to_string()),
            })
        })
        .collect();
    let query = |key: &str, value: &str| format!("{key}={}", webkit::form::encode(value));
    let next = page.next.map(|after| {
        let parts = [
            query("subject", &wanted.subject),
            query("actor", &wanted.actor),
            query("kind", &wanted.kind),
            query("after", &after),
        ];
        format!("/audit?{}", parts.join("&"))
    });
    call.page(
        "party/audit/search.html",
        &json!({"rows": rows, "next": next, "subject": wanted.subject, "actor": wanted.actor,
            "kind": wanted.kind}),
    )
}

/// What the query string asks for, cut to a sane length.
pub(super) fn wanted(call: &Call) -> Search {
    let text = |name: &str| {
        let value = call.query(name).unwrap_or_default();
        value.trim().chars().take(120).collect::<String>()
    };
    Search {
        subject: text("subject"),
        actor: text("actor"),
        kind: text("kind"),
        after: text("after"),
    }
}
