//! The page on which an officer names a deputy for his absence.

use crate::case::{self, Colleague, Moment, StandIn};
use ::store::command;
use axum::extract::Path;
use jiff::civil::Date;
use kernel::{Error, Kind, Result, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use webkit::{Answer, Call, Form};

/// A stand-in with what the reader is to it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    pub(super) one: StandIn,
    /// Last day, for reading.
    pub(super) last: Moment,
    /// The reader is the absent officer.
    pub(super) own: bool,
    /// Has neither ended nor run out.
    pub(super) runs: bool,
}

/// `service/workbench/stand_in.html`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct StandInView {
    pub(super) lines: Vec<Line>,
    pub(super) colleagues: Vec<Colleague>,
    pub(super) values: BTreeMap<String, String>,
    pub(super) errors: BTreeMap<String, String>,
    pub(super) faults: Vec<String>,
}

/// `GET /workbench/stand-in`.
pub(super) async fn show(call: Call) -> Answer {
    call.page("service/workbench/stand_in.html", &view(&call).await?)
}

async fn view(call: &Call) -> Result<StandInView> {
    let mut ctx = call.read();
    let account = ctx.actor.account.clone();
    let now = ctx.now;
    let lines = case::stand_ins(&mut ctx).await?.into_iter().map(|one| Line {
        own: one.officer == account,
        runs: !one.ended && one.until.0 > now,
        last: Moment(one.until.0.plus_us(-1)),
        one,
    });
    let lines = lines.collect();
    let colleagues = case::deputies(&mut ctx).await?;
    let (values, errors, faults) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    Ok(StandInView { lines, colleagues, values, errors, faults })
}

/// `POST /workbench/stand-in`: from the beginning of the first day to the end of the last.
pub(super) async fn begin(call: Call, form: Form) -> Answer {
    let to = "/workbench/stand-in?notice=case.stand_in";
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "case.stand_in").await?.is_some() {
        return call.see(to);
    }
    let done = match period(&form) {
        Ok((from, until)) => {
            case::stand_in_begin(&mut ctx, form.text("deputy"), from, until, form.text("reason"))
                .await
                .map(|_| ())
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => {
            ctx.commit().await?;
            call.see(to)
        }
        Err(error) if error.kind == Kind::Invalid => {
            drop(ctx);
            let mut view = view(&call).await?;
            view.values = form.values();
            for fault in call.faults(&error) {
                view.errors.insert(fault.field, fault.message.clone());
                view.faults.push(fault.message);
            }
            call.page_again("service/workbench/stand_in.html", &view)
        }
        Err(error) => Err(error.into()),
    }
}

/// Errors: `workbench.day` with the fields at fault.
fn period(form: &Form) -> Result<(Timestamp, Timestamp)> {
    let day = |name: &str| form.text(name).parse::<Date>().ok();
    let mut error = Error::invalid("workbench.day");
    for name in ["from", "until"] {
        if day(name).is_none() {
            error = error.field(name, "workbench.day");
        }
    }
    error.clone().if_any_field()?;
    let (from, last) = (day("from").ok_or(error.clone())?, day("until").ok_or(error.clone())?);
    let after = last.tomorrow().map_err(|_| error.field("until", "workbench.day"))?;
    Ok((Timestamp::start_of(from), Timestamp::start_of(after)))
}

/// `POST /workbench/stand-in/{id}/end`.
pub(super) async fn end(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let to = "/workbench/stand-in?notice=case.stand_in_ended";
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "case.stand_in_end").await?.is_some() {
        return call.see(to);
    }
    case::stand_in_end(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.see(to)
}
