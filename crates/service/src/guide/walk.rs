//! Walking the guide: a pure function of definition and answers.

use kernel::{Error, Result};
use pack::Province;
use pack::one_thing::{Guide, Member, OneThing, Question, Stop};
use serde_json::Value as Json;
use std::collections::BTreeMap;

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
