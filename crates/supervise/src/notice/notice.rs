//! What may be done with a notice, each with its authority.
//!
//! Invariants: every verb runs in the caller's transaction, locks the notice first and refuses a
//! page older than it; what the actor may not know of is not found. Must not know: HTTP.

use super::model::{
    Answer, By, Closure, Counts, Kind, Notice, NoticePage, NoticeRow, Phase, Same, Shown, Urge,
};
use super::store::{self, PAGE, Wanted};
use super::{ANSWER, SUPERVISE, URGE};
use crate::area;
use ::store::Ctx;
use kernel::calendar::{Limit, Unit};
use kernel::time::{DAY_US, HOUR_US};
use kernel::{Error, Result, Text, Timestamp};
use party::authority;
use serde_json::json;
use service::case::{Moment, Named};

/// Working days to answer a yellow card.
const YELLOW_DAYS: u32 = 1;
/// Working days to answer a red card or a notice by hand.
const RED_DAYS: u32 = 3;

/// What a list of notices is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Division subtree; empty for the whole reach.
    pub division: String,
    /// Agency; empty for all.
    pub agency: String,
    /// Closed ones instead of those under way.
    pub closed: bool,
    /// One kind only.
    pub kind: Option<Kind>,
    /// Cursor of the page.
    pub after: String,
    /// The actor's own agency's instead of those he supervises.
    pub received: bool,
}

/// Everything a new notice is about.
pub(super) struct Opening {
    pub(super) mark: String,
    pub(super) kind: Kind,
    pub(super) case_id: String,
    pub(super) case_number: String,
    pub(super) item: String,
    pub(super) agency: String,
    pub(super) division: String,
    pub(super) timer: String,
    pub(super) due: Timestamp,
    pub(super) reason: String,
    pub(super) by: By,
}

/// The actor as one who signs.
fn by(ctx: &Ctx) -> By {
    By {
        account: ctx.actor.account.clone(),
        name: ctx.actor.name.clone(),
        person: ctx.actor.party.clone(),
    }
}

/// Opens a notice and tells the agency's heads; `None` when its mark was opened before.
pub(super) async fn open(ctx: &mut Ctx, opening: Opening) -> Result<Option<Notice>> {
    if store::is_marked(ctx, &opening.mark).await? {
        return Ok(None);
    }
    let notice = Notice {
        id: ctx.id(),
        number: store::next_number(ctx).await?,
        answer_due: answer_due(ctx, opening.kind)?,
        mark: opening.mark,
        kind: opening.kind,
        phase: Phase::Open,
        revision: 1,
        case_id: opening.case_id,
        case_number: opening.case_number,
        item: opening.item,
        agency: opening.agency,
        division: opening.division,
        timer: opening.timer,
        due: opening.due,
        reason: opening.reason,
        opened: ctx.now,
        opened_by: opening.by,
        acknowledged: None,
        acknowledged_name: String::new(),
        explanation: String::new(),
        mend: String::new(),
        mend_by: String::new(),
        answered: None,
        answered_by: By::default(),
        returned: 0,
        return_note: String::new(),
        closed: None,
        closed_by: By::default(),
        close_note: String::new(),
    };
    if !store::insert(ctx, &notice).await? {
        return Ok(None);
    }
    store::tally(ctx, &format!("opened.{}", notice.kind.as_str()), &notice).await?;
    record(ctx, "supervise.notice_opened", &notice).await?;
    tell_heads(ctx, &notice).await?;
    Ok(Some(notice))
}

fn answer_due(ctx: &Ctx, kind: Kind) -> Result<Timestamp> {
    let days = if kind == Kind::Yellow { YELLOW_DAYS } else { RED_DAYS };
    let pack = ctx.env.pack.clone();
    pack.calendar()?.deadline(ctx.now, Limit::new(days, Unit::WorkingDay)?)
}

async fn record(ctx: &mut Ctx, kind: &str, notice: &Notice) -> Result<()> {
    let body = json!({
        "case": notice.case_id,
        "number": notice.number,
        "kind": notice.kind.as_str(),
        "agency": notice.agency,
        "timer": notice.timer,
        "revision": notice.revision,
    });
    let subject = format!("notice:{}", notice.id);
    party::audit::record_row(ctx, kind, &subject, body, "supervise_notice", &notice.id).await?;
    Ok(())
}

