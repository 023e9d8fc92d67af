//! The rules of a good service guide: every limit on law, promises within it, no catch-all, nothing
//! asked that is held, fees with their document, steps, answers and remedies complete.

use super::Findings;
use crate::Basis;
use crate::item::{Handling, Item, ItemType, MetBy, Necessity, ResultKind};
use crate::province::Province;
use kernel::calendar::{Limit, Unit};
use kernel::identifier::ItemCode;

/// Words that make a material a catch-all, which the guide may not hold.
const CATCH_ALL: [&str; 7] =
    ["其他材料", "其它材料", "其他相关材料", "其他有关材料", "其他资料", "相关材料", "等材料"];
/// Content types an upload may have.
const UPLOADS: [&str; 3] = ["application/pdf", "image/jpeg", "image/png"];
/// Largest fee, in fen: a hundred million yuan.
const FEE_MAX: u64 = 10_000_000_000;
/// Largest upload a material may allow, in bytes.
const UPLOAD_BYTES_MAX: u64 = 20 * 1024 * 1024;

pub(super) fn check(province: &Province, findings: &mut Findings) {
    for item in province.items() {
        let file = province
            .pinned("item", &item.id)
            .map_or_else(String::new, |pinned| pinned.file.clone());
        let mut one = One { province, file, item, findings };
        one.identity();
        one.limits();
        one.materials();
        one.fees();
        one.guide();
        one.result();
    }
}

struct One<'a> {
    province: &'a Province,
    file: String,
    item: &'a Item,
    findings: &'a mut Findings,
}

