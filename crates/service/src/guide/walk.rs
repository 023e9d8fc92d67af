//! Walking the guide: a pure function of definition and answers.

use kernel::{Error, Lang, Result};
use pack::Province;
use pack::one_thing::{Guide, Member, OneThing, Question, Stop};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Characters told of a question or value that the guide does not have.
const NAME_MAX: usize = 60;

/// Answers by question.
pub type Answers = BTreeMap<String, String>;

/// Where somebody stands in the guide.
pub struct Walk<'a> {
    /// The thing done once.
    pub one_thing: &'a OneThing,
    /// Questions asked, in order; the last may be unanswered.
    pub questions: Vec<&'a Question>,
    /// Answers that count.
    pub answers: Answers,
    /// The question to ask now, counted from 1; none when all are answered.
    pub next: Option<usize>,
    /// The stop that ends the guide.
    pub stop: Option<&'a Stop>,
}

/// Walks as far as the answers reach. Errors: `not_found` for a thing there is not.
pub fn walk<'a>(pack: &'a Province, one_thing: &str, given: &Answers) -> Result<Walk<'a>> {
    let one_thing = pack.one_thing(one_thing).ok_or_else(Error::not_found)?;
    let guide = pack.guide(&one_thing.id).ok_or_else(Error::not_found)?;
    Ok(go(one_thing, guide, given))
}

fn go<'a>(one_thing: &'a OneThing, guide: &'a Guide, given: &Answers) -> Walk<'a> {
    let mut walk =
        Walk { one_thing, questions: Vec::new(), answers: Answers::new(), next: None, stop: None };
    for question in &guide.questions {
        let asked = question
            .when
            .as_ref()
            .is_none_or(|when| rules::eval(when, &|path| fact(&walk.answers, path)));
        if !asked {
            continue;
        }
        walk.questions.push(question);
        let answer = given
            .get(&question.id)
            .filter(|value| question.choices.iter().any(|one| one.value == **value));
        let Some(answer) = answer else {
            walk.next = Some(walk.questions.len());
            return walk;
        };
        walk.answers.insert(question.id.clone(), answer.clone());
        let stops = |stop: &&Stop| rules::eval(&stop.when, &|path| fact(&walk.answers, path));
        walk.stop = guide.stops.iter().find(stops);
        if walk.stop.is_some() {
            return walk;
        }
    }
    walk
}

/// The answer a condition asks for, `guide.<question>`.
pub(crate) fn fact(answers: &Answers, path: &str) -> Option<Json> {
    let id = path.strip_prefix("guide.")?;
    answers.get(id).map(|value| Json::from(value.as_str()))
}

impl<'a> Walk<'a> {
    /// True when every question is answered and none stops.
    pub fn is_complete(&self) -> bool {
        self.next.is_none() && self.stop.is_none()
    }

    /// Refuses answers on which the guide does not go to its end: `draft.guide` at `guide.<question>`,
    /// with the question not answered, the value it does not offer, the question there is not, or why
    /// it stops.
    pub fn demand_complete(&self, given: &Answers, guide: &Guide, lang: Lang) -> Result<()> {
        let mut faults = Error::invalid("draft.guide");
        for id in given.keys().filter(|id| !guide.questions.iter().any(|one| one.id == **id)) {
            let id: String = id.chars().take(NAME_MAX).collect();
            let args = vec![("question", id.clone())];
            faults = faults.field_with(format!("guide.{id}"), "draft.guide_unknown", args);
        }
        let last = self.questions.last();
        match (last, self.stop) {
            (Some(question), Some(stop)) => {
                let args = vec![("reason", stop.text.get(lang).to_owned())];
                let field = format!("guide.{}", question.id);
                faults = faults.field_with(field, "draft.guide_stop", args);
            }
            (Some(question), None) if self.next.is_some() => {
                let choices: Vec<&str> =
                    question.choices.iter().map(|one| one.value.as_str()).collect();
                let mut args = vec![("choices", choices.join(", "))];
                let code = match given.get(&question.id) {
                    Some(value) => {
                        args.push(("value", value.chars().take(NAME_MAX).collect()));
                        "draft.guide_value"
                    }
                    None => "draft.guide_missing",
                };
                faults = faults.field_with(format!("guide.{}", question.id), code, args);
            }
            _ => {}
        }
        faults.if_any_field()
    }

    /// Items that apply, in order, the optional ones included.
    pub fn items(&self) -> Vec<&'a Member> {
        self.one_thing.items_for(&|path| fact(&self.answers, path))
    }

    /// The answers as a query string: `married=yes&…`, without a question mark.
    pub fn query(&self) -> String {
        let pair =
            |(id, value): (&String, &String)| format!("{id}={}", webkit::form::encode(value));
        self.answers.iter().map(pair).collect::<Vec<_>>().join("&")
    }
}