/// Opens a notice by hand on the case of an item. Permission `case.urge`, and the case within the
/// actor's reach. Errors: `denied`, `not_found`, `supervise.urge_wrong`; `supervise.case_ended`.
pub async fn urge(ctx: &mut Ctx, case: &str, body: &Urge) -> Result<Shown> {
    authority::demand(ctx, URGE)?;
    let reason = body.checked()?;
    let case = service::case::show(ctx, case).await?;
    if !authority::reaches(ctx, &case.agency.id, &case.division) || case.item.id.is_empty() {
        return Err(Error::not_found());
    }
    if case.lamp == service::case::Lamp::Done {
        return Err(Error::conflict("supervise.case_ended"));
    }
    let by = by(ctx);
    let opening = Opening {
        mark: format!("urge:{}", ctx.id()),
        kind: Kind::Urge,
        case_id: case.id,
        case_number: case.number,
        item: case.item.id,
        agency: case.agency.id,
        division: case.division,
        timer: String::new(),
        due: ctx.now,
        reason,
        by,
    };
    let notice = open(ctx, opening).await?;
    let notice = notice.ok_or_else(|| Error::internal("a notice by hand was there already"))?;
    Ok(shown(ctx, notice))
}

/// How the actor stands to a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Supervisor,
    Head,
}

/// Errors: `not_found` for whoever is neither its supervisor nor its agency's head.
fn standing(ctx: &Ctx, notice: &Notice) -> Result<Standing> {
    if authority::may(ctx, ANSWER) && authority::same_agency(ctx, &notice.agency) {
        return Ok(Standing::Head);
    }
    let scope = authority::scope_division(ctx);
    let watched = !scope.is_empty() && authority::within(&ctx.env.pack, &notice.division, &scope);
    if authority::may(ctx, SUPERVISE) && watched {
        return Ok(Standing::Supervisor);
    }
    Err(Error::not_found())
}

async fn acting(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    wanted: Standing,
) -> Result<Notice> {
    if !ctx.lock("supervise_notice", id).await? {
        return Err(Error::not_found());
    }
    let notice = store::get(ctx, id).await?;
    let standing = standing(ctx, &notice)?;
    if standing != wanted {
        return Err(Error::denied("denied"));
    }
    match revision {
        Some(seen) if seen != notice.revision => Err(Error::conflict("supervise.notice_stale")),
        _ => Ok(notice),
    }
}

/// The agency's head takes note. Errors: `not_found`, `denied`, `supervise.notice_stale`,
/// `supervise.notice_phase`.
pub async fn acknowledge(ctx: &mut Ctx, id: &str, revision: Option<i64>) -> Result<Shown> {
    let notice = acting(ctx, id, revision, Standing::Head).await?;
    let notice = notice.acknowledge(ctx.now, &by(ctx))?;
    store::update(ctx, &notice).await?;
    store::tally(ctx, "acknowledged", &notice).await?;
    record(ctx, "supervise.notice_acknowledged", &notice).await?;
    Ok(shown(ctx, notice))
}

/// The agency's head answers. Errors: as [`acknowledge`]; `supervise.answer_wrong`.
pub async fn answer(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: &Answer,
) -> Result<Shown> {
    let notice = acting(ctx, id, revision, Standing::Head).await?;
    let late = notice.is_late(ctx.now);
    let notice = notice.answer(ctx.now, &by(ctx), body)?;
    store::update(ctx, &notice).await?;
    store::tally(ctx, if late { "answered.late" } else { "answered" }, &notice).await?;
    record(ctx, "supervise.notice_answered", &notice).await?;
    let opener = notice.opened_by.person.clone();
    tell(ctx, &opener, &notice, &format!("/supervision/notices/{}", notice.id)).await?;
    Ok(shown(ctx, notice))
}

/// The supervisor closes the notice or sends the answer back. Errors: as [`acknowledge`];
/// `supervise.closure_wrong`.
pub async fn close(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: &Closure,
) -> Result<Shown> {
    let notice = acting(ctx, id, revision, Standing::Supervisor).await?;
    let again = answer_due(ctx, notice.kind)?;
    let notice = notice.close(ctx.now, &by(ctx), body, again)?;
    store::update(ctx, &notice).await?;
    let (metric, kind) = match notice.phase {
        Phase::Closed => ("closed", "supervise.notice_closed"),
        _ => ("returned", "supervise.notice_returned"),
    };
    store::tally(ctx, metric, &notice).await?;
    record(ctx, kind, &notice).await?;
    if notice.phase != Phase::Closed {
        let answerer = notice.answered_by.person.clone();
        tell(ctx, &answerer, &notice, &format!("/work/notices/{}", notice.id)).await?;
    }
    Ok(shown(ctx, notice))
}

