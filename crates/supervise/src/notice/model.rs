//! Notices: types and transitions, pure.
//!
//! Invariant: a transition takes a notice and gives the next one or a refusal; nothing already
//! written is taken back. Must not know: SQL, HTTP, who may do what.

use jiff::civil::Date;
use kernel::{Error, Result, Text, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use service::case::{Moment, Named};

/// Characters of a reason, explanation or note.
pub const WORDS_MAX: usize = 1_000;

/// What the mark of a notice begins with that follows another.
const PASSED: &str = "passed:";

/// Why a notice was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 黄牌: a clock is about to run out.
    Yellow,
    /// 红牌: a clock has run out.
    Red,
    /// 督办: a supervisor asks by hand.
    Urge,
}

impl Kind {
    /// The name as stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Yellow => "yellow",
            Kind::Red => "red",
            Kind::Urge => "urge",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Kind> {
        [Kind::Yellow, Kind::Red, Kind::Urge].into_iter().find(|kind| kind.as_str() == name)
    }

    /// The card a timer of a case draws; none for a timer the applicant answers for.
    pub fn of_timer(timer: &str) -> Option<Kind> {
        match timer {
            "acceptance_warning" | "promised_warning" | "statutory_warning"
            | "delivery_warning" | "check_warning" | "review_warning" => Some(Kind::Yellow),
            "promised_overdue" | "statutory_overdue" | "procedure_overdue" | "delivery_overdue"
            | "check_overdue" | "review_overdue" => Some(Kind::Red),
            _ => None,
        }
    }
}

/// Where a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Waits for the agency to take note.
    Open,
    /// The agency knows; its answer is due.
    Acknowledged,
    /// Answered; waits for the supervisor.
    Answered,
    /// Closed.
    Closed,
}

impl Phase {
    /// The name as stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Open => "open",
            Phase::Acknowledged => "acknowledged",
            Phase::Answered => "answered",
            Phase::Closed => "closed",
        }
    }

    /// The phase of that name.
    pub fn parse(name: &str) -> Option<Phase> {
        [Phase::Open, Phase::Acknowledged, Phase::Answered, Phase::Closed]
            .into_iter()
            .find(|phase| phase.as_str() == name)
    }
}

/// Who acted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct By {
    /// Account; empty for the platform.
    pub(crate) account: String,
    /// Name.
    pub(crate) name: String,
    /// Person, for messages.
    pub(crate) person: String,
}

/// A notice as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) id: String,
    /// What makes it unique: case, timer and instant; for a notice by hand its own id; for one that
    /// follows another to the next agency, that one's.
    pub(crate) mark: String,
    pub(crate) number: String,
    pub(crate) kind: Kind,
    pub(crate) phase: Phase,
    pub(crate) revision: i64,
    pub(crate) case_id: String,
    pub(crate) case_number: String,
    pub(crate) item: String,
    pub(crate) agency: String,
    pub(crate) division: String,
    /// Timer of the case, or empty.
    pub(crate) timer: String,
    /// When the timer fell due.
    pub(crate) due: Timestamp,
    pub(crate) reason: String,
    pub(crate) opened: Timestamp,
    pub(crate) opened_by: By,
    pub(crate) answer_due: Timestamp,
    pub(crate) acknowledged: Option<Timestamp>,
    pub(crate) acknowledged_name: String,
    pub(crate) explanation: String,
    pub(crate) mend: String,
    /// Day by which it is mended, `2026-09-30`.
    pub(crate) mend_by: String,
    pub(crate) answered: Option<Timestamp>,
    pub(crate) answered_by: By,
    /// How often an answer was sent back.
    pub(crate) returned: i64,
    pub(crate) return_note: String,
    pub(crate) closed: Option<Timestamp>,
    pub(crate) closed_by: By,
    pub(crate) close_note: String,
}

/// A notice by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Urge {
    /// Why, at most 1000 characters.
    pub reason: String,
}

/// The agency's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// Why it came so, at most 1000 characters.
    pub explanation: String,
    /// What is done so that it is put right, at most 1000 characters.
    pub mend: String,
    /// Day by which it is put right, `2026-09-30`.
    pub mend_by: String,
}

