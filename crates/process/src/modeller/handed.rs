//! The files of a draft as its pages show them and hand them in: typed into text areas, or sent.
//!
//! Invariants
//! - What nobody changed comes back byte for byte, whatever a browser makes of line ends.
//! - What a text area cannot hold unharmed is not put into one.
//!
//! Must not know: what the files say.

use crate::bundle::{FORMS_JSON, FORMS_YAML, Files, decision_file};
use kernel::Result;
use pack::procedure::{DIAGRAM, TaskForm, Walk};
use std::collections::BTreeMap;
use webkit::Form;

/// A file as the text area shows it; `None` for one that must be changed as a file.
pub(super) fn text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    (!text.chars().any(webkit::form::forbidden)).then(|| text.replace("\r\n", "\n"))
}

/// The forms as they were handed in; empty when there are none.
pub(super) fn forms(files: &Files) -> &[u8] {
    files.get(FORMS_YAML).or(files.get(FORMS_JSON)).unwrap_or_default()
}

/// What a form hands in over what there is: a file before a text.
pub(super) fn over(form: &Form, files: Files) -> Files {
    let diagram = one(form, ("document", "diagram"), files.diagram());
    let forms = one(form, ("forms_file", "forms"), forms(&files));
    let files = match diagram {
        Some(bytes) => files.with(DIAGRAM, &bytes),
        None => files,
    };
    let Some(forms) = forms else { return files };
    let files = files.without(FORMS_YAML).without(FORMS_JSON);
    match forms.trim_ascii_start().first() {
        None => files,
        Some(b'[') => files.with(FORMS_JSON, &forms),
        Some(_) => files.with(FORMS_YAML, &forms),
    }
}

/// Decisions, forms and examples of an interface in place of those there are; what is absent stays.
/// Errors: none for what was read.
pub(super) fn parts(
    files: Files,
    decisions: Option<&BTreeMap<String, String>>,
    forms: Option<&[TaskForm]>,
    examples: Option<&[Walk]>,
) -> Result<Files> {
    let mut files = files;
    if let Some(decisions) = decisions {
        let old: Vec<String> = files.decisions().map(|(name, _)| name.to_owned()).collect();
        files = old.iter().fold(files, |files, name| files.without(name));
        for (name, dmn) in decisions {
            files = files.with(&decision_file(name), dmn.as_bytes());
        }
    }
    if let Some(forms) = forms {
        files = files.without(FORMS_YAML).without(FORMS_JSON).with_forms(forms)?;
    }
    match examples {
        Some(examples) => files.with_examples(examples),
        None => Ok(files),
    }
}

/// The text of a file as its area shows it: what a refused form handed in, else what there is.
pub(super) fn shown(
    form: Option<&Form>,
    (sent, typed): (&str, &str),
    kept: &[u8],
) -> Option<String> {
    let Some(form) = form else { return text(kept) };
    if let Some(file) = form.file(sent).filter(|file| !file.content.is_empty()) {
        return text(&file.content);
    }
    let typed = form.pairs().find(|(name, _)| *name == typed);
    typed.map(|(_, typed)| typed.to_owned()).or(text(kept))
}

/// A file of a form, sent or typed, when it is not what there is.
pub(super) fn one(form: &Form, (sent, typed): (&str, &str), kept: &[u8]) -> Option<Vec<u8>> {
    if let Some(file) = form.file(sent).filter(|file| !file.content.is_empty()) {
        return Some(file.content.clone());
    }
    let (_, typed) = form.pairs().find(|(name, _)| *name == typed)?;
    let typed = typed.replace("\r\n", "\n");
    if text(kept).is_some_and(|kept| kept.trim() == typed) {
        return None;
    }
    let end = if typed.is_empty() { "" } else { "\n" };
    Some((typed + end).into_bytes())
}
