//! The verbs of lists: make one of what is due, keep a folder on, approve or refuse, record the
//! archive hall's receipt.

use super::super::{AUDIT, DISPOSE, MANAGE, Scope, scope, store as folders};
use super::model::{
    ArchiveApproval, ArchiveList, ArchiveListPage, ArchiveReceipt, Kind, ListedFolder,
};
use super::shred;
use super::store::{self, StoredEntry, StoredList};
use crate::case::Moment;
use ::store::Ctx;
use jiff::civil::Date;
use kernel::{Error, Result, Text, Timestamp};
use party::{audit, authority};
use serde_json::{Value as Json, json};

/// Name of the job that lists what is due.
pub(super) const JOB: &str = "service.archive_due";
/// Longest reason, name or number, in characters.
const WORDS_MAX: usize = 500;

/// A folder was looked at: when its time is over, its agency's lists are made. The check of a folder
/// comes every quarter, so that nothing is overdue for longer.
pub(in super::super) async fn notice(ctx: &mut Ctx, folder: &folders::StoredFolder) -> Result<()> {
    let pack = ctx.env.pack.clone();
    let years = match folder.retention_years {
        0 => transfer_years(&pack, &folder.agency)?,
        years => Some(years),
    };
    let due = years.map(|years| made_before(ctx.now, years)).transpose()?;
    if folder.transferred_us == 0 && due.is_some_and(|before| folder.at_us < before.0) {
        ctx.enqueue(JOB, &json!({ "agency": folder.agency })).await?;
    }
    Ok(())
}

/// Lists what is due at an agency, unless a list waits already.
pub(super) async fn run(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let agency = payload["agency"].as_str().unwrap_or_default().to_owned();
    for kind in [Kind::Disposal, Kind::Transfer] {
        if !store::is_open(ctx, &agency, kind.as_str()).await? {
            make(ctx, &agency, kind).await?;
        }
    }
    Ok(())
}

/// Folders made before this instant have been kept for so many years, counted from the first of
/// January after they were made.
fn made_before(now: Timestamp, years: i64) -> Result<Timestamp> {
    let year = i64::from(now.date().year()) - years;
    let year = i16::try_from(year).map_err(Error::internal)?;
    Ok(Timestamp::start_of(Date::new(year, 1, 1).map_err(Error::internal)?))
}

/// After how many years permanent folders of an agency are handed over; none when the pack sets no
/// time for its level.
fn transfer_years(pack: &pack::Province, agency: &str) -> Result<Option<i64>> {
    let Some(agency) = pack.agency(agency) else { return Ok(None) };
    Ok(pack.archives()?.transfer(agency.level).map(|one| i64::from(one.years)))
}

/// Classes whose folders a list of the kind takes, each with the instant before which they were made.
fn classes(ctx: &Ctx, agency: &str, kind: Kind) -> Result<Vec<(i64, Timestamp)>> {
    let pack = ctx.env.pack.clone();
    match kind {
        Kind::Transfer => match transfer_years(&pack, agency)? {
            Some(years) => Ok(vec![(0, made_before(ctx.now, years)?)]),
            None => Ok(Vec::new()),
        },
        Kind::Disposal => {
            let classes = pack.archives()?.classes.iter().map(|class| i64::from(class.years));
            classes
                .filter(|years| *years > 0)
                .map(|years| Ok((years, made_before(ctx.now, years)?)))
                .collect()
        }
    }
}

/// Puts what is due on a list; none when nothing is.
async fn make(ctx: &mut Ctx, agency: &str, kind: Kind) -> Result<Option<String>> {
    let mut due = Vec::new();
    for (years, before) in classes(ctx, agency, kind)? {
        let room = store::FOLDERS_MAX - due.len();
        due.extend(store::due(ctx, agency, years, before, room).await?);
    }
    if due.is_empty() {
        return Ok(None);
    }
    let division = ctx.env.pack.agency(agency).map(|one| one.division).unwrap_or_default();
    let list = StoredList {
        id: ctx.id(),
        kind: kind.as_str().to_owned(),
        agency: agency.to_owned(),
        division,
        made_us: ctx.now.0,
        made_name: if ctx.actor.is_officer() { ctx.actor.name.clone() } else { String::new() },
        folders: i64::try_from(due.len()).map_err(Error::internal)?,
        ..StoredList::default()
    };
    store::insert(ctx, &list, &due).await?;
    let body = json!({ "kind": kind, "agency": agency, "folders": due.len() });
    record(ctx, "archive.listed", &list.id, body).await?;
    Ok(Some(list.id))
}

