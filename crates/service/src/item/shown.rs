//! What pages and the REST interface show of definitions: items, things done once, their clocks,
//! materials and law, in both languages.

use super::list::agency_name;
use kernel::calendar::{Limit, Unit};
use kernel::{Error, Lang, Result, Text};
use pack::Province;
use pack::catalogue::{Published, Status};
use pack::definition::Basis;
use pack::item::{Audience, Deadline, Item, Material, MetBy, Necessity, PeriodUnit};
use pack::one_thing::OneThing;
use schemars::JsonSchema;
use serde::Serialize;

/// A limit in words with its numbers.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LimitShown {
    /// How many.
    pub amount: u32,
    /// `working_day`, `calendar_day` or `hour`.
    pub unit: Unit,
    /// In words.
    pub text: Text,
    /// The article that sets it; empty for a promise.
    pub basis: Option<BasisShown>,
}

/// A law and its article.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BasisShown {
    /// The law.
    pub law: Text,
    /// The article as cited.
    pub article: String,
    /// What it says of the matter.
    pub summary: Option<Text>,
}

/// The agency kind that decides.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AgencyShown {
    /// Agency kind.
    pub id: String,
    /// Short name.
    pub name: Text,
}

/// A material and who brings it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MaterialShown {
    /// `<item>.<material>`.
    pub id: String,
    /// Name.
    pub name: Text,
    /// `registry` and `licence` are held already, `upload` and `commitment` are asked for.
    pub how: &'static str,
    /// Where it is held, or what is accepted.
    pub note: Text,
    /// May follow later on a written promise.
    pub tolerable: bool,
    /// Asked for in some situations only.
    pub conditional: bool,
    /// Largest size of one file in bytes; 0 when nothing is sent.
    pub size_max_bytes: u64,
    /// The article that requires it.
    pub basis: BasisShown,
}

/// A named article: a condition, a remedy, a fee.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Ruled {
    /// What.
    pub name: Text,
    /// How much, or to whom; may be empty.
    pub detail: Text,
    /// The article.
    pub basis: Option<BasisShown>,
}

/// An item handled online.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ItemShown {
    /// Id.
    pub id: String,
    /// Version in force.
    pub version: u32,
    /// Name as published.
    pub name: Text,
    /// Short name.
    pub short_name: Text,
    /// What it is for.
    pub summary: Text,
    /// Type of power or service.
    pub item_type: Text,
    /// Basic code, 12 characters.
    pub basic_code: String,
    /// Level at which it is decided.
    pub level: Text,
    /// Who decides.
    pub agency: AgencyShown,
    /// `person`, `organisation` or `both`.
    pub audience: Audience,
    /// Decided by rule at once when everything is in order.
    pub automatic: bool,
    /// Time the law allows; absent where it sets none.
    pub statutory: Option<LimitShown>,
    /// Time promised.
    pub promised: LimitShown,
    /// Other clocks: acceptance, correction, delivery, extension.
    pub clocks: Vec<Clock>,
    /// Steps of handling.
    pub steps: Vec<Step>,
    /// Conditions.
    pub requirements: Vec<Ruled>,
    /// Materials.
    pub materials: Vec<MaterialShown>,
    /// Fees; empty for none.
    pub fees: Vec<Ruled>,
    /// What it yields.
    pub result: Text,
    /// Law it rests on.
    pub basis: Vec<BasisShown>,
    /// Remedies.
    pub remedies: Vec<Ruled>,
    /// Questions and answers.
    pub faq: Vec<Question>,
    /// Applied for alone: its id is that of a one-thing with this one item.
    pub alone: bool,
    /// Things done once that hold it.
    pub one_things: Vec<AgencyShown>,
    /// Visits to a hall needed.
    pub visits: u8,
    /// Where it is handled in person, with opening hours.
    pub window: [Text; 2],
    /// For questions, for complaints.
    pub phones: [String; 2],
}

/// A clock of an item.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Clock {
    /// `acceptance`, `correction`, `delivery`, `extension`, `tolerance`, `application`.
    pub name: &'static str,
    /// How long.
    pub limit: LimitShown,
}