/// Closes the yellow cards of a case that ended in time; how many.
pub(super) async fn settle(ctx: &mut Ctx, case: &str) -> Result<usize> {
    let mut settled = 0;
    for notice in store::of_case(ctx, case).await? {
        if notice.phase == Phase::Closed || !ctx.lock("supervise_notice", &notice.id).await? {
            continue;
        }
        let notice = store::get(ctx, &notice.id).await?;
        let Some(notice) = notice.settle(ctx.now) else { continue };
        store::update(ctx, &notice).await?;
        store::tally(ctx, "settled", &notice).await?;
        record(ctx, "supervise.notice_settled", &notice).await?;
        settled += 1;
    }
    Ok(settled)
}

/// The case has gone to another agency: what its former agency had yet to answer is asked of that one
/// instead, by a notice of its own. A red card stays where the clock ran out. How many went along.
pub(super) async fn pass_on(ctx: &mut Ctx, case: &service::case::Watched) -> Result<usize> {
    let mut passed = 0;
    for notice in store::of_case(ctx, &case.id).await? {
        let stays = notice.agency == case.agency || notice.phase == Phase::Closed;
        if stays || !ctx.lock("supervise_notice", &notice.id).await? {
            continue;
        }
        let notice = store::get(ctx, &notice.id).await?;
        let Some(former) = notice.pass_on(ctx.now) else { continue };
        let opening = Opening {
            mark: former.passed_mark(),
            kind: former.kind,
            case_id: former.case_id.clone(),
            case_number: former.case_number.clone(),
            item: former.item.clone(),
            agency: case.agency.clone(),
            division: case.division.clone(),
            timer: former.timer.clone(),
            due: former.due,
            reason: former.reason.clone(),
            by: former.opened_by.clone(),
        };
        store::update(ctx, &former).await?;
        record(ctx, "supervise.notice_passed_on", &former).await?;
        open(ctx, opening).await?;
        passed += 1;
    }
    Ok(passed)
}

/// One notice. Errors: `not_found`.
pub async fn find(ctx: &mut Ctx, id: &str) -> Result<Shown> {
    let notice = store::get(ctx, id).await?;
    standing(ctx, &notice)?;
    let same = |notice: Notice, ctx: &Ctx| Same {
        agency: Named::new(&notice.agency, agency_name(ctx, &notice.agency)),
        number: notice.number,
    };
    let before = match notice.passed_from() {
        Some(id) => Some(store::get(ctx, id).await?),
        None => None,
    };
    let after = store::marked(ctx, &notice.passed_mark()).await?;
    let mut shown = shown(ctx, notice);
    shown.passed_from = before.map(|one| same(one, ctx));
    shown.passed_to = after.map(|one| same(one, ctx));
    Ok(shown)
}

/// Notices of a case within the supervisor's reach, newest first. Errors: `denied`.
pub async fn of_case(ctx: &mut Ctx, case: &str) -> Result<Vec<NoticeRow>> {
    authority::demand(ctx, SUPERVISE)?;
    let notices = store::of_case(ctx, case).await?;
    let seen: Vec<Notice> = notices.into_iter().filter(|one| standing(ctx, one).is_ok()).collect();
    Ok(seen.iter().map(|notice| row(ctx, notice)).collect())
}

/// Notices, newest first, at most 50, with how many are under way: those of the actor's division
/// subtree, or those his agency received. Errors: `denied`, `not_found` for a division beyond.
pub async fn list(ctx: &mut Ctx, filter: &Filter) -> Result<(NoticePage, Counts)> {
    let (division, agency) = if filter.received {
        authority::demand(ctx, ANSWER)?;
        (String::new(), ctx.actor.agency.clone())
    } else {
        authority::demand(ctx, SUPERVISE)?;
        (area::scope(ctx, &filter.division)?, filter.agency.clone())
    };
    if filter.received && agency.is_empty() {
        return Err(Error::not_found());
    }
    let wanted = Wanted {
        division: &division,
        agency: &agency,
        live: !filter.closed,
        kind: filter.kind,
        after: &filter.after,
    };
    let mut notices = store::list(ctx, &wanted).await?;
    let more = notices.len() > PAGE;
    notices.truncate(PAGE);
    let next = notices.last().filter(|_| more).map(|last| last.id.clone());
    let counts = store::counts(ctx, &division, &agency).await?;
    let notices = notices.iter().map(|notice| row(ctx, notice)).collect();
    Ok((NoticePage { notices, next }, counts))
}

