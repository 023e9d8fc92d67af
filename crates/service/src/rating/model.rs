//! Ratings and rectification tasks: types and transitions, pure.
//!
//! Invariant: a transition consumes the task and gives the next one or a refusal; what has been
//! recorded is never taken back.

use crate::case::Moment;
use kernel::calendar::{Calendar, Clock, Lamp};
use kernel::{Error, Result, Text, Timestamp};
use pack::standard::Ratings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Characters of a comment or a note.
pub const WORDS_MAX: usize = 500;

/// A rating as it is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRating {
    /// 5 very satisfied, 4, 3, 2 dissatisfied, 1 very dissatisfied.
    pub stars: u8,
    /// Stars by dimension of the pack's scale; any may be left out.
    #[serde(default)]
    pub dimensions: BTreeMap<String, u8>,
    /// What the applicant wants to add; at most 500 characters.
    #[serde(default)]
    pub comment: String,
}

impl NewRating {
    /// Checks the rating against the scale for a case handled online or at a window, and cuts
    /// white space off the comment.
    ///
    /// Errors: `rating.wrong` with the fields at fault: `rating.stars`, `rating.dimension`,
    /// `too_long`.
    pub fn checked(mut self, scale: &Ratings, online: bool) -> Result<NewRating> {
        let known = |stars: u8| scale.levels.iter().any(|level| level.stars == stars);
        let mut error = Error::invalid("rating.wrong");
        if !known(self.stars) {
            error = error.field("stars", "rating.stars");
        }
        for (id, stars) in &self.dimensions {
            let asked = scale.dimensions.iter().any(|one| one.id == *id && one.online == online);
            if !asked || !known(*stars) {
                let id: String = id.chars().take(60).collect();
                error = error.field(format!("dimension.{id}"), "rating.dimension");
            }
        }
        self.comment = self.comment.trim().to_owned();
        if self.comment.chars().count() > WORDS_MAX {
            error = error.field_with("comment", "too_long", vec![("max", WORDS_MAX.to_string())]);
        }
        error.if_any_field().map(|()| self)
    }
}

/// True when the level counts as a bad rating (差评).
pub fn is_bad(scale: &Ratings, stars: u8) -> bool {
    scale.levels.iter().any(|level| level.stars == stars && level.bad)
}

/// A rating as its reader may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Rating {
    /// Id; sorts by time.
    pub id: String,
    /// Id of the item's case.
    pub case_id: String,
    /// Item.
    pub item: String,
    /// Name of the item.
    pub item_name: Text,
    /// Agency rated.
    pub agency: String,
    /// `online` or `window`.
    pub channel: String,
    /// 5 to 1.
    pub stars: u8,
    /// Name of the level.
    pub level: Text,
    /// Stars by dimension.
    pub dimensions: BTreeMap<String, u8>,
    /// The applicant's words; empty for none.
    pub comment: String,
    /// A bad rating.
    pub bad: bool,
    /// Found false on appeal: not counted.
    pub annulled: bool,
    /// When it was given.
    pub at: Moment,
}

/// A page of ratings.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct RatingPage {
    /// At most 50, newest first.
    pub ratings: Vec<Rating>,
    /// Cursor of the next page; absent on the last.
    pub next: Option<String>,
}

/// An item's case for its applicant to rate.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Ratable {
    /// Id of the item's case.
    pub case_id: String,
    /// Item.
    pub item: Text,
    /// Agency.
    pub agency: Text,
    /// `online` or `window`.
    pub channel: String,
    /// Ended, so that it can be rated.
    pub ended: bool,
    /// The rating given, if any.
    pub rating: Option<Rating>,
}

/// Where a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The person has to be contacted.
    Open,
    /// Contacted: what was wrong has to be put right.
    Contacted,
    /// Put right: the person has to be called back.
    Rectified,
    /// Called back: can be closed.
    CalledBack,
    /// Closed.
    Closed,
    /// The supervisor found the rating false.
    Annulled,
}

impl Phase {
    /// The name as stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Open => "open",
            Phase::Contacted => "contacted",
            Phase::Rectified => "rectified",
            Phase::CalledBack => "called_back",
            Phase::Closed => "closed",
            Phase::Annulled => "annulled",
        }
    }
}

/// Something done, by whom, with what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// Name of the officer.
    pub by: String,
    /// What was said or done.
    pub note: String,
}

impl Step {
    /// A step with its note. Errors: `rating.note` with field `note`: `required`, `too_long`.
    pub fn new(at: Timestamp, by: &str, note: &str) -> Result<Step> {
        let note = note.trim();
        let error = Error::invalid("rating.note");
        if note.is_empty() {
            return Err(error.field("note", "required"));
        }
        if note.chars().count() > WORDS_MAX {
            return Err(error.field_with("note", "too_long", vec![("max", WORDS_MAX.to_string())]));
        }
        Ok(Step { at, by: by.to_owned(), note: note.to_owned() })
    }
}

