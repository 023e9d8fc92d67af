//! What the REST interface shows of a draft.

use super::draft::Opened;
use super::journey::{FieldState, Origin, PageState, observed};
use super::model::Dispute;
use super::reach;
use crate::case::Moment;
use kernel::{Result, Text};
use pack::Province;
use pack::one_thing::FieldKind;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

/// A draft with its journey.
#[derive(Serialize, JsonSchema)]
pub struct DraftShown {
    /// Id.
    pub id: String,
    /// What is applied for.
    pub one_thing: String,
    /// Revision: a save names it.
    pub revision: i64,
    /// `online` or `window`.
    pub channel: String,
    /// The caller acts in the applicant's place.
    pub by_agent: bool,
    /// Items that apply and are wanted.
    pub items: Vec<String>,
    /// Pages shown, in order.
    pub pages: Vec<PageShown>,
    /// What is missing before it can be handed in, `<page>` or `<page>.<field>`.
    pub missing: Vec<String>,
    /// When it is removed unless handed in.
    pub expires: Moment,
    /// The case made of it; empty while it is a draft.
    pub case: String,
}

/// A page.
#[derive(Serialize, JsonSchema)]
pub struct PageShown {
    /// Id.
    pub id: String,
    /// Heading.
    pub title: Text,
    /// Nothing is missing.
    pub done: bool,
    /// What registries filled is confirmed; absent when they filled nothing.
    pub confirmed: Option<bool>,
    /// Its fields.
    pub fields: Vec<FieldShown>,
}

/// A field.
#[derive(Serialize, JsonSchema)]
pub struct FieldShown {
    /// Id.
    pub id: String,
    /// Label.
    pub label: Text,
    /// Kind.
    pub kind: FieldKind,
    /// Must be answered.
    pub required: bool,
    /// `asked`, `suggested`, `account` or `registry`.
    pub origin: &'static str,
    /// Value now.
    pub value: Option<Json>,
    /// Agency that answers for the value.
    pub source: Option<Text>,
    /// When its source last saw it to be so.
    pub observed: Option<Moment>,
    /// Values that can be chosen.
    pub choices: Vec<Choice>,
    /// What it was before its source corrected it, until the page is confirmed anew.
    pub corrected_from: Option<Json>,
    /// The objection to it, if any.
    pub objection: Option<Dispute>,
    /// Files attached.
    pub files: Vec<FileShown>,
}

/// A choice.
#[derive(Serialize, JsonSchema)]
pub struct Choice {
    /// Value.
    pub value: String,
    /// Label.
    pub label: Text,
}

/// A file attached.
#[derive(Serialize, JsonSchema)]
pub struct FileShown {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Content type.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// SM3 digest.
    pub digest: String,
}

/// The draft as shown. Errors: `not_found` when the packs no longer have the one-thing.
pub fn shown(pack: &Province, opened: &Opened) -> Result<DraftShown> {
    let draft = &opened.draft;
    let mut out = DraftShown {
        id: draft.id.clone(),
        one_thing: draft.one_thing.clone(),
        revision: draft.revision,
        channel: draft.channel.clone(),
        by_agent: opened.by_agent,
        items: Vec::new(),
        pages: Vec::new(),
        missing: Vec::new(),
        expires: Moment(draft.expires),
        case: draft.case_id.clone(),
    };
    if !draft.case_id.is_empty() {
        return Ok(out);
    }
    let journey = opened.journey(pack)?;
    let counts = opened.counts();
    for page in &journey.pages {
        let before = out.missing.len();
        for field in page.fields.iter().filter(|field| field.is_missing(&draft.content, &counts)) {
            out.missing.push(format!("{}.{}", page.page.id, field.field.id));
        }
        if !page.done && out.missing.len() == before {
            out.missing.push(page.page.id.clone());
        }
        out.pages.push(page_shown(opened, page));
    }
    out.items = journey.items;
    Ok(out)
}

fn page_shown(opened: &Opened, page: &PageState<'_>) -> PageShown {
    let print = page.print();
    let confirmed =
        opened.draft.content.confirmed.get(&page.page.id).is_some_and(|one| one.print == print);
    PageShown {
        id: page.page.id.clone(),
        title: page.page.title.clone(),
        done: page.done,
        confirmed: (!print.is_empty()).then_some(confirmed),
        fields: page.fields.iter().map(|field| field_shown(opened, field)).collect(),
    }
}

fn field_shown(opened: &Opened, state: &FieldState<'_>) -> FieldShown {
    let content = &opened.draft.content;
    let (origin, source) = match &state.origin {
        Origin::Asked => ("asked", None),
        Origin::Suggested => ("suggested", None),
        Origin::Account => ("account", None),
        Origin::Lookup { lookup, .. } => {
            ("registry", content.held.get(lookup).map(|held| held.source.clone()))
        }
    };
    let file = |file: &super::store::FileRow| FileShown {
        id: file.id.clone(),
        name: file.name.clone(),
        media_type: file.media_type.clone(),
        size: file.size,
        digest: file.digest.clone(),
    };
    let field = state.field;
    FieldShown {
        id: field.id.clone(),
        label: field.label.clone(),
        kind: field.kind,
        required: field.required,
        origin,
        value: state.value.as_ref().map(|value| reach::told(opened, state, value)),
        source,
        observed: observed(content, &state.origin).map(Moment),
        choices: state
            .choices
            .iter()
            .map(|choice| Choice { value: choice.value.clone(), label: choice.label.clone() })
            .collect(),
        corrected_from: content
            .corrected
            .get(&field.id)
            .map(|one| reach::told(opened, state, &one.was)),
        objection: content.disputes.get(&field.id).cloned(),
        files: opened.files.iter().filter(|one| one.field == field.id).map(file).collect(),
    }
}
