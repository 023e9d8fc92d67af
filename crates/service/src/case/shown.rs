//! What pages and the REST interface show of a case.
//!
//! Invariants: every instant is RFC 3339; every name of a definition is in both languages; a
//! person's number leaves masked. Must not know: SQL, HTTP, templates.

use super::model::{Lamp, Moment, Named};
use kernel::Text;
use kernel::calendar::Limit;
use pack::procedure::TaskForm;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A person as shown.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Person {
    /// Name; masked where the reader does not need it.
    pub name: String,
    /// Citizen number, masked; empty when there is none.
    pub number: String,
    /// Mobile number to reach the applicant at, masked; empty for whoever does not handle the case.
    pub mobile: String,
}

/// Time during which a clock stood still.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Paused {
    /// Start.
    pub from: Moment,
    /// End; absent while it lasts.
    pub to: Option<Moment>,
    /// Why.
    pub cause: String,
    /// Article that allows it.
    pub article: String,
}

/// A clock of a case.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ClockShown {
    /// `acceptance`, `correction`, `promised`, `statutory`, `tolerance`, `procedure`, `delivery`,
    /// `transfer`, `check`, `review`.
    pub name: String,
    /// Its limit, without an extension.
    pub limit: Limit,
    /// Units added by the extension.
    pub extended: u32,
    /// Start.
    pub started: Moment,
    /// End of the limit; absent while standing still.
    pub due: Option<Moment>,
    /// When it ended.
    pub stopped: Option<Moment>,
    /// Lamp now.
    pub lamp: Lamp,
    /// Units of the limit used; absent, as what is left is, while a year's notice is missing.
    pub used: Option<i64>,
    /// Working days left (0 for hours), negative when overdue.
    pub working_days_left: Option<i64>,
    /// Civil days left.
    pub calendar_days_left: Option<i64>,
    /// Hours left.
    pub hours_left: Option<i64>,
    /// Overdue, or ended late.
    pub overdue: bool,
    /// Whole days it stood still.
    pub paused_days: i64,
    /// When it stood still.
    pub pauses: Vec<Paused>,
}

/// Something that happened to a case.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Happened {
    /// Sequence within the case, from 1.
    pub sequence: i64,
    /// Item's case it happened to.
    pub case_id: String,
    /// Item; empty for the parent.
    pub item: String,
    /// When.
    pub at: Moment,
    /// What: `opened`, `released`, `accepted` … (sentence `service.case.event.<kind>`).
    pub kind: String,
    /// Who: a name, or empty where the reader is not told.
    pub actor: String,
    /// Done by the platform.
    pub automatic: bool,
    /// Reason, note, opinion or result that came with it; empty when none or internal.
    pub text: String,
    /// Article applied.
    pub article: String,
    /// Article and amounts, for staff: the event as recorded.
    pub detail: Json,
    /// Document the event owes, once written.
    pub document: Option<String>,
}

/// A comparison of data.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Check {
    /// Path of the fact.
    pub path: String,
    /// Its name.
    pub label: Text,
    /// What the source holds, masked by grade; empty for none.
    pub held: String,
    /// What the applicant answered; empty when not asked.
    pub answered: String,
    /// `same`, `diff`, `none` (nothing to compare) or `missing` (source holds nothing).
    pub state: String,
    /// Source.
    pub source: Text,
    /// When the source said so.
    pub observed: Moment,
}

/// A material of an item.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MaterialShown {
    /// Id within the item.
    pub id: String,
    /// Item.
    pub item: String,
    /// Name.
    pub name: Text,
    /// `required` or `secondary`.
    pub necessity: String,
    /// May follow later.
    pub tolerable: bool,
    /// `upload`, `registry`, `licence`, `promise`, or `missing`.
    pub how: String,
    /// Files, oldest first.
    pub files: Vec<FileShown>,
    /// Checks of the facts it proves.
    pub checks: Vec<Check>,
    /// Asked to be mended and not mended yet.
    pub asked: bool,
    /// Promised to follow and not there yet.
    pub outstanding: bool,
}

/// A file of a material.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FileShown {
    /// Id: the file is at `/cases/{case}/files/{id}`.
    pub id: String,
    /// Name as sent.
    pub name: String,
    /// Content type.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// SM3 digest, or the licence's identifier.
    pub digest: String,
    /// When it came.
    pub at: Moment,
}

