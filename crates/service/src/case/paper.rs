//! What receipts, notices and decisions say. The text of record is Chinese; English stands beside.
//!
//! Invariants: a refusal states reasons, article and remedies (许可法 38); a correction lists
//! everything at once (32). Must not know: how paper is set or sealed.

use super::document::{Paper, number};
use super::model::Case;
use super::{family, view};
use flow::case::{Change, DocumentKind, Event};
use kernel::calendar::{Calendar, Limit, Unit};
use kernel::{Result, Text, Timestamp};
use pack::item::Item;
use party::person::Person;
use serde_json::{Value as Json, json};
use store::Ctx;

/// The paper an event owes, if any.
pub(super) fn of_event(
    ctx: &Ctx,
    case: &Case,
    item: &Item,
    event: &Event,
) -> Result<Option<Paper>> {
    let Some(kind) = event.document() else { return Ok(None) };
    let pack = ctx.env.pack.clone();
    let calendar = pack.calendar()?;
    let told = told(ctx, case, item, event, calendar)?;
    let agency = agency_name(ctx, &case.agency);
    let number = match &event.change {
        Change::Suspended { document, .. } => document.clone(),
        _ => number(ctx, case, kind),
    };
    let title = title(kind, &event.change);
    let content = json!({
        "agency": agency,
        "title": title,
        "number": number,
        "addressee": addressee(case),
        "paragraphs": told,
        "issuer": agency,
        "date": long_date(event.at),
    });
    Ok(Some(Paper { kind, title, number, layout: "notice", content }))
}

/// Title by kind, and by what was decided.
pub(super) fn title(kind: DocumentKind, change: &Change) -> Text {
    match (kind, change) {
        (DocumentKind::Receipt, _) => Text::new("申请材料接收凭证", "Receipt of Application"),
        (DocumentKind::AcceptanceNotice, _) => Text::new("受理通知书", "Notice of Acceptance"),
        (DocumentKind::NonAcceptanceNotice, _) => {
            Text::new("不予受理通知书", "Notice of Non-Acceptance")
        }
        (DocumentKind::CorrectionNotice, _) => {
            Text::new("申请材料补正告知书", "Notice to Supplement Application Materials")
        }
        (DocumentKind::SuspensionNotice, _) => {
            Text::new("特别程序告知书", "Notice of Special Procedure")
        }
        (DocumentKind::ExtensionNotice, _) => Text::new("延长期限告知书", "Notice of Extension"),
        (DocumentKind::Decision, Change::Decided { granted: false, .. }) => {
            Text::new("不予办理决定书", "Decision to Refuse")
        }
        (DocumentKind::Decision, _) => Text::new("准予办理决定书", "Decision to Grant"),
        (DocumentKind::ReopeningNotice, _) => Text::new("恢复办理通知书", "Notice of Reopening"),
        (DocumentKind::TerminationNotice, _) => {
            Text::new("终止办理通知书", "Notice of Termination")
        }
        (DocumentKind::TransferNotice, _) => Text::new("移送告知书", "Notice of Transfer"),
        (DocumentKind::Revocation, _) => Text::new("撤销决定书", "Decision to Revoke"),
    }
}