/// Tells every head of the agency.
async fn tell_heads(ctx: &mut Ctx, notice: &Notice) -> Result<()> {
    let link = format!("/work/notices/{}", notice.id);
    for head in party::account::holders(ctx, &notice.agency, ANSWER).await? {
        tell(ctx, &head.person, notice, &link).await?;
    }
    Ok(())
}

/// Tells one person that there is something to do; nobody when the platform itself opened it.
async fn tell(ctx: &mut Ctx, person: &str, notice: &Notice, link: &str) -> Result<()> {
    if person.is_empty() || ctx.env.pack.message("work.assigned").is_none() {
        return Ok(());
    }
    let (zh, en) = match notice.kind {
        Kind::Yellow => ("黄牌督办单", "Yellow card"),
        Kind::Red => ("红牌督办单", "Red card"),
        Kind::Urge => ("督办单", "Supervision notice"),
    };
    let named = |name: &str| format!("{name} {}", notice.number);
    // The last day is the one at whose end the time is up.
    let last = webkit::view::format::last_day(notice.answer_due);
    let count = notice.case_number.chars().count();
    let tail: String = notice.case_number.chars().skip(count.saturating_sub(4)).collect();
    let args = [
        ("item", json!(Text::new(named(zh), named(en)))),
        ("case_tail", json!(tail)),
        ("deadline", json!(last)),
        ("agency", json!(agency_name(ctx, &notice.agency))),
        ("reference", json!(notice.number)),
    ];
    party::message::send(ctx, person, "work.assigned", &args, link).await?;
    Ok(())
}

fn agency_name(ctx: &Ctx, id: &str) -> Text {
    ctx.env.pack.agency(id).map_or_else(|| Text::new(id, id), |agency| agency.name)
}

fn lamp(notice: &Notice, now: Timestamp) -> &'static str {
    match notice.phase {
        Phase::Closed => "done",
        Phase::Answered => "paused",
        _ if notice.answer_due <= now => "red",
        _ if notice.answer_due <= now.plus_us(DAY_US) => "yellow",
        _ => "green",
    }
}

/// The notice as lists show it.
pub(super) fn row(ctx: &Ctx, notice: &Notice) -> NoticeRow {
    let item = ctx.env.pack.item(&notice.item);
    let name = item.map_or_else(|| Text::new(&notice.item, &notice.item), |item| item.name.clone());
    NoticeRow {
        id: notice.id.clone(),
        number: notice.number.clone(),
        kind: notice.kind,
        phase: notice.phase,
        case_id: notice.case_id.clone(),
        case_number: notice.case_number.clone(),
        item: Named::new(&notice.item, name),
        agency: Named::new(&notice.agency, agency_name(ctx, &notice.agency)),
        division: notice.division.clone(),
        timer: notice.timer.clone(),
        opened: Moment(notice.opened),
        answer_due: Moment(notice.answer_due),
        lamp: lamp(notice, ctx.now).to_owned(),
        hours_left: notice.answer_due.since(ctx.now).div_euclid(HOUR_US),
        revision: notice.revision,
    }
}

fn shown(ctx: &Ctx, notice: Notice) -> Shown {
    let head = authority::may(ctx, ANSWER) && authority::same_agency(ctx, &notice.agency);
    let watches = matches!(standing(ctx, &notice), Ok(Standing::Supervisor));
    let mut allowed = Vec::new();
    match notice.phase {
        Phase::Open if head => allowed.extend(["acknowledge", "answer"]),
        Phase::Acknowledged if head => allowed.push("answer"),
        Phase::Answered if watches => allowed.push("close"),
        _ => {}
    }
    let pack = &ctx.env.pack;
    let place = pack.division(&notice.division).map(|found| pack.division_name(found));
    Shown {
        row: row(ctx, &notice),
        due: (notice.kind != Kind::Urge).then_some(Moment(notice.due)),
        reason: notice.reason,
        opened_by: notice.opened_by.name,
        acknowledged: notice.acknowledged.map(Moment),
        acknowledged_by: notice.acknowledged_name,
        explanation: notice.explanation,
        mend: notice.mend,
        mend_by: notice.mend_by,
        answered: notice.answered.map(Moment),
        answered_by: notice.answered_by.name,
        returned: notice.returned,
        return_note: notice.return_note,
        closed: notice.closed.map(Moment),
        closed_by: notice.closed_by.name,
        close_note: notice.close_note,
        passed_from: None,
        passed_to: None,
        allowed,
        place: place.unwrap_or_default(),
    }
}
