//! Whether certificates stand: suspension, resumption, revocation; and what that means for what was
//! signed with them.
//!
//! Invariants: a revoked certificate stays revoked; a root stands or falls with the province and is
//! not revoked by itself; retirement of a key touches nothing it signed. What was signed before a
//! revocation stays good; where the key was known to others the signer's word on when he signed does
//! not count, and only our own record of it does.
//! Must not know: how a certificate came to be.

use super::model::{Cause, Certified, Profile};
use super::store::{self, NewState};
use super::{issue, order};
use crate::seal;
use ::store::Ctx;
use kernel::{Error, Result, Text, Timestamp};
use proof::certificate::Certificate;
use proof::verify::SignedBy;
use serde_json::json;

/// Suspends a certificate at once: one administrator is enough, lifting it takes two. Permission
/// `authority.manage`, a second factor, the holder's division.
///
/// Errors: `denied`, `sign_in.second_factor`, `not_found`, `licence.reason_text`, `licence.stale`,
/// `licence.certificate_state`, `licence.certificate_root`.
pub async fn suspend(ctx: &mut Ctx, id: &str, revision: i64, reason: &str) -> Result<Certified> {
    order::strong(ctx)?;
    let reason = order::words(reason, "reason")?;
    let row = held(ctx, id).await?;
    order::within_reach(ctx, &row.division)?;
    if row.revision != revision {
        return Err(Error::conflict("licence.stale"));
    }
    check_may_end(&row)?;
    if row.state != "valid" {
        return Err(Error::conflict("licence.certificate_state"));
    }
    let now = ctx.now;
    change(ctx, &row, ("suspended", Cause::Hold.as_str()), now, &reason).await?;
    store::certificate(ctx, id).await
}

/// Lifts a suspension; the certificate's id. Errors: `licence.certificate_state`.
pub(super) async fn resume(ctx: &mut Ctx, id: &str, reason: &str) -> Result<String> {
    let row = held(ctx, id).await?;
    if row.state != "suspended" {
        return Err(Error::conflict("licence.certificate_state"));
    }
    let now = ctx.now;
    change(ctx, &row, ("valid", ""), now, reason).await?;
    Ok(row.id)
}

/// Takes a certificate back for good; its id. Errors: as [`check_may_end`] and [`since`].
pub(super) async fn revoke(
    ctx: &mut Ctx,
    id: &str,
    cause: Cause,
    from: Option<&str>,
    reason: &str,
) -> Result<String> {
    let row = held(ctx, id).await?;
    check_may_end(&row)?;
    let from = since(ctx, &row, from)?;
    change(ctx, &row, ("revoked", cause.as_str()), from, reason).await?;
    Ok(row.id)
}

/// Revokes the certificate of a key that is no more; the caller has had two persons decide it.
/// Errors: those of the database.
pub(crate) async fn cease(ctx: &mut Ctx, id: &str, reason: &str) -> Result<()> {
    let row = held(ctx, id).await?;
    if row.state != "revoked" {
        let now = ctx.now;
        change(ctx, &row, ("revoked", Cause::Cessation.as_str()), now, reason).await?;
    }
    Ok(())
}

/// As [`cease`], for the certificate of the twin of a holder's key, where there is one.
pub(crate) async fn cease_twin(ctx: &mut Ctx, holder: &str, reason: &str) -> Result<()> {
    match store::newest(ctx, holder, Profile::Twin.as_str()).await? {
        Some(row) => cease(ctx, &row.id, reason).await,
        None => Ok(()),
    }
}

/// True while a certificate on record holds and was not taken back.
pub(crate) async fn stands(ctx: &mut Ctx, certificate: &Certificate) -> Result<bool> {
    for row in store::by_serial(ctx, &certificate.serial_hex()).await? {
        if issue::read(&row)? == *certificate {
            return Ok(row.state_at(ctx.now) == "valid" && certificate.valid_from() <= ctx.now);
        }
    }
    Ok(false)
}

async fn held(ctx: &mut Ctx, id: &str) -> Result<Certified> {
    if !ctx.lock("authority_certificate", id).await? {
        return Err(Error::not_found());
    }
    store::certificate(ctx, id).await
}

/// Refuses to end what has ended, or a root. Errors: `licence.certificate_state`,
/// `licence.certificate_root`.
pub(super) fn check_may_end(row: &Certified) -> Result<()> {
    if row.state == "revoked" {
        return Err(Error::conflict("licence.certificate_state"));
    }
    if row.authority == row.id {
        return Err(Error::conflict("licence.certificate_root"));
    }
    Ok(())
}