/// A step of handling.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Step {
    /// Its name.
    pub name: Text,
    /// Its limit in words.
    pub limit: Text,
}

/// A question and its answer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Question {
    /// Question.
    pub question: Text,
    /// Answer.
    pub answer: Text,
}

/// An item only published: applied for at the window.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PublishedShown {
    /// Row of the published list.
    pub id: u32,
    /// Name, in Chinese.
    pub name: String,
    /// Group of scenes, in Chinese; empty for none.
    pub group: String,
    /// Type of power or service.
    pub item_type: Text,
    /// Agency that decides.
    pub agency: Text,
    /// Code at its origin.
    pub local_code: String,
    /// Implementation code here; empty when set aside.
    pub code: String,
    /// Its published code cannot be read.
    pub quarantined: bool,
    /// What was mended or is wrong; absent when the code was good.
    pub why: Option<Text>,
}

/// A thing done once.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OneThingShown {
    /// Id.
    pub id: String,
    /// Version in force.
    pub version: u32,
    /// Name.
    pub name: Text,
    /// What it does.
    pub summary: Text,
    /// Who may apply.
    pub eligibility: Text,
    /// Who leads.
    pub lead: AgencyShown,
    /// Time promised for the whole.
    pub promised: LimitShown,
    /// Minutes the form takes.
    pub minutes: u16,
    /// Items in order.
    pub items: Vec<MemberShown>,
    /// What is looked up, instead of asked.
    pub lookups: Vec<Text>,
    /// Whose consent is needed.
    pub consent: Text,
    /// Law it rests on.
    pub basis: Vec<BasisShown>,
    /// Questions and answers.
    pub faq: Vec<Question>,
}

/// An item of a thing done once.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MemberShown {
    /// The item.
    pub item: ItemShown,
    /// Items whose result it waits for.
    pub after: Vec<String>,
    /// The applicant may leave it out.
    pub optional: bool,
    /// Applies in some situations only; the guide says which.
    pub conditional: bool,
}

/// A limit in words: `5 个工作日`, `5 working days`; nothing at all is the same day.
pub fn limit_text(limit: Limit) -> Text {
    let n = limit.amount;
    let s = if n == 1 { "" } else { "s" };
    match (n, limit.unit) {
        (0, _) => Text::new("当天", "the same day"),
        (_, Unit::WorkingDay) => Text::new(format!("{n} 个工作日"), format!("{n} working day{s}")),
        (_, Unit::CalendarDay) => Text::new(format!("{n} 天"), format!("{n} day{s}")),
        (_, Unit::Hour) => Text::new(format!("{n} 小时"), format!("{n} hour{s}")),
    }
}

/// An amount of fen in words.
pub fn money_text(fen: u64) -> Text {
    let fen = i64::try_from(fen).unwrap_or(i64::MAX);
    Text::new(
        webkit::view::format::money(fen, Lang::Zh),
        webkit::view::format::money(fen, Lang::En),
    )
}

impl LimitShown {
    /// A promise.
    pub fn promise(limit: Limit) -> LimitShown {
        LimitShown { amount: limit.amount, unit: limit.unit, text: limit_text(limit), basis: None }
    }

    fn law(deadline: &Deadline) -> LimitShown {
        LimitShown {
            basis: deadline.basis.as_ref().map(BasisShown::of),
            ..LimitShown::promise(deadline.limit)
        }
    }
}

impl BasisShown {
    /// The article as shown.
    pub fn of(basis: &Basis) -> BasisShown {
        BasisShown {
            law: basis.law.clone(),
            article: basis.article.clone(),
            summary: basis.summary.clone(),
        }
    }
}

impl AgencyShown {
    /// The agency kind with its short name.
    pub fn of(pack: &Province, kind: &str) -> AgencyShown {
        AgencyShown { id: kind.to_owned(), name: agency_name(pack, kind) }
    }
}

