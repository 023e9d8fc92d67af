//! Licence types: their codes, operations, masking, what they prove, who may ask, their specimens.
//!
//! Must not know: licences issued.

use super::Findings;
use crate::item::MetBy;
use crate::licence::{LicenceState, LicenceType, Mask, Operation};
use crate::province::Province;
use crate::specimen;
use kernel::identifier::CreditCode;
use std::collections::BTreeSet;

/// What facts may be about.
const SUBJECTS: [&str; 8] =
    ["person", "family", "organisation", "vehicle", "estate", "equipment", "project", "permit"];
/// Fields a card on a phone has room for.
const CARD_FIELDS_MAX: usize = 4;

pub(super) fn check(province: &Province, findings: &mut Findings) {
    for kind in province.licence_types() {
        let file = province.pinned("licence_type", &kind.id);
        let file = file.map_or_else(String::new, |pinned| pinned.file.clone());
        let mut one = One { province, file, kind, findings };
        one.type_code();
        one.operations();
        one.fields();
        one.consumers();
        one.specimen();
    }
}

struct One<'a> {
    province: &'a Province,
    file: String,
    kind: &'a LicenceType,
    findings: &'a mut Findings,
}

impl One<'_> {
    fn add(&mut self, path: impl Into<String>, code: &'static str, zh: &str, en: &str) {
        self.findings.error(&self.file, path, code, zh, en);
    }

    fn type_code(&mut self) {
        let code = &self.kind.type_code;
        let sound = code.len() == 21
            && code.is_ascii()
            && CreditCode::parse(&code[..18]).is_ok()
            && code[18..].bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        if !sound {
            self.add(
                "type_code",
                "licence.type_code",
                "证照类型代码为 21 位：定义机构统一社会信用代码加 3 位；国家未编码的由省级包的 licences/local.yaml 给出",
                "the type code has 21 characters: the definer's credit code and three more; where the nation has none, the province's licences/local.yaml gives it",
            );
        }
        let twice = |other: &LicenceType| other.id != self.kind.id && other.type_code == *code;
        if sound && self.province.licence_types().any(twice) {
            self.add(
                "type_code",
                "licence.code_twice",
                "两种证照的类型代码相同",
                "two types have the same code",
            );
        }
    }

    fn operations(&mut self) {
        let (kind, mut reached) = (self.kind, BTreeSet::new());
        for (index, operation) in kind.operations.iter().enumerate() {
            let to = operation.to();
            let twice = kind.operations[..index].contains(operation);
            if twice || to.is_some_and(|state| !kind.states.contains(&state)) {
                self.add(
                    format!("operations[{index}]"),
                    "licence.operation",
                    "操作不得重复，且其结果状态须在 states 之内",
                    "an operation stands once, and the state it leads to is among `states`",
                );
                continue;
            }
            reached.extend(to.map(LicenceState::code));
        }
        let distinct: BTreeSet<&str> = kind.states.iter().map(|state| state.code()).collect();
        if distinct != reached || distinct.len() != kind.states.len() {
            self.add(
                "states",
                "licence.state",
                "状态不得重复，且每个状态都须有操作可以到达",
                "a state stands once, and some operation leads to each",
            );
        }
        let both = |one, other| kind.allows(one) == kind.allows(other);
        if !kind.allows(Operation::Issue)
            || !both(Operation::Suspend, Operation::Resume)
            || !both(Operation::TransferOut, Operation::TransferIn)
            || (kind.allows(Operation::Renew) && kind.validity_years.is_none())
        {
            self.add(
                "operations",
                "licence.operations",
                "须能新发；暂扣与发还、转出与转入须成对；能延续的须有有效期",
                "it can be issued; suspending goes with resuming, transfer out with transfer in; what can be renewed has a term",
            );
        }
    }

    fn fields(&mut self) {
        let (mut ids, mut facts) = (BTreeSet::new(), BTreeSet::new());
        for (index, field) in self.kind.fields.iter().enumerate() {
            let path = |part: &str| format!("fields[{index}].{part}");
            if !(1..=4).contains(&field.grade) {
                self.add(path("grade"), "def.grade", "敏感级别为 1 至 4", "sensitivity is 1 to 4");
            }
            if !ids.insert(&field.id) {
                self.add(path("id"), "def.duplicate", "字段编号重复", "a field's id is used twice");
            }
            if field.grade >= 3 && field.masks.public == Mask::Plain {
                self.add(
                    path("masks"),
                    "licence.mask",
                    "敏感级别 3 以上的内容不得向公众全文显示",
                    "what is of grade 3 or more may not be shown whole to the public",
                );
            }
            let Some(fact) = &field.proves else { continue };
            let (subject, word) = fact.split_once('.').unwrap_or((fact, ""));
            let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if !SUBJECTS.contains(&subject)
                || word.is_empty()
                || !word.chars().all(is_word)
                || !facts.insert(fact)
            {
                self.add(
                    path("proves"),
                    "licence.proves",
                    "证明的事实写作“主体.词”，同一证照中不得重复",
                    "a fact is written subject.word, and two fields of a type do not prove the same",
                );
            }
        }
        let cards = self.kind.fields.iter().filter(|field| field.card).count();
        if !(1..=CARD_FIELDS_MAX).contains(&cards) {
            self.add(
                "fields",
                "licence.card",
                "手机卡片上须有 1 至 4 项内容",
                "a card on a phone shows one to four fields",
            );
        }
    }

    fn consumers(&mut self) {
        for (index, agency) in self.kind.consumers.iter().enumerate() {
            if self.province.agency_kind(agency).is_none() {
                let (zh, en) =
                    (format!("没有机构类别 {agency}"), format!("there is no agency kind {agency}"));
                self.add(format!("consumers[{index}]"), "ref.dangling", &zh, &en);
            }
        }
        for item in self.province.items() {
            let asks = item.materials.iter().any(|material| {
                matches!(&material.met_by, MetBy::Licence { licence } if *licence == self.kind.id)
            });
            if asks && !self.kind.may_ask(&item.agency) {
                let zh = format!("事项 {} 要用这种证照，但其机关不在可调取的范围内", item.id);
                let en = format!("item {} reads this licence, but its agency may not", item.id);
                self.add("consumers", "licence.consumer", &zh, &en);
            }
        }
    }

    fn specimen(&mut self) {
        let made = specimen::make(self.province, self.kind, 1);
        for (index, field) in self.kind.fields.iter().enumerate() {
            if !specimen::fits(field, made.values.get(&field.id)) {
                self.add(
                    format!("fields[{index}].sample"),
                    "licence.sample",
                    "样证缺少这一项，或样值与字段种类不符",
                    "the specimen has no value for this field, or one that does not fit its kind",
                );
            }
        }
    }
}
