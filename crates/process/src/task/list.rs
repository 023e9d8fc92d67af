//! Work lists: to do, in hand, given away, done, suspended; each a walk along one index.
//!
//! Must not know: HTTP, pages.

use super::consult::{self, Consultation};
use super::deputy::{self, Stead};
use super::sign::{Signing, Tally};
use super::signers::{self, Signer};
use super::store::{self, Counted, Cursor, PAGE, StoredTask};
use super::verbs::parts;
use crate::instance::model::Step;
use crate::instance::store::open_title;
use crate::instance::{owned, seen};
use crate::{MANAGE, Moment, WORK, definition};
use ::store::{Ctx, FromQueryResult};
use flow::process::Variables;
use kernel::time::DAY_US;
use kernel::{Error, Result};
use pack::procedure::TaskForm;
use party::authority;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Rows counted at most.
pub(super) const COUNT_MAX: i64 = 1_000;
/// Before a deadline the lamp turns yellow.
const WARNED_US: i64 = DAY_US;

/// Which list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListKind {
    /// Offered to the actor, taken by nobody.
    #[default]
    ToDo,
    /// In the actor's hands.
    InHand,
    /// Given away to be given back.
    Delegated,
    /// Completed by the actor.
    Done,
    /// In the actor's hands, its instance suspended.
    Suspended,
    /// In the hands of an absent officer for whom the actor stands in, or offered to him.
    StandIn,
}

