//! Moving the demonstration's clock forward.

use super::local_path;
use crate::audit;
use kernel::time::{DAY_US, HOUR_US};
use kernel::{Error, Result};
use serde_json::json;
use store::{Ctx, Db, vals};
use webkit::{Answer, Call, Form};

/// Name of the setting that keeps the clock's offset in microseconds.
pub const CLOCK_SETTING: &str = "clock_offset_us";
/// Longest step: beyond it the working calendar would have no notice.
const STEP_DAYS_MAX: i64 = 60;

/// Moves the clock forward by whole days and hours; the offset is kept for the next start.
/// Sessions and tokens are timed by the operating system's clock and stay.
///
/// Errors: `not_found` outside a demonstration, `clock.step` for nothing, less or too much.
pub async fn advance(mut ctx: Ctx, days: i64, hours: i64) -> Result<()> {
    if !ctx.env.settings.demo {
        return Err(Error::not_found());
    }
    let fits = (0..=STEP_DAYS_MAX).contains(&days) && (0..=24 * STEP_DAYS_MAX).contains(&hours);
    let step_us = days.saturating_mul(DAY_US).saturating_add(hours.saturating_mul(HOUR_US));
    if !fits || step_us <= 0 || step_us > STEP_DAYS_MAX * DAY_US {
        let args = vec![("days", STEP_DAYS_MAX.to_string())];
        let error = Error::invalid("clock.step").arg("days", STEP_DAYS_MAX);
        return Err(error.field_with("days", "clock.step", args));
    }
    let stored: Option<String> =
        ctx.scalar("SELECT value FROM setting WHERE name = $1", vals![CLOCK_SETTING]).await?;
    let stored = stored.and_then(|value| value.parse::<i64>().ok()).unwrap_or(0);
    ctx.execute(
        "INSERT INTO setting (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        vals![CLOCK_SETTING, stored.saturating_add(step_us).to_string()],
    )
    .await?;
    audit::record(
        &mut ctx,
        "clock.advanced",
        "setting:clock",
        json!({"days": days, "hours": hours}),
    )
    .await?;
    let env = ctx.env.clone();
    ctx.commit().await?;
    env.clock.advance_us(step_us);
    Ok(())
}

/// The offset kept by the last [`advance`], for the start of the program; 0 for none.
/// Errors: `unavailable`. The table must exist.
pub async fn stored_offset_us(db: &Db) -> Result<i64> {
    db.setting(CLOCK_SETTING).await.map(|value| value.and_then(|v| v.parse().ok()).unwrap_or(0))
}

/// `GET /demo/clock`.
pub(super) async fn form(call: Call) -> Answer {
    let back = call.query("back").unwrap_or_default();
    let back = local_path(&back).unwrap_or("/").to_owned();
    let context = json!({"days": "1", "hours": "0", "back": back, "now": call.web.env.clock.now(),
        "errors": super::errors(&[])});
    call.page("party/display/clock.html", &context)
}

/// `POST /demo/clock`: `days`, `hours`, `back`.
pub(super) async fn post(call: Call, form: Form) -> Answer {
    let back = local_path(form.text("back")).unwrap_or("/").to_owned();
    let number = |name: &str| match form.text(name) {
        "" => Some(0),
        _ => form.number(name),
    };
    let (days, hours) = (number("days").unwrap_or(-1), number("hours").unwrap_or(-1));
    let ctx = call.write().await?;
    match advance(ctx, days, hours).await {
        Ok(()) => call.see(&back),
        Err(error) if error.code == "clock.step" => {
            let context = json!({"days": form.text("days"), "hours": form.text("hours"),
                "back": back, "now": call.web.env.clock.now(),
                "errors": super::errors(&call.faults(&error))});
            call.page_again("party/display/clock.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}
