//! A province: every definition of its packs, read once, never changed, looked up by id.
//!
//! Invariants: every reference resolves; the same packs give the same digests.
//! Must not know: databases, cases, pages.

use crate::agency::{Agency, AgencyKind, English, Hall, fill, find};
use crate::archive::Archives;
use crate::catalogue::{Catalogue, ItemsReport, Published, implementation};
use crate::check::{Severity, prove};
use crate::definition::Level;
use crate::division::{Division, Divisions};
use crate::files::{Embedded, Files, folder};
use crate::item::Item;
use crate::law::Laws;
use crate::licence::{LicenceField, LicenceType};
use crate::one_thing::{Examples, Form, Guide, OneThing};
use crate::procedure::{DIAGRAM, Drawn, Procedure};
use crate::registry::{Contract, Registry};
use crate::standard::{Manifest, Message, Permission, Ratings, Reason, ReasonFor, Role, Target};
use crate::synthetic::Synthetic;
use kernel::calendar::Calendar;
use kernel::{Error, Result, Text};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// A definition's version, for a case to pin.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Pinned {
    /// Kind: `item`, `one_thing`, `form`, `guide`, `registry`, `contract`, `licence_type` …
    pub kind: &'static str,
    /// Id within the kind.
    pub id: String,
    /// Version.
    pub version: u32,
    /// SM3 over its canonical JSON.
    pub digest: String,
    /// File it was read from.
    pub file: String,
    /// Its canonical value, for translation checks and for the pack browser.
    #[serde(skip)]
    pub(crate) value: Value,
}

/// Everything the packs of a province define.
#[derive(Clone, Debug, Default)]
pub struct Province {
    pub(crate) manifests: BTreeMap<String, Manifest>,
    pub(crate) id: String,
    pub(crate) divisions: Divisions,
    pub(crate) english: English,
    pub(crate) calendar: Option<Calendar>,
    pub(crate) kinds: BTreeMap<String, AgencyKind>,
    pub(crate) halls: Vec<Hall>,
    pub(crate) catalogue: Catalogue,
    pub(crate) items: BTreeMap<String, Item>,
    pub(crate) one_things: BTreeMap<String, OneThing>,
    pub(crate) guides: BTreeMap<String, Guide>,
    pub(crate) forms: BTreeMap<String, Form>,
    pub(crate) examples: BTreeMap<String, Examples>,
    pub(crate) registries: BTreeMap<String, Registry>,
    pub(crate) contracts: BTreeMap<String, Contract>,
    pub(crate) licence_types: BTreeMap<String, LicenceType>,
    /// Files in which a province adds to a national licence type, by type.
    pub(crate) licence_locals: BTreeMap<String, String>,
    pub(crate) permissions: Vec<Permission>,
    pub(crate) roles: BTreeMap<String, Role>,
    pub(crate) messages: BTreeMap<String, Message>,
    pub(crate) reasons: BTreeMap<String, Reason>,
    pub(crate) targets: Vec<Target>,
    pub(crate) ratings: Option<Ratings>,
    pub(crate) archives: Option<Archives>,
    pub(crate) synthetic: Synthetic,
    pub(crate) layouts: BTreeMap<String, Vec<u8>>,
    pub(crate) procedures: BTreeMap<String, Procedure>,
    /// Diagrams and decisions by procedure and file name.
    pub(crate) drawings: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    pub(crate) tables: BTreeMap<String, Vec<u8>>,
    pub(crate) pinned: Vec<Pinned>,
    pub(crate) digest: String,
    /// Gathered when they are first asked for.
    laws: OnceLock<Laws>,
}

impl Province {
    /// The laws that its definitions cite.
    pub fn laws(&self) -> &Laws {
        self.laws.get_or_init(|| Laws::of(self))
    }

    /// Reads, proves and opens a set of packs.
    ///
    /// Errors: `pack.faulty` with the first fault's `file`, `path`, `code`, `zh`, `en` and the
    /// `count` of all; [`crate::check`] lists every one.
    pub fn load(files: &dyn Files) -> Result<Province> {
        let (province, findings) = prove(files);
        let mut errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
        match errors.next() {
            None => Ok(province),
            Some(first) => Err(Error::invalid("pack.faulty")
                .arg("file", &first.file)
                .arg("path", &first.path)
                .arg("code", first.code)
                .arg("zh", &first.message.zh)
                .arg("en", &first.message.en)
                .arg("count", 1 + errors.count())),
        }
    }

    /// Opens a folder of packs, or one pack with those it depends on. Errors: those of
    /// [`folder`] and [`Province::load`].
    pub fn load_dir(path: &Path) -> Result<Province> {
        Province::load(&folder(path)?)
    }

    /// The province built into the program, read once. Errors: those of [`Province::load`], which
    /// the project's tests rule out.
    pub fn embedded() -> Result<Arc<Province>> {
        static PROVINCE: OnceLock<Result<Arc<Province>>> = OnceLock::new();
        PROVINCE.get_or_init(|| Province::load(&Embedded).map(Arc::new)).clone()
    }

