//! The printed licence: a sealed PDF made once from the stored data, kept as an object.
//!
//! Invariants: the sheet depends on stored data, the key that signed the licence and the pack's
//! layout alone, not on when or by whom it is made, but for the signature beside the seal, whose time
//! stamp says when it was made and which is there when the key's twin then stands; it carries the signed data inside; typesetting
//! runs outside any transaction.

use super::issue::NUMBER;
use super::model::Opened;
use super::{shown, store};
use crate::seal::{self, Signer};
use ::store::job::{Handler, Later};
use ::store::{Ctx, Env, JobSpec};
use kernel::time::DAY_US;
use kernel::{Actor, Error, Lang, Result, Text, Timestamp, canonical};
use pack::Agency;
use pack::licence::Side;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Longest value that shares a line with another, in characters.
const LONG_CHARS: usize = 18;
/// Name of the job that makes the sheet after the commit.
pub(super) const NAME: &str = "licence.sheet";
/// The job.
pub(super) const JOB: JobSpec = JobSpec { name: NAME, handler: Handler::Outside(make_later) };

/// A licence issued more than a day ago, as when past cases are loaded, gets its sheet when
/// somebody first asks for it.
fn make_later<'a>(env: &'a Arc<Env>, payload: &'a Json) -> Later<'a> {
    Box::pin(async move {
        let id = payload["licence"].as_str().unwrap_or("");
        let mut ctx = Ctx::read(env, Actor::system(NAME), Lang::Zh);
        let issued = Timestamp(store::get(&mut ctx, id).await?.issued_us);
        let recent = ctx.now.since(issued) < DAY_US;
        drop(ctx);
        if recent { digest(env, id).await.map(|_| ()) } else { Ok(()) }
    })
}

/// Digest of the licence's sheet, made now when it has not been made. Errors: `not_found`,
/// `licence.no_sheet` for a type without a layout, `licence.seal_suspended`, those of typesetting.
pub async fn digest(env: &Arc<Env>, id: &str) -> Result<String> {
    let mut ctx = Ctx::read(env, Actor::system(NAME), Lang::Zh);
    if let Some(digest) = store::sheet(&mut ctx, id).await? {
        return Ok(digest);
    }
    let row = store::get(&mut ctx, id).await?;
    let opened = store::open(&mut ctx, row).await?;
    let signer = seal::key::by_id(&mut ctx, &opened.row.key_id).await?;
    let readable = seal::readable(&mut ctx, &signer).await?;
    drop(ctx);
    let mut sealed = render(env, &opened, &signer).await?;
    if let Some(readable) = readable {
        let at = Timestamp(opened.row.issued_us);
        sealed = readable.sign(&sealed, at, "颁发电子证照")?;
    }
    let mut ctx = env.system(NAME).await?;
    let digest = ctx.put_object(&sealed).await?;
    let now = ctx.now;
    if store::set_sheet(&mut ctx, id, &digest, sealed.len(), now).await? {
        seal::log_use(&mut ctx, &signer, &digest, "sheet", id).await?;
        let subject = format!("licence:{id}");
        let body = json!({ "digest": digest });
        party::audit::record_row(
            &mut ctx,
            "licence.sheet_made",
            &subject,
            body,
            "licence_sheet",
            id,
        )
        .await?;
    }
    ctx.commit().await?;
    Ok(digest)
}

/// The sheet's bytes, made now when it has not been made. Errors: as [`digest`], `object.damaged`.
pub async fn file(env: &Arc<Env>, id: &str) -> Result<Vec<u8>> {
    let digest = digest(env, id).await?;
    env.objects.get(&env.vault, &digest).await
}

async fn render(env: &Arc<Env>, opened: &Opened, signer: &Signer) -> Result<Vec<u8>> {
    let none = || Error::not_found();
    let pack = env.pack.clone();
    let kind = pack.licence_type(&opened.row.type_id).ok_or_else(none)?;
    let layout = kind.layout.clone().ok_or_else(|| Error::conflict("licence.no_sheet"))?;
    let agency = pack.agency(&opened.row.agency).ok_or_else(none)?;
    let data = data_of(env, opened, &agency);
    let link = verify_link(env, &opened.row.code);
    let pdf = seal::typeset(env, &layout, data, signer, &link).await?;
    let payload = payload_of(opened)?;
    let at = Timestamp(opened.row.issued_us);
    seal::press(&pdf, signer, at, payload.as_bytes())
}