/// The supervisor's finding on an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Closure {
    /// True closes the notice, false sends the answer back.
    pub satisfied: bool,
    /// What was found; needed when the answer is sent back.
    #[serde(default)]
    pub note: String,
}

/// Text within its limit, trimmed.
fn words(error: Error, field: &'static str, text: &str, needed: bool) -> Result<String> {
    let text = text.trim();
    if text.is_empty() && needed {
        return Err(error.field(field, "supervise.words_needed"));
    }
    if text.chars().count() > WORDS_MAX {
        let max = vec![("max", WORDS_MAX.to_string())];
        return Err(error.field_with(field, "supervise.words_long", max));
    }
    Ok(text.to_owned())
}

impl Urge {
    /// The reason, checked. Errors: `supervise.urge_wrong` with field `reason`.
    pub fn checked(&self) -> Result<String> {
        words(Error::invalid("supervise.urge_wrong"), "reason", &self.reason, true)
    }
}

impl Notice {
    /// The agency has taken note. Errors: `supervise.notice_phase` unless open.
    pub(crate) fn acknowledge(mut self, at: Timestamp, by: &By) -> Result<Notice> {
        if self.phase != Phase::Open {
            return Err(Error::conflict("supervise.notice_phase"));
        }
        self.phase = Phase::Acknowledged;
        self.acknowledged = Some(at);
        self.acknowledged_name.clone_from(&by.name);
        Ok(self.turned())
    }

    /// The agency answers; it need not have acknowledged before. Errors:
    /// `supervise.notice_phase`; `supervise.answer_wrong` with the fields at fault.
    pub(crate) fn answer(mut self, at: Timestamp, by: &By, answer: &Answer) -> Result<Notice> {
        if !matches!(self.phase, Phase::Open | Phase::Acknowledged) {
            return Err(Error::conflict("supervise.notice_phase"));
        }
        let mut error = Error::invalid("supervise.answer_wrong");
        for (field, text) in [("explanation", &answer.explanation), ("mend", &answer.mend)] {
            if let Err(told) = words(Error::invalid("supervise.answer_wrong"), field, text, true) {
                error.fields.extend(told.fields);
            }
        }
        match answer.mend_by.trim().parse::<Date>() {
            Ok(day) if day >= at.date() => {}
            _ => error = error.field("mend_by", "supervise.mend_by"),
        }
        error.if_any_field()?;
        if self.acknowledged.is_none() {
            self.acknowledged = Some(at);
            self.acknowledged_name.clone_from(&by.name);
        }
        self.phase = Phase::Answered;
        self.explanation = answer.explanation.trim().to_owned();
        self.mend = answer.mend.trim().to_owned();
        self.mend_by = answer.mend_by.trim().to_owned();
        self.answered = Some(at);
        self.answered_by = by.clone();
        Ok(self.turned())
    }

    /// The supervisor closes the notice or sends the answer back with a new time to answer.
    /// Errors: `supervise.notice_phase` when there is no answer; `supervise.closure_wrong`.
    pub(crate) fn close(
        mut self,
        at: Timestamp,
        by: &By,
        closure: &Closure,
        again_due: Timestamp,
    ) -> Result<Notice> {
        if self.phase != Phase::Answered {
            return Err(Error::conflict("supervise.notice_phase"));
        }
        let error = Error::invalid("supervise.closure_wrong");
        let note = words(error, "note", &closure.note, !closure.satisfied)?;
        if closure.satisfied {
            self.phase = Phase::Closed;
            self.closed = Some(at);
            self.closed_by = by.clone();
            self.close_note = note;
        } else {
            self.phase = Phase::Acknowledged;
            self.returned += 1;
            self.return_note = note;
            self.answer_due = again_due;
        }
        Ok(self.turned())
    }

    /// The case ended before the clock did: a yellow card that nobody answered is moot. `None`
    /// when the notice stays as it is.
    pub(crate) fn settle(mut self, at: Timestamp) -> Option<Notice> {
        let moot = self.kind == Kind::Yellow
            && matches!(self.phase, Phase::Open | Phase::Acknowledged)
            && at < self.due;
        if !moot {
            return None;
        }
        self.phase = Phase::Closed;
        self.closed = Some(at);
        Some(self.turned())
    }

