//! A table of paper records, read: CSV in UTF-8 whose heading names fields of the type. Pure.

use kernel::{Error, Result};
use pack::licence::{Holder, LicenceType};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Columns beside the fields of the type.
pub(super) const HOLDER_NAME: &str = "holder_name";
/// The holder's number.
pub(super) const HOLDER_NUMBER: &str = "holder_number";
/// Name of the person in whose wallet an enterprise's licence is kept: its representative.
pub(super) const KEEPER_NAME: &str = "keeper_name";
/// His citizen number.
pub(super) const KEEPER_NUMBER: &str = "keeper_number";
/// Last day on which the paper holds.
pub(super) const VALID_UNTIL: &str = "valid_until";
/// Columns of a gap report, which is mended and sent again: they say nothing of the paper.
pub(super) const REPORTED: [&str; 2] = ["line", "problems"];
/// Lines of one table.
pub(super) const LINES_MAX: usize = 20_000;
/// Bytes of one table.
pub(super) const BYTES_MAX: usize = 8 << 20;
/// Characters of one value.
const VALUE_MAX: usize = 400;
/// What Excel puts before UTF-8.
const MARK: &str = "\u{feff}";

/// The values of a line by column, blank ones left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record(pub BTreeMap<String, String>);

impl Record {
    /// A value, empty when there is none.
    pub(super) fn text(&self, column: &str) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }
}

/// The columns a table of the type must have.
fn required(kind: &LicenceType) -> &'static [&'static str] {
    match kind.holder {
        Holder::Organisation => &[HOLDER_NAME, HOLDER_NUMBER, KEEPER_NAME, KEEPER_NUMBER],
        Holder::Person | Holder::Newborn => &[HOLDER_NAME, HOLDER_NUMBER],
    }
}

/// The columns a table of the type may have.
pub(super) fn columns(kind: &LicenceType) -> Vec<String> {
    let own = required(kind).iter().copied().chain([VALID_UNTIL]).map(str::to_owned);
    own.chain(kind.fields.iter().map(|field| field.id.clone())).collect()
}

/// Reads a table. Errors: `licence.intake_file` with `line` for what is no such table,
/// `licence.intake_columns` with `column` for one that the type does not have, that stands twice or
/// that is missing, `licence.intake_size`.
pub(super) fn read(kind: &LicenceType, bytes: &[u8]) -> Result<Vec<Record>> {
    let size = || Error::invalid("licence.intake_size").field("file", "licence.intake_size");
    if bytes.len() > BYTES_MAX {
        return Err(size());
    }
    let wrong = |line: usize| {
        Error::invalid("licence.intake_file").arg("line", line).field("file", "licence.intake_file")
    };
    let text = std::str::from_utf8(bytes).map_err(|_| wrong(1))?;
    let text = text.strip_prefix(MARK).unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let heading: Vec<String> =
        reader.headers().map_err(|_| wrong(1))?.iter().map(str::to_owned).collect();
    check_heading(kind, &heading)?;
    let mut records = Vec::new();
    for (index, row) in reader.records().enumerate() {
        let line = index + 2;
        let row = row.map_err(|_| wrong(line))?;
        if records.len() == LINES_MAX {
            return Err(size());
        }
        let says = |(name, value): &(&String, &str)| {
            !value.is_empty() && !REPORTED.contains(&name.as_str())
        };
        let values = heading.iter().zip(row.iter()).filter(says);
        let values: BTreeMap<String, String> =
            values.map(|(name, value)| (name.clone(), unquoted(value).to_owned())).collect();
        if values.values().any(|value| value.chars().count() > VALUE_MAX) {
            return Err(wrong(line));
        }
        records.push(Record(values));
    }
    if records.is_empty() { Err(wrong(1)) } else { Ok(records) }
}

fn check_heading(kind: &LicenceType, heading: &[String]) -> Result<()> {
    let fault = |column: &str| {
        Error::invalid("licence.intake_columns")
            .arg("column", column)
            .field("file", "licence.intake_file")
    };
    let known = columns(kind).into_iter().chain(REPORTED.map(str::to_owned));
    let known: BTreeSet<String> = known.collect();
    let mut seen = BTreeSet::new();
    for column in heading {
        if !known.contains(column) || !seen.insert(column.as_str()) {
            return Err(fault(column));
        }
    }
    match required(kind).iter().find(|column| !seen.contains(*column)) {
        Some(column) => Err(fault(column)),
        None => Ok(()),
    }
}

/// A table of lines with a last column of reasons, to be mended and sent again.
/// Errors: `internal` when it cannot be written.
pub(super) fn write(heading: &[String], rows: &[Vec<String>]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(MARK.as_bytes().to_vec());
    writer.write_record(heading).map_err(Error::internal)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| plain(cell))).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(Error::internal)
}

/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 4] = ['=', '+', '-', '@'];

/// A cell that no spreadsheet takes for a formula.
fn plain(cell: &str) -> String {
    if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell.to_owned() }
}

/// The cell again.
fn unquoted(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::{read, write};
    use std::path::Path;

    #[test]
    fn a_table_gone_wrong_is_refused_or_read_and_what_is_read_is_written_the_same() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/intake");
        let pack = pack::Province::embedded().unwrap();
        let kind = pack.licence_type("household-register").unwrap();
        let tokens = [",", "\"", "\n", "\r\n", "'", "=", "\u{feff}", "holder_name", "line", "\0"];
        let fuzz = testkit::Fuzz {
            name: "intake",
            corpus: &[(&folder, "")],
            tokens: &tokens,
            runs: 2_000,
        };
        fuzz.run(|bytes| {
            let Ok(records) = read(kind, bytes) else { return false };
            let heading: Vec<String> = ["holder_name", "holder_number"].map(str::to_owned).to_vec();
            let row = |one: &super::Record| -> Vec<String> {
                heading.iter().map(|column| one.text(column).to_owned()).collect()
            };
            let rows: Vec<Vec<String>> = records.iter().map(row).collect();
            let again = read(kind, &write(&heading, &rows).unwrap()).unwrap();
            assert_eq!(again.iter().map(row).collect::<Vec<_>>(), rows);
            true
        });
    }
}
