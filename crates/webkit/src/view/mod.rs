//! Pages: templates, their functions and the sentences they speak.
//!
//! A [`ViewSet`] is one area's templates and sentences; [`Views`] holds all of them and renders
//! `area/path.html` in a language. Invariants: everything printed is escaped unless it was made
//! safe by a function of this crate; a value that is not there is an error, not a blank; no
//! template reaches a database or a clock; a page carries neither inline style nor script.
//! Must not know: any area, HTTP.

pub mod asset;
mod check;
pub mod format;
mod function;
pub mod gallery;
mod lang;
mod page;

#[cfg(test)]
mod tests;

pub use check::Finding;
pub use page::{Demo, Flash, NavGroup, NavLink, PageActor, PageContext, RailGroup, RailLink, Site};

use check::Use;
use include_dir::Dir;
use kernel::error::FieldError;
use kernel::{Error, Lang, Result};
use lang::Sentences;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Templates nest at most this deep (includes, macros, blocks together).
const DEPTH_MAX: usize = 100;

/// The templates and sentences of one crate.
#[derive(Clone, Copy, Debug)]
pub struct ViewSet {
    /// First part of the template names: the crate's name.
    pub name: &'static str,
    /// Its `pages/` folder, built in.
    pub pages: &'static Dir<'static>,
    /// Text of its `lang.yaml`.
    pub lang: &'static str,
}

static PAGES: Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/pages");

/// This crate's own set: layouts, macros, error pages.
pub fn own() -> ViewSet {
    ViewSet { name: "webkit", pages: &PAGES, lang: include_str!("../../lang.yaml") }
}

/// All templates and sentences of an installation.
pub struct Views {
    zh: Environment<'static>,
    en: Environment<'static>,
    sentences: Arc<Sentences>,
    sources: Vec<(String, &'static str)>,
}

impl Views {
    /// Reads and compiles every set; this crate's own set is always among them.
    ///
    /// # Errors
    /// Internal, naming the file: a template that does not parse, a key written twice, two sets of
    /// one name.
    pub fn new(sets: Vec<ViewSet>) -> Result<Views> {
        Views::build(sets, None)
    }

    /// As [`Views::new`], for development: templates are read from `root/crates/NAME/pages` at
    /// each use, so that a change shows at once. Sentences are read once.
    ///
    /// # Errors
    /// As [`Views::new`].
    pub fn develop(sets: Vec<ViewSet>, root: &Path) -> Result<Views> {
        Views::build(sets, Some(root.to_owned()))
    }

    fn build(mut sets: Vec<ViewSet>, root: Option<PathBuf>) -> Result<Views> {
        if !sets.iter().any(|set| set.name == "webkit") {
            sets.insert(0, own());
        }
        let mut sentences = Sentences::default();
        let mut sources = Vec::new();
        for set in &sets {
            sentences.add(set.name, set.lang)?;
            gather(set.name, set.pages, &mut sources)?;
        }
        let sentences = Arc::new(sentences);
        let mut views = Views {
            zh: environment(Lang::Zh, &sentences),
            en: environment(Lang::En, &sentences),
            sentences,
            sources,
        };
        for env in [&mut views.zh, &mut views.en] {
            match &root {
                Some(root) => load_from_disk(env, root.clone()),
                None => {
                    for (name, source) in &views.sources {
                        env.add_template_owned(name.clone(), *source)
                            .map_err(|e| Error::internal(chain(&e)))?;
                    }
                }
            }
        }
        Ok(views.with_site(Site::default()))
    }

    /// Sets what the shell of every page shows.
    pub fn with_site(mut self, site: Site) -> Views {
        self.zh.add_global("site", Value::from(Serde(&site)));
        self.en.add_global("site", Value::from(Serde(&site)));
        self
    }

    /// Renders a page. `ctx` is a struct or map; its fields are the template's variables, beside
    /// `page` and `site`.
    ///
    /// # Errors
    /// Internal, with the chain of causes for the log: unknown template, undefined value, unknown
    /// sentence.
    pub fn render(
        &self,
        name: &str,
        lang: Lang,
        page: PageContext,
        ctx: impl Serialize,
    ) -> Result<String> {
        let page = PageContext { lang, ..page };
        let env = match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        };
        let values = context! { page => Value::from(Serde(&page)), ..Value::from(Serde(&ctx)) };
        env.get_template(name)
            .and_then(|template| template.render(values))
            .map_err(|e| Error::internal(format!("{name}: {}", chain(&e))))
    }

