//! Reads the files of packs into a province, reporting every fault it meets on the way.
//!
//! Invariants: a file is of exactly one kind, told by its path; an unknown file or field is a
//! fault; what cannot be read is left out, so that the rest is still checked.
//! Must not know: whether the whole makes sense, which is the checker's.

mod tables;

use crate::agency::Agencies;
use crate::archive::Archives;
use crate::catalogue::Rehome;
use crate::check::Findings;
use crate::definition::{Definition, is_id};
use crate::files::{FILE_BYTES_MAX, Files};
use crate::item::Item;
use crate::licence::{LicenceType, LocalLicences};
use crate::one_thing::{Examples, Form, Guide, OneThing};
use crate::procedure::{DIAGRAM, Procedure};
use crate::province::{Pinned, Province};
use crate::registry::{Contracts, Registry};
use crate::standard::{FORMAT, Manifest, Messages, Ratings, Reasons, Roles, Targets};
use crate::synthetic::Synthetic;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// Bytes one YAML file may have.
const YAML_BYTES_MAX: usize = 1024 * 1024;

/// Reads every pack. Packs are read in the order of their dependencies, so that a province's
/// layouts come after, and replace, the standard ones.
pub(crate) fn read(files: &dyn Files, findings: &mut Findings) -> Province {
    let mut reader = Reader {
        files,
        findings,
        province: Province::default(),
        rehome: None,
        items_csv: None,
        population: Vec::new(),
    };
    let paths = files.paths();
    let order = reader.manifests(&paths);
    for pack in &order {
        let prefix = format!("{pack}/");
        for path in paths.iter().filter(|path| path.starts_with(&prefix)) {
            reader.file(path, &path[prefix.len()..]);
        }
    }
    reader.finish();
    reader.province
}

struct Reader<'a> {
    files: &'a dyn Files,
    findings: &'a mut Findings,
    province: Province,
    rehome: Option<(String, Rehome)>,
    items_csv: Option<(String, Vec<u8>)>,
    population: Vec<(u64, u64)>,
}