async fn record(ctx: &mut Ctx, kind: &str, id: &str, body: Json) -> Result<()> {
    let subject = format!("archive_list:{id}");
    audit::record_row(ctx, kind, &subject, body, "archive_list", id).await?;
    Ok(())
}

/// Makes a list of what is due at one's agency. Permission `archive.manage`. Errors: `denied`;
/// `archive.list_open` while one of the kind waits; `archive.none_due`.
pub async fn propose(ctx: &mut Ctx, kind: Kind) -> Result<ArchiveList> {
    authority::demand(ctx, MANAGE)?;
    let agency = ctx.actor.agency.clone();
    if store::is_open(ctx, &agency, kind.as_str()).await? {
        return Err(Error::conflict("archive.list_open"));
    }
    match make(ctx, &agency, kind).await? {
        Some(id) => list(ctx, &id).await,
        None => Err(Error::conflict("archive.none_due")),
    }
}

/// A list of one's agency or division, with its folders. Permission `archive.audit`. Errors:
/// `denied`, `not_found`.
pub async fn list(ctx: &mut Ctx, id: &str) -> Result<ArchiveList> {
    authority::demand(ctx, AUDIT)?;
    let stored = reached(ctx, id).await?;
    let entries = store::entries(ctx, id).await?;
    let allowed = allowed(ctx, &stored);
    let entries = entries.into_iter().map(|row| listed(ctx, row)).collect();
    Ok(ArchiveList { entries, allowed, ..shown(ctx, stored) })
}

/// Lists of one's agency or division, newest first, with how much is due at one's agency.
/// Permission `archive.audit`. Errors: `denied`.
pub async fn lists(ctx: &mut Ctx, after: &str) -> Result<ArchiveListPage> {
    authority::demand(ctx, AUDIT)?;
    let scope: Scope = scope(ctx)?;
    let mut rows = store::page(ctx, &scope, after).await?;
    let more = rows.len() > store::PAGE;
    rows.truncate(store::PAGE);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    let lists = rows.into_iter().map(|row| shown(ctx, row)).collect();
    let agency = ctx.actor.agency.clone();
    let mut due = [0, 0];
    for (count, kind) in due.iter_mut().zip([Kind::Disposal, Kind::Transfer]) {
        for (years, before) in classes(ctx, &agency, kind)? {
            *count += store::count_due(ctx, &agency, years, before).await?;
        }
    }
    let [due_disposal, due_transfer] = due;
    Ok(ArchiveListPage { lists, next, due_disposal, due_transfer })
}

/// Takes a folder off a list before anybody has approved it: it is kept for another term.
/// Permission `archive.manage`. Errors: `denied`, `not_found`, `archive.list_moved_on`,
/// `archive.stale`, `archive.words`.
pub async fn keep_on(
    ctx: &mut Ctx,
    id: &str,
    revision: i64,
    folder: &str,
    reason: &str,
) -> Result<ArchiveList> {
    authority::demand(ctx, MANAGE)?;
    let mut stored = held(ctx, id, revision, &["open"]).await?;
    let reason = words(reason, "reason")?;
    let entries = store::entries(ctx, id).await?;
    let entry = entries.iter().find(|one| one.id == folder).ok_or_else(Error::not_found)?;
    let years = entry.retention_years.max(1);
    let until = ctx.now.plus_days(years * 366);
    if !store::keep_on(ctx, id, folder, until, &reason).await? {
        return Err(Error::not_found());
    }
    stored.folders -= 1;
    // A list with nothing on it has nothing to approve.
    if stored.folders == 0 {
        stored.state = "refused".to_owned();
    }
    let body =
        json!({ "folder": folder, "number": entry.number, "until": until.date().to_string() });
    saved(ctx, stored, "archive.kept_on", body).await
}