    /// Id of the province's pack: `henan`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Name of the province's pack.
    pub fn name(&self) -> Text {
        self.manifests.get(&self.id).map(|pack| pack.name.clone()).unwrap_or_default()
    }

    /// The packs, by id.
    pub fn manifests(&self) -> impl Iterator<Item = &Manifest> {
        self.manifests.values()
    }

    /// SM3 over all definitions, for "which packs is this?".
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Every definition's version, by kind and id.
    pub fn versions(&self) -> &[Pinned] {
        &self.pinned
    }

    /// The version of one definition.
    pub fn pinned(&self, kind: &str, id: &str) -> Option<&Pinned> {
        self.pinned.iter().find(|pinned| pinned.kind == kind && pinned.id == id)
    }

    /// The definition's canonical value, to store with what pins it.
    pub fn source(&self, kind: &str, id: &str) -> Option<&Value> {
        self.pinned(kind, id).map(|pinned| &pinned.value)
    }

    /// The State Council's working calendar.
    /// Errors: `internal`, never for a loaded province.
    pub fn calendar(&self) -> Result<&Calendar> {
        self.calendar.as_ref().ok_or_else(|| Error::internal("province without a calendar"))
    }

    /// The tree of divisions.
    pub fn divisions(&self) -> &Divisions {
        &self.divisions
    }