/// A fact of a case.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FactShown {
    /// Path.
    pub path: String,
    /// Name.
    pub label: Text,
    /// Value, masked by grade; empty when the source holds none.
    pub value: String,
    /// What the applicant answered in the field it fills, masked by grade; empty when not asked.
    pub answered: String,
    /// `same`, `diff`, `none` (nothing to compare) or `missing` (source holds nothing).
    pub state: String,
    /// Source.
    pub source: Text,
    /// When the source said so.
    pub observed: Moment,
    /// Receipt of the lookup, or empty.
    pub receipt: String,
    /// The applicant holds it for wrong, and its source is looking into it.
    pub disputed: bool,
    /// When its source corrected it, if it has since the case began.
    pub corrected: Option<Moment>,
}

/// An objection to a datum the case uses.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ObjectionShown {
    /// Its reference.
    pub reference: String,
    /// Registry.
    pub registry: Text,
    /// Field.
    pub field: Text,
    /// What the source held.
    pub held: String,
    /// What the applicant says is right.
    pub claimed: String,
    /// What he adds.
    pub note: String,
    /// `open`, `accepted` or `rejected`.
    pub status: String,
    /// The source's words.
    pub answer: String,
    /// When it is to be answered.
    pub due: Moment,
    /// When it was.
    pub answered: Option<Moment>,
}

/// An answer of the form.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AnswerShown {
    /// Field.
    pub field: String,
    /// Label.
    pub label: Text,
    /// Value as shown, masked by grade.
    pub value: String,
    /// Value to fill the field with again; absent where the reader may not see it whole.
    pub raw: Option<Json>,
    /// Asked to be mended and not mended yet.
    pub asked: bool,
}

/// A document the platform wrote.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DocumentShown {
    /// Id: the file is at `/cases/{case}/documents/{id}`.
    pub id: String,
    /// Item's case, or the parent.
    pub case_id: String,
    /// `receipt`, `acceptance_notice`, `decision` …
    pub kind: String,
    /// Title.
    pub title: Text,
    /// Its number.
    pub number: String,
    /// When it was written.
    pub at: Moment,
    /// SM3 digest of the sealed file; empty until sealed.
    pub digest: String,
}

/// A licence issued.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LicenceShown {
    /// Id of the licence.
    pub id: String,
    /// Identifier by GB/T 36904.
    pub identifier: String,
    /// Name of its type.
    pub name: Text,
    /// Item whose result it is.
    pub item: String,
    /// When it was delivered.
    pub at: Moment,
}

/// A condition of an automatic decision, as told.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ConditionShown {
    /// Id.
    pub id: String,
    /// What is required.
    pub text: Text,
    /// The article that requires it.
    pub article: String,
    /// `met`, `not_met`, `missing`, `stale`, `ahead` for a value dated after the decision, `mistyped`;
    /// `withheld` where it would tell of somebody else.
    pub result: String,
    /// Value looked at, masked by grade; empty when missing.
    pub value: String,
    /// With what it was compared; empty when with nothing.
    pub other: String,
    /// Source of the value.
    pub source: Option<Text>,
    /// When the source said so.
    pub observed: Option<Moment>,
    /// Source of what it was compared with; none for a constant of the rule.
    pub other_source: Option<Text>,
    /// When that said so.
    pub other_observed: Option<Moment>,
    /// Whole hours that lay between the older of the two and the decision, where it was stale.
    pub age_hours: Option<i64>,
}

/// The explanation of an automatic decision or of a referral.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExplanationShown {
    /// Id of the rule.
    pub rule: String,
    /// Its version.
    pub version: u32,
    /// The article that lets a machine decide.
    pub basis: String,
    /// `grant` or `refer`.
    pub outcome: String,
    /// When.
    pub at: Moment,
    /// Every condition.
    pub conditions: Vec<ConditionShown>,
}

/// A remedy against what was decided.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RemedyShown {
    /// Reconsideration or suit.
    pub name: Text,
    /// To whom.
    pub body: Text,
    /// The article that gives it.
    pub article: Text,
    /// The midnight that ends its last day.
    pub until: Moment,
}

/// How an item ended without a result, or lost it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EndingShown {
    /// Item's case.
    pub case_id: String,
    /// Item.
    pub item: Named,
    /// Its phase: `refused`, `not_accepted`, `withdrawn`, `lapsed`, `terminated`, `revoked`.
    pub phase: String,
    /// When it was told.
    pub at: Moment,
    /// Why.
    pub reason: String,
    /// Article applied; empty where it ended otherwise than by a decision.
    pub article: String,
    /// What may be done about it, until when.
    pub remedies: Vec<RemedyShown>,
    /// The document that says so, once written.
    pub document: Option<String>,
}