    /// A sentence for Rust code. An unknown key shows itself in brackets: [`Views::check`] exists
    /// so that this is never seen.
    pub fn text(&self, lang: Lang, key: &str, args: &[(&str, String)]) -> String {
        self.sentences.say(lang, key, args).unwrap_or_else(|| format!("⟦{key}⟧"))
    }

    /// A sentence as written, its arguments in braces; none for an unknown key.
    pub fn raw(&self, lang: Lang, key: &str) -> Option<&str> {
        self.sentences.raw(lang, key)
    }

    /// The sentence of an error: `error.<code>`.
    pub fn error_text(&self, lang: Lang, error: &Error) -> String {
        self.text(lang, &format!("error.{}", error.code), &error.args)
    }

    /// The sentence of a field at fault: `error.<code>`.
    pub fn field_text(&self, lang: Lang, field: &FieldError) -> String {
        self.text(lang, &format!("error.{}", field.code), &field.args)
    }

    /// Everything wrong with the sentences. `code_keys` are the keys Rust code uses; one that ends
    /// in `.` stands for all keys with that prefix.
    pub fn check(&self, code_keys: &[&str]) -> Vec<Finding> {
        let mut used: Vec<(String, Use)> = code_keys
            .iter()
            .map(|key| {
                let one = match key.ends_with('.') {
                    true => Use::Prefix((*key).to_owned()),
                    false => Use::Key((*key).to_owned()),
                };
                ("code".to_owned(), one)
            })
            .collect();
        for (name, source) in &self.sources {
            used.extend(check::uses(source).into_iter().map(|one| (name.clone(), one)));
        }
        check::check(&self.sentences, &used)
    }

    /// Keys of all sentences.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.sentences.iter().map(|(key, _)| key.as_str())
    }

    /// Names of all templates.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(|(name, _)| name.as_str())
    }
}

fn environment(lang: Lang, sentences: &Arc<Sentences>) -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| AutoEscape::Html);
    env.set_recursion_limit(DEPTH_MAX);
    // An absent optional field prints as nothing; only what was never given is an error. Text is
    // escaped here, so that addresses keep their slashes, which the engine's own escape does not.
    env.set_formatter(|out, state, value| match value.as_str() {
        _ if value.is_none() => Ok(()),
        Some(text) if !value.is_safe() => escape(out, text).map_err(minijinja::Error::from),
        _ => minijinja::escape_formatter(out, state, value),
    });
    env.set_debug(false);
    function::register(&mut env, lang, sentences);
    env
}

/// Writes text so that it can end neither an element nor a quoted attribute.
fn escape(out: &mut minijinja::Output<'_>, text: &str) -> std::fmt::Result {
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let safe = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => continue,
        };
        out.write_str(&text[from..at])?;
        out.write_str(safe)?;
        from = at + 1;
    }
    out.write_str(&text[from..])
}

fn load_from_disk(env: &mut Environment<'static>, root: PathBuf) {
    let areas = root.join("crates");
    env.set_loader(move |name| {
        let Some((area, rest)) = name.split_once('/') else { return Ok(None) };
        if area.contains('.') || area.contains('\\') {
            return Ok(None);
        }
        minijinja::path_loader(areas.join(area).join("pages"))(rest)
    });
}

/// Collects `name/path.html` with its text from a folder and all below it.
fn gather(
    name: &str,
    folder: &'static Dir<'static>,
    out: &mut Vec<(String, &'static str)>,
) -> Result<()> {
    for file in folder.files() {
        let path = file.path().to_string_lossy().into_owned();
        if !path.ends_with(".html") {
            continue;
        }
        let full = format!("{name}/{path}");
        let text =
            file.contents_utf8().ok_or_else(|| Error::internal(format!("{full} is not UTF-8")))?;
        if out.iter().any(|(known, _)| *known == full) {
            return Err(Error::internal(format!("template {full} twice")));
        }
        out.push((full, text));
    }
    for sub in folder.dirs() {
        gather(name, sub, out)?;
    }
    Ok(())
}

/// An error of the template engine with its causes, for the log.
fn chain(error: &minijinja::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
