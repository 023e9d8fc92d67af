//! Checks of the procedures that items are examined and later checked by: they are in the packs, each
//! of their ends proposes or finds something or says that it does not, and what they ask at their
//! beginning they are told; what is checked later was promised.

use super::{Findings, told};
use crate::item::{Examination, Item, LaterCheck, MetBy, Told};
use crate::province::Province;
use flow::process::{Document, Element};
use std::collections::BTreeSet;

/// Elements of a diagram looked at.
const ELEMENTS_MAX: usize = 100_000;

pub(super) fn check(province: &Province, findings: &mut Findings) {
    for item in province.items() {
        let Some(pinned) = province.pinned("item", &item.id) else { continue };
        if let Some(examination) = &item.procedure {
            let mut one = One { province, item, file: &pinned.file, findings, of: "procedure" };
            let said = "grant, refuse, nothing";
            let outcomes = examination.outcomes.keys().collect();
            one.whole(&examination.id, &examination.tells, &outcomes, said);
            one.files(examination);
        }
        if let Some(check) = &item.later_check {
            let mut one = One { province, item, file: &pinned.file, findings, of: "later_check" };
            let outcomes = check.outcomes.keys().collect();
            one.whole(&check.id, &check.tells, &outcomes, "kept, broken, nothing");
            one.promised(check);
        }
    }
}

struct One<'a> {
    province: &'a Province,
    item: &'a Item,
    file: &'a str,
    findings: &'a mut Findings,
    of: &'static str,
}

impl One<'_> {
    fn add(&mut self, path: &str, zh: String, en: String) {
        let path = format!("{}.{path}", self.of);
        self.findings.error(self.file, path, "item.procedure", zh, en);
    }

    /// What is checked later was promised, and the law says by when.
    fn promised(&mut self, check: &LaterCheck) {
        let promised = |id: &String| {
            let material = self.item.material(id);
            material.is_some_and(|one| matches!(one.met_by, MetBy::Commitment { .. }))
        };
        let wrong: Vec<String> =
            check.materials.iter().filter(|id| !promised(id)).cloned().collect();
        for id in wrong {
            let zh = format!("材料 {id} 不是承诺方式的材料，请删去或改为承诺");
            let en =
                format!("the material {id} is not met by a commitment; take it out or make it so");
            self.add("materials", zh, en);
        }
        if check.materials.is_empty() {
            let zh = "没有写明承诺的材料".to_owned();
            self.add("materials", zh, "name the materials that are promised".to_owned());
        }
        if check.limit.basis.is_none() {
            let zh = "核查期限没有依据".to_owned();
            self.add("limit.basis", zh, "the time to check names no article".to_owned());
        }
    }

    /// Files are asked with a form there is, each once, and are such as the item takes.
    fn files(&mut self, examination: &Examination) {
        let Some(drawn) = self.province.procedure(&examination.id) else { return };
        let mut seen = BTreeSet::new();
        for file in &examination.files {
            let upload = self.item.material(&file.material);
            let upload = upload.is_some_and(|one| matches!(one.met_by, MetBy::Upload { .. }));
            let known = drawn.procedure.form(&file.form).is_some();
            if !upload || !known || !seen.insert((&file.form, &file.material)) {
                let (form, material) = (&file.form, &file.material);
                let zh = format!(
                    "随表单 {form} 提交的文件 {material} 不对：表单须是流程的，材料须是本事项上传的，且不重复"
                );
                let en = format!(
                    "the file {material} with the form {form}: name a form of the procedure and a material of the item that is uploaded, each once"
                );
                self.add("files", zh, en);
            }
        }
    }

    fn whole(&mut self, id: &str, tells: &[Told], outcomes: &BTreeSet<&String>, said: &str) {
        let Some(drawn) = self.province.procedure(id) else {
            let zh = format!("没有流程 {id}，请改为配置包 procedures 目录中的流程");
            return self.add(
                "id",
                zh,
                format!("there is no procedure {id}; name one of the packs"),
            );
        };
        let asked = drawn.procedure.form("start").into_iter().flat_map(|form| &form.fields);
        let asked: Vec<_> = asked.collect();
        for (path, zh, en) in told::faults(self.province, self.item, tells, &asked) {
            self.add(path, zh, en);
        }
        // A diagram that cannot be read is refused where it is deployed, with its line.
        let Ok(document) = Document::parse(drawn.diagram) else { return };
        let ends = Ends::of(&document.root, id);
        let told: BTreeSet<&str> = outcomes.iter().map(|end| end.as_str()).collect();
        for end in ends.own.difference(&told) {
            let zh = format!("结束 {end} 没有写明结果（{said}）");
            let en = format!("the end {end} says nothing of: {said}");
            self.add("outcomes", zh, en);
        }
        for end in told.difference(&ends.all) {
            let zh = format!("流程没有结束 {end}，请删去");
            self.add("outcomes", zh, format!("the procedure has no end {end}; take it out"));
        }
    }
}

/// Ends of a process: those it has itself, and those within its parts too.
#[derive(Default)]
struct Ends<'a> {
    own: BTreeSet<&'a str>,
    all: BTreeSet<&'a str>,
}

impl<'a> Ends<'a> {
    fn of(root: &'a Element, process: &str) -> Ends<'a> {
        let mut ends = Ends::default();
        let named = |one: &&Element| one.is("process") && one.get("id") == Some(process);
        let Some(process) = root.elements().find(named) else { return ends };
        let mut rest: Vec<(&Element, bool)> = process.elements().map(|one| (one, true)).collect();
        for _ in 0..ELEMENTS_MAX {
            let Some((element, own)) = rest.pop() else { break };
            if let Some(id) = element.get("id").filter(|_| element.is("endEvent")) {
                ends.all.insert(id);
                if own {
                    ends.own.insert(id);
                }
            }
            rest.extend(element.elements().map(|one| (one, false)));
        }
        ends
    }
}