/// What is asked of the applicant now.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AskedShown {
    /// Item's case that asks.
    pub case_id: String,
    /// Item.
    pub item: Named,
    /// Form fields.
    pub fields: Vec<Named>,
    /// Materials.
    pub materials: Vec<Named>,
    /// What is wrong and how to mend it.
    pub note: String,
    /// When it was asked.
    pub asked: Moment,
    /// By when.
    pub due: Option<Moment>,
}

/// Something that the examination of a case waits for from the applicant.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AwaitedShown {
    /// Id, until it is handed in.
    pub id: String,
    /// Item's case that waits.
    pub case_id: String,
    /// Item.
    pub item: Named,
    /// Name of the step that waits.
    pub step: String,
    /// What is asked.
    pub form: TaskForm,
    /// What its fields that are only shown say.
    pub told: BTreeMap<String, Json>,
    /// Materials of which files may be added.
    pub materials: Vec<Named>,
    /// Ids of those without which nothing is handed in.
    pub required: Vec<String>,
}

/// An item within a one-thing's case.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Lane {
    /// Id of the item's case.
    pub id: String,
    /// Its case number.
    pub number: String,
    /// Item.
    pub item: Named,
    /// Agency.
    pub agency: Named,
    /// Phase.
    pub phase: String,
    /// Lamp.
    pub lamp: Lamp,
    /// Items it waits for.
    pub after: Vec<Named>,
    /// End of the promised time, or when it is foreseen to end.
    pub due: Option<Moment>,
    /// What happened, oldest first.
    pub steps: Vec<Happened>,
    /// Revision.
    pub revision: i64,
    /// Identifier of the licence, or empty.
    pub licence: String,
}

/// A special procedure an officer may start.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ProcedureShown {
    /// Id.
    pub id: String,
    /// Name.
    pub name: Text,
    /// Article that provides for it.
    pub article: String,
    /// The longest it may take.
    pub max: Option<Limit>,
}

/// What the reviewer's form needs to know of the item.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Choices {
    /// Special procedures.
    pub procedures: Vec<ProcedureShown>,
    /// Longest extension.
    pub extension_max: Option<Limit>,
    /// Materials that may follow later.
    pub tolerable: Vec<Named>,
    /// Fields that can be asked to be mended.
    pub fields: Vec<Named>,
    /// Materials that can be asked to be mended.
    pub materials: Vec<Named>,
    /// Remedies told with a refusal.
    pub remedies: Text,
    /// Articles the item rests on.
    pub articles: Vec<String>,
    /// Agencies to which it may be handed, nearest first.
    pub transfer: Vec<Named>,
    /// What the procedure asks of who accepts.
    pub begins: Option<TaskForm>,
    /// What holds of it unless it is answered otherwise.
    pub begins_with: BTreeMap<String, Json>,
}

/// The loss of what a grant rests on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BasisLostShown {
    /// The item whose grant was revoked.
    pub item: Named,
    /// When.
    pub at: Moment,
}

/// A handing to another agency that has not been answered.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TransferShown {
    /// The agency that handed it over.
    pub from: Named,
    /// The agency it was handed to.
    pub to: Named,
    /// When.
    pub at: Moment,
    /// Until when it may be given back; after that the other agency has it.
    pub due: Option<Moment>,
    /// Why.
    pub reason: String,
    /// The article applied.
    pub article: String,
}

/// An open task of an examination.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StepShown {
    /// Id: the task is at `/tasks/{id}`.
    pub id: String,
    /// Name of the step.
    pub name: String,
    /// Who has it in hand; empty for nobody.
    pub assignee_name: String,
}

/// What an examination came to.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ProposalShown {
    /// When.
    pub at: Moment,
    /// Whether to grant; absent when that is left to who decides.
    pub granted: Option<bool>,
    /// Name of the end reached.
    pub end: String,
    /// The last opinion given.
    pub opinion: String,
}

/// The procedure that examines a case.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExaminationShown {
    /// Id: it is at `/instances/{id}`.
    pub instance: String,
    /// Procedure.
    pub process: String,
    /// Its name.
    pub name: Text,
    /// The version it keeps.
    pub version: i64,
    /// Phase: `active`, `suspended` or how it ended.
    pub phase: String,
    /// Tasks open now.
    pub steps: Vec<StepShown>,
    /// What it proposes, once it has ended.
    pub proposal: Option<ProposalShown>,
}

