//! A service item (事项) as the implementation list of GB/T 39554 holds it: what is done, by whom,
//! on what law, in what time, on what materials, with what result.
//!
//! Invariants: the promise is no longer than the law's limit; a limit of law names its article;
//! a material the registries hold is not asked for.
//! Must not know: cases, pages.

use crate::application::Application;
use crate::definition::{Basis, Day, Level, definition, is_false};
use flow::case::{Profile, Tolerance};
use kernel::calendar::{Calendar, Limit};
use kernel::{Text, Timestamp};
use rules::{Rule, When};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Type of power or service, with its two-digit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemType {
    /// 01 行政许可.
    Licensing,
    /// 02 行政处罚.
    Penalty,
    /// 03 行政强制.
    Coercion,
    /// 04 行政征收.
    Levy,
    /// 05 行政给付.
    Benefit,
    /// 06 行政检查.
    Inspection,
    /// 07 行政确认.
    Confirmation,
    /// 08 行政奖励.
    Reward,
    /// 09 行政裁决.
    Adjudication,
    /// 10 其他行政权力.
    Other,
    /// 20 公共服务.
    PublicService,
}

impl ItemType {
    /// Every type.
    pub const ALL: [ItemType; 11] = [
        ItemType::Licensing,
        ItemType::Penalty,
        ItemType::Coercion,
        ItemType::Levy,
        ItemType::Benefit,
        ItemType::Inspection,
        ItemType::Confirmation,
        ItemType::Reward,
        ItemType::Adjudication,
        ItemType::Other,
        ItemType::PublicService,
    ];

    /// The two-digit code of the exchange schema.
    pub fn code(self) -> &'static str {
        match self {
            ItemType::Licensing => "01",
            ItemType::Penalty => "02",
            ItemType::Coercion => "03",
            ItemType::Levy => "04",
            ItemType::Benefit => "05",
            ItemType::Inspection => "06",
            ItemType::Confirmation => "07",
            ItemType::Reward => "08",
            ItemType::Adjudication => "09",
            ItemType::Other => "10",
            ItemType::PublicService => "20",
        }
    }

    /// The type of a code, with or without its leading zero.
    pub fn from_code(code: &str) -> Option<ItemType> {
        ItemType::ALL
            .into_iter()
            .find(|kind| kind.code().trim_start_matches('0') == code.trim_start_matches('0'))
    }

    /// The type's name.
    pub fn text(self) -> Text {
        match self {
            ItemType::Licensing => Text::new("行政许可", "Administrative licensing"),
            ItemType::Penalty => Text::new("行政处罚", "Administrative penalty"),
            ItemType::Coercion => Text::new("行政强制", "Administrative coercion"),
            ItemType::Levy => Text::new("行政征收", "Administrative levy"),
            ItemType::Benefit => Text::new("行政给付", "Administrative benefit"),
            ItemType::Inspection => Text::new("行政检查", "Administrative inspection"),
            ItemType::Confirmation => Text::new("行政确认", "Administrative confirmation"),
            ItemType::Reward => Text::new("行政奖励", "Administrative reward"),
            ItemType::Adjudication => Text::new("行政裁决", "Administrative adjudication"),
            ItemType::Other => Text::new("其他行政权力", "Other administrative power"),
            ItemType::PublicService => Text::new("公共服务", "Public service"),
        }
    }
}

/// Whom an item serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// 自然人.
    Person,
    /// 法人和其他组织.
    Organisation,
    /// Both.
    Both,
}

/// 办件类型.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Handling {
    /// 即办件: decided at once.
    Immediate,
    /// 承诺件: decided within the promised time.
    Promised,
}

/// A limit of law with the article that sets it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// How long.
    pub limit: Limit,
    /// The article; a deadline without one is a finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
}

/// The clocks of an item, each counted from acceptance (受理).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// 法定办结时限; absent where the law sets none, which the guide says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statutory: Option<Deadline>,
    /// 承诺办结时限.
    pub promised: Limit,
    /// One extension by an approver, reasons told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Deadline>,
    /// How long the applicant has to mend an application.
    pub correction: Deadline,
    /// How long the agency has to accept, refuse or ask for corrections after receipt.
    pub acceptance: Deadline,
    /// How long the agency has to deliver the result after the decision.
    pub delivery: Deadline,
    /// How long, from its end, a case that ended by mistake may be opened again; sixty days, in
    /// which reconsideration may be asked for, unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopening: Option<Deadline>,
    /// How long the applicant has to supply tolerated materials; only with secondary materials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Deadline>,
    /// The applicant's own time limit to apply, where the law sets one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<Deadline>,
}

