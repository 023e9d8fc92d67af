//! A one-thing hangs together: its items and their order, its lookups, guide, form and the facts
//! its rules look at.

use super::Findings;
use super::reference::Refs;
use crate::one_thing::{FieldKind, Form, Guide, Lookup, OneThing, QUESTIONS_MAX, Source};
use crate::province::Province;
use kernel::calendar::Unit;
use rules::When;
use std::collections::{BTreeMap, BTreeSet};

/// Facts every case has, besides the form's, the guide's and the lookups'.
pub(crate) const CASE_FACTS: [&str; 8] = [
    "applicant.citizen_number",
    "applicant.name",
    "applicant.mobile",
    "case.number",
    "case.applied_on",
    "case.division",
    "case.agency",
    "case.today",
];

/// First words of fact paths that no lookup may take.
const RESERVED: [&str; 6] = ["form", "guide", "case", "applicant", "licence", "issued"];

pub(super) fn check(province: &Province, findings: &mut Findings) {
    for one_thing in province.matters() {
        // What belongs to an item applied for alone stands in the item's own file.
        let place = |kind: &str, name: &str| {
            let own = province.item(&one_thing.id).filter(|item| item.application.is_some());
            let kind = if own.is_some() { "item" } else { kind };
            province.pinned(kind, &one_thing.id).map_or_else(
                || format!("one-things/{}/{name}.yaml", one_thing.id),
                |pinned| pinned.file.clone(),
            )
        };
        let (Some(guide), Some(form)) =
            (province.guide(&one_thing.id), province.form(&one_thing.id))
        else {
            let file = place("one_thing", "one-thing");
            findings.error(
                &file,
                "",
                "file.missing",
                "一件事须有 guide.yaml 和 form.yaml",
                "a one-thing needs guide.yaml and form.yaml",
            );
            continue;
        };
        if province.examples(&one_thing.id).is_none_or(|examples| examples.examples.is_empty()) {
            let file = place("one_thing", "one-thing");
            findings.error(
                &file,
                "",
                "file.missing",
                "没有实例的一件事不能装载，请写 examples.yaml",
                "a one-thing without an example does not load: write examples.yaml",
            );
        }
        let mut whole = Whole {
            refs: Refs { province, findings },
            one_thing,
            guide,
            form,
            file: place("one_thing", "one-thing"),
            guide_file: place("guide", "guide"),
            form_file: place("form", "form"),
        };
        whole.members();
        whole.lookups();
        whole.guide();
        whole.form();
        whole.rules();
        whole.results();
        whole.entries();
    }
}

pub(super) struct Whole<'a> {
    pub(super) refs: Refs<'a>,
    pub(super) one_thing: &'a OneThing,
    pub(super) guide: &'a Guide,
    pub(super) form: &'a Form,
    pub(super) file: String,
    pub(super) guide_file: String,
    pub(super) form_file: String,
}