/// What a later check found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FoundShown {
    /// When.
    pub at: Moment,
    /// Whether the promise was kept; absent when that was left open.
    pub kept: Option<bool>,
    /// Name of the end reached.
    pub end: String,
    /// The last opinion given.
    pub opinion: String,
    /// Confirmed by hand, since the check itself left it open.
    pub by_hand: bool,
}

/// The later check of what was granted on a promise.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CheckShown {
    /// Id: it is at `/instances/{id}`.
    pub instance: String,
    /// Procedure.
    pub process: String,
    /// Its name.
    pub name: Text,
    /// The version it keeps.
    pub version: i64,
    /// Phase: `active` or how it ended.
    pub phase: String,
    /// Tasks open now.
    pub steps: Vec<StepShown>,
    /// What it found, once it has ended.
    pub found: Option<FoundShown>,
}

/// A whole case as its reader may see it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Shown {
    /// Id.
    pub id: String,
    /// Id of the parent; empty for a parent.
    pub parent_id: String,
    /// Case number.
    pub number: String,
    /// Public query code; only for the applicant and the clerk who filed.
    pub query_code: String,
    /// Title: the item, or the one-thing.
    pub title: Text,
    /// One-thing; its id is empty for a single item.
    pub one_thing: Named,
    /// Item; its id is empty for a parent.
    pub item: Named,
    /// Agency that handles it.
    pub agency: Named,
    /// Division code.
    pub division: String,
    /// `online` or `window`.
    pub channel: String,
    /// Phase.
    pub phase: String,
    /// Lamp.
    pub lamp: Lamp,
    /// Revision: acts name it, so that a stale page is refused.
    pub revision: i64,
    /// Applicant.
    pub applicant: Person,
    /// Who handed it in in the applicant's place, by his authorisation.
    pub agent: Option<Person>,
    /// Child, if any.
    pub child: Option<Person>,
    /// When it was submitted.
    pub submitted: Moment,
    /// When it was accepted.
    pub accepted: Option<Moment>,
    /// When it was decided.
    pub decided: Option<Moment>,
    /// When it was closed with its result.
    pub completed: Option<Moment>,
    /// End of the promised time; for a parent, when the whole is foreseen to be done.
    pub due: Option<Moment>,
    /// End of the statutory time.
    pub statutory_due: Option<Moment>,
    /// Officer in charge.
    pub assignee: String,
    /// His name; empty for the applicant.
    pub assignee_name: String,
    /// The reader is in charge, or his deputy.
    pub mine: bool,
    /// A rule referred it to a person.
    pub referred: bool,
    /// Decided by a rule.
    pub automatic: bool,
    /// The applicant asked that a person decide.
    pub human_review: bool,
    /// Names of data the applicant holds for wrong, which their source is looking into.
    pub disputed: Vec<Text>,
    /// Objections to data the item uses, for the officer who decides: both values and what the
    /// source answered.
    pub objections: Vec<ObjectionShown>,
    /// Clocks that run or have run.
    pub clocks: Vec<ClockShown>,
    /// What happened, oldest first.
    pub timeline: Vec<Happened>,
    /// Items of it that ended without a result, or lost it.
    pub endings: Vec<EndingShown>,
    /// Items, for a parent; the siblings for an item.
    pub lanes: Vec<Lane>,
    /// Materials with their checks.
    pub materials: Vec<MaterialShown>,
    /// Answers of the form that the item needs; all for a parent.
    pub answers: Vec<AnswerShown>,
    /// Facts with their sources that the item needs; all for a parent.
    pub facts: Vec<FactShown>,
    /// Explanation of the last automatic decision or referral.
    pub explanation: Option<ExplanationShown>,
    /// What is asked of the applicant now, by item.
    pub asked: Vec<AskedShown>,
    /// What the examination waits for from the applicant.
    pub awaited: Vec<AwaitedShown>,
    /// Documents written.
    pub documents: Vec<DocumentShown>,
    /// Licences issued.
    pub licences: Vec<LicenceShown>,
    /// Commands the reader may give now, by name (`accept`, `decide`, `withdraw` …).
    pub allowed: Vec<String>,
    /// The agency to which it has been handed, while that has yet to answer.
    pub transfer: Option<TransferShown>,
    /// A grant on which this one rests was revoked, and the head has not said yet what follows.
    pub basis_lost: Option<BasisLostShown>,
    /// The procedure that examines the case; for officers.
    pub examination: Option<ExaminationShown>,
    /// The later check of what was promised; for officers.
    pub check: Option<CheckShown>,
    /// For the reviewer's form.
    pub choices: Choices,
}