    /// A division by its code.
    pub fn division(&self, code: &str) -> Option<Division<'_>> {
        self.divisions.find(code)
    }

    /// A division's name in both languages; English down to the county, Chinese below.
    pub fn division_name(&self, division: Division<'_>) -> Text {
        Text::new(division.name(), self.english.name(division))
    }

    /// The kinds of agencies, by id.
    pub fn agency_kinds(&self) -> impl Iterator<Item = &AgencyKind> {
        self.kinds.values()
    }

    /// A kind of agency.
    pub fn agency_kind(&self, id: &str) -> Option<&AgencyKind> {
        self.kinds.get(id)
    }

    /// An agency by its id, `<kind>-<six digits>`.
    pub fn agency(&self, id: &str) -> Option<Agency> {
        find(&self.kinds, &self.divisions, &self.english, id)
    }

    /// Every agency of a division, by kind.
    pub fn agencies_in(&self, division: Division<'_>) -> Vec<Agency> {
        self.kinds.values().filter_map(|kind| kind.in_division(division, &self.english)).collect()
    }

    /// The agency of a kind and level that is competent for a place: that of the division of the
    /// level the place lies in, else of the nearest division above that has one.
    pub fn competent(&self, kind: &str, level: Level, place: Division<'_>) -> Option<Agency> {
        let kind = self.kinds.get(kind)?;
        let mut here = place.ancestor(level).or(Some(place));
        while let Some(division) = here {
            if let Some(agency) = kind.in_division(division, &self.english) {
                return Some(agency);
            }
            // A county directly under the province has no city above it: its own agency acts.
            let below = place.ancestor(Level::County).filter(|_| division.is_pseudo());
            if let Some(agency) = below.and_then(|county| kind.in_division(county, &self.english)) {
                return Some(agency);
            }
            here = division.parent();
        }
        None
    }

    /// The hall of a division, with its opening hours.
    pub fn hall(&self, division: Division<'_>) -> Option<Hall> {
        let hall = self.halls.iter().find(|hall| hall.level == division.level())?;
        Some(Hall { name: fill(&hall.name, division, &self.english), ..hall.clone() })
    }

    /// The items handled online, by id.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.values()
    }

    /// An item handled online.
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.get(id)
    }

    /// Implementation code (31 characters) of an item at an agency. Errors: those of
    /// [`implementation`].
    pub fn item_code(&self, item: &Item, agency: &Agency) -> Result<String> {
        implementation(&item.basic_code, agency)
    }

    /// Every published item, those set aside included.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// A published item by its row.
    pub fn published(&self, row: u32) -> Option<&Published> {
        self.catalogue.items.get(row.checked_sub(1)? as usize)
    }

    /// How the published list's codes fared.
    pub fn items_report(&self) -> &ItemsReport {
        &self.catalogue.report
    }

    /// The one-things composed of items, by id.
    pub fn one_things(&self) -> impl Iterator<Item = &OneThing> {
        let alone = |id: &String| self.items.get(id).is_some_and(|item| item.application.is_some());
        self.one_things.values().filter(move |one| !alone(&one.id))
    }

    /// Whatever can be applied for, by id: the one-things, and those of single items.
    pub fn matters(&self) -> impl Iterator<Item = &OneThing> {
        self.one_things.values()
    }

    /// A one-thing, or that of an item applied for alone, under the item's id.
    pub fn one_thing(&self, id: &str) -> Option<&OneThing> {
        self.one_things.get(id)
    }

    /// The guide of a one-thing.
    pub fn guide(&self, one_thing: &str) -> Option<&Guide> {
        self.guides.get(one_thing)
    }

    /// The form of a one-thing.
    pub fn form(&self, one_thing: &str) -> Option<&Form> {
        self.forms.get(one_thing)
    }

    /// The worked examples of a one-thing.
    pub fn examples(&self, one_thing: &str) -> Option<&Examples> {
        self.examples.get(one_thing)
    }

    /// The registries, by id.
    pub fn registries(&self) -> impl Iterator<Item = &Registry> {
        self.registries.values()
    }

    /// A registry.
    pub fn registry(&self, id: &str) -> Option<&Registry> {
        self.registries.get(id)
    }

    /// The share contracts, by id.
    pub fn contracts(&self) -> impl Iterator<Item = &Contract> {
        self.contracts.values()
    }

    /// A share contract.
    pub fn contract(&self, id: &str) -> Option<&Contract> {
        self.contracts.get(id)
    }

    /// The licence types, by id.
    pub fn licence_types(&self) -> impl Iterator<Item = &LicenceType> {
        self.licence_types.values()
    }

    /// A licence type.
    pub fn licence_type(&self, id: &str) -> Option<&LicenceType> {
        self.licence_types.get(id)
    }

    /// The licence types with a field that answers the fact, with that field, by type.
    pub fn licences_proving<'a>(
        &'a self,
        fact: &'a str,
    ) -> impl Iterator<Item = (&'a LicenceType, &'a LicenceField)> {
        self.licence_types.values().filter_map(move |kind| Some((kind, kind.proving(fact)?)))
    }

    /// A layout (typst) by name, `licence` for `layouts/licence.typ`; the province's own before
    /// the standard one.
    pub fn layout(&self, name: &str) -> Option<&str> {
        self.layouts.get(name).and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// A table of the register of systems, `systems` for `register/systems.csv`, as CSV.
    pub fn register_table(&self, name: &str) -> Option<&[u8]> {
        self.tables.get(name).map(Vec::as_slice)
    }

    /// The procedures with their diagrams and decisions, by id.
    pub fn procedures(&self) -> impl Iterator<Item = Drawn<'_>> {
        self.procedures.keys().filter_map(|id| self.procedure(id))
    }

    /// A procedure with its diagram and decisions.
    pub fn procedure(&self, id: &str) -> Option<Drawn<'_>> {
        let procedure = self.procedures.get(id)?;
        let files = self.drawings.get(id)?;
        let is_decision = |name: &&String| name.ends_with(".dmn");
        let decisions = files.keys().filter(is_decision);
        let decisions =
            decisions.filter_map(|name| Some((name.as_str(), files.get(name)?.as_slice())));
        Some(Drawn { procedure, diagram: files.get(DIAGRAM)?, decisions: decisions.collect() })
    }

    /// The roles, by id.
    pub fn roles(&self) -> impl Iterator<Item = &Role> {
        self.roles.values()
    }

    /// A role.
    pub fn role(&self, id: &str) -> Option<&Role> {
        self.roles.get(id)
    }

    /// Permissions a role grants; none for a role there is not.
    pub fn role_permissions(&self, role: &str) -> &[String] {
        self.roles.get(role).map_or(&[], |role| &role.permissions)
    }

    /// Permissions of several roles together.
    pub fn permissions_of<'a>(
        &'a self,
        roles: impl IntoIterator<Item = &'a str>,
    ) -> BTreeSet<&'a str> {
        roles.into_iter().flat_map(|role| self.role_permissions(role)).map(String::as_str).collect()
    }

    /// Every permission there is.
    pub fn permissions(&self) -> &[Permission] {
        &self.permissions
    }

    /// A message template by its event.
    pub fn message(&self, event: &str) -> Option<&Message> {
        self.messages.get(event)
    }

    /// Every message template, by event.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.values()
    }

    /// The coded reasons of an act.
    pub fn reasons(&self, act: ReasonFor) -> impl Iterator<Item = &Reason> {
        self.reasons.values().filter(move |reason| reason.act == act)
    }

    /// A coded reason.
    pub fn reason(&self, id: &str) -> Option<&Reason> {
        self.reasons.get(id)
    }

    /// The plans' targets, by number.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The rating scale. Errors: `internal`, never for a loaded province.
    pub fn ratings(&self) -> Result<&Ratings> {
        self.ratings.as_ref().ok_or_else(|| Error::internal("province without a rating scale"))
    }

    /// How archived folders are kept. Errors: `internal`, never for a loaded province.
    pub fn archives(&self) -> Result<&Archives> {
        self.archives.as_ref().ok_or_else(|| Error::internal("province without rules of archiving"))
    }

    /// Names for the demonstration's people and places.
    pub fn synthetic(&self) -> &Synthetic {
        &self.synthetic
    }
}