    /// The case has gone to another agency, of which the rest is asked. `None` when the notice stays
    /// as it is: answered already, or a red card, which whoever let the clock run out answers for.
    pub(crate) fn pass_on(mut self, at: Timestamp) -> Option<Notice> {
        let waits = matches!(self.phase, Phase::Open | Phase::Acknowledged);
        if self.kind == Kind::Red || !waits {
            return None;
        }
        self.phase = Phase::Closed;
        self.closed = Some(at);
        Some(self.turned())
    }

    /// The mark of the notice that follows this one to the next agency.
    pub(crate) fn passed_mark(&self) -> String {
        format!("{PASSED}{}", self.id)
    }

    /// The notice this one follows, by id.
    pub(crate) fn passed_from(&self) -> Option<&str> {
        self.mark.strip_prefix(PASSED)
    }

    fn turned(mut self) -> Notice {
        self.revision += 1;
        self
    }

    /// Answered after its time, or not answered and past it.
    pub(crate) fn is_late(&self, now: Timestamp) -> bool {
        match (self.phase, self.answered) {
            (Phase::Open | Phase::Acknowledged, _) => now >= self.answer_due,
            (_, Some(answered)) => answered >= self.answer_due,
            (_, None) => false,
        }
    }
}

/// A notice in a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NoticeRow {
    /// Id; sorts by time.
    pub id: String,
    /// Number, `DB2609-0117`.
    pub number: String,
    /// Why it was opened.
    pub kind: Kind,
    /// Where it is.
    pub phase: Phase,
    /// Case it is about.
    pub case_id: String,
    /// Its number.
    pub case_number: String,
    /// Item.
    pub item: Named,
    /// Agency that has to answer.
    pub agency: Named,
    /// Division of the case.
    pub division: String,
    /// Timer that opened it, or empty.
    pub timer: String,
    /// When it was opened.
    pub opened: Moment,
    /// By when it has to be answered.
    pub answer_due: Moment,
    /// `green`, `yellow` (a day left), `red` (past), `paused` (waits for the supervisor), `done`.
    pub lamp: String,
    /// Whole hours to the answer's end, negative when past.
    pub hours_left: i64,
    /// Revision: acts name it, so that a stale page is refused.
    pub revision: i64,
}

/// A page of notices.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct NoticePage {
    /// At most 50, newest first.
    pub notices: Vec<NoticeRow>,
    /// Cursor of the next page; absent on the last.
    pub next: Option<String>,
}

/// How many notices are under way. Counting stops at 10,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// Wait for the agency to take note.
    pub open: i64,
    /// Wait for its answer.
    pub acknowledged: i64,
    /// Wait for the supervisor.
    pub answered: i64,
    /// Of all: not answered in time.
    pub late: i64,
}

/// The same demand at another agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Same {
    /// Number of its notice.
    pub number: String,
    /// The agency.
    pub agency: Named,
}

/// A whole notice.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Shown {
    /// As in lists.
    #[serde(flatten)]
    pub row: NoticeRow,
    /// Why, as written; empty for a card.
    pub reason: String,
    /// When the clock ran or runs out; absent for a notice by hand.
    pub due: Option<Moment>,
    /// Who opened it; empty for the platform.
    pub opened_by: String,
    /// When the agency took note.
    pub acknowledged: Option<Moment>,
    /// Who did.
    pub acknowledged_by: String,
    /// Why it came so.
    pub explanation: String,
    /// What is done about it.
    pub mend: String,
    /// Day by which.
    pub mend_by: String,
    /// When it was answered.
    pub answered: Option<Moment>,
    /// Who answered.
    pub answered_by: String,
    /// How often an answer was sent back.
    pub returned: i64,
    /// What was found wanting, last.
    pub return_note: String,
    /// When it was closed.
    pub closed: Option<Moment>,
    /// Who closed it; empty for the platform.
    pub closed_by: String,
    /// What was found.
    pub close_note: String,
    /// The notice this one follows, since the case came from another agency.
    pub passed_from: Option<Same>,
    /// The notice that follows this one, since the case went to another agency.
    pub passed_to: Option<Same>,
    /// What the reader may do now: `acknowledge`, `answer`, `close`.
    pub allowed: Vec<&'static str>,
    /// Name of the division.
    pub place: Text,
}