impl ListKind {
    /// All of them, in the order of the page.
    pub const ALL: [ListKind; 6] = [
        ListKind::ToDo,
        ListKind::InHand,
        ListKind::Delegated,
        ListKind::Done,
        ListKind::Suspended,
        ListKind::StandIn,
    ];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            ListKind::ToDo => "to_do",
            ListKind::InHand => "in_hand",
            ListKind::Delegated => "delegated",
            ListKind::Done => "done",
            ListKind::Suspended => "suspended",
            ListKind::StandIn => "stand_in",
        }
    }

    /// The list of a word.
    pub fn parse(text: &str) -> Option<ListKind> {
        ListKind::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// A task in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TaskRow {
    /// Id.
    pub id: String,
    /// Instance.
    pub instance: String,
    /// What the instance is called.
    pub title: String,
    /// Process.
    pub process: String,
    /// Id of the step.
    pub node: String,
    /// Name of the step.
    pub name: String,
    /// Form it is done in; empty for none.
    pub form: String,
    /// Agency of the instance.
    pub agency: String,
    /// Account that has it in hand; empty for nobody.
    pub assignee: String,
    /// His name.
    pub assignee_name: String,
    /// Account that gets it back; empty for nobody.
    pub owner: String,
    /// `open`, `suspended`, `done` or `withdrawn`.
    pub state: &'static str,
    /// Until when it should be done.
    pub due: Option<Moment>,
    /// The year whose notice of working days is missing, so that nobody can say until when.
    pub missing_year: Option<i64>,
    /// Until when the matter it belongs to is to be decided.
    pub matter_due: Option<Moment>,
    /// The lamp of that; empty for none.
    pub matter_lamp: &'static str,
    /// `green`, `yellow`, `red`; empty without a deadline.
    pub lamp: &'static str,
    /// How often it was urged.
    pub urged: i64,
    /// When it was offered.
    pub created: Option<Moment>,
    /// When it was closed.
    pub closed: Option<Moment>,
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TaskPage {
    /// Its rows.
    pub tasks: Vec<TaskRow>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// How much is in each list, counted up to 1,000.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema, FromQueryResult)]
pub struct Counts {
    /// Offered to the actor; tasks offered to him in two ways count twice.
    pub to_do: i64,
    /// In his hands.
    pub in_hand: i64,
    /// Given away to be given back.
    pub delegated: i64,
    /// Copies not yet read.
    pub unread: i64,
    /// Questions put to him and not yet answered.
    pub asked: i64,
    /// In the hands of officers for whom he stands in, or offered to them.
    pub stand_in: i64,
}

/// The lamp of an instant; empty for the end of time.
fn lamp(ctx: &Ctx, due_us: i64) -> &'static str {
    match due_us.saturating_sub(ctx.now.0) {
        _ if due_us == i64::MAX => "",
        left if left <= 0 => "red",
        left if left <= WARNED_US => "yellow",
        _ => "green",
    }
}

fn row(ctx: &Ctx, task: StoredTask) -> Result<TaskRow> {
    let open = task.open != 0;
    let matter_due = Some(task.matter_due_us).filter(|due| open && *due != 0);
    let missing_year = Some(task.missing_year).filter(|year| open && *year != 0);
    Ok(TaskRow {
        title: open_title(ctx, &task.title)?,
        state: match (task.open, task.outcome.as_str()) {
            (1, _) => "open",
            (2, _) => "suspended",
            (_, "done") => "done",
            _ => "withdrawn",
        },
        lamp: if open { lamp(ctx, task.due_us) } else { "" },
        missing_year,
        matter_lamp: matter_due.map_or("", |due| lamp(ctx, due)),
        matter_due: matter_due.and_then(Moment::of),
        due: Moment::of(task.due_us),
        created: Moment::of(task.created_us),
        closed: Moment::of(task.closed_us),
        id: task.id,
        instance: task.instance_id,
        process: task.process,
        node: task.node,
        name: task.name,
        form: task.form,
        agency: task.agency,
        assignee: task.assignee,
        assignee_name: task.assignee_name,
        owner: task.owner,
        urged: task.urged,
    })
}

/// A page of one of the actor's lists after a cursor. Errors: `denied`.
pub async fn list(ctx: &mut Ctx, kind: ListKind, after: &str) -> Result<TaskPage> {
    authority::demand(ctx, WORK)?;
    let account = ctx.actor.account.clone();
    let first = Cursor::parse(after, i64::MIN);
    let mut tasks = match kind {
        ListKind::ToDo => {
            let pools = definition::pools(&ctx.actor);
            store::offered(ctx, &pools, &first).await?
        }
        ListKind::StandIn => stand_in(ctx, &first).await?,
        ListKind::InHand => store::of(ctx, "assignee", &account, 1, &first).await?,
        ListKind::Delegated => store::of(ctx, "owner", &account, 1, &first).await?,
        ListKind::Suspended => store::of(ctx, "assignee", &account, 2, &first).await?,
        ListKind::Done => {
            let before = Cursor::parse(after, i64::MAX);
            store::done(ctx, &account, &before).await?
        }
    };
    let more = tasks.len() > PAGE;
    tasks.truncate(PAGE);
    let cursor = |task: &StoredTask| {
        let at = if kind == ListKind::Done { task.closed_us } else { task.due_us };
        format!("{at}:{}", task.id)
    };
    let next = tasks.last().filter(|_| more).map(cursor);
    let tasks = tasks.into_iter().map(|task| row(ctx, task)).collect::<Result<_>>()?;
    Ok(TaskPage { tasks, next })
}

/// Tasks of the officers for whom the actor stands in: in their hands, offered to them by name, or,
/// where the absence grants it, to their posts.
async fn stand_in(ctx: &mut Ctx, after: &Cursor) -> Result<Vec<StoredTask>> {
    let steads = deputy::steads(ctx).await?;
    let pools = stead_pools(ctx, &steads);
    let mut tasks = store::offered(ctx, &pools, after).await?;
    for stead in &steads {
        tasks.extend(store::of(ctx, "assignee", &stead.officer, 1, after).await?);
    }
    tasks.sort_by(|one, other| (one.due_us, &one.id).cmp(&(other.due_us, &other.id)));
    tasks.dedup_by(|one, other| one.id == other.id);
    tasks.truncate(PAGE + 1);
    Ok(tasks)
}

/// Pools of others the actor may take from; what is offered to him anyway is in his own list.
fn stead_pools(ctx: &Ctx, steads: &[Stead]) -> Vec<String> {
    let own = definition::pools(&ctx.actor);
    let all = steads.iter().flat_map(|one| &one.pools).filter(|pool| !own.contains(pool));
    let pools: BTreeSet<&String> = all.collect();
    pools.into_iter().cloned().collect()
}

/// What the counts count: offered to a pool, in somebody's hands, to be given back to him, copies
/// he has not read, questions put to him.
pub(crate) const COUNTED: [Counted; 5] = [
    ("process_candidate", "pool", "", "due_us, task_id"),
    ("process_task", "assignee", " AND open = 1", "due_us, id"),
    ("process_task", "owner", " AND open = 1", "due_us, id"),
    ("process_copy", "reader", " AND unread = 1", "id"),
    ("process_consult", "asked", " AND open = 1", "asked_us, id"),
];

/// How much is in the actor's lists. Errors: `denied`.
pub async fn counts(ctx: &mut Ctx) -> Result<Counts> {
    authority::demand(ctx, WORK)?;
    let own = [ctx.actor.account.clone()];
    let (pools, steads) = (definition::pools(&ctx.actor), deputy::steads(ctx).await?);
    let absent: Vec<String> = steads.iter().map(|stead| stead.officer.clone()).collect();
    let others = stead_pools(ctx, &steads);
    let [offered, in_hand, delegated, unread, asked] = COUNTED;
    let sums: [(&str, Counted, &[String]); 7] = [
        ("to_do", offered, pools.as_slice()),
        ("in_hand", in_hand, &own),
        ("delegated", delegated, &own),
        ("unread", unread, &own),
        ("asked", asked, &own),
        ("stand_in", offered, &others),
        ("stand_in", in_hand, &absent),
    ];
    let mut counts: Counts = store::counts(ctx, &sums).await?.unwrap_or_default();
    counts.to_do = counts.to_do.min(COUNT_MAX);
    counts.stand_in = counts.stand_in.min(COUNT_MAX);
    Ok(counts)
}

/// A task with what is needed to do it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Shown {
    /// The task.
    pub task: TaskRow,
    /// Revision of the instance, to be given back with an act.
    pub revision: i64,
    /// What the task sees: its own variables, then those around it.
    pub variables: Variables,
    /// The step before, and who did it.
    pub after: Option<(String, String)>,
    /// What the actor may do with it.
    pub acts: Vec<&'static str>,
    /// Steps it can be sent back to: id and who did it.
    pub steps: Vec<(String, String)>,
    /// Activities of an ad-hoc sub-process that can be started.
    pub activities: Vec<(String, String)>,
    /// Steps it can jump to, for who manages it.
    pub jumps: Vec<(String, String)>,
    /// What is asked of who completes it; without a form, any variables.
    pub form: Option<TaskForm>,
    /// Who signs, where it is done once for each of a list.
    pub signers: Vec<Signer>,
    /// How the votes stand, where it is voted on.
    pub tally: Option<Tally>,
    /// Signers who may be taken out, by account.
    pub removable: Vec<(String, String)>,
    /// Opinions asked for at it.
    pub consultations: Vec<Consultation>,
    /// The absent officer for whom the caller may act; empty for none.
    pub stands_for: String,
    /// Address of the page of the matter it belongs to; empty for none.
    pub matter: String,
}

