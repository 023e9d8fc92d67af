//! SQL of cases.
//!
//! Must not know: what a phase means.

use super::model::{Case, Names};
use flow::case::{Phase, State};
use kernel::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;
use store::{Ctx, Value, vals};

/// Purpose under which the names of a case are sealed.
const NAMES: &str = "service.case.names";

/// Columns of `cases` with the timer beside them.
pub(crate) const COLUMNS: &str = "c.id, c.parent_id, c.number, c.query_code, c.one_thing, c.item, \
    c.definition_version, c.definition_digest, c.division, c.agency, c.applicant, c.child, c.filed_by, \
    c.channel, c.phase, c.revision, c.submitted_us, c.accepted_us, c.decided_us, c.issued_us, \
    c.completed_us, c.ended_us, c.due_us, c.statutory_due_us, c.yellow_us, c.red_us, c.paused, c.open, \
    c.assignee, c.assignee_name, c.automatic, c.granted, c.referred, c.licence_uses, c.late, \
    c.late_by_law, c.promised_days, c.used_days, c.licence_id, c.names, c.state, c.history";

/// A row of `cases`.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct StoredCase {
    id: String,
    parent_id: String,
    number: String,
    query_code: String,
    one_thing: String,
    item: String,
    definition_version: i64,
    definition_digest: String,
    division: String,
    agency: String,
    applicant: String,
    child: String,
    filed_by: String,
    channel: String,
    phase: String,
    revision: i64,
    submitted_us: i64,
    accepted_us: Option<i64>,
    decided_us: Option<i64>,
    issued_us: Option<i64>,
    completed_us: Option<i64>,
    ended_us: Option<i64>,
    due_us: Option<i64>,
    statutory_due_us: Option<i64>,
    yellow_us: i64,
    red_us: i64,
    paused: i64,
    open: i64,
    assignee: String,
    assignee_name: String,
    automatic: i64,
    granted: i64,
    referred: i64,
    licence_uses: i64,
    late: i64,
    late_by_law: i64,
    promised_days: i64,
    used_days: i64,
    licence_id: String,
    names: Vec<u8>,
    state: String,
    history: String,
}

impl StoredCase {
    /// Cursor `instant:id` of a list in the order of a column of instants.
    pub(crate) fn cursor(&self, column: &str) -> String {
        let at = match column {
            "submitted_us" => Some(self.submitted_us),
            "accepted_us" => self.accepted_us,
            "decided_us" => self.decided_us,
            "completed_us" => self.completed_us,
            "ended_us" => self.ended_us,
            _ => Some(self.red_us),
        };
        format!("{}:{}", at.unwrap_or_default(), self.id)
    }

    /// Opens what is sealed and reads what is JSON.
    pub(crate) fn open(self, ctx: &Ctx) -> Result<Case> {
        let names = ctx.env.vault.open(NAMES, &self.names).map_err(Error::internal)?;
        let names: Names = serde_json::from_slice(&names).map_err(Error::internal)?;
        let parent = self.parent_id.is_empty();
        let (plan, state) = match parent {
            true => (serde_json::from_str(&self.state).map_err(Error::internal)?, State::default()),
            false => (Vec::new(), serde_json::from_str(&self.state).map_err(Error::internal)?),
        };
        let at = |us: Option<i64>| us.map(Timestamp);
        Ok(Case {
            phase: Phase::parse(&self.phase)
                .ok_or_else(|| Error::internal(format!("case {} has no phase", self.id)))?,
            submitted: Timestamp(self.submitted_us),
            accepted: at(self.accepted_us),
            decided: at(self.decided_us),
            issued: at(self.issued_us),
            completed: at(self.completed_us),
            ended: at(self.ended_us),
            due: at(self.due_us),
            statutory_due: at(self.statutory_due_us),
            yellow: Timestamp(self.yellow_us),
            red: Timestamp(self.red_us),
            paused: self.paused != 0,
            open: self.open,
            automatic: self.automatic != 0,
            granted: self.granted != 0,
            referred: self.referred != 0,
            late: self.late != 0,
            late_by_law: self.late_by_law != 0,
            id: self.id,
            parent_id: self.parent_id,
            number: self.number,
            query_code: self.query_code,
            one_thing: self.one_thing,
            item: self.item,
            definition_version: self.definition_version,
            definition_digest: self.definition_digest,
            division: self.division,
            agency: self.agency,
            applicant: self.applicant,
            child: self.child,
            filed_by: self.filed_by,
            channel: self.channel,
            revision: self.revision,
            assignee: self.assignee,
            assignee_name: self.assignee_name,
            licence_uses: self.licence_uses,
            promised_days: self.promised_days,
            used_days: self.used_days,
            licence_id: self.licence_id,
            names,
            state,
            plan,
            history: self.history,
        })
    }
}

