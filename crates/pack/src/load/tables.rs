//! The tables of packs: divisions with their weights and English names, holiday notices, the
//! published item list; and what is made of the whole once every file is read.

use super::Reader;
use crate::agency::{English, find};
use crate::catalogue::enter;
use crate::definition::digest_of;
use crate::division::{Divisions, pad};
use flate2::read::GzDecoder;
use kernel::calendar::{Calendar, Notice};
use std::collections::BTreeMap;
use std::io::Read;

/// Bytes a compressed table may unfold to.
const TABLE_BYTES_MAX: u64 = 64 * 1024 * 1024;

impl Reader<'_> {
    pub(super) fn divisions(&mut self, path: &str) {
        let Some(bytes) = self.bytes(path) else { return };
        let mut csv = Vec::new();
        let read = GzDecoder::new(bytes.as_slice()).take(TABLE_BYTES_MAX + 1).read_to_end(&mut csv);
        if read.is_err() || csv.len() as u64 > TABLE_BYTES_MAX {
            self.findings.error(
                path,
                "",
                "file.table",
                "压缩文件损坏或过大",
                "the compressed file is broken or too large",
            );
            return;
        }
        match Divisions::parse(&csv) {
            Ok(divisions) => self.province.divisions = divisions,
            Err(fault) => self.findings.error(
                path,
                format!("row {}", fault.row),
                "file.table",
                &fault.why,
                &fault.why,
            ),
        }
    }

    pub(super) fn population(&mut self, path: &str) {
        for (row, columns) in self.table(path, &["code", "persons"]) {
            match (pad(&columns[0]), columns[1].parse()) {
                (Some(code), Ok(persons)) => self.population.push((code, persons)),
                _ => self.bad_row(path, row),
            }
        }
    }

    pub(super) fn english(&mut self, path: &str) {
        let mut names = BTreeMap::new();
        for (row, columns) in self.table(path, &["code", "name"]) {
            match pad(&columns[0]) {
                Some(code) if !columns[1].is_empty() => {
                    names.insert(code, columns[1].clone());
                }
                _ => self.bad_row(path, row),
            }
        }
        self.province.english = English(names);
    }

    fn bad_row(&mut self, path: &str, row: usize) {
        self.findings.error(
            path,
            format!("row {row}"),
            "file.table",
            "此行的值不符合要求",
            "a value of this row does not fit",
        );
    }

    /// Rows of a small table with exactly these columns, numbered from 1 after the heading.
    fn table(&mut self, path: &str, columns: &[&str]) -> Vec<(usize, Vec<String>)> {
        let Some(bytes) = self.bytes(path) else { return Vec::new() };
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        if !reader.headers().is_ok_and(|heading| heading.iter().eq(columns.iter().copied())) {
            let wanted = columns.join(",");
            self.findings.error(
                path,
                "row 0",
                "file.table",
                format!("表头须为 {wanted}"),
                format!("the heading must be {wanted}"),
            );
            return Vec::new();
        }
        let mut rows = Vec::new();
        for (index, record) in reader.records().enumerate() {
            match record {
                Ok(record) => rows
                    .push((index + 1, record.iter().map(|cell| cell.trim().to_owned()).collect())),
                Err(_) => self.bad_row(path, index + 1),
            }
        }
        rows
    }

    /// What needs the whole: weights, the calendar, the catalogue, the digest.
    pub(super) fn finish(&mut self) {
        self.province.divisions.weigh(&self.population);
        self.calendar();
        self.catalogue();
        self.province.pinned.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
        let digests: Vec<(&str, &str, &str)> = self
            .province
            .pinned
            .iter()
            .map(|pinned| (pinned.kind, pinned.id.as_str(), pinned.digest.as_str()))
            .collect();
        self.province.digest = digest_of(&digests).unwrap_or_default();
        if self.province.ratings.is_none() {
            self.findings.error(
                "ratings.yaml",
                "",
                "file.missing",
                "缺少评价量表",
                "the rating scale is missing",
            );
        }
        let items = &self.province.items;
        match &self.province.archives {
            Some(archives) => {
                archives.check("archives.yaml", |id| items.contains_key(id), self.findings);
            }
            None => self.findings.error(
                "archives.yaml",
                "",
                "file.missing",
                "缺少归档规则",
                "the rules of archiving are missing",
            ),
        }
    }

    fn calendar(&mut self) {
        let Some(manifest) = self.province.manifests.get(&self.province.id) else { return };
        let file = format!("{}/pack.yaml", manifest.id);
        let path = manifest.calendar.clone().unwrap_or_default();
        if self.files.read(&path).is_none() {
            self.findings.error(
                &file,
                "calendar",
                "file.missing",
                format!("没有工作日历 {path}"),
                format!("there is no working calendar {path}"),
            );
            return;
        }
        let mut notices = Vec::new();
        for (row, columns) in self.table(&path, &["notice_year", "date", "name", "kind"]) {
            match Notice::parse(&columns[0], &columns[1], &columns[3], &columns[2]) {
                Ok(notice) => notices.push(notice),
                Err(_) => self.bad_row(&path, row),
            }
        }
        match Calendar::from_notices(notices) {
            Ok(calendar) => self.province.calendar = Some(calendar),
            Err(error) => {
                self.findings.error(&path, "", "file.table", error.to_string(), error.to_string())
            }
        }
    }

    fn catalogue(&mut self) {
        let (Some((path, csv)), Some((rehome_path, rehome))) =
            (self.items_csv.take(), self.rehome.take())
        else {
            return;
        };
        let province = &self.province;
        let Some(division) = province.divisions.find(&rehome.division) else {
            self.findings.error(
                &rehome_path,
                "division",
                "ref.dangling",
                format!("没有区划 {}", rehome.division),
                format!("there is no division {}", rehome.division),
            );
            return;
        };
        let code = division.code();
        let agency_of = |kind: &str| {
            find(&province.kinds, &province.divisions, &province.english, &format!("{kind}-{code}"))
        };
        match enter(&csv, &rehome, &province.kinds, &agency_of) {
            Ok(catalogue) => self.province.catalogue = catalogue,
            Err(error) => {
                let arg = |name: &str| {
                    error
                        .args
                        .iter()
                        .find(|(key, _)| *key == name)
                        .map(|(_, value)| value.clone())
                        .unwrap_or_default()
                };
                self.findings.error(
                    &path,
                    format!("row {}", arg("row")),
                    "items.row",
                    arg("why"),
                    arg("why"),
                );
            }
        }
    }
}
