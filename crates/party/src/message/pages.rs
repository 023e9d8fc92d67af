//! The inbox and its preferences.

use axum::extract::Path;
use kernel::Kind;
use serde_json::json;
use webkit::{Answer, Call, Form};

/// `GET /messages?after=`.
pub(super) async fn inbox(call: Call) -> Answer {
    let mut ctx = call.read();
    let page = super::list(&mut ctx, &call.query("after").unwrap_or_default()).await?;
    let rows: Vec<_> = page
        .messages
        .iter()
        .map(|m| json!({"id": m.id, "subject": m.subject, "body": m.body, "at": m.at, "read": m.read}))
        .collect();
    let unread = call.visitor.unread;
    call.page(
        "party/message/inbox.html",
        &json!({"rows": rows, "next": page.next, "unread": unread}),
    )
}

/// `GET /messages/{id}`: marks it as read and shows it with where it leads.
pub(super) async fn open(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.write().await?;
    let message = super::find(&mut ctx, &id).await?;
    super::read(&mut ctx, &id).await?;
    ctx.commit().await?;
    // A mail spells the address out; here it is the button below.
    let address = format!("{}{}", call.web.env.settings.base_url, message.link);
    let body = match message.link.is_empty() {
        true => message.body,
        false => message.body.replace(&address, &call.t("party.message.below")),
    };
    let context = json!({"subject": message.subject, "body": body, "at": message.at,
        "link": message.link});
    call.page("party/message/message.html", &context)
}

/// `POST /messages/read`.
pub(super) async fn read_all(call: Call, _form: Form) -> Answer {
    let mut ctx = call.write().await?;
    super::read_all(&mut ctx).await?;
    ctx.commit().await?;
    call.see("/messages?notice=message.all_read")
}

/// `GET /messages/preferences`.
pub(super) async fn preferences_form(call: Call) -> Answer {
    let context = preferences_context(&call, None, Vec::new()).await?;
    call.page("party/message/preferences.html", &context)
}

/// Kinds of events, by the first word of their names, as the page shows them.
const GROUPS: [&str; 9] =
    ["draft", "case", "licence", "data", "objection", "delegation", "work", "process", "account"];

/// The choices by kind, those that are always mailed apart; what is of no known kind comes last.
fn groups(call: &Call, choices: &[super::Choice]) -> Vec<serde_json::Value> {
    let group = |choice: &super::Choice| {
        let word = choice.template.split('.').next().unwrap_or_default();
        GROUPS.into_iter().find(|group| *group == word).unwrap_or("other")
    };
    let name = |choice: &super::Choice| choice.name.get(call.lang()).to_owned();
    let of = |wanted: &str| {
        let all: Vec<_> = choices.iter().filter(|choice| group(choice) == wanted).collect();
        let always: Vec<_> = all.iter().filter(|one| one.mandatory).map(|one| name(one)).collect();
        let free = all.iter().filter(|one| !one.mandatory);
        let free: Vec<_> = free
            .map(|one| json!({"value": one.template, "text": name(one), "mail": one.mail}))
            .collect();
        (!all.is_empty()).then(|| json!({"id": wanted, "always": always, "choices": free}))
    };
    GROUPS.into_iter().chain(["other"]).filter_map(of).collect()
}

async fn preferences_context(
    call: &Call,
    typed: Option<&str>,
    errors: Vec<webkit::call::Shown>,
) -> kernel::Result<serde_json::Value> {
    let mut ctx = call.read();
    let (choices, mail) = super::preferences(&mut ctx).await?;
    let claimed = super::claimed_address(&mut ctx).await?;
    let groups = groups(call, &choices);
    let mail = typed.map_or(mail, str::to_owned);
    let served = call.web.env.settings.smtp.is_some();
    let strong = call.actor().assurance >= 2;
    Ok(json!({"groups": groups, "mail": mail, "claimed": claimed, "served": served,
        "strong": strong, "errors": crate::display::errors(&errors)}))
}

/// `POST /messages/preferences`.
pub(super) async fn preferences_post(call: Call, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    super::set_preferences(&mut ctx, &form.all("wanted")).await?;
    ctx.commit().await?;
    call.see("/messages/preferences?notice=message.preferences_saved")
}

/// `POST /messages/address`: `mail`.
pub(super) async fn address(call: Call, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    match super::change_address(&mut ctx, form.text("mail")).await {
        Ok(sent) => {
            ctx.commit().await?;
            let notice = if sent { "message.code_sent" } else { "message.address_saved" };
            call.see(&format!("/messages/preferences?notice={notice}"))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Limited | Kind::Conflict) => {
            drop(ctx);
            let mut shown = call.faults(&error);
            shown.iter_mut().for_each(|one| one.field = "mail".to_owned());
            again(&call, Some(form.text("mail")), shown).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /messages/address/confirmation`: `code`.
pub(super) async fn confirmation(call: Call, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let outcome = super::confirm_address(&mut ctx, form.text("code")).await?;
    ctx.commit().await?;
    match outcome {
        Ok(()) => call.see("/messages/preferences?notice=message.address_saved"),
        Err(error) => again(&call, None, call.faults(&error)).await,
    }
}

async fn again(call: &Call, mail: Option<&str>, shown: Vec<webkit::call::Shown>) -> Answer {
    let context = preferences_context(call, mail, shown).await?;
    call.page_again("party/message/preferences.html", &context)
}