/// A condition of acceptance or of grant, as the guide lists it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Id within the item.
    pub id: String,
    /// What is required.
    pub text: Text,
    /// The article.
    pub basis: Basis,
}

/// 必要性.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Necessity {
    /// Without it the case is not accepted.
    Required,
    /// May be supplied later on a written promise (容缺).
    Secondary,
}

/// How a material is met. In YAML: `{ kind: registry, registry: marriage }`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", deny_unknown_fields, rename_all = "snake_case")]
pub enum MetBy {
    /// Looked up: nothing is asked of the applicant.
    Registry {
        /// Registry id.
        registry: String,
    },
    /// An electronic licence of the applicant.
    Licence {
        /// Licence type id.
        licence: String,
    },
    /// A file the applicant sends.
    Upload {
        /// Content types accepted: `application/pdf`, `image/jpeg`, `image/png`.
        accept: Vec<String>,
        /// Largest size of one file in bytes.
        size_max_bytes: u64,
        /// Most files.
        count_max: u8,
    },
    /// A statement the applicant signs.
    Commitment {
        /// The words signed.
        text: Text,
    },
}

/// A material (申请材料).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// Id within the item.
    pub id: String,
    /// Name as the guide lists it; no catch-all.
    pub name: Text,
    /// Whether it can be tolerated missing.
    pub necessity: Necessity,
    /// How it is met.
    pub met_by: MetBy,
    /// Facts it proves as `registry.field`; an upload that proves only what registries hold is
    /// refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proves: Vec<String>,
    /// Over the form's answers: asked for only then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// The article that requires it.
    pub basis: Basis,
}

/// A fee.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// Name of the fee.
    pub name: Text,
    /// Amount in fen.
    pub amount_fen: u64,
    /// The document that sets it; a fee without one is a finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// The result is delivered only when it is paid.
    #[serde(default, skip_serializing_if = "is_false")]
    pub before_issue: bool,
    /// Class of its e-receipts, four digits of their code between province and year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_class: Option<String>,
}

/// What an item yields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemResult {
    /// Name of the result.
    pub name: Text,
    /// 出证办结, 出文办结 or 审批.
    pub kind: ResultKind,
    /// Licence type issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// What it enters in the registries of the agency that decides, so that nobody asks for it
    /// again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Entry>,
}

/// What a result enters in a registry: into the record that its identifier names, or into a new
/// one; nothing where the identifier is not known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The registry, whose source is the agency that decides.
    pub registry: String,
    /// Values entered, the registry's identifier among them.
    pub fields: Vec<EntryField>,
    /// Fields of which one grant alone may say what it says: who decides is refused while a record
    /// holds it, or another case that was granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub once: Vec<String>,
    /// Values entered when the grant is revoked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revoked: Vec<EntryField>,
}

/// A value entered: from a fact, whose field stays as it is when nothing is known, or always the
/// same; without either, the field is emptied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryField {
    /// Field of the registry.
    pub id: String,
    /// A fact, or `result.<field>` of the licence issued, or `case.division`, `case.decided_on`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// How an item ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResultKind {
    /// A licence or certificate (证).
    Certificate,
    /// A document (文).
    Document,
    /// An approval (批复).
    Approval,
}

/// A lawful reason to stop the clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpecialProcedure {
    /// Id within the item.
    pub id: String,
    /// Name: 现场核查, 鉴定 …
    pub name: Text,
    /// The article that lets the clock stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// The longest it may take.
    pub limit: Limit,
    /// The article is a rule of the agency's own: it stops the time promised, and the time set by law
    /// runs on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub promise_only: bool,
}

/// Unit of a period of remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeriodUnit {
    /// Calendar days.
    Day,
    /// Calendar months.
    Month,
}

/// A remedy against a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// 行政复议 or 行政诉讼.
    pub name: Text,
    /// To whom.
    pub body: Text,
    /// Within how many …
    pub amount: u32,
    /// … days or months of learning of the decision.
    pub unit: PeriodUnit,
    /// The article.
    pub basis: Basis,
}

impl Remedy {
    /// The midnight that ends the last day for it: the day the decision was told does not count, and a
    /// rest day moves to the next working day, where the calendar of that year is known.
    pub fn until(&self, calendar: &Calendar, told: Timestamp) -> Timestamp {
        let amount = i64::from(self.amount);
        let last = match self.unit {
            PeriodUnit::Day => told.plus_days(amount).date(),
            PeriodUnit::Month => told.date().saturating_add(jiff::Span::new().months(amount)),
        };
        let last = calendar.next_working(last).unwrap_or(last);
        Timestamp::start_of(last).plus_days(1)
    }
}

