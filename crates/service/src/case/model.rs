//! The nouns of a case: what is submitted, what is stored, what each act takes.
//!
//! Invariants: names, numbers and answers of people are kept sealed; instants leave as RFC 3339 in
//! China Standard Time. Must not know: SQL, HTTP, pages.

use flow::case::{Phase, State};
use jiff::civil::Date;
use kernel::{Text, Timestamp};
use rules::Fact;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Items one submission may have.
pub const ITEMS_MAX: usize = 40;
/// Answers, facts or files one submission may have.
pub const PARTS_MAX: usize = 1_000;
/// Bytes of one answer as JSON.
pub const ANSWER_MAX: usize = 16 * 1024;

/// Field that names the child an application is about.
pub const CHILD_NAME: &str = "child_name";

/// An instant on the wire: `2026-09-15T10:21:00+08:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Timestamp);

impl Moment {
    /// From a column of microseconds.
    pub fn of(us: i64) -> Moment {
        Moment(Timestamp(us))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// How a material came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// A file the applicant sent.
    Upload,
    /// Looked up in a registry.
    Registry,
    /// An electronic licence of the applicant.
    Licence,
    /// A statement the applicant made, or a promise to supply it later.
    Promise,
}

impl How {
    /// The name as stored.
    pub fn as_str(self) -> &'static str {
        match self {
            How::Upload => "upload",
            How::Registry => "registry",
            How::Licence => "licence",
            How::Promise => "promise",
        }
    }
}

/// A material as it is handed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// `<item>.<material>`, or the material's id alone for every item that asks for it.
    pub material_id: String,
    /// Digest of the stored object; the licence's identifier when `how` is `licence`; may be empty
    /// for a registry or a promise.
    #[serde(default)]
    pub digest: String,
    /// Name of the file as the sender gave it.
    #[serde(default)]
    pub name: String,
    /// Content type, found from the content.
    #[serde(default)]
    pub media_type: String,
    /// Bytes.
    #[serde(default)]
    pub size: u64,
    /// How it came.
    pub how: How,
}

/// The child an application is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// Name.
    pub name: String,
    /// Citizen number, once there is one.
    pub number: Option<String>,
    /// Day of birth.
    pub birth_date: Date,
}

/// A whole application, checked by the draft it came from.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Id of the draft: two submissions of one draft are one case.
    pub draft_id: String,
    /// One-thing applied for; empty for a single item.
    pub one_thing: String,
    /// Items chosen by the guide.
    pub items: Vec<String>,
    /// Party id of the applicant.
    pub applicant_person: String,
    /// The child it is about, if any.
    pub child: Option<Child>,
    /// Answers by form field.
    pub answers: BTreeMap<String, Json>,
    /// Facts by path: `form.<field>`, `guide.<question>`, `<lookup>.<field>`. A form field without
    /// a fact becomes one at submission.
    pub facts: BTreeMap<String, Fact>,
    /// Receipts of the lookups made for the draft, by lookup.
    pub receipts: BTreeMap<String, String>,
    /// Materials.
    pub uploads: Vec<Material>,
    /// Division in which the case is handled, 6 to 12 digits.
    pub division: String,
    /// `online` or `window`.
    pub channel: String,
    /// Mobile number for messages.
    pub mobile: String,
    /// What it is about: none other about any of them may be under way.
    pub about: Vec<String>,
}

/// The receipt of a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Submitted {
    /// Id of the case.
    pub id: String,
    /// Case number, 43 characters.
    pub number: String,
    /// Public query code, 10 characters.
    pub query_code: String,
    /// Its items.
    pub items: Vec<SubmittedItem>,
}

/// An item's case of a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SubmittedItem {
    /// Id of the item's case.
    pub id: String,
    /// Item.
    pub item: String,
    /// Its own case number.
    pub number: String,
    /// `waiting` or `submitted`.
    pub phase: String,
}

/// What every act answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Done {
    /// Id of the case acted on.
    pub id: String,
    /// Its phase now.
    pub phase: String,
    /// Its revision now: the next act names it.
    pub revision: i64,
    /// Identifier of the licence issued, if one was.
    pub licence: String,
}

/// People named in a case, kept sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// Applicant.
    pub applicant: String,
    /// Citizen number of the applicant.
    #[serde(default)]
    pub applicant_number: String,
    /// Child, or empty.
    #[serde(default)]
    pub child: String,
    /// Citizen number of the child, or empty.
    #[serde(default)]
    pub child_number: String,
    /// Mobile number.
    #[serde(default)]
    pub mobile: String,
}