impl One<'_> {
    fn add(&mut self, path: impl Into<String>, code: &'static str, zh: &str, en: &str) {
        self.findings.error(&self.file, path, code, zh, en);
    }

    fn identity(&mut self) {
        let item = self.item;
        let fits = ItemCode::parse(&item.basic_code).is_ok_and(|code| {
            code.as_str().len() == 12 && code.item_type() == item.item_type.code()
        });
        if !fits {
            self.add(
                "basic_code",
                "item.basic_code",
                "基本编码须为 12 位，第三、四位为事项类型代码",
                "the basic code has 12 characters, the third and fourth being the item type",
            );
        }
        let taken = self
            .province
            .items()
            .any(|other| other.id < item.id && other.basic_code == item.basic_code);
        if taken {
            self.add(
                "basic_code",
                "item.basic_code",
                "基本编码与另一事项重复",
                "another item has the same basic code",
            );
        }
    }

    /// An agency's promise gives nobody more time than the law does.
    fn own_rules(&mut self) {
        for (index, procedure) in self.item.special_procedures.iter().enumerate() {
            if !procedure.promise_only && is_own_rule(procedure.basis.as_ref()) {
                self.add(
                    format!("special_procedures[{index}]"),
                    "item.promise_only",
                    "本机关的办理规则或者服务承诺不能停法定时限：请写 promise_only: true，或者改写为法律依据",
                    "a rule or promise of the agency's own stops no time set by law: say promise_only: true, or cite the law",
                );
            }
        }
        let limits = &self.item.limits;
        let extends = limits.extension.as_ref().and_then(|extension| extension.basis.as_ref());
        if limits.statutory.is_some() && is_own_rule(extends) {
            self.add(
                "limits.extension",
                "item.promise_only",
                "本机关的办理规则或者服务承诺不能延长法定时限：请改写为法律依据，或者去掉",
                "a rule or promise of the agency's own extends no time set by law: cite the law, or leave it out",
            );
        }
    }

    fn limits(&mut self) {
        let limits = &self.item.limits;
        let deadlines = [
            ("limits.statutory", limits.statutory.as_ref()),
            ("limits.extension", limits.extension.as_ref()),
            ("limits.correction", Some(&limits.correction)),
            ("limits.acceptance", Some(&limits.acceptance)),
            ("limits.delivery", Some(&limits.delivery)),
            ("limits.tolerance", limits.tolerance.as_ref()),
            ("limits.application", limits.application.as_ref()),
        ];
        for (path, deadline) in deadlines {
            if deadline.is_some_and(|one| one.basis.as_ref().is_none_or(|basis| basis.is_blank())) {
                self.add(
                    path,
                    "item.deadline_basis",
                    "时限须写明法律依据",
                    "a deadline needs its legal basis",
                );
            }
        }
        for (index, procedure) in self.item.special_procedures.iter().enumerate() {
            if procedure.basis.as_ref().is_none_or(|basis| basis.is_blank()) {
                self.add(
                    format!("special_procedures[{index}]"),
                    "item.deadline_basis",
                    "中止计时须写明法律依据",
                    "stopping the clock needs its legal basis",
                );
            }
        }
        self.own_rules();
        if limits.statutory.as_ref().is_some_and(|law| is_longer(limits.promised, law.limit)) {
            self.add(
                "limits.promised",
                "item.promise_over_law",
                "承诺时限不得长于法定时限",
                "the promise may not be longer than the law's limit",
            );
        }
        let immediate = self.item.handling == Handling::Immediate;
        if immediate != (limits.promised.amount == 0) {
            self.add(
                "handling",
                "item.handling",
                "即办件的承诺时限为 0，承诺件大于 0",
                "an immediate item promises 0, any other more than 0",
            );
        }
        let secondary =
            self.item.materials.iter().any(|material| material.necessity == Necessity::Secondary);
        if secondary != limits.tolerance.is_some() {
            self.add(
                "limits.tolerance",
                "item.tolerance",
                "有可容缺材料时须写明补交时限，没有时不写",
                "secondary materials need a tolerance limit; without them there is none",
            );
        }
    }

    fn materials(&mut self) {
        for (index, material) in self.item.materials.iter().enumerate() {
            let path = format!("materials[{index}]");
            let name = &material.name;
            let catch_all = CATCH_ALL.iter().any(|words| name.zh.contains(words))
                || name.en.to_lowercase().contains("other material");
            if catch_all {
                self.add(
                    format!("{path}.name"),
                    "item.catch_all",
                    "不得有兜底材料，请写明具体材料",
                    "no catch-all: name the material",
                );
            }
            if self.item.materials[..index].iter().any(|other| other.id == material.id) {
                self.add(
                    format!("{path}.id"),
                    "def.duplicate",
                    "材料编号重复",
                    "a material's id is used twice",
                );
            }
            let MetBy::Upload { accept, size_max_bytes, count_max } = &material.met_by else {
                continue;
            };
            let sound = !accept.is_empty()
                && accept.iter().all(|kind| UPLOADS.contains(&kind.as_str()))
                && (1..=UPLOAD_BYTES_MAX).contains(size_max_bytes)
                && (1..=20).contains(count_max);
            if !sound {
                self.add(format!("{path}.met_by"), "item.upload", "上传材料须限定类型（PDF、JPEG、PNG）、大小（不超过 20 MiB）和数量（不超过 20）", "an upload is limited to PDF, JPEG, PNG, at most 20 MiB and 20 files");
            }
            if !material.proves.is_empty() && material.proves.iter().all(|fact| self.is_held(fact))
            {
                self.add(
                    path,
                    "item.held",
                    "政府已掌握的材料不得要求提交，改为数据核验",
                    "what a registry holds may not be asked for: look it up",
                );
            }
        }
    }

    fn is_held(&self, fact: &str) -> bool {
        let Some((registry, field)) = fact.split_once('.') else { return false };
        self.province.registry(registry).is_some_and(|registry| registry.field(field).is_some())
    }

    fn fees(&mut self) {
        for (index, fee) in self.item.fees.iter().enumerate() {
            let class = fee.receipt_class.as_deref().unwrap_or("0000");
            let classed = class.len() == 4 && class.bytes().all(|b| b.is_ascii_digit());
            let based = fee.basis.as_ref().is_some_and(|basis| !basis.is_blank());
            if fee.amount_fen == 0 || fee.amount_fen > FEE_MAX || !based || !classed {
                self.add(
                    format!("fees[{index}]"),
                    "item.fee_basis",
                    "收费须写明金额和收费依据，票据种类为四位数字",
                    "a fee needs an amount and its legal basis; the class of receipts is four digits",
                );
            }
        }
        if self.item.fees.is_empty() == self.item.online.pay {
            self.add(
                "online.pay",
                "item.fee_pay",
                "收费项目须支持网上支付，不收费的不得设支付",
                "fees are payable online; without fees there is no payment",
            );
        }
    }

    fn guide(&mut self) {
        let item = self.item;
        let online = &item.online;
        if !(1..=4).contains(&online.depth) || (online.depth == 4 && online.visits != 0) {
            self.add(
                "online",
                "item.online_depth",
                "网办深度为 1 至 4；全程网办的到场次数为 0",
                "depth is 1 to 4; at depth 4 there are no visits",
            );
        }
        if (online.visits == 0) == online.visit_reason.is_some() {
            self.add(
                "online.visit_reason",
                "item.visit_reason",
                "须到场的写明原因，不须到场的不写",
                "a visit needs its reason; without a visit there is none",
            );
        }
        if item.window.phone == item.window.complaint_phone
            || [&item.window.phone, &item.window.complaint_phone]
                .iter()
                .any(|phone| !is_phone(phone))
        {
            self.add("window", "item.phones", "咨询电话与投诉电话须不同，并带区号或为短号", "the phones for questions and complaints differ and carry an area code or are short numbers");
        }
        if item.item_type == ItemType::Licensing && item.steps.len() < 5 {
            self.add(
                "steps",
                "item.steps",
                "行政许可至少有受理、审核、审批、办结、送达五步",
                "licensing has at least five steps: accept, review, approve, conclude, deliver",
            );
        }
        if item.faq.is_empty() {
            self.add(
                "faq",
                "item.faq",
                "至少有一条常见问题",
                "at least one question and answer is needed",
            );
        }
        if item.remedies.len() < 2 {
            self.add(
                "remedies",
                "item.remedies",
                "须告知行政复议和行政诉讼",
                "reconsideration and litigation must both be told",
            );
        }
    }

    fn result(&mut self) {
        let result = &self.item.result;
        let certificate = result.kind == ResultKind::Certificate;
        if certificate != result.licence.is_some() {
            self.add(
                "result",
                "item.result",
                "出证办结的事项须写明证照，其余不写",
                "an item that ends in a certificate names its licence type, no other does",
            );
        }
        let type_of = |id: &String| self.province.licence_type(id);
        if result.licence.as_ref().and_then(type_of).is_some_and(|licence| licence.layout.is_none())
        {
            self.add(
                "result.licence",
                "item.result",
                "制发的证照须有版式",
                "a licence that is issued needs a layout",
            );
        }
    }
}