impl MaterialShown {
    /// A material of an item.
    pub fn of(pack: &Province, item: &Item, material: &Material) -> MaterialShown {
        let (how, note, size_max_bytes) = match &material.met_by {
            MetBy::Registry { registry } => (
                "registry",
                pack.registry(registry).map(|one| one.name.clone()).unwrap_or_default(),
                0,
            ),
            MetBy::Licence { licence } => (
                "licence",
                pack.licence_type(licence).map(|one| one.name.clone()).unwrap_or_default(),
                0,
            ),
            MetBy::Upload { accept, size_max_bytes, count_max } => {
                ("upload", accept_text(accept, *size_max_bytes, *count_max), *size_max_bytes)
            }
            MetBy::Commitment { text } => ("commitment", text.clone(), 0),
        };
        MaterialShown {
            id: format!("{}.{}", item.id, material.id),
            name: material.name.clone(),
            how,
            note,
            tolerable: material.necessity == Necessity::Secondary,
            conditional: material.when.is_some(),
            size_max_bytes,
            basis: BasisShown::of(&material.basis),
        }
    }
}

/// What may be sent, said before it is chosen: kinds, size, number.
pub(crate) fn accept_text(accept: &[String], size_max_bytes: u64, count_max: u8) -> Text {
    let kinds: Vec<&str> = accept
        .iter()
        .map(|kind| match kind.as_str() {
            "application/pdf" => "PDF",
            "image/jpeg" => "JPG",
            "image/png" => "PNG",
            "application/ofd" => "OFD",
            other => other,
        })
        .collect();
    let size = size_text(size_max_bytes);
    Text::new(
        format!("{}，每个不超过 {size}，最多 {count_max} 个", kinds.join("、")),
        format!("{}, up to {size} each, at most {count_max}", kinds.join(", ")),
    )
}

/// Bytes as people say them: `2 MB`, `2.1 MB`; rounded up, so that what is over reads as over.
pub(crate) fn size_text(bytes: u64) -> String {
    const MB: u64 = 1024 * 1024;
    let (unit, name) = if bytes >= MB { (MB, "MB") } else { (1024, "KB") };
    let tenths = (u128::from(bytes) * 10).div_ceil(u128::from(unit));
    match tenths % 10 {
        0 => format!("{} {name}", tenths / 10),
        rest => format!("{}.{rest} {name}", tenths / 10),
    }
}

fn ruled(name: Text, detail: Text, basis: Option<&Basis>) -> Ruled {
    Ruled { name, detail, basis: basis.map(BasisShown::of) }
}

fn clocks(item: &Item) -> Vec<Clock> {
    let limits = &item.limits;
    let named = [
        ("acceptance", Some(&limits.acceptance)),
        ("correction", Some(&limits.correction)),
        ("extension", limits.extension.as_ref()),
        ("tolerance", limits.tolerance.as_ref()),
        ("delivery", Some(&limits.delivery)),
        ("application", limits.application.as_ref()),
    ];
    named
        .into_iter()
        .filter_map(|(name, deadline)| {
            deadline.map(|deadline| Clock { name, limit: LimitShown::law(deadline) })
        })
        .collect()
}

fn remedies(item: &Item) -> Vec<Ruled> {
    let one = |remedy: &pack::item::Remedy| {
        let n = remedy.amount;
        let (zh, en) = match remedy.unit {
            PeriodUnit::Day => (format!("{n} 日"), format!("{n} days")),
            PeriodUnit::Month => (format!("{n} 个月"), format!("{n} months")),
        };
        let detail = Text::new(
            format!("自知道决定之日起{zh}内，向{}提出", remedy.body.zh),
            format!("Within {en} of learning of the decision, to {}", remedy.body.en),
        );
        ruled(remedy.name.clone(), detail, Some(&remedy.basis))
    };
    item.remedies.iter().map(one).collect()
}

impl ItemShown {
    /// An item handled online. Errors: `not_found`.
    pub fn find(pack: &Province, id: &str) -> Result<ItemShown> {
        pack.item(id).map(|item| ItemShown::of(pack, item)).ok_or_else(Error::not_found)
    }