/// Approves a list. The first approval waits for a second by another person, which carries the list
/// out: folders are disposed of, or may be handed over. Permission `archive.dispose` and a second
/// factor.
///
/// Errors: `denied`, `sign_in.second_factor`, `not_found`, `archive.list_moved_on`,
/// `archive.stale`, `archive.words`, `archive.same_person`.
pub async fn approve(ctx: &mut Ctx, id: &str, revision: i64, reason: &str) -> Result<ArchiveList> {
    strong(ctx)?;
    let mut stored = held(ctx, id, revision, &["open", "half"]).await?;
    let reason = words(reason, "reason")?;
    let (account, party) = (ctx.actor.account.clone(), ctx.actor.party.clone());
    let (name, now) = (ctx.actor.name.clone(), ctx.now.0);
    if stored.state == "open" {
        (stored.first_by, stored.first_party, stored.first_name) = (account, party, name);
        (stored.first_us, stored.first_reason) = (now, reason);
        stored.state = "half".to_owned();
        let body = json!({ "folders": stored.folders });
        return saved(ctx, stored, "archive.approved_first", body).await;
    }
    let same = stored.first_by == account || (!party.is_empty() && stored.first_party == party);
    if same {
        return Err(Error::conflict("archive.same_person"));
    }
    (stored.second_by, stored.second_name) = (account, name);
    (stored.second_us, stored.second_reason) = (now, reason);
    let kind = kind(&stored)?;
    if kind == Kind::Transfer {
        stored.state = "approved".to_owned();
    } else {
        stored.state = "done".to_owned();
        carry_out(ctx, &stored, kind).await?;
        ctx.enqueue(shred::JOB, &json!({ "list": stored.id })).await?;
    }
    let body = json!({ "folders": stored.folders, "kind": kind, "first": stored.first_by });
    saved(ctx, stored, "archive.approved", body).await
}

/// Refuses a list: its folders are free to be listed again. Permission `archive.dispose` and a
/// second factor. Errors: as [`approve`].
pub async fn refuse(ctx: &mut Ctx, id: &str, revision: i64, reason: &str) -> Result<ArchiveList> {
    strong(ctx)?;
    let mut stored = held(ctx, id, revision, &["open", "half"]).await?;
    stored.second_reason = words(reason, "reason")?;
    stored.second_by.clone_from(&ctx.actor.account);
    stored.second_name.clone_from(&ctx.actor.name);
    stored.second_us = ctx.now.0;
    stored.state = "refused".to_owned();
    store::free(ctx, id).await?;
    saved(ctx, stored, "archive.refused", json!({})).await
}

/// Records the archive hall's receipt for the folders of an approved list. They stay here as well.
/// Permission `archive.manage`. Errors: `denied`, `not_found`, `archive.list_moved_on`,
/// `archive.stale`, `archive.words`.
pub async fn receive(
    ctx: &mut Ctx,
    id: &str,
    revision: i64,
    number: &str,
    receiver: &str,
) -> Result<ArchiveList> {
    authority::demand(ctx, MANAGE)?;
    let mut stored = held(ctx, id, revision, &["approved"]).await?;
    stored.receipt = words(number, "number")?;
    stored.receiver = words(receiver, "receiver")?;
    stored.received_us = ctx.now.0;
    stored.state = "done".to_owned();
    carry_out(ctx, &stored, Kind::Transfer).await?;
    let body = json!({ "receipt": stored.receipt, "receiver": stored.receiver });
    saved(ctx, stored, "archive.transferred", body).await
}

/// Marks every folder of the list, each with its record: what it was, and the digests under which
/// it can still be told from any other.
async fn carry_out(ctx: &mut Ctx, list: &StoredList, kind: Kind) -> Result<()> {
    let entries = store::entries(ctx, &list.id).await?;
    store::done(ctx, &list.id, kind).await?;
    let word = match kind {
        Kind::Disposal => "case.archive_disposed",
        Kind::Transfer => "case.archive_transferred",
    };
    for entry in entries.iter().filter(|entry| entry.state == "listed") {
        if kind == Kind::Disposal {
            folders::untitle(ctx, &entry.id).await?;
        }
        let body = json!({ "folder": entry.id, "number": entry.number, "list": list.id,
            "manifest": entry.manifest, "cover": entry.cover, "receipt": list.receipt });
        let subject = folders::subject(&entry.id, &entry.case_id);
        audit::record_row(ctx, word, &subject, body, "archive_folder", &entry.id).await?;
    }
    Ok(())
}