impl Whole<'_> {
    pub(super) fn add(
        &mut self,
        file: &str,
        path: impl Into<String>,
        code: &'static str,
        zh: &str,
        en: &str,
    ) {
        self.refs.findings.error(file, path, code, zh, en);
    }

    fn members(&mut self) {
        let file = self.file.clone();
        self.refs.agency(&file, "lead_agency", &self.one_thing.lead_agency);
        let mut seen = BTreeSet::new();
        let known: BTreeSet<&str> =
            self.one_thing.members.iter().map(|member| member.item.as_str()).collect();
        for (index, member) in self.one_thing.members.iter().enumerate() {
            let path = format!("members[{index}]");
            if self.refs.province.item(&member.item).is_none() {
                self.refs.dangling(&file, format!("{path}.item"), "事项", "item", &member.item);
            }
            if !seen.insert(&member.item) {
                self.add(
                    &file,
                    format!("{path}.item"),
                    "def.duplicate",
                    "事项重复",
                    "an item is listed twice",
                );
            }
            let paths = self.all_paths();
            for whose in member.whose.iter().filter(|path| !paths.contains(*path)) {
                self.refs.dangling(&file, format!("{path}.whose"), "事实", "fact", whose);
            }
            // Who may not apply for it must be able to go on without it.
            if member.whose.is_some() && !member.optional {
                let (zh, en) =
                    ("属于本人的事项须可以不办", "what is one person's own matter is optional");
                self.add(&file, format!("{path}.optional"), "one_thing.whose", zh, en);
            }
            for after in member.after.iter().filter(|after| !known.contains(after.as_str())) {
                self.refs.dangling(&file, format!("{path}.after"), "事项", "item", after);
            }
            self.when(
                &file,
                format!("{path}.when"),
                member.when.as_ref(),
                &guide_paths(self.guide),
            );
        }
        if let Some(days) = self.chain_days()
            && self.one_thing.promised.unit == Unit::WorkingDay
            && self.one_thing.promised.amount < days
        {
            self.add(
                &file,
                "promised",
                "one_thing.promise_short",
                &format!("承诺期限短于各事项先后办理所需的 {days} 个工作日"),
                &format!(
                    "the items one after another take {days} working days, longer than promised"
                ),
            );
        }
        if self.has_cycle() {
            self.add(
                &file,
                "members",
                "one_thing.cycle",
                "事项的先后顺序成环，没有一项能先办",
                "the items wait for each other in a circle",
            );
        }
    }

    /// Working days of the longest chain of items; none when one counts otherwise, or they wait in a
    /// circle.
    fn chain_days(&self) -> Option<u32> {
        if self.has_cycle() {
            return None;
        }
        let members = &self.one_thing.members;
        let mut ends: BTreeMap<&str, u32> = BTreeMap::new();
        // As many rounds as the longest chain could have links.
        for _ in members {
            for member in members {
                let promised = self.refs.province.item(&member.item)?.limits.promised;
                if promised.unit != Unit::WorkingDay {
                    return None;
                }
                let begin = member.after.iter().filter_map(|one| ends.get(one.as_str())).max();
                let end = begin.copied().unwrap_or(0).saturating_add(promised.amount);
                ends.insert(&member.item, end);
            }
        }
        ends.into_values().max()
    }

    /// Takes away items that wait for nothing left; what remains waits in a circle.
    fn has_cycle(&self) -> bool {
        let mut left: Vec<_> = self.one_thing.members.iter().collect();
        loop {
            let before = left.len();
            let waiting: BTreeSet<&str> = left.iter().map(|member| member.item.as_str()).collect();
            left.retain(|member| member.after.iter().any(|after| waiting.contains(after.as_str())));
            if left.is_empty() || left.len() == before {
                return !left.is_empty();
            }
        }
    }

    fn lookups(&mut self) {
        let file = self.file.clone();
        let mut seen = BTreeSet::new();
        for (index, lookup) in self.one_thing.lookups.iter().enumerate() {
            let path = format!("lookups[{index}]");
            if !seen.insert(&lookup.id) || RESERVED.contains(&lookup.id.as_str()) {
                self.add(
                    &file,
                    format!("{path}.id"),
                    "def.duplicate",
                    "查询编号重复或为保留字",
                    "a lookup's id is used twice or reserved",
                );
            }
            self.lookup_contract(&format!("{path}.contract"), lookup);
            self.lookup_key(&path, lookup);
            self.lookup_pick(&format!("{path}.pick"), lookup);
            let answers = self.answer_paths();
            self.when(&file, format!("{path}.when"), lookup.when.as_ref(), &answers);
            if lookup.items.is_empty() {
                let (zh, en) =
                    ("没有事项需要此查询，请删除", "no item needs this lookup: remove it");
                self.add(&file, format!("{path}.items"), "form.unused", zh, en);
            }
            self.item_list(&file, format!("{path}.items"), &lookup.items);
        }
    }

    /// The contract is for this registry and one-thing, and admits every agency that reads.
    fn lookup_contract(&mut self, path: &str, lookup: &Lookup) {
        let file = self.file.clone();
        let Some(contract) = self.refs.province.contract(&lookup.contract) else {
            self.refs.dangling(&file, path, "共享约定", "contract", &lookup.contract);
            return;
        };
        if contract.registry != lookup.registry || contract.one_thing != self.one_thing.id {
            self.add(
                &file,
                path,
                "one_thing.contract",
                "共享约定不是为此库、此事而订",
                "the contract is not for this registry and one-thing",
            );
        }
        let mut readers = lookup.items.iter().filter_map(|id| self.refs.province.item(id));
        if readers.any(|item| !contract.consumers.contains(&item.agency)) {
            self.add(
                &file,
                path,
                "one_thing.contract",
                "共享约定未包括承办机关",
                "the contract does not admit an item's agency",
            );
        }
    }

    fn lookup_key(&mut self, path: &str, lookup: &Lookup) {
        let file = self.file.clone();
        let registry = self.refs.province.registry(&lookup.registry);
        let keys = registry.map_or(&[][..], |registry| &registry.keys);
        if lookup.matches.is_empty() || !lookup.matches.iter().all(|key| keys.contains(key)) {
            self.add(
                &file,
                format!("{path}.matches"),
                "one_thing.key",
                "只能按基础库的检索键查询",
                "a lookup matches keys of its registry only",
            );
        }
        if lookup.from.is_empty() {
            self.add(
                &file,
                format!("{path}.from"),
                "one_thing.key",
                "须写明用什么值查询",
                "a lookup needs a value to look for",
            );
        }
        let known = self.all_paths();
        self.sources(&file, &format!("{path}.from"), &lookup.from, &known);
    }

    /// What tells records apart comes with the contract, as does what identifies the one picked; the
    /// form asks in a field of its own before it shows what the lookup fills.
    fn lookup_pick(&mut self, path: &str, lookup: &Lookup) {
        let Some(pick) = &lookup.pick else { return };
        let file = self.file.clone();
        let province = self.refs.province;
        let identifier = province.registry(&lookup.registry).map(|one| &one.identifier);
        let opened = province.contract(&lookup.contract).map_or(&[][..], |one| &one.fields);
        let mut needed = pick.told_by.iter().chain([&pick.open]).chain(identifier);
        if pick.told_by.is_empty() || !needed.all(|field| opened.contains(field)) {
            let (zh, en) = (
                "区分记录所用的字段须由共享约定提供，包括记录标识",
                "the contract opens the fields that tell records apart, and the identifier",
            );
            self.add(&file, format!("{path}.told_by"), "one_thing.pick", zh, en);
        }
        let first = self.form.fields().find(|field| {
            let filled =
                |one: &Source| one.value.split_once('.').is_some_and(|(id, _)| id == lookup.id);
            field.id == pick.field || field.prefill.iter().any(filled)
        });
        let asks = |field: &crate::one_thing::Field| {
            field.id == pick.field
                && field.kind == FieldKind::Choice
                && field.required
                && field.prefill.is_empty()
        };
        if !first.is_some_and(asks) {
            let (zh, en) = (
                "表单须先有一个必答的选择字段来确定记录，再显示该查询带出的内容",
                "a required choice of the form picks the record before any field the lookup fills",
            );
            self.add(&file, format!("{path}.field"), "one_thing.pick", zh, en);
        }
    }

    pub(super) fn item_list(&mut self, file: &str, path: String, items: &[String]) {
        for item in items {
            if !self.one_thing.members.iter().any(|member| member.item == *item) {
                self.refs.dangling(file, path.clone(), "事项", "item", item);
            }
        }
    }

    pub(super) fn sources(
        &mut self,
        file: &str,
        path: &str,
        sources: &[Source],
        known: &BTreeSet<String>,
    ) {
        for (index, source) in sources.iter().enumerate() {
            if !known.contains(&source.value) {
                self.refs.dangling(
                    file,
                    format!("{path}[{index}].value"),
                    "事实",
                    "fact",
                    &source.value,
                );
            }
            self.when(file, format!("{path}[{index}].when"), source.when.as_ref(), known);
        }
    }

    pub(super) fn when(
        &mut self,
        file: &str,
        path: String,
        when: Option<&When>,
        known: &BTreeSet<String>,
    ) {
        for finding in when.map(|when| rules::check_when(when, known, &path)).unwrap_or_default() {
            self.add(file, path.clone(), finding.code, &finding.text.zh, &finding.text.en);
        }
    }

    fn guide(&mut self) {
        let file = self.guide_file.clone();
        if self.guide.questions.len() > QUESTIONS_MAX {
            self.add(
                &file,
                "questions",
                "guide.too_many",
                "引导问题不得超过六个",
                "a guide asks at most six questions",
            );
        }
        let mut before = BTreeSet::new();
        for (index, question) in self.guide.questions.iter().enumerate() {
            let path = format!("questions[{index}]");
            // A question may depend only on those asked before it.
            self.when(&file, format!("{path}.when"), question.when.as_ref(), &before);
            if question.choices.len() < 2 {
                self.add(
                    &file,
                    format!("{path}.choices"),
                    "guide.choices",
                    "问题至少有两个选项",
                    "a question has at least two answers",
                );
            }
            if !before.insert(format!("guide.{}", question.id)) {
                self.add(
                    &file,
                    format!("{path}.id"),
                    "def.duplicate",
                    "问题编号重复",
                    "a question's id is used twice",
                );
            }
        }
        for (index, stop) in self.guide.stops.iter().enumerate() {
            self.when(&file, format!("stops[{index}].when"), Some(&stop.when), &before);
        }
    }

    fn rules(&mut self) {
        for member in &self.one_thing.members {
            let Some(item) = self.refs.province.item(&member.item) else { continue };
            let file = self
                .refs
                .province
                .pinned("item", &item.id)
                .map_or_else(String::new, |pinned| pinned.file.clone());
            let known = self.paths_of(&item.id);
            if let Some(rule) = &item.rule {
                for finding in rules::check(rule, &known) {
                    self.add(
                        &file,
                        format!("rule {}", finding.place),
                        finding.code,
                        &finding.text.zh,
                        &finding.text.en,
                    );
                }
            }
            let answers = self.answer_paths();
            for (index, material) in item.materials.iter().enumerate() {
                self.when(
                    &file,
                    format!("materials[{index}].when"),
                    material.when.as_ref(),
                    &answers,
                );
            }
        }
    }

    /// What results enter in registries comes from facts the item knows.
    fn entries(&mut self) {
        for member in &self.one_thing.members {
            let Some(item) = self.refs.province.item(&member.item) else { continue };
            let known = self.paths_of(&member.item);
            let file = self.refs.province.pinned("item", &item.id);
            let file = file.map_or_else(String::new, |pinned| pinned.file.clone());
            let fields = item.result.entries.iter().flat_map(|entry| &entry.fields);
            for from in fields.filter_map(|field| field.from.as_deref()) {
                let own = from.starts_with("result.") || from.starts_with("case.");
                if !own && !known.contains(from) {
                    self.refs.dangling(&file, "result.entries", "事实", "fact", from);
                }
            }
        }
    }

    fn results(&mut self) {
        for member in &self.one_thing.members {
            let licence =
                self.refs.province.item(&member.item).and_then(|item| item.result.licence.clone());
            let Some(licence) =
                licence.and_then(|id| self.refs.province.licence_type(&id).cloned())
            else {
                continue;
            };
            let known = self.paths_of(&member.item);
            let local = self.refs.province.licence_locals.get(&licence.id).cloned();
            let file = self.refs.province.pinned("licence_type", &licence.id);
            let file = file.map_or_else(String::new, |pinned| pinned.file.clone());
            for (index, field) in licence.fields.iter().enumerate() {
                let from = field.from.as_deref().unwrap_or("");
                if known.contains(from) || from.starts_with("issued.") {
                    continue;
                }
                let (file, path) = match &local {
                    Some(local) => (local, format!("{}.fills.{}", licence.id, field.id)),
                    None => (&file, format!("fields[{index}].from")),
                };
                self.refs.dangling(file, path, "事实", "fact", from);
            }
        }
    }

    /// Answers: `guide.*` and `form.*`.
    pub(super) fn answer_paths(&self) -> BTreeSet<String> {
        let mut out = guide_paths(self.guide);
        out.extend(self.form.fields().map(|field| format!("form.{}", field.id)));
        out
    }

    /// Facts a lookup or prefill may take its value from.
    pub(super) fn all_paths(&self) -> BTreeSet<String> {
        let everything: Vec<&str> =
            self.one_thing.members.iter().map(|member| member.item.as_str()).collect();
        self.paths(&everything, &everything)
    }

    /// Facts an item's rule may look at: answers, the lookups it is listed in, and the licences of
    /// the items before it.
    fn paths_of(&self, item: &str) -> BTreeSet<String> {
        let mut before: Vec<&str> = Vec::new();
        let mut next = vec![item];
        while let Some(id) = next.pop() {
            for member in self.one_thing.members.iter().filter(|member| member.item == id) {
                for after in member.after.iter().map(String::as_str) {
                    if !before.contains(&after) {
                        before.push(after);
                        next.push(after);
                    }
                }
            }
        }
        self.paths(&[item], &before)
    }

    fn paths(&self, readers: &[&str], before: &[&str]) -> BTreeSet<String> {
        let mut out = self.answer_paths();
        out.extend(CASE_FACTS.map(str::to_owned));
        for lookup in self
            .one_thing
            .lookups
            .iter()
            .filter(|lookup| lookup.items.iter().any(|item| readers.contains(&item.as_str())))
        {
            let fields = self
                .refs
                .province
                .contract(&lookup.contract)
                .map(|contract| contract.fields.clone())
                .unwrap_or_default();
            out.extend(fields.into_iter().map(|field| format!("{}.{field}", lookup.id)));
        }
        let licences =
            before.iter().filter_map(|id| self.refs.province.item(id)?.result.licence.as_deref());
        for licence in licences.filter_map(|id| self.refs.province.licence_type(id)) {
            out.insert(format!("licence.{}.identifier", licence.id));
            out.extend(
                licence.fields.iter().map(|field| format!("licence.{}.{}", licence.id, field.id)),
            );
        }
        out
    }
}

fn guide_paths(guide: &Guide) -> BTreeSet<String> {
    guide.questions.iter().map(|question| format!("guide.{}", question.id)).collect()
}
