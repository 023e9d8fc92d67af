//! The files of a bundle, and the one sequence of bytes they are kept as.
//!
//! A diagram alone is kept as it is. With further files the bytes are a line that says so, then
//! for each file, in the order of the names, a line of its name and length and its bytes.
//!
//! Invariants: the same files give the same bytes; what is read back is what was written, byte for
//! byte; every name and size is bounded. Must not know: what the files say.

use flow::process::Finding;
use kernel::{Error, Result, Text};
use pack::definition::Basis;
use pack::procedure::{DIAGRAM, Drawn, TaskForm, Walk};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Decision models of a bundle.
pub const DECISIONS_MAX: usize = 20;
/// Bytes of all files of a bundle.
pub const FILES_BYTES_MAX: usize = 16 << 20;
/// Bytes of the forms.
pub const FORMS_BYTES_MAX: usize = 256 << 10;
/// Examples of a bundle.
pub const EXAMPLES_MAX: usize = 60;
/// Steps of an example.
pub const STEPS_MAX: usize = 300;
/// Longest name of a file.
const NAME_MAX: usize = 80;
/// Forms as they are handed in by hand.
pub(crate) const FORMS_YAML: &str = "forms.yaml";
/// Forms as they come over an interface.
pub(crate) const FORMS_JSON: &str = "forms.json";
/// Examples that are walked before it is deployed.
const EXAMPLES: &str = "examples.json";
/// What a pack says of the procedure.
const ABOUT: &str = "about.json";
/// How a bundle of several files begins; a document begins with `<`.
const HEAD: &[u8] = b"yipan-bundle 1\n";

/// The files of a bundle by name: `procedure.bpmn`, decisions `NAME.dmn`, at most one of `forms.yaml`
/// and `forms.json`, and `examples.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files(BTreeMap<String, Vec<u8>>);

/// What a pack says of a procedure, kept with the version so that it stays what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct About {
    /// Name.
    pub name: Text,
    /// What it is for, and when it is used.
    pub summary: Text,
    /// Legal basis.
    pub basis: Vec<Basis>,
}

impl Files {
    /// A diagram alone.
    pub fn new(diagram: &[u8]) -> Files {
        Files(BTreeMap::from([(DIAGRAM.to_owned(), diagram.to_vec())]))
    }

    /// With one more file, in the place of one of that name.
    pub fn with(mut self, name: &str, bytes: &[u8]) -> Files {
        self.0.insert(name.to_owned(), bytes.to_vec());
        self
    }

    /// Without a file.
    pub fn without(mut self, name: &str) -> Files {
        self.0.remove(name);
        self
    }

    /// With forms. Errors: none for forms that came from JSON or YAML.
    pub fn with_forms(self, forms: &[TaskForm]) -> Result<Files> {
        if forms.is_empty() {
            return Ok(self);
        }
        let text = serde_json::to_vec_pretty(forms).map_err(Error::internal)?;
        Ok(self.with(FORMS_JSON, &text))
    }

    /// With these examples in place of those there are. Errors: none for examples that came from JSON.
    pub fn with_examples(self, examples: &[Walk]) -> Result<Files> {
        if examples.is_empty() {
            return Ok(self.without(EXAMPLES));
        }
        let text = serde_json::to_vec_pretty(examples).map_err(Error::internal)?;
        Ok(self.with(EXAMPLES, &text))
    }

    /// The examples, read. Errors: what is wrong with the file.
    pub(crate) fn examples(&self) -> std::result::Result<Vec<Walk>, Finding> {
        let wrong = |detail: String| {
            Finding::new("process.examples_file", EXAMPLES, Default::default()).detail(detail)
        };
        let Some(bytes) = self.get(EXAMPLES) else { return Ok(Vec::new()) };
        let all: Vec<Walk> = serde_json::from_slice(bytes).map_err(|e| wrong(e.to_string()))?;
        let long = all.iter().any(|one| one.steps.len() > STEPS_MAX);
        if long || all.len() > EXAMPLES_MAX {
            return Err(wrong(format!("{EXAMPLES_MAX} × {STEPS_MAX}")));
        }
        Ok(all)
    }

    /// The files of a procedure of a pack. Errors: none for one that was read from a pack.
    pub fn drawn(drawn: &Drawn) -> Result<Files> {
        let procedure = drawn.procedure;
        let mut files = Files::new(drawn.diagram).with_forms(&procedure.forms)?;
        for (name, bytes) in &drawn.decisions {
            files = files.with(name, bytes);
        }
        let (name, summary) = (procedure.name.clone(), procedure.summary.clone());
        let about = About { name, summary, basis: procedure.basis.clone() };
        let text = serde_json::to_vec_pretty(&about).map_err(Error::internal)?;
        Ok(files.with(ABOUT, &text))
    }

