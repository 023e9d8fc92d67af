//! REST of the guide.

use super::pages::answers;
use super::walk::{Walk, walk};
use crate::item::ItemShown;
use axum::extract::Path;
use kernel::Text;
use pack::Province;
use schemars::JsonSchema;
use serde::Serialize;
use webkit::{Answer, Call};

/// Where the answers lead.
#[derive(Serialize, JsonSchema)]
pub(super) struct GuideAnswer {
    /// Questions asked so far, the one to ask now last.
    questions: Vec<QuestionShown>,
    /// Id of the question to ask now; absent when all are answered.
    next: Option<String>,
    /// Why it cannot go on, and the way to go; absent when it can.
    stop: Option<Text>,
    /// Items that apply, once all is answered.
    items: Vec<Applies>,
}

/// A question.
#[derive(Serialize, JsonSchema)]
struct QuestionShown {
    id: String,
    text: Text,
    hint: Option<Text>,
    choices: Vec<ChoiceShown>,
    /// The answer given; absent when there is none yet.
    answer: Option<String>,
}

/// A choice.
#[derive(Serialize, JsonSchema)]
struct ChoiceShown {
    value: String,
    label: Text,
}

/// An item that applies.
#[derive(Serialize, JsonSchema)]
struct Applies {
    item: ItemShown,
    optional: bool,
    after: Vec<String>,
}

fn shown(pack: &Province, walk: &Walk<'_>) -> GuideAnswer {
    let question = |one: &&pack::one_thing::Question| QuestionShown {
        id: one.id.clone(),
        text: one.text.clone(),
        hint: one.hint.clone(),
        choices: one
            .choices
            .iter()
            .map(|choice| ChoiceShown { value: choice.value.clone(), label: choice.label.clone() })
            .collect(),
        answer: walk.answers.get(&one.id).cloned(),
    };
    let members = if walk.is_complete() { walk.items() } else { Vec::new() };
    GuideAnswer {
        questions: walk.questions.iter().map(question).collect(),
        next: walk.next.and_then(|n| walk.questions.get(n - 1)).map(|one| one.id.clone()),
        stop: walk.stop.map(|stop| stop.text.clone()),
        items: members
            .into_iter()
            .filter_map(|member| {
                let item = ItemShown::of(pack, pack.item(&member.item)?);
                Some(Applies { item, optional: member.optional, after: member.after.clone() })
            })
            .collect(),
    }
}

/// `GET /api/v1/one-things/{id}/guide`.
pub(super) async fn guide(call: Call, Path(id): Path<String>) -> Answer {
    let pack = &call.web.env.pack;
    let walk = walk(pack, &id, &answers(&call))?;
    call.json(&shown(pack, &walk))
}
