//! Checks of what an item tells its procedures besides what every case tells: asked by the form
//! `start`, answered by the item's own form, and naming no person.

use crate::item::{Item, PROCEDURE_VARIABLES, Told};
use crate::one_thing::{Field, FieldKind};
use crate::procedure::TaskField;
use crate::province::Province;
use std::collections::BTreeSet;

/// Highest sensitivity of an answer that a procedure is told.
const GRADE_MAX: u8 = 2;

/// A fault: place below the procedure, in Chinese, in English.
pub(super) type Fault = (&'static str, String, String);

/// What is wrong with what the item tells a procedure whose beginning asks `asked`.
pub(super) fn faults(
    province: &Province,
    item: &Item,
    tells: &[Told],
    asked: &[&TaskField],
) -> Vec<Fault> {
    let mut out = Vec::new();
    for field in asked.iter().filter(|field| field.required) {
        let told = PROCEDURE_VARIABLES.contains(&field.id.as_str())
            || tells.iter().any(|told| told.id == field.id);
        if !told {
            let zh = format!(
                "流程开始时必填 {}，而办件不提供；由 tells 从申请表告知、改为选填，或换一个流程",
                field.id
            );
            let en = format!(
                "the procedure needs {} at its beginning, which no case of {} tells; tell it from the form (tells), make it optional or name another",
                field.id, item.id
            );
            out.push(("id", zh, en));
        }
    }
    let mut seen = BTreeSet::new();
    for told in tells {
        let id = told.id.as_str();
        let field = asked.iter().find(|field| field.id == told.id);
        if PROCEDURE_VARIABLES.contains(&id) || !seen.insert(id) || field.is_none() {
            let zh = format!("{id} 不在流程的开始表单中、重复，或办件已经提供，请删去");
            let en = format!(
                "{id} is not asked at the procedure's beginning, told twice, or told by every case: take it out"
            );
            out.push(("tells", zh, en));
            continue;
        }
        let fits = match (&told.from, &told.value) {
            (Some(from), None) => answered(province, item, from),
            (None, Some(value)) => field.is_some_and(|field| offered(field, value)),
            _ => false,
        };
        if !fits {
            let zh = format!(
                "{id} 须取自本事项申请表中必填、不指明个人的一项（form.…），或为开始表单允许的固定值"
            );
            let en = format!(
                "{id} is told from a required field of the item's form (form.…) that names no person, or as a value that the beginning offers"
            );
            out.push(("tells", zh, en));
        }
    }
    out
}

/// Whether every form by which the item is applied for answers it, always and naming no person.
fn answered(province: &Province, item: &Item, from: &str) -> bool {
    let Some(id) = from.strip_prefix("form.") else { return false };
    let holds = |one: &&crate::OneThing| one.members.iter().any(|one| one.item == item.id);
    let mut forms = province.matters().filter(holds).peekable();
    forms.peek().is_some()
        && forms.all(|one| {
            let field = province.form(&one.id).and_then(|form| form.field(id));
            field.is_some_and(|field| field.required && names_nobody(field))
        })
}

fn names_nobody(field: &Field) -> bool {
    let personal = matches!(
        field.kind,
        FieldKind::Name
            | FieldKind::CitizenNumber
            | FieldKind::Mobile
            | FieldKind::BankCard
            | FieldKind::File
    );
    !personal && field.grade <= GRADE_MAX
}

fn offered(field: &TaskField, value: &str) -> bool {
    field.choices.is_empty() || field.choices.iter().any(|choice| choice.value == value)
}