    /// A file by its name.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// Names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The diagram; empty when there is none.
    pub fn diagram(&self) -> &[u8] {
        self.get(DIAGRAM).unwrap_or_default()
    }

    /// Decision models by file name.
    pub fn decisions(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let files = self.0.iter().filter(|(name, _)| name.ends_with(".dmn"));
        files.map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }

    /// The forms, read. Errors: what is wrong with the file, by its name.
    pub(crate) fn forms(&self) -> std::result::Result<Vec<TaskForm>, Finding> {
        let wrong = |name: &str, detail: String| {
            Finding::new("process.forms_file", name, Default::default()).detail(detail)
        };
        if let Some(bytes) = self.get(FORMS_YAML) {
            return serde_norway::from_slice(bytes).map_err(|e| wrong(FORMS_YAML, e.to_string()));
        }
        match self.get(FORMS_JSON) {
            Some(bytes) => {
                serde_json::from_slice(bytes).map_err(|e| wrong(FORMS_JSON, e.to_string()))
            }
            None => Ok(Vec::new()),
        }
    }

    /// What the pack says of it, if it is of a pack.
    pub(super) fn about(&self) -> Option<About> {
        serde_json::from_slice(self.get(ABOUT)?).ok()
    }

    /// What is wrong with names, numbers and sizes.
    pub(super) fn faults(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut fault = |rule, name: &str, detail: String| {
            let name: String = name.chars().take(NAME_MAX).collect();
            found.push(Finding::new(rule, name, Default::default()).detail(detail));
        };
        for (name, bytes) in &self.0 {
            let known = [DIAGRAM, FORMS_YAML, FORMS_JSON, EXAMPLES, ABOUT].contains(&name.as_str());
            if !(known || is_decision(name)) {
                fault("process.file_name", name, name.clone());
            }
            let small = name.starts_with("forms.") || name == EXAMPLES;
            let max = if small { FORMS_BYTES_MAX } else { FILES_BYTES_MAX };
            if bytes.len() > max {
                fault("process.file_size", name, max.to_string());
            }
        }
        if self.get(FORMS_YAML).is_some() && self.get(FORMS_JSON).is_some() {
            fault("process.file_name", FORMS_JSON, FORMS_JSON.to_owned());
        }
        if self.decisions().count() > DECISIONS_MAX {
            fault("process.files_many", DIAGRAM, DECISIONS_MAX.to_string());
        }
        if self.0.values().map(Vec::len).sum::<usize>() > FILES_BYTES_MAX {
            fault("process.file_size", DIAGRAM, FILES_BYTES_MAX.to_string());
        }
        found
    }

    /// The bytes the files are kept as.
    pub fn to_bytes(&self) -> Vec<u8> {
        if let (1, Some(diagram)) = (self.0.len(), self.get(DIAGRAM))
            && !diagram.starts_with(HEAD)
        {
            return diagram.to_vec();
        }
        let mut out = HEAD.to_vec();
        for (name, bytes) in &self.0 {
            out.extend_from_slice(format!("{name} {}\n", bytes.len()).as_bytes());
            out.extend_from_slice(bytes);
            out.push(b'\n');
        }
        out
    }

    /// The files of what [`Files::to_bytes`] wrote. Errors: `internal` for bytes it did not write.
    pub fn from_bytes(bytes: &[u8]) -> Result<Files> {
        let Some(mut rest) = bytes.strip_prefix(HEAD) else { return Ok(Files::new(bytes)) };
        let mut files = BTreeMap::new();
        while !rest.is_empty() {
            let (name, body, after) = next(rest).ok_or_else(|| Error::internal("bundle broken"))?;
            files.insert(name.to_owned(), body.to_vec());
            rest = after;
        }
        Ok(Files(files))
    }
}

/// Name and bytes of the first file, and what follows it.
fn next(bytes: &[u8]) -> Option<(&str, &[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end)?;
    let (name, length) = std::str::from_utf8(line).ok()?.rsplit_once(' ')?;
    let (body, rest) = rest.get(1..)?.split_at_checked(length.parse().ok()?)?;
    Some((name, body, rest.strip_prefix(b"\n")?))
}

/// The name of a decision model's file, of what somebody called it: what cannot stand in an address
/// is replaced.
pub(crate) fn decision_file(name: &str) -> String {
    let stem = name.strip_suffix(".dmn").or(name.strip_suffix(".xml")).unwrap_or(name);
    let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let mut stem: String = stem.chars().map(plain).take(60).collect();
    while stem.len() > NAME_MAX - ".dmn".len() {
        stem.pop();
    }
    format!("{stem}.dmn")
}

/// Whether a name is one of a decision model: it stands in addresses and in the bytes.
fn is_decision(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    name.len() <= NAME_MAX
        && name.strip_suffix(".dmn").is_some_and(|stem| !stem.is_empty() && stem.chars().all(plain))
}
