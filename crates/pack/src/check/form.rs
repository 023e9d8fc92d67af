//! The form of a one-thing: nothing asked twice, nothing unused, every field bounded.

use super::one_thing::Whole;
use crate::item::MetBy;
use crate::one_thing::{Field, FieldKind};

impl Whole<'_> {
    pub(super) fn form(&mut self) {
        let file = self.form_file.clone();
        let (answers, known) = (self.answer_paths(), self.all_paths());
        let fields: Vec<(String, &Field)> = self
            .form
            .pages
            .iter()
            .enumerate()
            .flat_map(|(p, page)| {
                page.fields
                    .iter()
                    .enumerate()
                    .map(move |(f, field)| (format!("pages[{p}].fields[{f}]"), field))
            })
            .collect();
        for (index, page) in self.form.pages.iter().enumerate() {
            self.when(&file, format!("pages[{index}].when"), page.when.as_ref(), &answers);
        }
        for (index, (path, field)) in fields.iter().enumerate() {
            let twice = fields[..index].iter().any(|(_, other)| asks_the_same(other, field));
            let guided = self
                .guide
                .questions
                .iter()
                .any(|question| question.text.zh == field.label.zh || question.id == field.id);
            if twice || guided {
                self.add(
                    &file,
                    path.clone(),
                    "form.asked_twice",
                    "同一内容问了两次",
                    "the same thing is asked twice",
                );
            }
            if field.items.is_empty() {
                self.add(
                    &file,
                    format!("{path}.items"),
                    "form.unused",
                    "没有事项需要此项，请删除",
                    "no item needs this field: remove it",
                );
            }
            self.item_list(&file, format!("{path}.items"), &field.items);
            self.when(&file, format!("{path}.when"), field.when.as_ref(), &answers);
            self.sources(&file, &format!("{path}.prefill"), &field.prefill, &known);
            self.shape(&file, path, field);
        }
    }

    fn shape(&mut self, file: &str, path: &str, field: &Field) {
        if !(1..=4).contains(&field.grade) {
            self.add(
                file,
                format!("{path}.grade"),
                "def.grade",
                "敏感级别为 1 至 4",
                "sensitivity is 1 to 4",
            );
        }
        let picks = self.one_thing.picked_by(&field.id).is_some();
        let choices = if picks { field.choices.is_empty() } else { field.choices.len() >= 2 };
        if (field.kind == FieldKind::Choice) != choices {
            self.add(
                file,
                format!("{path}.choices"),
                "form.choices",
                "选择项须有两个以上选项，其他种类不写",
                "a choice has two or more choices, no other kind has any",
            );
        }
        let is_text = matches!(field.kind, FieldKind::Text | FieldKind::Address | FieldKind::Name);
        if is_text && field.length_max.is_none() {
            self.add(
                file,
                format!("{path}.length_max"),
                "form.limit",
                "文本须有长度上限",
                "text needs a greatest length",
            );
        }
        if field.kind == FieldKind::Number && (field.min.is_none() || field.max.is_none()) {
            self.add(
                file,
                format!("{path}.max"),
                "form.limit",
                "数字须有上下限",
                "a number needs a least and a greatest value",
            );
        }
        if !self.carries(field) {
            self.add(
                file,
                format!("{path}.material"),
                "form.material",
                "文件项须对应一项材料；确认项可以对应一项承诺，文字须与承诺一致；其他种类不写",
                "a file field carries a material of an item; a statement may carry one met by a commitment, in the same words; no other field does",
            );
        }
    }

    /// Whether the field names the material it carries, and only if it may carry one.
    fn carries(&self, field: &Field) -> bool {
        let named = field.material.as_deref();
        let material = named.and_then(|name| name.split_once('.')).and_then(|(item, material)| {
            self.refs.province.item(item).and_then(|item| item.material(material))
        });
        match (field.kind, named) {
            (FieldKind::File, _) => material.is_some(),
            (FieldKind::Confirm, Some(_)) => material.is_some_and(
                |one| matches!(&one.met_by, MetBy::Commitment { text } if *text == field.label),
            ),
            (_, named) => named.is_none(),
        }
    }
}

/// Same id, same label, or filled from the same facts.
fn asks_the_same(one: &Field, other: &Field) -> bool {
    one.id == other.id
        || one.label.zh == other.label.zh
        || (!one.prefill.is_empty() && one.prefill == other.prefill)
}