/// A question citizens ask.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Faq {
    /// The question.
    pub question: Text,
    /// The answer.
    pub answer: Text,
}

/// Where the item is handled in person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Hall and window; `{division}` stands for the division's name.
    pub place: Text,
    /// Opening hours.
    pub hours: Text,
    /// For questions.
    pub phone: String,
    /// For complaints; another number than for questions.
    pub complaint_phone: String,
}

/// How far the item goes online.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Online {
    /// 网办深度 Ⅰ to Ⅳ, 1 to 4; 4 is 全程网办.
    pub depth: u8,
    /// Visits to a hall; 0 at depth 4.
    pub visits: u8,
    /// Why a visit is needed; required when `visits` is above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit_reason: Option<Text>,
    /// Can be done on a phone.
    pub mobile: bool,
    /// 跨省通办: can be asked for in another province.
    #[serde(default, skip_serializing_if = "is_false")]
    pub cross_province: bool,
    /// Fees can be paid online; only with fees.
    #[serde(default, skip_serializing_if = "is_false")]
    pub pay: bool,
}

/// What the case tells the procedure that examines it, as variables: nothing that names a person.
/// A form `start` may require no other.
pub const PROCEDURE_VARIABLES: [&str; 16] = [
    "number",
    "item",
    "item_name",
    "one_thing",
    "agency",
    "division",
    "channel",
    "applicant_kind",
    "promised",
    "promised_unit",
    "statutory",
    "statutory_unit",
    "referred",
    "unmet",
    "materials_met",
    "tolerated",
];

/// The procedure by which people examine an application between acceptance and decision, and what
/// its ends propose to who decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Examination {
    /// Id of a procedure of the packs.
    pub id: String,
    /// What its beginning asks beyond what every case tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tells: Vec<Told>,
    /// Files that are handed in with the answers to a form of an event which waits for the applicant;
    /// without any for a form, whatever the item takes as a file may be added to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<AwaitedFile>,
    /// What each end of the procedure itself proposes, by the end's id.
    pub outcomes: BTreeMap<String, Proposes>,
}

/// A file handed in with what an examination waits for from the applicant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwaitedFile {
    /// Form of the procedure, that an event which waits for a message names.
    pub form: String,
    /// A material of the item that is met by an upload.
    pub material: String,
    /// Without it nothing is handed in.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
}

/// A variable that a case tells its procedure besides [`PROCEDURE_VARIABLES`]: an answer of the form
/// that names no person, or always the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// The variable, a field of the procedure's form `start`.
    pub id: String,
    /// The answer, as `form.<field>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Who accepts the case is asked, and may change it; silence leaves it as it is.
    #[serde(default, skip_serializing_if = "is_false")]
    pub asked: bool,
}

/// What an end of an examination proposes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Proposes {
    /// To grant.
    Grant,
    /// To refuse.
    Refuse,
    /// Nothing: the end of a way aside, or one that leaves it to who decides.
    Nothing,
}

impl Examination {
    /// What the ends reached propose together: nothing when they contradict each other, or none of
    /// them proposes anything. The end it rests on, and whether to grant.
    pub fn proposal<'a>(&self, reached: &'a [String]) -> Option<(&'a str, bool)> {
        let said = reached.iter().filter_map(|end| match self.outcomes.get(end)? {
            Proposes::Grant => Some((end.as_str(), true)),
            Proposes::Refuse => Some((end.as_str(), false)),
            Proposes::Nothing => None,
        });
        let said: Vec<(&str, bool)> = said.collect();
        let last = *said.last()?;
        said.iter().all(|one| one.1 == last.1).then_some(last)
    }
}

/// How what was granted on a promise is checked afterwards (告知承诺的事后核查): by which procedure,
/// within what time, and which of its ends say that the promise was kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LaterCheck {
    /// Id of a procedure of the packs.
    pub id: String,
    /// What its beginning asks beyond what every case tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tells: Vec<Told>,
    /// Materials met by a commitment; a grant is checked when one of them was promised.
    pub materials: Vec<String>,
    /// Time from the grant to confirm or revoke it.
    pub limit: Deadline,
    /// What each end of the procedure itself finds, by the end's id.
    pub outcomes: BTreeMap<String, Finds>,
}

/// What an end of a later check finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Finds {
    /// The promise was kept: the grant is confirmed.
    Kept,
    /// It was not: who may revoke is told.
    Broken,
    /// Nothing: the end of a way aside.
    Nothing,
}