    /// The item as shown.
    pub fn of(pack: &Province, item: &Item) -> ItemShown {
        let holds = |one: &&OneThing| one.members.iter().any(|member| member.item == item.id);
        ItemShown {
            id: item.id.clone(),
            version: item.version,
            name: item.name.clone(),
            short_name: item.short_name.clone(),
            summary: item.summary.clone(),
            item_type: item.item_type.text(),
            basic_code: item.basic_code.clone(),
            level: item.level.text(),
            agency: AgencyShown::of(pack, &item.agency),
            audience: item.audience,
            automatic: item.rule.is_some(),
            statutory: item.limits.statutory.as_ref().map(LimitShown::law),
            promised: LimitShown::promise(item.limits.promised),
            clocks: clocks(item),
            steps: item
                .steps
                .iter()
                .map(|step| Step { name: step.name.clone(), limit: limit_text(step.limit) })
                .collect(),
            requirements: item
                .requirements
                .iter()
                .map(|one| ruled(one.text.clone(), Text::default(), Some(&one.basis)))
                .collect(),
            materials: item
                .materials
                .iter()
                .map(|one| MaterialShown::of(pack, item, one))
                .collect(),
            fees: item
                .fees
                .iter()
                .map(|fee| ruled(fee.name.clone(), money_text(fee.amount_fen), fee.basis.as_ref()))
                .collect(),
            result: item.result.name.clone(),
            basis: item.basis.iter().map(BasisShown::of).collect(),
            remedies: remedies(item),
            faq: questions(&item.faq),
            alone: item.application.is_some(),
            one_things: pack
                .one_things()
                .filter(holds)
                .map(|one| AgencyShown { id: one.id.clone(), name: one.name.clone() })
                .collect(),
            visits: item.online.visits,
            window: [at_the_place(&item.window.place), item.window.hours.clone()],
            phones: [item.window.phone.clone(), item.window.complaint_phone.clone()],
        }
    }
}

/// The window as the catalogue names it: which division it is in depends on where somebody lives.
fn at_the_place(place: &Text) -> Text {
    Text::new(place.zh.replace("{division}", "当地"), place.en.replace("{division}", "your county"))
}

fn questions(faq: &[pack::item::Faq]) -> Vec<Question> {
    faq.iter()
        .map(|one| Question { question: one.question.clone(), answer: one.answer.clone() })
        .collect()
}

impl PublishedShown {
    /// A published item by its row. Errors: `not_found`.
    pub fn find(pack: &Province, row: u32) -> Result<PublishedShown> {
        pack.published(row).map(|item| PublishedShown::of(pack, item)).ok_or_else(Error::not_found)
    }

    fn of(pack: &Province, item: &Published) -> PublishedShown {
        let agency = pack.agency(&item.agency).map(|agency| agency.name);
        PublishedShown {
            id: item.row,
            name: item.name.clone(),
            group: item.group.clone().unwrap_or_default(),
            item_type: item.item_type.text(),
            agency: agency.unwrap_or_else(|| agency_name(pack, &item.agency_kind)),
            local_code: item.local_code.clone(),
            code: item.code.clone().unwrap_or_default(),
            quarantined: item.status == Status::Quarantined,
            why: item.why.map(kernel::identifier::Reason::text),
        }
    }
}

impl OneThingShown {
    /// A thing done once. Errors: `not_found`.
    pub fn find(pack: &Province, id: &str) -> Result<OneThingShown> {
        let one = pack.one_thing(id).ok_or_else(Error::not_found)?;
        let member = |member: &pack::one_thing::Member| {
            Some(MemberShown {
                item: ItemShown::of(pack, pack.item(&member.item)?),
                after: member.after.clone(),
                optional: member.optional,
                conditional: member.when.is_some(),
            })
        };
        Ok(OneThingShown {
            id: one.id.clone(),
            version: one.version,
            name: one.name.clone(),
            summary: one.summary.clone(),
            eligibility: one.eligibility.clone(),
            lead: AgencyShown::of(pack, &one.lead_agency),
            promised: LimitShown::promise(one.promised),
            minutes: one.minutes,
            items: one.members.iter().filter_map(member).collect(),
            lookups: one.lookups.iter().map(|lookup| lookup.name.clone()).collect(),
            consent: one.consent.clone(),
            basis: one.basis.iter().map(BasisShown::of).collect(),
            faq: pack.guide(id).map(|guide| questions(&guide.faq)).unwrap_or_default(),
        })
    }
}