/// Since when a revocation counts: an instant of the certificate's validity that has passed; when
/// none is said, since its suspension, or now.
/// Errors: `licence.certificate_since`.
pub(super) fn since(ctx: &Ctx, row: &Certified, from: Option<&str>) -> Result<Timestamp> {
    let code = "licence.certificate_since";
    let wrong = || Error::invalid(code).field("since", code);
    let Some(text) = from.filter(|text| !text.is_empty()) else {
        return Ok(if row.state == "suspended" { Timestamp(row.since_us) } else { ctx.now });
    };
    let at: jiff::Timestamp = text.parse().map_err(|_| wrong())?;
    let at = Timestamp(at.as_microsecond());
    if at > ctx.now || at.0 < row.not_before_us {
        return Err(wrong());
    }
    Ok(at)
}

async fn change(
    ctx: &mut Ctx,
    row: &Certified,
    (state, cause): (&str, &str),
    since: Timestamp,
    reason: &str,
) -> Result<()> {
    let new = NewState { state, since_us: since.0, cause, reason };
    store::set_state(ctx, &row.id, &new).await?;
    store::changed(ctx, &row.authority).await?;
    let kind = match state {
        "valid" => "authority.resumed",
        "suspended" => "authority.suspended",
        _ => "authority.revoked",
    };
    let body = json!({ "holder": row.holder, "serial": row.serial, "cause": cause,
        "since": since.0, "reason": reason });
    let subject = format!("certificate:{}", row.id);
    party::audit::record_row(ctx, kind, &subject, body, "authority_certificate", &row.id).await?;
    seal::key::follow(ctx, &row.id, state == "valid", reason).await
}

/// True unless the certificate of this id is on record as suspended or revoked.
pub(crate) async fn is_valid(ctx: &mut Ctx, id: &str) -> Result<bool> {
    match store::certificate(ctx, id).await {
        Ok(row) => Ok(row.state == "valid"),
        Err(error) if error.kind == kernel::Kind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// What a suspension or revocation means for something signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// True when what was signed stays good.
    pub(crate) ok: bool,
    /// Why.
    pub(crate) detail: Text,
}

/// What the records say against a signature: the first certificate of its chain that was taken back
/// or suspended; `None` when all stand or are not ours. `digest` is that of the signed file.
pub(crate) async fn verdict(
    ctx: &mut Ctx,
    signed: &SignedBy,
    digest: &str,
) -> Result<Option<Verdict>> {
    let mut later = None;
    for certificate in &signed.chain {
        let rows = store::by_serial(ctx, &certificate.serial_hex()).await?;
        for row in rows.iter().filter(|row| row.state != "valid") {
            if issue::read(row)? != *certificate {
                continue;
            }
            let found = judge(ctx, row, signed.at, digest).await?;
            if !found.ok {
                return Ok(Some(found));
            }
            later.get_or_insert(found);
        }
    }
    Ok(later)
}

async fn judge(ctx: &mut Ctx, row: &Certified, at: Timestamp, digest: &str) -> Result<Verdict> {
    let since = Timestamp(row.since_us);
    let cause = Cause::parse(&row.cause).map_err(Error::internal)?;
    let (name, day, why) = (&row.name, since.date(), cause.reason().name());
    if at >= since {
        let detail = Text::new(
            format!("{name} 的证书自 {day} 起{}，签名在此之后。", why.zh),
            format!(
                "{name}'s certificate was taken back on {day} ({}), before the signing.",
                why.en
            ),
        );
        return Ok(Verdict { ok: false, detail });
    }
    if cause == Cause::KeyCompromise && !seal::was_used(ctx, digest, since).await? {
        let detail = Text::new(
            format!("{name} 的密钥已泄露（{day}），签名自称的时间没有用印记录证明。"),
            format!(
                "{name}'s key was known to others on {day}, and no record proves that it was signed \
                 before."
            ),
        );
        return Ok(Verdict { ok: false, detail });
    }
    let detail = Text::new(
        format!("{name} 的证书于 {day} {}，签名在此之前，仍然有效。", why.zh),
        format!("{name}'s certificate was taken back on {day} ({}), after the signing.", why.en),
    );
    Ok(Verdict { ok: true, detail })
}
