//! Everything named by id exists.

use super::{Findings, text::placeholders};
use crate::item::MetBy;
use crate::province::Province;
use crate::standard::PLACEHOLDERS;
use kernel::identifier::{CreditCode, OrgCode};
use std::collections::BTreeSet;

pub(super) fn check(province: &Province, findings: &mut Findings) {
    let mut refs = Refs { province, findings };
    refs.items();
    refs.registries();
    refs.contracts();
    refs.licences();
    refs.roles();
    refs.messages();
    refs.agencies();
}

/// A reference checker over one province.
pub(super) struct Refs<'a> {
    pub(super) province: &'a Province,
    pub(super) findings: &'a mut Findings,
}

impl Refs<'_> {
    /// Reports a reference that resolves to nothing.
    pub(super) fn dangling(
        &mut self,
        file: &str,
        path: impl Into<String>,
        kind_zh: &str,
        kind: &str,
        id: &str,
    ) {
        self.findings.error(
            file,
            path,
            "ref.dangling",
            format!("没有{kind_zh} {id}"),
            format!("there is no {kind} {id}"),
        );
    }

    pub(super) fn agency(&mut self, file: &str, path: impl Into<String>, id: &str) {
        if self.province.agency_kind(id).is_none() {
            self.dangling(file, path, "机构类别", "agency kind", id);
        }
    }

    fn file_of(&self, kind: &str, id: &str) -> String {
        self.province.pinned(kind, id).map_or_else(String::new, |pinned| pinned.file.clone())
    }

    fn items(&mut self) {
        for item in self.province.items() {
            let file = self.file_of("item", &item.id);
            match self.province.agency_kind(&item.agency) {
                None => self.dangling(&file, "agency", "机构类别", "agency kind", &item.agency),
                Some(kind) if kind.names.iter().all(|name| name.level != item.level) => {
                    self.dangling(
                        &file,
                        "level",
                        "该层级的机构",
                        "agency at that level for",
                        &item.agency,
                    );
                }
                Some(_) => {}
            }
            for (index, material) in item.materials.iter().enumerate() {
                let path = format!("materials[{index}].met_by");
                match &material.met_by {
                    MetBy::Registry { registry } if self.province.registry(registry).is_none() => {
                        self.dangling(&file, path, "基础库", "registry", registry)
                    }
                    MetBy::Licence { licence } if self.province.licence_type(licence).is_none() => {
                        self.dangling(&file, path, "证照类型", "licence type", licence)
                    }
                    _ => {}
                }
            }
            for (index, step) in item.steps.iter().enumerate() {
                if self.province.role(&step.role).is_none() {
                    self.dangling(
                        &file,
                        format!("steps[{index}].role"),
                        "角色",
                        "role",
                        &step.role,
                    );
                }
            }
            if let Some(licence) =
                item.result.licence.as_ref().filter(|id| self.province.licence_type(id).is_none())
            {
                self.dangling(&file, "result.licence", "证照类型", "licence type", licence);
            }
        }
    }

    fn registries(&mut self) {
        for registry in self.province.registries() {
            let file = self.file_of("registry", &registry.id);
            self.agency(&file, "source", &registry.source);
            let mut keys: Vec<&String> = registry.keys.iter().collect();
            keys.push(&registry.identifier);
            for key in keys {
                if registry.field(key).is_none() {
                    self.dangling(&file, "keys", "字段", "field", key);
                }
            }
            let mut seen = BTreeSet::new();
            for (index, field) in registry.fields.iter().enumerate() {
                if !seen.insert(&field.id) {
                    self.findings.error(
                        &file,
                        format!("fields[{index}].id"),
                        "def.duplicate",
                        "字段编号重复",
                        "a field's id is used twice",
                    );
                }
                if !(1..=4).contains(&field.grade) {
                    self.findings.error(
                        &file,
                        format!("fields[{index}].grade"),
                        "def.grade",
                        "敏感级别为 1 至 4",
                        "sensitivity is 1 to 4",
                    );
                }
            }
        }
    }

    fn contracts(&mut self) {
        for contract in self.province.contracts() {
            let file = self.file_of("contract", &contract.id);
            let path = |field: &str| format!("{}.{field}", contract.id);
            match self.province.registry(&contract.registry) {
                None => {
                    self.dangling(&file, path("registry"), "基础库", "registry", &contract.registry)
                }
                Some(registry) => {
                    for field in
                        contract.fields.iter().filter(|field| registry.field(field).is_none())
                    {
                        self.dangling(&file, path("fields"), "字段", "field", field);
                    }
                }
            }
            for consumer in &contract.consumers {
                self.agency(&file, path("consumers"), consumer);
            }
            if self.province.one_thing(&contract.one_thing).is_none() {
                self.dangling(&file, path("one_thing"), "一件事", "one-thing", &contract.one_thing);
            }
            let empty = contract.consumers.is_empty()
                || contract.fields.is_empty()
                || contract.quota_per_day == 0
                || contract.max_age_hours == 0;
            if empty || contract.expires <= contract.effective_from {
                self.findings.error(&file, path("expires"), "contract.terms", "共享约定须有使用方、字段、配额、时效，且终止日晚于生效日", "a contract needs consumers, fields, a quota, a freshness bound and an end after its beginning");
            }
        }
    }

    fn licences(&mut self) {
        for licence in self.province.licence_types() {
            let file = self.file_of("licence_type", &licence.id);
            self.agency(&file, "issuer", &licence.issuer);
            if let Some(layout) =
                licence.layout.as_ref().filter(|name| self.province.layout(name).is_none())
            {
                self.dangling(&file, "layout", "版式", "layout", layout);
            }
        }
    }

    fn roles(&mut self) {
        let known: BTreeSet<&str> =
            self.province.permissions().iter().map(|permission| permission.id.as_str()).collect();
        for role in self.province.roles() {
            for permission in role.permissions.iter().filter(|id| !known.contains(id.as_str())) {
                self.dangling(
                    "roles.yaml",
                    format!("{}.permissions", role.id),
                    "权限",
                    "permission",
                    permission,
                );
            }
        }
    }

    fn messages(&mut self) {
        for message in self.province.messages() {
            for text in [&message.subject.zh, &message.body.zh] {
                for name in
                    placeholders(text).into_iter().filter(|name| !PLACEHOLDERS.contains(name))
                {
                    self.findings.error("messages.yaml", &message.id, "message.placeholder", format!("消息不得使用 {{{name}}}：不在允许的占位符之内"), format!("a message may not use {{{name}}}: it is not among the placeholders allowed"));
                }
            }
        }
    }

    fn agencies(&mut self) {
        let mut codes = BTreeSet::new();
        for kind in self.province.agency_kinds() {
            let file = self.file_of("agency", &kind.id);
            let organisation = OrgCode::make(&format!("Y{}0000", kind.code));
            let sound = kind.code.len() == 3
                && kind.code.bytes().all(|byte| byte.is_ascii_digit())
                && organisation
                    .is_ok_and(|code| CreditCode::make(&kind.head, "410000", code).is_ok())
                && kind.sector.len() == 2
                && kind.sector.bytes().all(|byte| byte.is_ascii_digit());
            if !sound || !codes.insert(&kind.code) {
                self.findings.error(
                    &file,
                    format!("{}.code", kind.id),
                    "agency.code",
                    "机构代码须为不重复的三位数字，领域为两位数字",
                    "an agency kind has its own three digits and a sector of two",
                );
            }
        }
    }
}