/// A task the actor may see. Errors: `denied`, `not_found`.
pub async fn show(ctx: &mut Ctx, id: &str) -> Result<Shown> {
    authority::demand(ctx, WORK)?;
    let (instance, number) = parts(id)?;
    let task = store::find(ctx, id).await?.ok_or_else(Error::not_found)?;
    let (about, standing) = seen(ctx, instance).await?;
    let bundle = definition::bundle(ctx, &about.bundle).await?;
    let definition = bundle.definition(&about.process).ok_or_else(Error::not_found)?;
    let named = |id: &str| {
        let node = definition.find(id).and_then(|ix| definition.node(ix));
        node.map(|node| if node.name.is_empty() { node.id.clone() } else { node.name.clone() })
            .unwrap_or_else(|| id.to_owned())
    };
    let state = &standing.state;
    let (mut variables, mut activities) = (state.variables.clone(), Vec::new());
    let mut chain = Vec::new();
    let mut at = state.token(number);
    while let Some(token) = at {
        chain.push(token);
        at = state.scope(token.scope).and_then(|scope| scope.token).and_then(|id| state.token(id));
    }
    for token in chain.iter().rev() {
        variables.extend(token.locals.clone());
    }
    let desk = standing.office.desks.get(&number);
    let mut shown = Shown {
        task: row(ctx, task)?,
        revision: about.revision,
        after: desk
            .and_then(|desk| desk.after.as_ref())
            .map(|step: &Step| (named(&step.node), step.by.name.clone())),
        variables,
        acts: Vec::new(),
        steps: Vec::new(),
        activities: Vec::new(),
        jumps: Vec::new(),
        form: None,
        signers: signers::signers(ctx, instance, definition, &standing, number).await?,
        tally: None,
        removable: Vec::new(),
        consultations: consult::of_task(ctx, id).await?,
        stands_for: String::new(),
        matter: owned::matter(&about.subject).unwrap_or_default().to_owned(),
    };
    let asked = definition.find(&shown.task.node).and_then(|ix| definition.node(ix));
    shown.form = asked.and_then(|node| bundle.form_of(node)).cloned();
    let vote = bundle.extras.get(&shown.task.node).is_some_and(|extra| extra.vote.is_some());
    let signing = Signing::of(definition, state, number);
    shown.tally = signing.filter(|_| vote).map(|signing| signing.tally()).transpose()?;
    let steads = deputy::steads(ctx).await?;
    let absent: Vec<String> = steads.iter().map(|one| one.officer.clone()).collect();
    let Some(desk) = desk.filter(|_| !standing.office.suspended) else { return Ok(shown) };
    let account = ctx.actor.account.clone();
    let holder = desk.assignee.as_ref();
    let stands_for = holder.filter(|who| who.account != account && absent.contains(&who.account));
    shown.stands_for = stands_for.map(|who| who.name.clone()).unwrap_or_default();
    let mine = holder.is_some_and(|who| who.account == account) || stands_for.is_some();
    let pools = definition::pools(&ctx.actor);
    let own = desk.pools.iter().any(|pool| pools.contains(pool));
    let stead = steads.iter().find(|one| !own && one.has(&desk.pools));
    let offered = desk.assignee.is_none() && (own || stead.is_some());
    if let Some(stead) = stead.filter(|_| offered) {
        let officer = super::offer::officer(ctx, &stead.officer).await?;
        shown.stands_for = officer.map(|who| who.name).unwrap_or_default();
    }
    let manages = authority::may(ctx, MANAGE) && authority::same_agency(ctx, &about.agency);
    let token = state.token(number);
    let node = token.and_then(|token| definition.node(token.node));
    let ad_hoc = node.is_some_and(|node| matches!(node.kind, flow::process::Kind::Sub(_)));
    let repeated = token.is_some_and(|token| token.turn.is_some());
    let before = desk
        .after
        .as_ref()
        .is_some_and(|step| step.by.account == account || absent.contains(&step.by.account));
    if let Some(flow::process::Kind::Sub(inner)) = node.map(|node| &node.kind)
        && (mine || offered)
        && let Some(container) = definition.containers().get(*inner)
    {
        let starts = container.nodes.iter().filter_map(|ix| definition.node(*ix));
        let starts = starts.filter(|node| {
            node.is_activity() && node.incoming.is_empty() && !node.for_compensation
        });
        activities.extend(starts.map(|node| (node.id.clone(), named(&node.id))));
    }
    let own_node = shown.task.node.clone();
    let sent = before && desk.after.as_ref().is_some_and(|step| step.node != own_node);
    let delegated = desk.owner.is_some();
    let removable = signers::removable(&shown.signers);
    let mut act = |name: &'static str, may: bool| {
        if may {
            shown.acts.push(name);
        }
    };
    act("claim", offered);
    act("complete", (mine || offered) && !delegated && !ad_hoc);
    act("start_activity", (mine || offered) && ad_hoc);
    act("finish_activities", (mine || offered) && ad_hoc);
    act("give_back", mine && delegated);
    act("send_back", mine && !ad_hoc && !standing.office.done.is_empty());
    act("delegate", mine && !delegated);
    act("hand_over", mine || manages);
    act("consult", mine);
    act("add_signer", repeated && (mine || manages));
    act("remove_signer", repeated && (sent || manages) && !removable.is_empty());
    act("release", mine && !delegated && !desk.pools.is_empty());
    act("recall", before && standing.office.last == desk.after);
    act("urge", before || manages || about.started_by == account);
    act("jump", manages);
    if mine {
        let own = shown.task.node.clone();
        let done = standing.office.done.iter().filter(|(node, _)| **node != own);
        shown.steps = done
            .map(|(node, who)| (node.clone(), format!("{} · {}", named(node), who.name)))
            .collect();
    }
    if manages {
        let targets = definition.nodes().iter().filter(|node| {
            node.is_activity() && !node.for_compensation && !node.incoming.is_empty()
        });
        shown.jumps = targets.map(|node| (node.id.clone(), named(&node.id))).collect();
    }
    shown.activities = activities;
    shown.removable = removable;
    Ok(shown)
}