/// A case as stored: the parent (one thing) or the case of one item.
#[derive(Clone, Debug)]
pub struct Case {
    /// Id.
    pub id: String,
    /// Id of the parent; empty for a parent.
    pub parent_id: String,
    /// Case number.
    pub number: String,
    /// Public query code; of the parent.
    pub query_code: String,
    /// One-thing, or empty.
    pub one_thing: String,
    /// Item; empty for a parent.
    pub item: String,
    /// Version of the definition the case pins.
    pub definition_version: i64,
    /// Digest of that definition.
    pub definition_digest: String,
    /// Division in which it is handled.
    pub division: String,
    /// Agency that handles it; of a parent, the agency in the lead.
    pub agency: String,
    /// Party id of the applicant.
    pub applicant: String,
    /// Party id of the child, or empty.
    pub child: String,
    /// Account that filed it: the applicant's own, or a clerk's.
    pub filed_by: String,
    /// `online` or `window`.
    pub channel: String,
    /// Phase.
    pub phase: Phase,
    /// Revision: number of acts so far.
    pub revision: i64,
    /// When it was submitted.
    pub submitted: Timestamp,
    /// When it was accepted.
    pub accepted: Option<Timestamp>,
    /// When it was decided.
    pub decided: Option<Timestamp>,
    /// When its licence was delivered.
    pub issued: Option<Timestamp>,
    /// When it was closed with its result.
    pub completed: Option<Timestamp>,
    /// When it ended without result, or lost it.
    pub ended: Option<Timestamp>,
    /// End of the promised time to decide.
    pub due: Option<Timestamp>,
    /// End of the statutory time to decide.
    pub statutory_due: Option<Timestamp>,
    /// From when the lamp of the clock that runs now is yellow.
    pub yellow: Timestamp,
    /// From when it is red; the end of time when no clock runs.
    pub red: Timestamp,
    /// In a special procedure, or waiting for the applicant.
    pub paused: bool,
    /// 1 while it is in the agency's work list, 2 while it waits for another item, 3 for a parent
    /// under way, 0 once ended.
    pub open: i64,
    /// Officer in charge; empty when unclaimed.
    pub assignee: String,
    /// His name.
    pub assignee_name: String,
    /// Decided by a rule.
    pub automatic: bool,
    /// Granted.
    pub granted: bool,
    /// A rule referred it to a person.
    pub referred: bool,
    /// Electronic licences used instead of papers.
    pub licence_uses: i64,
    /// Decided after the promised time.
    pub late: bool,
    /// Decided after the statutory time.
    pub late_by_law: bool,
    /// Promised days, known once decided; hours are counted as begun days.
    pub promised_days: i64,
    /// Days of the promised clock used, known once decided.
    pub used_days: i64,
    /// Id of the licence issued.
    pub licence_id: String,
    /// Names, opened.
    pub names: Names,
    /// State of the lifecycle; default for a parent.
    pub state: State,
    /// What depends on what, as pinned at submission; empty for an item.
    pub plan: Vec<flow::composition::Item>,
    /// Digest at the head of the chained history.
    pub history: String,
}

impl Case {
    /// A case with nothing in it, submitted at the instant.
    pub(super) fn blank(at: Timestamp) -> Case {
        let never = Timestamp(i64::MAX);
        let text = String::new;
        Case {
            id: text(),
            parent_id: text(),
            number: text(),
            query_code: text(),
            one_thing: text(),
            item: text(),
            definition_version: 0,
            definition_digest: text(),
            division: text(),
            agency: text(),
            applicant: text(),
            child: text(),
            filed_by: text(),
            channel: text(),
            phase: Phase::default(),
            revision: 0,
            submitted: at,
            accepted: None,
            decided: None,
            issued: None,
            completed: None,
            ended: None,
            due: None,
            statutory_due: None,
            yellow: never,
            red: never,
            paused: false,
            open: 0,
            assignee: text(),
            assignee_name: text(),
            automatic: false,
            granted: false,
            referred: false,
            licence_uses: 0,
            late: false,
            late_by_law: false,
            promised_days: 0,
            used_days: 0,
            licence_id: text(),
            names: Names::default(),
            state: State::default(),
            plan: Vec::new(),
            history: text(),
        }
    }

    /// Forgets how it ended: it has been opened again. The history keeps it.
    pub(super) fn undecide(&mut self) {
        (self.decided, self.completed, self.ended) = (None, None, None);
        (self.granted, self.automatic) = (false, false);
        (self.late, self.late_by_law) = (false, false);
        (self.promised_days, self.used_days) = (0, 0);
    }

    /// True for the parent of item cases.
    pub fn is_parent(&self) -> bool {
        self.parent_id.is_empty()
    }

    /// Id under which answers, facts and grants are kept: the parent's.
    pub fn root_id(&self) -> &str {
        if self.is_parent() { &self.id } else { &self.parent_id }
    }
}

/// The lamp of a case in lists.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Lamp {
    /// Time enough.
    Green,
    /// Near the end.
    Yellow,
    /// Overdue.
    Red,
    /// Standing still.
    Paused,
    /// Ended.
    Done,
}

impl Lamp {
    /// The name as written.
    pub fn as_str(self) -> &'static str {
        match self {
            Lamp::Green => "green",
            Lamp::Yellow => "yellow",
            Lamp::Red => "red",
            Lamp::Paused => "paused",
            Lamp::Done => "done",
        }
    }

    /// The lamp of that name.
    pub fn parse(name: &str) -> Option<Lamp> {
        [Lamp::Green, Lamp::Yellow, Lamp::Red, Lamp::Paused, Lamp::Done]
            .into_iter()
            .find(|lamp| lamp.as_str() == name)
    }

    /// The lamp told by the columns of a case at an instant.
    pub fn of(open: i64, paused: bool, yellow: i64, red: i64, now: Timestamp) -> Lamp {
        match () {
            () if open == 0 => Lamp::Done,
            () if red <= now.0 => Lamp::Red,
            () if paused => Lamp::Paused,
            () if yellow <= now.0 => Lamp::Yellow,
            () => Lamp::Green,
        }
    }
}

/// An id with its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Named {
    /// Id.
    pub id: String,
    /// Name.
    pub name: Text,
}

impl Named {
    /// An id with its name.
    pub fn new(id: impl Into<String>, name: Text) -> Named {
        Named { id: id.into(), name }
    }
}