/// `2026年9月15日`.
pub(super) fn long_date(at: Timestamp) -> String {
    let day = at.date();
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

/// Last day of a limit that has run out at the instant.
pub(super) fn last_day(due: Timestamp) -> String {
    long_date(due.plus_us(-1))
}

/// `5 个工作日`.
fn limit(limit: Limit) -> Text {
    let amount = limit.amount;
    match limit.unit {
        Unit::WorkingDay => {
            Text::new(format!("{amount} 个工作日"), format!("{amount} working days"))
        }
        Unit::CalendarDay => Text::new(format!("{amount} 日"), format!("{amount} days")),
        Unit::Hour => Text::new(format!("{amount} 小时"), format!("{amount} hours")),
    }
}

pub(super) fn agency_name(ctx: &Ctx, agency: &str) -> Text {
    ctx.env.pack.agency(agency).map(|agency| agency.name).unwrap_or_default()
}

fn addressee(case: &Case) -> String {
    case.names.applicant.clone()
}

fn line(zh: String, en: String) -> Json {
    json!({ "zh": zh, "en": en })
}

fn opening(case: &Case, item: &Item) -> (String, String) {
    (
        format!(
            "您于{}提出的{}申请（办件编号 {}）收悉。",
            long_date(case.submitted),
            item.name.zh,
            case.number
        ),
        format!(
            "Your application of {} for “{}” (case {}): ",
            case.submitted.date(),
            item.name.en,
            case.number
        ),
    )
}

/// The paragraphs of an event.
fn told(
    ctx: &Ctx,
    case: &Case,
    item: &Item,
    event: &Event,
    calendar: &Calendar,
) -> Result<Vec<Json>> {
    let (zh, en) = opening(case, item);
    let mut out = Vec::new();
    match &event.change {
        Change::CorrectionSupplied { .. } => out.push(line(
            format!("{zh}现已收到您补正的全部内容，受理期限自收到之日起重新计算。"),
            format!("{en}everything asked has been received; the time to accept starts anew."),
        )),
        Change::Accepted { tolerated, promise, promised, statutory, tolerance, .. } => {
            let due = calendar.deadline(event.at, *promised)?;
            let time = limit(*promised);
            let law = statutory.map(limit).map_or_else(Text::default, |law| {
                Text::new(format!("；法定办结时限 {}", law.zh), format!("; by law: {}", law.en))
            });
            out.push(line(
                format!(
                    "{zh}经审查符合受理条件，现予受理。承诺办结时限 {}，至{}止{}。",
                    time.zh,
                    last_day(due),
                    law.zh
                ),
                format!(
                    "{en}accepted. Promised: {}, until {}{}.",
                    time.en,
                    due.plus_us(-1).date(),
                    law.en
                ),
            ));
            if let Some(within) = tolerance {
                let names = materials(item, tolerated);
                let within = limit(*within);
                let mut shown = line(
                    format!("下列材料容缺受理，请在 {}内补交。您的承诺：{promise}", within.zh),
                    format!("The following may follow within {}:", within.en),
                );
                shown["list"] = json!(names);
                out.push(shown);
            }
        }
        Change::DeemedAccepted { from, promised, .. } => {
            let (time, due) = (limit(*promised), calendar.deadline(*from, *promised)?);
            out.push(line(
                format!("{zh}本机关未在法定期限内告知是否受理，依法自收到申请之日（{}）起视为受理。承诺办结时限 {}，至{}止。", long_date(*from), time.zh, last_day(due)),
                format!("{en}not answered in time and therefore accepted by law as of {}. Promised: {}, until {}.", from.date(), time.en, due.plus_us(-1).date()),
            ));
        }
        Change::AcceptanceRefused { reasons, remedies, article } => {
            refused(
                &mut out,
                (&zh, &en),
                "决定不予受理",
                "not accepted",
                (reasons, article, remedies),
            );
        }
        Change::Decided { granted: false, reasons, remedies, article, .. } => {
            refused(&mut out, (&zh, &en), "决定不予办理", "refused", (reasons, article, remedies));
        }
        Change::Decided { granted: true, article, automatic, .. } => {
            granted(&mut out, (&zh, &en), article, automatic.is_some(), item)
        }
        _ => in_between(&mut out, ctx, case, item, &event.change, (&zh, &en)),
    }
    Ok(out)
}

/// The paragraphs of what happens before the decision and of what takes it back.
fn in_between(
    out: &mut Vec<Json>,
    ctx: &Ctx,
    case: &Case,
    item: &Item,
    change: &Change,
    (zh, en): (&str, &str),
) {
    match change {
        Change::CorrectionAsked { fields, materials: ids, note, limit: within } => {
            let mut names = asked_fields(ctx, case, fields);
            names.extend(materials(item, ids));
            let within = limit(*within);
            let mut shown = line(
                format!("{zh}经审查需要补正。现一次性告知需要补正的全部内容：{note}"),
                format!("{en}the following, and nothing else, has to be mended."),
            );
            shown["list"] = json!(names);
            out.push(shown);
            out.push(line(
                format!("请在 {}内补正。逾期未补正的，视为撤回申请。", within.zh),
                format!(
                    "Please mend within {}; otherwise the application counts as withdrawn.",
                    within.en
                ),
            ));
        }
        Change::Suspended { cause, article, needed, max, .. } => {
            let longest = max.map(limit).unwrap_or_default();
            let bound = if longest.zh.is_empty() {
                String::new()
            } else {
                format!("，最长 {}", longest.zh)
            };
            out.push(line(
                format!("{zh}因需要{cause}，依据{article}，所需时间不计入办理期限{bound}。所需时间说明：{needed}"),
                format!("{en}a special procedure is needed; its time does not count."),
            ));
        }
        Change::Extended { amount, reason, article, .. } => {
            let more = limit(*amount);
            out.push(line(
                format!(
                    "{zh}因{reason}，依据{article}，经本机关负责人批准，办理期限延长 {}。",
                    more.zh
                ),
                format!(
                    "{en}the time to decide is extended by {}, with the approval of the head.",
                    more.en
                ),
            ));
        }
        Change::Reopened { reason, article, promised, .. } => {
            let within = limit(*promised);
            out.push(line(
                format!("{zh}该办件曾经终结。现查明：{reason}。依据{article}，经本机关负责人批准，恢复办理，办理期限自今日起重新计算（承诺办结时限 {}）。", within.zh),
                format!("{en}opened again with the approval of the head; its time starts anew (promised: {}).", within.en),
            ));
        }
        Change::Transferred { to, reason, article, limit: within, .. } => {
            let (to, within) = (agency_name(ctx, to), limit(*within));
            out.push(line(
                format!("{zh}经审查，{reason}。依据{article}，现将您的申请移送{}办理。您不需要重新申请；收到申请的日期不变，办理期限连续计算，不因移送中止。", to.zh),
                format!("{en}handed over to {}, which has the power to decide it. You need not apply again: the day of receipt stays, and no time stands still.", to.en),
            ));
            out.push(line(
                format!(
                    "该机关在 {}内没有退回的，即由其办理；退回的，由本机关继续办理。",
                    within.zh
                ),
                format!(
                    "It has the case unless it gives it back within {}; then this agency goes on.",
                    within.en
                ),
            ));
        }
        Change::Terminated { reason, article } if article.is_empty() => {
            let why = family::told(ctx, reason);
            out.push(line(
                format!("{zh}{}，本事项须以其结果为前提，现终止办理。前置事项恢复办理的，本事项一并恢复。", why.zh),
                format!(
                    "{en}ended: {}, and this item rests on its result. It is taken up again when that item is.",
                    why.en
                ),
            ));
            out.push(remedies(&view::remedies(item).zh));
        }
        Change::Terminated { reason, article } => {
            out.push(line(
                format!("{zh}现查明：{reason}。依据{article}，经本机关负责人批准，终止办理。"),
                format!(
                    "{en}ended with the approval of the head, since it can no longer be decided."
                ),
            ));
            out.push(remedies(&view::remedies(item).zh));
        }
        Change::Revoked { reason, article } => {
            out.push(line(
                format!("{zh}本机关曾准予办理。现查明：{reason}。依据{article}，决定撤销该决定及据此发放的结果。"),
                format!("{en}the grant and its result are revoked."),
            ));
            out.push(remedies(&view::remedies(item).zh));
        }
        Change::ToleranceLapsed { materials: ids } => out.push(line(
            format!(
                "{zh}您承诺补交的材料（{}）逾期未交，依法撤销受理及据此作出的决定。",
                materials(item, ids).join("、")
            ),
            format!("{en}the material promised was not supplied; acceptance is revoked."),
        )),
        _ => {}
    }
}

fn refused(
    out: &mut Vec<Json>,
    (zh, en): (&str, &str),
    what: &str,
    english: &str,
    (reasons, article, told): (&str, &str, &str),
) {
    out.push(line(
        format!("{zh}经审查，依据{article}，{what}。理由：{reasons}"),
        format!("{en}{english}, for the reasons stated in Chinese, under the article cited."),
    ));
    out.push(remedies(told));
}

fn remedies(told: &str) -> Json {
    line(
        format!("如不服本决定，{told}"),
        "You may seek reconsideration or bring a suit as stated.".to_owned(),
    )
}

fn granted(
    out: &mut Vec<Json>,
    (zh, en): (&str, &str),
    article: &str,
    automatic: bool,
    item: &Item,
) {
    out.push(line(
        format!("{zh}经审查符合条件，依据{article}，决定准予办理，发放{}。", item.result.name.zh),
        format!("{en}granted. Result: {}.", item.result.name.en),
    ));
    if automatic {
        out.push(line(
            "本决定由系统按照公开的规则自动作出，每项条件、数据来源和依据可在办件详情中查看；您有权要求由工作人员复核（个人信息保护法第二十四条）。".to_owned(),
            "Decided automatically by published rules; see the case for every condition. You may ask that a person review it.".to_owned(),
        ));
    }
}

fn materials(item: &Item, ids: &[String]) -> Vec<String> {
    let name =
        |id: &String| item.material(id).map_or_else(|| id.clone(), |one| one.name.zh.clone());
    ids.iter().map(name).collect()
}

fn asked_fields(ctx: &Ctx, case: &Case, fields: &[String]) -> Vec<String> {
    let form = ctx.env.pack.form(&case.one_thing);
    let name = |id: &String| {
        let field = form.and_then(|form| form.field(id));
        field.map_or_else(|| id.clone(), |field| field.label.zh.clone())
    };
    fields.iter().map(name).collect()
}

fn entry(zh: &str, en: &str, value: Json) -> Json {
    json!({ "label": { "zh": zh, "en": en }, "value": value })
}

/// The receipt of a whole application.
pub(super) fn receipt(
    ctx: &Ctx,
    parent: &Case,
    agent: Option<&Person>,
    children: &[(Case, Item)],
    materials: &[(String, String, &super::Material)],
) -> Paper {
    let agency = agency_name(ctx, &parent.agency);
    let kind = DocumentKind::Receipt;
    let title = Text::new("申请材料接收凭证", "Receipt of Application");
    let number = number(ctx, parent, kind);
    let at = parent.submitted.civil();
    let due = parent.due.map(last_day).unwrap_or_default();
    let matter = view::title_of(ctx, parent);
    let mut rows: Vec<Json> = Vec::new();
    for (item_id, id, material) in materials {
        let item = children.iter().find(|(case, _)| case.item == *item_id).map(|(_, item)| item);
        let name =
            item.and_then(|item| item.material(id)).map_or(id.as_str(), |one| one.name.zh.as_str());
        rows.push(json!([(rows.len() + 1).to_string(), name, "1", how(material.how)]));
    }
    let items: Vec<String> = children.iter().map(|(_, item)| item.name.zh.clone()).collect();
    let mut fields = vec![entry("申请人", "Applicant", json!(addressee(parent)))];
    fields.extend(agent.map(|one| entry("代办人", "Handed in by", json!(one.name))));
    fields.extend([
        entry("申请事项", "Matter", json!(matter)),
        entry("办件编号", "Case number", json!(parent.number)),
        entry("查询码", "Query code", json!(grouped(&parent.query_code))),
        entry(
            "收件时间",
            "Received",
            json!(format!("{} {}时{:02}分", long_date(parent.submitted), at.hour(), at.minute())),
        ),
        entry("承诺办结", "Promised by", json!(due)),
        entry("包含事项", "Items", json!(items.join("、"))),
    ]);
    let content = json!({
        "title": title,
        "number": number,
        "fields": fields,
        "materials": {
            "label": { "zh": "收到材料", "en": "Materials received" },
            "columns": [
                { "zh": "序号", "en": "No." }, { "zh": "材料名称", "en": "Material" },
                { "zh": "份数", "en": "Copies" }, { "zh": "形式与来源", "en": "Form and source" }],
            "rows": rows,
        },
        "statements": [
            { "zh": "已收到您的申请。各承办机关将自收到之日起五个工作日内告知是否受理；逾期不告知的，自收到之日起即为受理（行政许可法第三十二条）。",
              "en": "Your application has been received. Each agency answers within five working days whether it accepts; silence is acceptance." }],
        "notes": {
            "label": { "zh": "查询与监督", "en": "Progress and complaints" },
            "items": [
                { "zh": "凭办件编号和查询码可以查询进度。", "en": "Follow the case by its number and query code." },
                { "zh": "对办理有异议的，可以拨打政务服务热线 12345。", "en": "To object, call 12345." }],
        },
        "issuer": agency,
        "date": long_date(parent.submitted),
    });
    Paper { kind, title, number, layout: "receipt", content }
}

fn grouped(code: &str) -> String {
    kernel::identifier::QueryCode::parse(code)
        .map_or_else(|_| code.to_owned(), |code| code.grouped())
}

fn how(how: super::How) -> &'static str {
    match how {
        super::How::Upload => "电子，申请人上传",
        super::How::Registry => "数据共享获取",
        super::How::Licence => "电子证照，共享获取",
        super::How::Promise => "申请人书面承诺",
    }
}