impl LaterCheck {
    /// What the ends reached find together: nothing when none of them finds anything; a breach
    /// outweighs whatever else was found. The end it rests on, and whether the promise was kept.
    pub fn finding<'a>(&self, reached: &'a [String]) -> Option<(&'a str, bool)> {
        let found = reached.iter().filter_map(|end| match self.outcomes.get(end)? {
            Finds::Kept => Some((end.as_str(), true)),
            Finds::Broken => Some((end.as_str(), false)),
            Finds::Nothing => None,
        });
        found.min_by_key(|one| one.1)
    }
}

/// A step of handling shown in the guide (办理流程).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Id within the item.
    pub id: String,
    /// 受理, 审查, 决定, 制证, 送达.
    pub name: Text,
    /// Role that does it.
    pub role: String,
    /// The step's own limit, for electronic supervision.
    pub limit: Limit,
}

/// `services/<id>/item.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Stable id, the folder's name.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// First day in force.
    pub effective_from: Day,
    /// 设定依据.
    pub basis: Vec<Basis>,
    /// Name as published.
    pub name: Text,
    /// Name on narrow screens.
    pub short_name: Text,
    /// What it is for, in a sentence.
    pub summary: Text,
    /// Type of power or service.
    pub item_type: ItemType,
    /// 基本编码, 12 characters.
    pub basic_code: String,
    /// Agency kind that decides.
    pub agency: String,
    /// Level at which it decides.
    pub level: Level,
    /// Whom it serves.
    pub audience: Audience,
    /// 即办件 or 承诺件.
    pub handling: Handling,
    /// Counted among 高频事项 for the plans' targets.
    pub high_frequency: bool,
    /// Its clocks.
    pub limits: Limits,
    /// Steps shown in the guide.
    pub steps: Vec<Step>,
    /// 受理条件.
    pub requirements: Vec<Requirement>,
    /// 申请材料.
    pub materials: Vec<Material>,
    /// 收费; empty for none.
    pub fees: Vec<Fee>,
    /// What it yields.
    pub result: ItemResult,
    /// How it is applied for alone; without it, only within a one-thing or at the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<Application>,
    /// The procedure by which people examine an application; without one an officer decides on
    /// what he sees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub procedure: Option<Examination>,
    /// How what was granted on a promise is checked afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub later_check: Option<LaterCheck>,
    /// Rule for automatic decision; without one a person decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// Lawful reasons to stop the clock.
    pub special_procedures: Vec<SpecialProcedure>,
    /// Remedies told with every refusal.
    pub remedies: Vec<Remedy>,
    /// Questions and answers.
    pub faq: Vec<Faq>,
    /// Where it is handled in person.
    pub window: Window,
    /// How far it goes online.
    pub online: Online,
}

definition!(Item, "item");

impl Item {
    /// A material by its id.
    pub fn material(&self, id: &str) -> Option<&Material> {
        self.materials.iter().find(|material| material.id == id)
    }

    /// What the case engine obeys: the item's clocks, tolerance and special procedures.
    pub fn profile(&self) -> Profile {
        let limits = &self.limits;
        let secondary: Vec<String> = self
            .materials
            .iter()
            .filter(|material| material.necessity == Necessity::Secondary)
            .map(|material| material.id.clone())
            .collect();
        let tolerance = limits.tolerance.as_ref().filter(|_| !secondary.is_empty());
        let procedure = |one: &SpecialProcedure| flow::case::SpecialProcedure {
            id: one.id.clone(),
            text: one.name.clone(),
            article: one.basis.as_ref().map(|basis| basis.citation().zh).unwrap_or_default(),
            max: Some(one.limit),
            promise_only: one.promise_only,
        };
        let law = Profile::new(limits.promised, None, limits.correction.limit);
        Profile {
            acceptance: limits.acceptance.limit,
            promised: limits.promised,
            statutory: limits.statutory.as_ref().map(|law| law.limit),
            extension_max: limits.extension.as_ref().map(|law| law.limit),
            correction: limits.correction.limit,
            delivery: limits.delivery.limit,
            tolerance: tolerance.map(|law| Tolerance { materials: secondary, limit: law.limit }),
            special_procedures: self.special_procedures.iter().map(procedure).collect(),
            automatic: self.rule.is_some(),
            examined: self.procedure.is_some(),
            reopening: limits.reopening.as_ref().map_or(law.reopening, |set| set.limit),
            transfer: law.transfer,
            check: self.later_check.as_ref().map(|check| check.limit.limit),
            review: law.review,
            licence: self.result.licence.is_some(),
        }
    }
}