/// True when the first limit surely can last longer than the second. Between units: a working day
/// lasts at least one civil day and, holidays apart, at most a day and a half on average.
fn is_longer(promise: Limit, law: Limit) -> bool {
    let upper = |limit: Limit| match limit.unit {
        Unit::Hour => u64::from(limit.amount),
        Unit::CalendarDay => u64::from(limit.amount) * 24,
        Unit::WorkingDay => u64::from(limit.amount) * 36,
    };
    if promise.unit == law.unit {
        return promise.amount > law.amount;
    }
    let lower = match law.unit {
        Unit::WorkingDay => u64::from(law.amount) * 24,
        Unit::Hour | Unit::CalendarDay => upper(law),
    };
    upper(promise) > lower
}

fn is_phone(phone: &str) -> bool {
    let digits = phone.bytes().filter(u8::is_ascii_digit).count();
    let short = phone.len() == digits && (5..=6).contains(&digits);
    short
        || (phone.starts_with('0')
            && (10..=12).contains(&digits)
            && phone.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'))
}

/// True for a basis that is the agency's own rule and no law.
fn is_own_rule(basis: Option<&Basis>) -> bool {
    let own = ["服务承诺", "办理规则"];
    basis.is_some_and(|basis| own.iter().any(|words| basis.law.zh.contains(words)))
}
