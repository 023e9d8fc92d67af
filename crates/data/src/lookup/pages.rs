//! "Who read my data" (谁用了我的数据).

use super::disclosure::uses;
use super::lookup::is_portal;
use super::{Disclosure, Receipt, Use, consumer_name};
use crate::source;
use kernel::Result;
use party::account::AccountKind;
use serde_json::{Value as Json, json};
use store::Ctx;
use webkit::form::encode;
use webkit::{Answer, Call};

/// `GET /my/data-use?after=`.
pub(super) async fn mine(call: Call) -> Answer {
    let mut ctx = call.read();
    let (found, next) = uses(&mut ctx, &call.query("after").unwrap_or_default()).await?;
    let mut uses = Vec::new();
    for one in &found {
        uses.push(match one {
            Use::Read(receipt) => {
                let reader = reader(&mut ctx, &call, receipt).await?;
                shown(&call, receipt, &reader)
            }
            Use::Disclosed(one) => disclosed(&mut ctx, &call, one).await?,
        });
    }
    let next = next.map(|after| format!("/my/data-use?after={}", encode(&after)));
    call.page("data/lookup/mine.html", &json!({"uses": uses, "next": next}))
}

/// Who read, as far as the person may know: the agency and the post, never the officer's name; while
/// a form is filled in, who filled it in and for which agencies.
async fn reader(ctx: &mut Ctx, call: &Call, receipt: &Receipt) -> Result<String> {
    let (pack, lang) = (&call.web.env.pack, call.lang());
    let say = |key: &str, args: &[(&str, String)]| call.web.views.text(lang, key, args);
    let post = post(ctx, call, &receipt.actor).await?;
    if !is_portal(&receipt.consumer) {
        let agency = consumer_name(call, &receipt.consumer);
        return Ok(match post {
            Some((_, post)) => say("data.use.by_post", &[("agency", agency), ("post", post)]),
            None => say("data.use.by_rule", &[("agency", agency)]),
        });
    }
    let kinds = pack.contract(&receipt.contract).map(|one| one.consumers.as_slice());
    let kinds = kinds.unwrap_or_default().iter().filter_map(|kind| pack.agency_kind(kind));
    let agencies: Vec<&str> = kinds.map(|kind| kind.short_name.get(lang)).collect();
    let agencies = ("agencies", agencies.join(&call.t("webkit.list")));
    Ok(match post {
        Some((agency, post)) => {
            say("data.use.at_window", &[("agency", agency), ("post", post), agencies])
        }
        None if receipt.actor == call.actor().account => say("data.use.by_self", &[agencies]),
        None => match agent(ctx, receipt).await? {
            Some((agent, applicant)) => {
                say("data.use.by_agent", &[("agent", agent), ("applicant", applicant), agencies])
            }
            None => say("data.use.by_applicant", &[agencies]),
        },
    })
}

/// Who filled the form in for whom, masked; none when the applicant did himself.
async fn agent(ctx: &mut Ctx, receipt: &Receipt) -> Result<Option<(String, String)>> {
    let Some(account) = party::account::find(ctx, &receipt.actor).await? else { return Ok(None) };
    if receipt.filed_by.is_empty() || account.person == receipt.filed_by {
        return Ok(None);
    }
    let agent = party::person::find(ctx, &account.person).await?;
    let applicant = party::person::find(ctx, &receipt.filed_by).await?;
    Ok(agent.zip(applicant).map(|(agent, applicant)| (agent.masked().0, applicant.masked().0)))
}

/// Agency and post of an account; none for a citizen's and the platform's.
async fn post(ctx: &mut Ctx, call: &Call, account: &str) -> Result<Option<(String, String)>> {
    let (pack, lang) = (&call.web.env.pack, call.lang());
    let account = party::account::find(ctx, account).await?;
    let officer = account.filter(|account| account.kind != AccountKind::Citizen);
    Ok(officer.map(|officer| {
        let roles = officer.roles.iter().filter_map(|role| pack.role(role));
        let roles: Vec<&str> = roles.map(|role| role.name.get(lang)).collect();
        let agency = source::name(pack, &officer.agency).get(lang).to_owned();
        (agency, roles.join(&call.t("webkit.list")))
    }))
}

/// What an officer was shown or took away.
async fn disclosed(ctx: &mut Ctx, call: &Call, one: &Disclosure) -> Result<Json> {
    let (pack, lang) = (&call.web.env.pack, call.lang());
    let agency = source::name(pack, &one.agency).get(lang).to_owned();
    let reader = match post(ctx, call, &one.actor).await? {
        Some((agency, post)) => {
            let args = [("agency", agency), ("post", post)];
            call.web.views.text(lang, "data.use.by_post", &args)
        }
        None => agency,
    };
    let own = one.person == call.actor().party;
    Ok(json!({
        "id": one.id,
        "at": one.at,
        "reader": reader,
        "registry": call.t("data.use.disclosed"),
        "one_thing": pack.one_thing(&one.one_thing).map(|thing| &thing.name),
        "purpose": one.purpose,
        "number": one.number,
        "href": own.then(|| format!("/cases/{}", one.case_id)),
        "what": one.what,
    }))
}

fn shown(call: &Call, receipt: &Receipt, reader: &str) -> Json {
    let (pack, lang) = (&call.web.env.pack, call.lang());
    let object_to = |field: &String| {
        let href = format!(
            "/my/objections/new?record={}&field={}&receipt={}",
            encode(&receipt.record),
            encode(field),
            encode(&receipt.id)
        );
        json!({"name": source::field_name(pack, &receipt.registry, field, lang), "href": href})
    };
    // The case of another is told of, not opened.
    let own = receipt.filed_by == call.actor().party;
    json!({
        "id": receipt.id,
        "at": receipt.at,
        "reader": reader,
        "source": source::name(pack, &receipt.source),
        "registry": source::registry_name(pack, &receipt.registry, lang),
        "one_thing": pack.one_thing(&receipt.one_thing).map(|thing| &thing.name),
        "purpose": receipt.purpose,
        "number": receipt.number,
        "href": own.then(|| match receipt.number.as_str() {
            "" => format!("/drafts/{}", receipt.case_id),
            _ => format!("/cases/{}", receipt.case_id),
        }),
        "found": !receipt.record.is_empty(),
        "fields": receipt.fields.iter().map(object_to).collect::<Vec<_>>(),
    })
}