/// The list, held, for who acts at its agency. Errors: `not_found`, `archive.stale`,
/// `archive.list_moved_on`.
async fn held(ctx: &mut Ctx, id: &str, revision: i64, states: &[&str]) -> Result<StoredList> {
    if !ctx.lock("archive_list", id).await? {
        return Err(Error::not_found());
    }
    let stored = store::get(ctx, id).await?;
    if !authority::same_agency(ctx, &stored.agency) {
        return Err(Error::not_found());
    }
    if !states.contains(&stored.state.as_str()) {
        return Err(Error::conflict("archive.list_moved_on"));
    }
    if stored.revision != revision {
        return Err(Error::conflict("archive.stale"));
    }
    Ok(stored)
}

async fn saved(
    ctx: &mut Ctx,
    mut stored: StoredList,
    word: &str,
    body: Json,
) -> Result<ArchiveList> {
    stored.revision += 1;
    store::update(ctx, &stored).await?;
    record(ctx, word, &stored.id, body).await?;
    list(ctx, &stored.id).await
}

async fn reached(ctx: &mut Ctx, id: &str) -> Result<StoredList> {
    let stored = store::get(ctx, id).await?;
    match authority::reaches(ctx, &stored.agency, &stored.division) {
        true => Ok(stored),
        false => Err(Error::not_found()),
    }
}

/// Permission and second factor of an approval.
fn strong(ctx: &Ctx) -> Result<()> {
    authority::demand(ctx, DISPOSE)?;
    match ctx.actor.assurance {
        0 | 1 => Err(Error::unauthenticated("sign_in.second_factor")),
        _ => Ok(()),
    }
}

fn kind(stored: &StoredList) -> Result<Kind> {
    Kind::parse(&stored.kind).ok_or_else(|| Error::internal("kind of a list"))
}

fn words(text: &str, field: &str) -> Result<String> {
    let text = text.trim();
    let long = text.chars().count() > WORDS_MAX;
    if text.is_empty() || long || text.chars().any(webkit::form::forbidden) {
        return Err(Error::invalid("archive.words").field(field, "archive.words"));
    }
    Ok(text.to_owned())
}

fn allowed(ctx: &Ctx, list: &StoredList) -> Vec<&'static str> {
    if !authority::same_agency(ctx, &list.agency) {
        return Vec::new();
    }
    let (manages, disposes) = (authority::may(ctx, MANAGE), authority::may(ctx, DISPOSE));
    let waits = matches!(list.state.as_str(), "open" | "half");
    let first_of_two = list.state == "half" && list.first_by == ctx.actor.account;
    [
        ("keep", manages && list.state == "open"),
        ("approve", disposes && waits && !first_of_two),
        ("refuse", disposes && waits),
        ("receive", manages && list.state == "approved"),
    ]
    .into_iter()
    .filter_map(|(act, may)| may.then_some(act))
    .collect()
}

fn listed(ctx: &Ctx, row: StoredEntry) -> ListedFolder {
    let item = ctx.env.pack.item(&row.item).map(|item| item.name.clone());
    ListedFolder {
        id: row.id,
        case_id: row.case_id,
        number: row.number,
        item: item.unwrap_or_else(|| Text::new(&row.item, &row.item)),
        at: Moment::of(row.at_us),
        retention_years: row.retention_years,
        manifest: row.manifest,
        state: row.state,
        reason: row.reason,
    }
}

fn shown(ctx: &Ctx, row: StoredList) -> ArchiveList {
    let agency = ctx.env.pack.agency(&row.agency).map(|agency| agency.name);
    let approval = |by: String, us: i64, reason: String| {
        (us != 0).then(|| ArchiveApproval { by, at: Moment::of(us), reason })
    };
    ArchiveList {
        kind: Kind::parse(&row.kind).unwrap_or(Kind::Disposal),
        agency_name: agency.unwrap_or_else(|| Text::new(&row.agency, &row.agency)),
        first: approval(row.first_name, row.first_us, row.first_reason),
        second: approval(row.second_name, row.second_us, row.second_reason),
        receipt: (row.received_us != 0).then(|| ArchiveReceipt {
            number: row.receipt,
            receiver: row.receiver,
            at: Moment::of(row.received_us),
        }),
        id: row.id,
        agency: row.agency,
        state: row.state,
        made: Moment::of(row.made_us),
        made_by: row.made_name,
        folders: row.folders,
        revision: row.revision,
        entries: Vec::new(),
        allowed: Vec::new(),
    }
}