/// Address at which a code is verified.
pub(crate) fn verify_link(env: &Env, code: &str) -> String {
    format!("{}/verify?code={code}", env.settings.base_url)
}

/// The licence's data with the agency's detached signature: what `yipan verify` reads, and from
/// which the signed JSON as issued can be put together again.
pub(super) fn payload_of(opened: &Opened) -> Result<String> {
    let signed: Json = serde_json::from_slice(&opened.signed).map_err(Error::internal)?;
    let mut body = opened.body.clone();
    if let (Some(body), Some(signed)) = (body.as_object_mut(), signed.as_object()) {
        let mut proof = signed.clone();
        proof.remove("body");
        body.insert("proof".to_owned(), Json::Object(proof));
    }
    canonical::to_string(&body)
}

/// What the layout prints.
pub(crate) fn data_of(env: &Env, opened: &Opened, agency: &Agency) -> Json {
    let row = &opened.row;
    let values = opened.fields();
    let issued = Timestamp(row.issued_us);
    let kind = env.pack.licence_type(&row.type_id);
    let is_back = |field: &shown::Field| {
        kind.and_then(|kind| kind.field(&field.id)).is_some_and(|known| known.side == Side::Back)
    };
    let (back, front): (Vec<shown::Field>, Vec<shown::Field>) =
        shown::fields(&env.pack, &row.type_id, &values)
            .into_iter()
            .filter(|field| field.id != NUMBER)
            .partition(is_back);
    let printed = |fields: Vec<shown::Field>| -> Vec<(Text, Text)> {
        fields.into_iter().map(|field| (field.name, field.value)).collect()
    };
    let (mut fields, back) = (printed(front), printed(back));
    fields.push((Text::new("有效期", "Valid"), shown::validity(row)));
    let notes = kind.map(|kind| kind.notes.clone()).unwrap_or_default();
    let mut data = json!({
        "created": issued.rfc3339(),
        "title": shown::type_name(&env.pack, &row.type_id),
        "number": {
            "label": Text::new("编号", "No."),
            "value": shown::number(row, &values),
        },
        "fields": lay_out(&fields),
        "issuer": { "label": Text::new("发证机关", "Issued by"), "value": agency.name },
        "date": { "label": Text::new("发证日期", "Issued on"), "value": shown::date(issued.date()) },
        "identifier": {
            "label": Text::new("电子证照标识", "Electronic licence identifier"),
            "value": row.identifier,
        },
        "verify": seal::verify_label(&row.code),
        "legal": Text::new(
            "依据《国务院关于在线政务服务的若干规定》第十条，本电子证照可以作为办理政务服务事项的依据。",
            "Under Article 10 of the State Council's provisions on online government services, this \
             electronic licence may be relied on in government services.",
        ),
    });
    if !back.is_empty() || !notes.is_empty() {
        data["back"] = json!({
            "title": Text::new("副页", "Reverse"),
            "fields": lay_out(&back),
            "notes_title": Text::new("持证须知", "Notes for the holder"),
            "notes": notes,
        });
    }
    if env.settings.demo {
        data["demo"] = json!(Text::new("演示", "DEMO"));
    }
    data
}

/// The fields as the layout sets them, two to a line: a long value takes a line of its own, and so
/// does a short one that would stand alone before it.
pub(crate) fn lay_out(fields: &[(Text, Text)]) -> Vec<Json> {
    let long = |value: &Text| value.zh.chars().count() > LONG_CHARS;
    let mut wide: Vec<bool> = fields.iter().map(|(_, value)| long(value)).collect();
    let mut alone = false;
    for index in 0..wide.len() {
        if wide[index] {
            if alone {
                wide[index - 1] = true;
            }
            alone = false;
        } else {
            alone = !alone;
        }
    }
    let one = |((label, value), wide): (&(Text, Text), bool)| json!({ "label": label, "value": value, "wide": wide });
    fields.iter().zip(wide).map(one).collect()
}