/// The case with this id, if any.
pub(super) async fn find(ctx: &mut Ctx, id: &str) -> Result<Option<Case>> {
    let sql = format!("SELECT {COLUMNS} FROM cases c WHERE c.id = $1");
    let row: Option<StoredCase> = ctx.optional(&sql, vals![id]).await?;
    row.map(|row| row.open(ctx)).transpose()
}

/// The case with this id. Errors: `not_found`.
pub(super) async fn get(ctx: &mut Ctx, id: &str) -> Result<Case> {
    find(ctx, id).await?.ok_or_else(Error::not_found)
}

/// Cases whose id follows, in the order of their ids.
pub(super) async fn after(ctx: &mut Ctx, id: &str, limit: usize) -> Result<Vec<Case>> {
    let sql = format!("SELECT {COLUMNS} FROM cases c WHERE c.id > $1 ORDER BY c.id LIMIT $2");
    let rows: Vec<StoredCase> = ctx.all(&sql, vals![id, limit]).await?;
    rows.into_iter().map(|row| row.open(ctx)).collect()
}

/// The items of a parent, in the order they were submitted.
pub(super) async fn children(ctx: &mut Ctx, parent: &str) -> Result<Vec<Case>> {
    let sql =
        format!("SELECT {COLUMNS} FROM cases c WHERE c.parent_id = $1 ORDER BY c.id LIMIT 100");
    let rows: Vec<StoredCase> = ctx.all(&sql, vals![parent]).await?;
    rows.into_iter().map(|row| row.open(ctx)).collect()
}

/// Holds the family of a case until the transaction ends: always through its parent, so that two
/// writers of one family never wait for each other. Errors: `not_found`.
pub(super) async fn lock_family(ctx: &mut Ctx, id: &str) -> Result<()> {
    let sql = "SELECT COALESCE(NULLIF(parent_id, ''), id) FROM cases WHERE id = $1";
    let root: Option<String> = ctx.scalar(sql, vals![id]).await?;
    let root = root.ok_or_else(Error::not_found)?;
    if ctx.lock("cases", &root).await? { Ok(()) } else { Err(Error::not_found()) }
}

/// Inserts a case; false when its draft is a case already.
pub(super) async fn insert(ctx: &mut Ctx, case: &Case, draft: Option<&str>) -> Result<bool> {
    let names = seal_names(ctx, &case.names)?;
    let state = state_text(case)?;
    let mut values: Vec<Value> = vals![
        &case.id,
        &case.parent_id,
        draft,
        &case.number,
        &case.query_code,
        &case.one_thing,
        &case.item,
        case.definition_version,
        &case.definition_digest,
        &case.division,
        &case.agency,
        &case.applicant,
        &case.child,
        &case.filed_by,
        &case.channel,
        case.submitted,
        names,
    ];
    values.extend(moving(case, state));
    let marks: Vec<String> = (1..=values.len()).map(|at| format!("${at}")).collect();
    let sql = format!(
        "INSERT INTO cases (id, parent_id, draft_id, number, query_code, one_thing, item,
         definition_version, definition_digest, division, agency, applicant, child, filed_by, channel,
         submitted_us, names, {}) VALUES ({}) ON CONFLICT (draft_id) DO NOTHING",
        MOVING.join(", "),
        marks.join(", ")
    );
    Ok(ctx.execute(&sql, values).await? == 1)
}

/// Columns that change in the life of a case, in the order of [`moving`].
const MOVING: [&str; 26] = [
    "phase",
    "revision",
    "accepted_us",
    "decided_us",
    "issued_us",
    "completed_us",
    "ended_us",
    "due_us",
    "statutory_due_us",
    "yellow_us",
    "red_us",
    "paused",
    "open",
    "assignee",
    "assignee_name",
    "automatic",
    "granted",
    "referred",
    "licence_uses",
    "late",
    "late_by_law",
    "promised_days",
    "used_days",
    "licence_id",
    "state",
    "history",
];

fn moving(case: &Case, state: String) -> Vec<Value> {
    vals![
        case.phase.as_str(),
        case.revision,
        case.accepted,
        case.decided,
        case.issued,
        case.completed,
        case.ended,
        case.due,
        case.statutory_due,
        case.yellow,
        case.red,
        case.paused,
        case.open,
        &case.assignee,
        &case.assignee_name,
        case.automatic,
        case.granted,
        case.referred,
        case.licence_uses,
        case.late,
        case.late_by_law,
        case.promised_days,
        case.used_days,
        &case.licence_id,
        state,
        &case.history,
    ]
}

/// Writes what changed. The family is locked, so nobody else can have written meanwhile.
pub(super) async fn update(ctx: &mut Ctx, case: &Case) -> Result<()> {
    let state = state_text(case)?;
    let mut values: Vec<Value> = vals![&case.id];
    values.extend(moving(case, state));
    let sets: Vec<String> =
        MOVING.iter().enumerate().map(|(at, column)| format!("{column} = ${}", at + 2)).collect();
    let sql = format!("UPDATE cases SET {} WHERE id = $1", sets.join(", "));
    match ctx.execute(&sql, values).await? {
        1 => Ok(()),
        _ => Err(Error::not_found()),
    }
}