impl Reader<'_> {
    /// Reads the manifests and gives the packs, a pack after those it depends on.
    fn manifests(&mut self, paths: &[String]) -> Vec<String> {
        for path in paths
            .iter()
            .filter(|path| path.ends_with("/pack.yaml") && path.matches('/').count() == 1)
        {
            if let Some(manifest) = self.yaml::<Manifest>(path) {
                self.manifest(path, manifest);
            }
        }
        let provinces: Vec<String> = self
            .province
            .manifests
            .values()
            .filter(|pack| pack.division.is_some())
            .map(|pack| pack.id.clone())
            .collect();
        match provinces.as_slice() {
            [one] => self.province.id = one.clone(),
            _ => self.findings.error(
                "",
                "",
                "pack.province",
                format!("须有且仅有一个省级包，现有 {} 个", provinces.len()),
                format!("exactly one pack must name a division; {} do", provinces.len()),
            ),
        }
        self.ordered()
    }

    fn manifest(&mut self, path: &str, manifest: Manifest) {
        let folder = path.split('/').next().unwrap_or("");
        if manifest.id != folder || !is_id(&manifest.id) {
            self.findings.error(
                path,
                "id",
                "def.id",
                "编号须与文件夹同名，由小写字母、数字和连字符组成",
                "the id must be the folder's name: lower-case letters, digits, hyphens",
            );
        }
        if manifest.format != FORMAT {
            self.findings.error(
                path,
                "format",
                "pack.format",
                format!("本程序读取格式 {FORMAT}"),
                format!("this program reads format {FORMAT}"),
            );
        }
        self.text(path, &manifest);
        self.province.manifests.insert(folder.to_owned(), manifest);
    }

    fn ordered(&mut self) -> Vec<String> {
        let mut order: Vec<String> = Vec::new();
        let packs = self.province.manifests.clone();
        while order.len() < packs.len() {
            let ready = packs.values().find(|pack| {
                !order.contains(&pack.id) && pack.depends_on.iter().all(|id| order.contains(id))
            });
            match ready {
                Some(pack) => order.push(pack.id.clone()),
                None => {
                    let left: Vec<_> =
                        packs.keys().filter(|id| !order.contains(id)).cloned().collect();
                    let file = format!("{}/pack.yaml", left.first().map_or("", String::as_str));
                    self.findings.error(
                        &file,
                        "depends_on",
                        "pack.dependency",
                        "依赖的包不存在或互相依赖",
                        "a pack depended on is absent, or packs depend on each other",
                    );
                    break;
                }
            }
        }
        order
    }

    fn file(&mut self, path: &str, rest: &str) {
        let parts: Vec<&str> = rest.split('/').collect();
        match parts.as_slice() {
            ["pack.yaml"] => {}
            [.., last] if last.ends_with(".md") => {}
            ["agencies.yaml"] => self.agencies(path),
            ["roles.yaml"] => self.roles(path),
            ["messages.yaml"] => self.messages(path),
            ["reasons.yaml"] => self.reasons(path),
            ["targets.yaml"] => self.targets(path),
            ["ratings.yaml"] => {
                self.province.ratings =
                    self.yaml::<Ratings>(path).inspect(|ratings| self.text(path, ratings));
            }
            ["archives.yaml"] => {
                if let Some(archives) = self.yaml::<Archives>(path) {
                    self.text(path, &archives);
                    self.province.archives = Some(archives);
                }
            }
            ["synthetic.yaml"] => {
                if let Some(synthetic) = self.yaml::<Synthetic>(path) {
                    self.text(path, &synthetic);
                    self.province.synthetic = synthetic;
                }
            }
            ["divisions", "divisions.csv.gz"] => self.divisions(path),
            ["divisions", "population.csv"] => self.population(path),
            ["divisions", "english.csv"] => self.english(path),
            ["calendar", name] if name.ends_with(".csv") => {}
            ["services", "items.csv"] => {
                self.items_csv = self.bytes(path).map(|bytes| (path.to_owned(), bytes))
            }
            ["services", "rehome.yaml"] => {
                self.rehome =
                    self.definition::<Rehome>(path, None).map(|rehome| (path.to_owned(), rehome));
            }
            ["services", id, "item.yaml"] => {
                let found = self.definition::<Item>(path, Some(id));
                put(&mut self.province.items, found);
            }
            ["one-things", id, name] => self.one_thing(path, id, name),
            ["procedures", id, "procedure.yaml"] => {
                let found = self.definition::<Procedure>(path, Some(id));
                put(&mut self.province.procedures, found);
            }
            ["procedures", id, name] if *name == DIAGRAM || name.ends_with(".dmn") => {
                if let Some(bytes) = self.bytes(path) {
                    let files = self.province.drawings.entry((*id).to_owned()).or_default();
                    files.insert((*name).to_owned(), bytes);
                }
            }
            ["registries", "contracts.yaml"] => self.contracts(path),
            ["registries", name] if name.ends_with(".yaml") => {
                let found = self.definition::<Registry>(path, name.strip_suffix(".yaml"));
                put(&mut self.province.registries, found);
            }
            ["licences", "local.yaml"] => self.local_licences(path),
            ["licences", name] if name.ends_with(".yaml") => {
                let found = self.definition::<LicenceType>(path, name.strip_suffix(".yaml"));
                put(&mut self.province.licence_types, found);
            }
            ["layouts", name] if name.ends_with(".typ") => {
                if let (Some(bytes), Some(name)) = (self.bytes(path), name.strip_suffix(".typ")) {
                    self.province.layouts.insert(name.to_owned(), bytes);
                }
            }
            ["layouts", name] if name.ends_with(".sample.json") => {}
            ["register", name] if name.ends_with(".csv") => {
                if let (Some(bytes), Some(name)) = (self.bytes(path), name.strip_suffix(".csv")) {
                    self.province.tables.insert(name.to_owned(), bytes);
                }
            }
            _ => self.unknown(path),
        }
    }

    fn one_thing(&mut self, path: &str, id: &str, name: &str) {
        match name {
            "one-thing.yaml" => {
                let found = self.definition::<OneThing>(path, Some(id));
                put(&mut self.province.one_things, found);
            }
            "guide.yaml" => {
                let found = self.definition::<Guide>(path, Some(id));
                put(&mut self.province.guides, found);
            }
            "form.yaml" => {
                let found = self.definition::<Form>(path, Some(id));
                put(&mut self.province.forms, found);
            }
            "examples.yaml" => {
                let found = self.definition::<Examples>(path, Some(id));
                put(&mut self.province.examples, found);
            }
            _ => self.unknown(path),
        }
    }

    fn unknown(&mut self, path: &str) {
        self.findings.error(
            path,
            "",
            "file.unknown",
            "不是已知的文件种类，请改名、移走或删除",
            "no known kind of file: rename it, move it or remove it",
        );
    }

    fn agencies(&mut self, path: &str) {
        let Some(file) = self.yaml::<Agencies>(path) else { return };
        self.text(path, &file.halls);
        self.province.halls = file.halls;
        for (index, kind) in file.agencies.into_iter().enumerate() {
            self.pin(path, &format!("agencies[{index}]"), &kind, None);
            self.insert_once(path, index, kind, |province| &mut province.kinds);
        }
    }

    fn contracts(&mut self, path: &str) {
        let Some(file) = self.yaml::<Contracts>(path) else { return };
        for (index, contract) in file.contracts.into_iter().enumerate() {
            self.pin(path, &format!("contracts[{index}]"), &contract, None);
            self.insert_once(path, index, contract, |province| &mut province.contracts);
        }
    }

    /// What a province adds to the national types, which its pack depends on and which were
    /// therefore read before; what is pinned is the type as it stands here.
    fn local_licences(&mut self, path: &str) {
        let Some(file) = self.yaml::<LocalLicences>(path) else { return };
        for (index, local) in file.licences.into_iter().enumerate() {
            let id = local.licence.clone();
            let Some(mut kind) = self.province.licence_types.get(&id).cloned() else {
                self.absent(path, format!("licences[{index}].licence"), &id);
                continue;
            };
            for field in local.apply(&mut kind) {
                self.absent(path, format!("licences[{index}].fills"), &field);
            }
            if self.province.licence_locals.insert(id.clone(), path.to_owned()).is_some() {
                self.duplicate(path, index, &id);
            }
            let held = |pinned: &&Pinned| pinned.kind == LicenceType::KIND && pinned.id == id;
            let Some(national) = self.province.pinned.iter().find(held) else { continue };
            let national = national.file.clone();
            self.province.pinned.retain(|pinned| !held(&pinned));
            self.pin(&national, "", &kind, None);
            self.province.licence_types.insert(id, kind);
        }
    }

    fn absent(&mut self, path: &str, place: String, id: &str) {
        let (zh, en) = (format!("没有 {id}"), format!("there is no {id}"));
        self.findings.error(path, place, "ref.dangling", zh, en);
    }

    fn insert_once<T: Definition>(
        &mut self,
        path: &str,
        index: usize,
        one: T,
        map: impl Fn(&mut Province) -> &mut BTreeMap<String, T>,
    ) {
        let id = one.id().to_owned();
        if map(&mut self.province).insert(id.clone(), one).is_some() {
            self.duplicate(path, index, &id);
        }
    }

    fn duplicate(&mut self, path: &str, index: usize, id: &str) {
        self.findings.error(
            path,
            format!("[{index}].id"),
            "def.duplicate",
            format!("编号 {id} 重复"),
            format!("id {id} is used twice"),
        );
    }

    fn roles(&mut self, path: &str) {
        let Some(file) = self.yaml::<Roles>(path) else { return };
        self.text(path, &file);
        self.province.permissions.extend(file.permissions);
        for (index, role) in file.roles.into_iter().enumerate() {
            let id = role.id.clone();
            if self.province.roles.insert(id.clone(), role).is_some() {
                self.duplicate(path, index, &id);
            }
        }
    }

    fn messages(&mut self, path: &str) {
        let Some(file) = self.yaml::<Messages>(path) else { return };
        self.text(path, &file);
        for (index, message) in file.messages.into_iter().enumerate() {
            let id = message.id.clone();
            if self.province.messages.insert(id.clone(), message).is_some() {
                self.duplicate(path, index, &id);
            }
        }
    }

    fn reasons(&mut self, path: &str) {
        let Some(file) = self.yaml::<Reasons>(path) else { return };
        self.text(path, &file);
        for (index, reason) in file.reasons.into_iter().enumerate() {
            let id = reason.id.clone();
            if self.province.reasons.insert(id.clone(), reason).is_some() {
                self.duplicate(path, index, &id);
            }
        }
    }

    fn targets(&mut self, path: &str) {
        let Some(file) = self.yaml::<Targets>(path) else { return };
        self.text(path, &file);
        for (index, target) in file.targets.into_iter().enumerate() {
            if self
                .province
                .targets
                .iter()
                .any(|held| held.id == target.id || held.number == target.number)
            {
                self.duplicate(path, index, &target.id);
            }
            self.province.targets.push(target);
        }
        self.province.targets.sort_by_key(|target| target.number);
    }

    fn bytes(&mut self, path: &str) -> Option<Vec<u8>> {
        let bytes = self.files.read(path)?;
        if bytes.len() as u64 > FILE_BYTES_MAX {
            self.findings.error(path, "", "file.too_large", "文件过大", "the file is too large");
            return None;
        }
        Some(bytes.into_owned())
    }

    fn yaml<T: DeserializeOwned>(&mut self, path: &str) -> Option<T> {
        let bytes = self.bytes(path)?;
        if bytes.len() > YAML_BYTES_MAX {
            self.findings.error(
                path,
                "",
                "file.too_large",
                "YAML 文件不得超过 1 MiB",
                "a YAML file has at most 1 MiB",
            );
            return None;
        }
        match serde_norway::from_slice(&bytes) {
            Ok(value) => Some(value),
            Err(error) => {
                let place = error
                    .location()
                    .map(|at| format!("line {} column {}", at.line(), at.column()))
                    .unwrap_or_default();
                self.findings.error(
                    path,
                    place,
                    "file.yaml",
                    format!("内容不符合格式：{error}"),
                    format!("the content does not fit the format: {error}"),
                );
                None
            }
        }
    }

    /// Reads a definition in its own file. `folder` is the id its place asks for.
    fn definition<T: Definition + DeserializeOwned>(
        &mut self,
        path: &str,
        folder: Option<&str>,
    ) -> Option<T> {
        let found = self.yaml::<T>(path)?;
        self.pin(path, "", &found, folder);
        Some(found)
    }

    fn pin<T: Definition>(&mut self, path: &str, place: &str, found: &T, folder: Option<&str>) {
        let at = |field: &str| {
            if place.is_empty() { field.to_owned() } else { format!("{place}.{field}") }
        };
        if !is_id(found.id()) || folder.is_some_and(|folder| folder != found.id()) {
            self.findings.error(path, at("id"), "def.id", "编号须与文件或文件夹同名，由小写字母、数字和连字符组成", "the id must be the name of the file or folder: lower-case letters, digits, hyphens");
        }
        if found.version() == 0 {
            self.findings.error(
                path,
                at("version"),
                "def.version",
                "版本号从 1 起",
                "versions start at 1",
            );
        }
        if found.basis().is_empty() || found.basis().iter().any(crate::definition::Basis::is_blank)
        {
            self.findings.error(
                path,
                at("basis"),
                "def.basis",
                "须写明依据的名称和条款",
                "the basis needs a law and an article",
            );
        }
        let value = serde_json::to_value(found).unwrap_or_default();
        match found.digest() {
            Ok(digest) => self.province.pinned.push(Pinned {
                kind: T::KIND,
                id: found.id().to_owned(),
                version: found.version(),
                digest,
                file: path.to_owned(),
                value,
            }),
            Err(error) => {
                self.findings.error(path, place, "file.yaml", error.to_string(), error.to_string())
            }
        }
    }

    /// Checks the texts of a file that is no versioned definition.
    fn text(&mut self, path: &str, value: &impl Serialize) {
        crate::check::texts(path, &serde_json::to_value(value).unwrap_or_default(), self.findings);
    }
}

fn put<T: Definition>(map: &mut BTreeMap<String, T>, found: Option<T>) {
    if let Some(found) = found {
        map.insert(found.id().to_owned(), found);
    }
}