/// The call-back (回访).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallBack {
    /// Who called, when, and what was said.
    pub step: Step,
    /// The person is satisfied with what was done.
    pub satisfied: bool,
}

/// The supervisor's ruling on an appeal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// Who ruled, when, and why.
    pub step: Step,
    /// The rating is false and is annulled.
    pub annulled: bool,
}

/// The agency's appeal against a false rating.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    /// Who appealed, when, and why.
    pub step: Step,
    /// The ruling, once there is one.
    pub ruling: Option<Ruling>,
}

/// A rectification task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Time to contact the person.
    pub contact_clock: Clock,
    /// Time to put it right.
    pub remedy_clock: Clock,
    /// The contact.
    pub contacted: Option<Step>,
    /// The remedy.
    pub rectified: Option<Step>,
    /// The call-back.
    pub called_back: Option<CallBack>,
    /// The appeal.
    pub appeal: Option<Appeal>,
    /// The end.
    pub closed: Option<Step>,
}

impl Task {
    /// A task opened by a bad rating. Errors: those of the limits.
    pub fn open(at: Timestamp, scale: &Ratings) -> Result<Task> {
        Ok(Task {
            contact_clock: Clock::new(at, scale.contact)?,
            remedy_clock: Clock::new(at, scale.rectification)?,
            contacted: None,
            rectified: None,
            called_back: None,
            appeal: None,
            closed: None,
        })
    }

    /// Where it is.
    pub fn phase(&self) -> Phase {
        let annulled = self
            .appeal
            .as_ref()
            .and_then(|one| one.ruling.as_ref())
            .is_some_and(|one| one.annulled);
        match self {
            _ if annulled => Phase::Annulled,
            Task { closed: Some(_), .. } => Phase::Closed,
            Task { called_back: Some(_), .. } => Phase::CalledBack,
            Task { rectified: Some(_), .. } => Phase::Rectified,
            Task { contacted: Some(_), .. } => Phase::Contacted,
            _ => Phase::Open,
        }
    }

    /// True until it is closed or the rating is annulled.
    pub fn is_open(&self) -> bool {
        !matches!(self.phase(), Phase::Closed | Phase::Annulled)
    }

    /// True while an appeal waits for the supervisor.
    pub fn is_appealed(&self) -> bool {
        self.is_open() && self.appeal.as_ref().is_some_and(|appeal| appeal.ruling.is_none())
    }

    /// The clock that runs now: the contact's, then the remedy's; none after the remedy.
    pub fn clock(&self) -> Option<&Clock> {
        match self.phase() {
            Phase::Open => Some(&self.contact_clock),
            Phase::Contacted => Some(&self.remedy_clock),
            _ => None,
        }
    }

    /// The end of the clock that runs now. Errors: the calendar's.
    pub fn due(&self, calendar: &Calendar) -> Result<Option<Timestamp>> {
        self.clock().map_or(Ok(None), |clock| clock.due(calendar))
    }

    /// The lamp now; done once nothing is to be done in time. Errors: the calendar's.
    pub fn lamp(&self, now: Timestamp, calendar: &Calendar) -> Result<Lamp> {
        self.clock().map_or(Ok(Lamp::Done), |clock| clock.lamp(now, calendar))
    }

    /// The person was contacted. Errors: `rating.task_closed`, `rating.contacted`.
    pub fn contact(mut self, step: Step) -> Result<Task> {
        self.refuse_closed()?;
        if self.contacted.is_some() {
            return Err(Error::conflict("rating.contacted"));
        }
        self.contact_clock.stop(step.at)?;
        self.contacted = Some(step);
        Ok(self)
    }

    /// What was wrong was put right. Errors: `rating.task_closed`, `rating.not_contacted`,
    /// `rating.rectified`.
    pub fn rectify(mut self, step: Step) -> Result<Task> {
        self.refuse_closed()?;
        if self.contacted.is_none() {
            return Err(Error::conflict("rating.not_contacted"));
        }
        if self.rectified.is_some() {
            return Err(Error::conflict("rating.rectified"));
        }
        self.remedy_clock.stop(step.at)?;
        self.rectified = Some(step);
        Ok(self)
    }

    /// The person was called back. Errors: `rating.task_closed`, `rating.not_rectified`,
    /// `rating.called_back`.
    pub fn call_back(mut self, call_back: CallBack) -> Result<Task> {
        self.refuse_closed()?;
        if self.rectified.is_none() {
            return Err(Error::conflict("rating.not_rectified"));
        }
        if self.called_back.is_some() {
            return Err(Error::conflict("rating.called_back"));
        }
        self.called_back = Some(call_back);
        Ok(self)
    }

    /// The task ends. Errors: `rating.task_closed`, `rating.not_called_back`, `rating.appealed`
    /// while an appeal waits.
    pub fn close(mut self, step: Step) -> Result<Task> {
        self.refuse_closed()?;
        if self.called_back.is_none() {
            return Err(Error::conflict("rating.not_called_back"));
        }
        if self.is_appealed() {
            return Err(Error::conflict("rating.appealed"));
        }
        self.closed = Some(step);
        Ok(self)
    }