/// Writes names that became known later (a number given to a newborn) to the whole family; the
/// rows but `own`, which its act records itself, are recorded here.
pub(super) async fn set_family_names(
    ctx: &mut Ctx,
    root: &str,
    own: &str,
    names: &Names,
) -> Result<()> {
    let sql = "SELECT id FROM cases WHERE id = $1 OR parent_id = $1 ORDER BY id LIMIT 100";
    let ids: Vec<String> = ctx.column(sql, vals![root]).await?;
    for id in &ids {
        set_names(ctx, id, names).await?;
    }
    named(ctx, root, own, &ids).await
}

/// Writes the child's name as it now stands to the rows of the case's family that are not decided: what
/// was decided stands in the name it was decided on. The rows but the case's own, which its act records
/// itself, are recorded here.
pub(super) async fn rename_child(ctx: &mut Ctx, case: &Case, name: &str) -> Result<()> {
    let root = case.root_id().to_owned();
    let mut family = vec![get(ctx, &root).await?];
    family.extend(children(ctx, &root).await?);
    let other = |one: &Case| !one.names.child.is_empty() && one.names.child != name;
    family.retain(|one| !one.phase.is_decided() && !one.phase.is_final() && other(one));
    for one in &mut family {
        one.names.child = name.to_owned();
        set_names(ctx, &one.id, &one.names).await?;
    }
    let ids: Vec<String> = family.into_iter().map(|one| one.id).collect();
    named(ctx, &root, &case.id, &ids).await
}

async fn set_names(ctx: &mut Ctx, id: &str, names: &Names) -> Result<()> {
    let sealed = seal_names(ctx, names)?;
    ctx.execute("UPDATE cases SET names = $2 WHERE id = $1", vals![id, sealed]).await.map(drop)
}

/// Records rows whose names changed, but `own`.
async fn named(ctx: &mut Ctx, root: &str, own: &str, ids: &[String]) -> Result<()> {
    let rows: Vec<(&'static str, &str)> =
        ids.iter().filter(|id| *id != own).map(|id| ("cases", id.as_str())).collect();
    let body = serde_json::json!({ "change": "names" });
    party::audit::record_rows(ctx, "case.noted", &format!("case:{root}"), body, &rows).await?;
    Ok(())
}

fn seal_names(ctx: &mut Ctx, names: &Names) -> Result<Vec<u8>> {
    let text = serde_json::to_vec(names).map_err(Error::internal)?;
    let vault = ctx.env.vault.clone();
    vault.seal(NAMES, &text, &mut ctx.random)
}

fn state_text(case: &Case) -> Result<String> {
    let text = match case.is_parent() {
        true => serde_json::to_string(&case.plan),
        false => serde_json::to_string(&case.state),
    };
    text.map_err(Error::internal)
}

/// The parent made from a draft, if it was submitted.
pub(super) async fn by_draft(ctx: &mut Ctx, draft: &str) -> Result<Option<Case>> {
    let sql = format!("SELECT {COLUMNS} FROM cases c WHERE c.draft_id = $1");
    let row: Option<StoredCase> = ctx.optional(&sql, vals![draft]).await?;
    row.map(|row| row.open(ctx)).transpose()
}

/// The next `count` numbers of an item on a day; the last of them.
pub(super) async fn next_numbers(ctx: &mut Ctx, code: &str, day: i32, count: i64) -> Result<i64> {
    ctx.count_on("case_number_sequence", &["code", "day"], vals![code, day], "last", count).await
}

/// The timer that waits for a case: its instant (0 for none) and what has fired.
#[derive(Clone, Debug, Default, FromQueryResult)]
pub(super) struct StoredTimer {
    pub(super) at_us: i64,
    pub(super) fired: String,
}

/// The timer of a case.
pub(super) async fn timer(ctx: &mut Ctx, id: &str) -> Result<StoredTimer> {
    let sql = "SELECT at_us, fired FROM case_timer WHERE case_id = $1";
    Ok(ctx.optional(sql, vals![id]).await?.unwrap_or_default())
}

/// Writes the timer of a case.
pub(super) async fn set_timer(ctx: &mut Ctx, id: &str, timer: &StoredTimer) -> Result<()> {
    ctx.execute(
        "INSERT INTO case_timer (case_id, at_us, fired) VALUES ($1, $2, $3)
         ON CONFLICT (case_id) DO UPDATE SET at_us = excluded.at_us, fired = excluded.fired",
        vals![id, timer.at_us, &timer.fired],
    )
    .await?;
    Ok(())
}
