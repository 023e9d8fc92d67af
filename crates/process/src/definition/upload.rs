//! The files of a bundle as a page or an interface hands them in.
//!
//! Must not know: what the files say.

use super::api::Document;
use crate::bundle::{Files, decision_file};
use flow::process::{Finding, refusal};
use kernel::Result;
use webkit::Form;

/// The files of a form: `document`, any number of `decisions`, `forms`. Errors: `process.model`
/// when two files have one name.
pub(super) fn of_form(form: &Form) -> Result<Files> {
    let diagram = form.file("document").map(|file| file.content.as_slice()).unwrap_or_default();
    let mut files = Files::new(diagram);
    for upload in &form.files {
        let name = match upload.field.as_str() {
            "decisions" => decision_file(&upload.name),
            "forms" if upload.name.ends_with(".json") => "forms.json".to_owned(),
            "forms" => "forms.yaml".to_owned(),
            _ => continue,
        };
        if files.get(&name).is_some() {
            let finding = Finding::new("process.file_twice", name.as_str(), Default::default());
            return Err(refusal(&[finding.detail(&name)]));
        }
        files = files.with(&name, &upload.content);
    }
    Ok(files)
}

/// The files of a body of the interface. Errors: none for one that was read.
pub(super) fn of_body(body: &Document) -> Result<Files> {
    let diagram = if body.diagram.is_empty() { &body.xml } else { &body.diagram };
    let mut files = Files::new(diagram.as_bytes()).with_forms(&body.forms)?;
    for (name, xml) in &body.decisions {
        let name = if name.ends_with(".dmn") { name.clone() } else { format!("{name}.dmn") };
        files = files.with(&name, xml.as_bytes());
    }
    Ok(files)
}

/// The media type of a file of a bundle.
pub(super) fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("json") => "application/json",
        Some("yaml") => "application/yaml",
        _ => "application/xml",
    }
}