    /// The agency holds the rating to be false. Errors: `rating.task_closed`, `rating.appealed`
    /// for a second appeal.
    pub fn appeal(mut self, step: Step) -> Result<Task> {
        self.refuse_closed()?;
        if self.appeal.is_some() {
            return Err(Error::conflict("rating.appealed"));
        }
        self.appeal = Some(Appeal { step, ruling: None });
        Ok(self)
    }

    /// The supervisor rules on the appeal; an annulled rating ends the task. Errors:
    /// `rating.task_closed`, `rating.not_appealed`.
    pub fn rule(mut self, ruling: Ruling) -> Result<Task> {
        self.refuse_closed()?;
        let Some(appeal) = self.appeal.as_mut().filter(|appeal| appeal.ruling.is_none()) else {
            return Err(Error::conflict("rating.not_appealed"));
        };
        if ruling.annulled {
            for clock in [&mut self.contact_clock, &mut self.remedy_clock] {
                if clock.stopped.is_none() {
                    clock.stop(ruling.step.at)?;
                }
            }
        }
        appeal.ruling = Some(ruling);
        Ok(self)
    }

    fn refuse_closed(&self) -> Result<()> {
        if self.is_open() { Ok(()) } else { Err(Error::conflict("rating.task_closed")) }
    }
}

/// A task in a list or on its page.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TaskRow {
    /// Id; sorts by time.
    pub id: String,
    /// Revision: acts name it, so that a stale page is refused.
    pub revision: i64,
    /// Id of the item's case.
    pub case_id: String,
    /// The case's number; absent in lists.
    pub number: String,
    /// Name of whom to contact, masked but for the officers of the agency; absent in lists.
    pub applicant: String,
    /// The actor may open that case, where it stands at which number the applicant is to be called.
    pub case_open: bool,
    /// Name of the item.
    pub item: Text,
    /// Agency.
    pub agency: String,
    /// Name of the agency.
    pub agency_name: Text,
    /// Division.
    pub division: String,
    /// Phase.
    pub phase: Phase,
    /// Lamp of the clock that runs now.
    pub lamp: String,
    /// End of the clock that runs now.
    pub due: Option<Moment>,
    /// An appeal waits for the supervisor.
    pub appealed: bool,
    /// The rating; absent in lists.
    pub rating: Option<Rating>,
    /// What was done; absent in lists.
    pub steps: Vec<StepRow>,
    /// What the actor may do now: `contact`, `rectify`, `call_back`, `close`, `appeal`, `rule`.
    pub allowed: Vec<&'static str>,
}

/// A step of a task as shown.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StepRow {
    /// `opened`, `contacted`, `rectified`, `satisfied`, `dissatisfied`, `closed`, `appealed`,
    /// `upheld`, `annulled`.
    pub kind: &'static str,
    /// When.
    pub at: Moment,
    /// Officer's name.
    pub by: String,
    /// What was said or done.
    pub note: String,
}

impl StepRow {
    fn of(kind: &'static str, step: &Step) -> StepRow {
        StepRow { kind, at: Moment(step.at), by: step.by.clone(), note: step.note.clone() }
    }
}

impl Task {
    /// Everything done, oldest first.
    pub fn steps(&self) -> Vec<StepRow> {
        let opened = Moment(self.contact_clock.started);
        let mut rows =
            vec![StepRow { kind: "opened", at: opened, by: String::new(), note: String::new() }];
        rows.extend(self.contacted.iter().map(|step| StepRow::of("contacted", step)));
        rows.extend(self.rectified.iter().map(|step| StepRow::of("rectified", step)));
        rows.extend(self.called_back.iter().map(|call| {
            StepRow::of(if call.satisfied { "satisfied" } else { "dissatisfied" }, &call.step)
        }));
        if let Some(appeal) = &self.appeal {
            rows.push(StepRow::of("appealed", &appeal.step));
            rows.extend(appeal.ruling.iter().map(|ruling| {
                StepRow::of(if ruling.annulled { "annulled" } else { "upheld" }, &ruling.step)
            }));
        }
        rows.extend(self.closed.iter().map(|step| StepRow::of("closed", step)));
        rows.sort_by_key(|row| row.at);
        rows
    }
}

/// A page of tasks.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct TaskPage {
    /// At most 50, the most urgent first.
    pub tasks: Vec<TaskRow>,
    /// Cursor of the next page; absent on the last.
    pub next: Option<String>,
}

/// How often each level was given to an item of an agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Statistic {
    /// Agency.
    pub agency: String,
    /// Item.
    pub item: String,
    /// Name of the item.
    pub item_name: Text,
    /// Ratings counted.
    pub count: i64,
    /// Of them with 5, 4, 3, 2, 1 stars.
    pub by_stars: [i64; 5],
    /// Share of 3 stars and more, in thousandths.
    pub satisfied_permille: i64,
}
