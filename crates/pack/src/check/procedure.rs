//! Checks of procedures: the files are there, forms ask each thing once, examples say one thing per
//! step. Whether the diagram is sound is proved by who deploys it.

use super::Findings;
use crate::procedure::{Procedure, TaskFieldKind, TaskForm, WalkStep};
use crate::province::Province;
use std::collections::BTreeSet;

pub(super) fn check(province: &Province, findings: &mut Findings) {
    for (id, procedure) in &province.procedures {
        let Some(pinned) = province.pinned("procedure", id) else { continue };
        let mut check = Check { file: &pinned.file, findings };
        check.whole(province, procedure);
        check.forms(procedure);
        check.examples(procedure);
    }
    for id in province.drawings.keys().filter(|id| !province.procedures.contains_key(*id)) {
        findings.error(
            &format!("procedures/{id}"),
            "",
            "procedure.undescribed",
            "缺少 procedure.yaml",
            "procedure.yaml is missing",
        );
    }
}

struct Check<'a> {
    file: &'a str,
    findings: &'a mut Findings,
}

impl Check<'_> {
    fn error(&mut self, path: String, code: &'static str, zh: &str, en: &str) {
        self.findings.error(self.file, path, code, zh, en);
    }

    fn whole(&mut self, province: &Province, procedure: &Procedure) {
        if province.procedure(&procedure.id).is_none() {
            let (zh, en) = ("缺少 procedure.bpmn", "procedure.bpmn is missing");
            self.error(String::new(), "procedure.undrawn", zh, en);
        }
    }

    fn forms(&mut self, procedure: &Procedure) {
        let mut seen = BTreeSet::new();
        for (at, form) in procedure.forms.iter().enumerate() {
            if !seen.insert(&form.id) {
                let (zh, en) = ("表单编号重复", "the id of the form is used twice");
                self.error(format!("forms[{at}].id"), "def.duplicate", zh, en);
            }
            self.fields(at, form);
        }
    }

    fn fields(&mut self, form_at: usize, form: &TaskForm) {
        let mut seen = BTreeSet::new();
        for (at, field) in form.fields.iter().enumerate() {
            let path = format!("forms[{form_at}].fields[{at}]");
            if !seen.insert(&field.id) {
                let (zh, en) = ("字段编号重复", "the id of the field is used twice");
                self.error(format!("{path}.id"), "def.duplicate", zh, en);
            }
            if !is_variable(&field.id) {
                let zh = "字段编号是变量名：字母开头，由字母、数字和下划线组成";
                let en = "the id of a field is the name of a variable: letters, digits and underscores, a letter first";
                self.error(format!("{path}.id"), "procedure.variable", zh, en);
            }
            let chosen = matches!(field.kind, TaskFieldKind::Choice | TaskFieldKind::Choices);
            if chosen == field.choices.is_empty() {
                let zh = "选项字段须有选项，其他字段不得有";
                let en = "a field of choices has choices, and no other field does";
                self.error(format!("{path}.choices"), "procedure.choices", zh, en);
            }
        }
    }

    fn examples(&mut self, procedure: &Procedure) {
        if procedure.examples.is_empty() {
            let (zh, en) = ("至少要有一个示例", "there must be an example");
            self.error("examples".to_owned(), "procedure.examples", zh, en);
        }
        let mut seen = BTreeSet::new();
        for (at, example) in procedure.examples.iter().enumerate() {
            if !seen.insert(&example.id) {
                let (zh, en) = ("示例编号重复", "the id of the example is used twice");
                self.error(format!("examples[{at}].id"), "def.duplicate", zh, en);
            }
            for (step_at, step) in example.steps.iter().enumerate() {
                if count(step) != 1 {
                    let zh =
                        "每一步只能写明 task、timer、message、signal、job、activity、finish 之一";
                    let en = "a step says exactly one of task, timer, message, signal, job, activity and finish";
                    let path = format!("examples[{at}].steps[{step_at}]");
                    self.error(path, "procedure.step", zh, en);
                }
            }
        }
    }
}

fn count(step: &WalkStep) -> usize {
    let said = [
        &step.task,
        &step.timer,
        &step.message,
        &step.signal,
        &step.job,
        &step.activity,
        &step.finish,
    ];
    said.iter().filter(|word| !word.is_empty()).count()
}

/// Whether FEEL reads the text as one plain name.
fn is_variable(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
