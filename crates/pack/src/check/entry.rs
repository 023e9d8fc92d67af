//! Checks of what results enter in registries: by the registry's own source, under its identifier,
//! in fields there are, from what is known when the result is delivered.

use super::Findings;
use crate::item::{Entry, EntryField, Item};
use crate::one_thing::FieldKind;
use crate::province::Province;
use crate::registry::Registry;

/// What a case says of itself.
const CASE: [&str; 6] = ["number", "division", "agency", "item", "decided_on", "applicant"];

pub(super) fn check(province: &Province, findings: &mut Findings) {
    for item in province.items() {
        let Some(pinned) = province.pinned("item", &item.id) else { continue };
        for (index, entry) in item.result.entries.iter().enumerate() {
            let path = format!("result.entries[{index}]");
            let mut one = One { province, item, file: &pinned.file, path, findings };
            one.entry(entry);
        }
    }
}

struct One<'a> {
    province: &'a Province,
    item: &'a Item,
    file: &'a str,
    path: String,
    findings: &'a mut Findings,
}

impl One<'_> {
    fn add(&mut self, path: &str, zh: &str, en: &str) {
        let path = format!("{}.{path}", self.path);
        self.findings.error(self.file, path, "item.entry", zh, en);
    }

    fn entry(&mut self, entry: &Entry) {
        let Some(registry) = self.province.registry(&entry.registry) else {
            return self.add("registry", "没有这个基础库", "there is no such registry");
        };
        let known = self.province.agency_kind(&self.item.agency).is_some();
        if known && registry.source != self.item.agency {
            let zh = "只有基础库的来源机构才能写入";
            self.add("registry", zh, "only the source of a registry enters anything in it");
        }
        if entry.fields.iter().all(|field| field.id != registry.identifier) {
            self.add("fields", "缺少标识字段", "the registry's identifier is missing");
        }
        for field in &entry.fields {
            self.field("fields", registry, field);
        }
        for field in &entry.revoked {
            self.field("revoked", registry, field);
        }
        for once in &entry.once {
            if !entry.fields.iter().any(|field| field.id == *once) {
                let en = "what may be granted once is not among the fields";
                self.add(&format!("once.{once}"), "once 的字段须在 fields 之中", en);
            }
            if !entry.revoked.iter().any(|field| field.id == *once) {
                let en = "what may be granted once is not changed back when the grant is revoked";
                self.add(&format!("once.{once}"), "撤销时 once 的字段须改回", en);
            }
        }
    }

    fn field(&mut self, list: &str, registry: &Registry, field: &EntryField) {
        let path = format!("{list}.{}", field.id);
        let Some(defined) = registry.field(&field.id) else {
            return self.add(&path, "基础库没有这个字段", "the registry has no such field");
        };
        if field.from.is_some() && field.value.is_some() {
            let zh = "from 与 value 只写一个";
            self.add(&path, zh, "a field has a from or a value, not both");
        }
        if field.from.as_ref().is_some_and(|from| !self.is_known(list, from)) {
            let zh = "来源须为事实、result 或 case 的字段；撤销时不能用 result";
            let en = "a value comes from a fact, the result or the case; upon revocation not from the result";
            self.add(&path, zh, en);
        }
        let is_choice = defined.kind == FieldKind::Choice;
        let among = |value: &String| defined.choices.iter().any(|choice| choice.value == *value);
        if is_choice && field.value.as_ref().is_some_and(|value| !among(value)) {
            self.add(&path, "不在选项之内", "the value is none of the choices");
        }
    }

    fn is_known(&self, list: &str, from: &str) -> bool {
        match from.split_once('.') {
            Some(("result", what)) => {
                let licence = self.item.result.licence.as_ref();
                let licence = licence.and_then(|id| self.province.licence_type(id));
                list == "fields"
                    && licence.is_some_and(|one| one.fields.iter().any(|field| field.id == what))
            }
            Some(("case", what)) => CASE.contains(&what),
            Some((area, what)) => !area.is_empty() && !what.is_empty(),
            None => false,
        }
    }
}
