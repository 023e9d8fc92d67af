//! Administrative divisions from province to village (statistics codes), kept compactly: 55,000
//! rows take under 3 MiB, names in one text, codes as numbers.
//!
//! Invariants: rows are ordered by their code padded to 12 digits, which is the order of the tree;
//! a child's padded code has its parent's code as prefix. Codes are written with 6 digits down to
//! the county, 9 for a township, 12 for a village.
//! Must not know: agencies, people.

use crate::definition::Level;
use std::fmt;

/// Rows a divisions file may have.
pub const ROWS_MAX: usize = 1_000_000;

/// One division of the tree. Cheap to copy; names borrow from [`Divisions`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Division<'a> {
    tree: &'a Divisions,
    level: usize,
    row: usize,
}

/// The whole tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Divisions {
    levels: [Table; 5],
    names: String,
    /// Cumulative weight of the villages in code order.
    weights: Vec<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Table {
    /// Codes padded to 12 digits, ascending.
    codes: Vec<u64>,
    /// Where each name begins in `names`, and one past the last.
    starts: Vec<u32>,
}

/// Digits of a code as published, by level: 41, 4101, 410105, 410105001, 410105001001.
const DIGITS: [u32; 5] = [2, 4, 6, 9, 12];

/// What is wrong with a row of the file, by row number from 1 after the heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Row after the heading, from 1; 0 for the file as a whole.
    pub row: usize,
    /// What is wrong, for the pack's author.
    pub why: String,
}

impl Divisions {
    /// Reads `code,name,level,parent_code` (CSV).
    pub fn parse(csv: &[u8]) -> Result<Divisions, Fault> {
        let mut rows = read_rows(csv)?;
        for level in &mut rows {
            level.sort();
        }
        let mut tree = Divisions::default();
        for (level, rows) in rows.iter().enumerate() {
            for (code, name) in rows {
                let table = &mut tree.levels[level];
                if table.codes.last() == Some(code) {
                    return Err(fault(0, format!("code {code:012} is listed twice / 代码重复")));
                }
                let start = u32::try_from(tree.names.len())
                    .map_err(|_| fault(0, "too large / 文件过大"))?;
                table.codes.push(*code);
                table.starts.push(start);
                tree.names.push_str(name);
            }
            let end =
                u32::try_from(tree.names.len()).map_err(|_| fault(0, "too large / 文件过大"))?;
            tree.levels[level].starts.push(end);
        }
        tree.names.shrink_to_fit();
        tree.check_parents()?;
        tree.weigh(&[]);
        Ok(tree)
    }

    fn check_parents(&self) -> Result<(), Fault> {
        if self.levels[0].codes.len() != 1 {
            return Err(fault(0, "exactly one province is needed / 须有且仅有一个省级区划"));
        }
        for level in 1..5 {
            for code in &self.levels[level].codes {
                let parent = truncate(*code, DIGITS[level - 1]);
                if self.levels[level - 1].codes.binary_search(&parent).is_err() {
                    return Err(fault(0, format!("code {code:012} has no parent / 代码没有上级")));
                }
            }
        }
        Ok(())
    }

    /// Sets the weight of every village so that each city's villages share its persons;
    /// neighbourhoods of towns (001–199) weigh three times a village, pseudo units a tenth.
    pub(crate) fn weigh(&mut self, persons_by_city: &[(u64, u64)]) {
        let share = |code: u64| match code % 1_000 {
            0..=199 => 30u64,
            200..=399 => 10,
            _ => 1,
        };
        let villages = &self.levels[4].codes;
        let mut weights = Vec::with_capacity(villages.len());
        let mut from = 0;
        let mut total = 0u64;
        while from < villages.len() {
            let city = truncate(villages[from], 4);
            let to = from + villages[from..].partition_point(|code| truncate(*code, 4) == city);
            let shares: u64 = villages[from..to].iter().map(|code| share(*code)).sum();
            let persons = persons_by_city
                .iter()
                .find(|(code, _)| *code == city)
                .map_or(shares, |(_, persons)| *persons);
            for code in &villages[from..to] {
                total += (share(*code) * persons / shares.max(1)).max(1);
                weights.push(u32::try_from(total).unwrap_or(u32::MAX));
            }
            from = to;
        }
        self.weights = weights;
    }

    /// Number of divisions.
    pub fn len(&self) -> usize {
        self.levels.iter().map(|table| table.codes.len()).sum()
    }

    /// True for a tree without a row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes the tree holds in memory.
    pub fn bytes(&self) -> usize {
        let tables: usize = self
            .levels
            .iter()
            .map(|table| table.codes.capacity() * 8 + table.starts.capacity() * 4)
            .sum();
        tables + self.names.capacity() + self.weights.capacity() * 4
    }

    /// The province.
    pub fn root(&self) -> Option<Division<'_>> {
        self.levels[0].codes.first().map(|_| Division { tree: self, level: 0, row: 0 })
    }

    /// The division of a code, written short (`41`, `4101`), with 6 digits, or padded to 9 or 12
    /// zeros; the shortest division the digits name.
    pub fn find(&self, code: &str) -> Option<Division<'_>> {
        let padded = pad(code)?;
        for (level, table) in self.levels.iter().enumerate() {
            if truncate(padded, DIGITS[level]) == padded
                && let Ok(row) = table.codes.binary_search(&padded)
            {
                return Some(Division { tree: self, level, row });
            }
        }
        None
    }

    /// Every division of a level, in code order.
    pub fn at(&self, level: Level) -> impl Iterator<Item = Division<'_>> {
        let level = level.depth();
        let rows = self.levels.get(level).map_or(0, |table| table.codes.len());
        (0..rows).map(move |row| Division { tree: self, level, row })
    }

    /// The division of that full name: `河南省郑州市金水区`; the province may be left out.
    pub fn find_path(&self, path: &str) -> Option<Division<'_>> {
        let root = self.root()?;
        let mut rest = path.strip_prefix(root.name()).unwrap_or(path);
        let mut here = root;
        while !rest.is_empty() {
            // The longest name wins: 新乡县 before 新乡.
            here = here
                .children()
                .filter(|child| rest.starts_with(child.after_parent()))
                .max_by_key(|child| child.after_parent().len())?;
            rest = &rest[here.after_parent().len()..];
        }
        Some(here)
    }

    /// Sum of the villages' weights: about the persons of the province.
    pub fn weight(&self) -> u64 {
        self.weights.last().copied().map_or(0, u64::from)
    }

    /// The village that a number in `0..weight()` falls on, so that an even draw settles people at
    /// each division's real weight.
    pub fn village_at(&self, number: u64) -> Option<Division<'_>> {
        let row = self.weights.partition_point(|end| u64::from(*end) <= number);
        (row < self.weights.len()).then_some(Division { tree: self, level: 4, row })
    }
}

impl<'a> Division<'a> {
    /// Name as published: `金水区`.
    pub fn name(self) -> &'a str {
        let starts = &self.tree.levels[self.level].starts;
        let range = starts[self.row] as usize..starts[self.row + 1] as usize;
        self.tree.names.get(range).unwrap_or("")
    }

    fn padded(self) -> u64 {
        self.tree.levels[self.level].codes[self.row]
    }

    /// Code with 6 digits down to the county, 9 for a township, 12 for a village.
    pub fn code(self) -> String {
        let digits = DIGITS[self.level].max(6) as usize;
        format!("{:012}", self.padded())[..digits].to_owned()
    }

    /// The digits with which its code and those of all below it begin.
    pub fn prefix(self) -> String {
        format!("{:012}", self.padded())[..DIGITS[self.level] as usize].to_owned()
    }

    /// Level in the tree.
    pub fn level(self) -> Level {
        Level::ALL[self.level]
    }

    /// Sequence number within the parent, the last two or three digits: 001–199 streets or
    /// neighbourhoods, 200–399 villages, 400 and above units that are no real division.
    pub fn sequence(self) -> u64 {
        let width = if self.level < 3 { 100 } else { 1_000 };
        let zeros = 10u64.pow(12 - DIGITS[self.level]);
        self.padded() / zeros % width
    }

    /// The division above.
    pub fn parent(self) -> Option<Division<'a>> {
        let level = self.level.checked_sub(1)?;
        let code = truncate(self.padded(), DIGITS[level]);
        let row = self.tree.levels[level].codes.binary_search(&code).ok()?;
        Some(Division { tree: self.tree, level, row })
    }

    /// The divisions directly below, in code order.
    pub fn children(self) -> impl Iterator<Item = Division<'a>> {
        self.below(self.level + 1)
    }

    /// The divisions of a level under this one, in code order; itself when it is of that level.
    pub fn descendants(self, level: Level) -> impl Iterator<Item = Division<'a>> {
        self.below(level.depth())
    }

    fn below(self, level: usize) -> impl Iterator<Item = Division<'a>> {
        let codes = self.tree.levels.get(level).map_or(&[][..], |table| &table.codes);
        let first = self.padded();
        let past = first + 10u64.pow(12 - DIGITS[self.level]);
        let range = if level < self.level {
            0..0
        } else {
            codes.partition_point(|code| *code < first)..codes.partition_point(|code| *code < past)
        };
        range.map(move |row| Division { tree: self.tree, level, row })
    }

    /// The division of a level this one lies in; itself when it is of that level.
    pub fn ancestor(self, level: Level) -> Option<Division<'a>> {
        let mut here = self;
        while here.level > level.depth() {
            here = here.parent()?;
        }
        (here.level == level.depth()).then_some(here)
    }

    /// True when this division is the other or lies in it.
    pub fn is_in(self, other: Division<'_>) -> bool {
        self.level >= other.level && truncate(self.padded(), DIGITS[other.level]) == other.padded()
    }

    /// Full name without pseudo divisions: `河南省郑州市金水区`.
    pub fn path(self) -> String {
        let above = self.parent().map(Division::path).unwrap_or_default();
        if self.is_pseudo() { above } else { above + self.after_parent() }
    }

    /// The name as it follows its parent's: without it where it begins with it, as
    /// `新乡市平原城乡一体化示范区` does.
    fn after_parent(self) -> &'a str {
        let rest = self.parent().and_then(|parent| self.name().strip_prefix(parent.name()));
        rest.filter(|rest| !rest.is_empty()).unwrap_or(self.name())
    }

    /// True for the grouping rows of the statistics book that are no place, such as
    /// 省直辖县级行政区划 (90 at city level) and 市辖区.
    pub fn is_pseudo(self) -> bool {
        self.name().ends_with("直辖县级行政区划") || self.name() == "市辖区"
    }

    /// Persons this division stands for: the sum of its villages' weights.
    pub fn weight(self) -> u64 {
        let weights = &self.tree.weights;
        let codes = &self.tree.levels[4].codes;
        let first = codes.partition_point(|code| *code < self.padded());
        let past = codes
            .partition_point(|code| *code < self.padded() + 10u64.pow(12 - DIGITS[self.level]));
        let sum_to = |row: usize| {
            row.checked_sub(1).and_then(|last| weights.get(last)).copied().map_or(0, u64::from)
        };
        sum_to(past) - sum_to(first)
    }
}

impl fmt::Debug for Division<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code(), self.name())
    }
}

/// The digits padded with zeros to 12; `None` for anything but 2 to 12 digits.
pub(crate) fn pad(code: &str) -> Option<u64> {
    if !(2..=12).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = u32::try_from(code.len()).ok()?;
    code.parse::<u64>().ok().map(|number| number * 10u64.pow(12 - digits))
}

fn truncate(padded: u64, digits: u32) -> u64 {
    let zeros = 10u64.pow(12 - digits);
    padded / zeros * zeros
}

fn read_rows(csv: &[u8]) -> Result<[Vec<(u64, String)>; 5], Fault> {
    let mut reader = csv::Reader::from_reader(csv);
    let heading = reader.headers().map_err(|error| fault(0, error.to_string()))?;
    if heading.iter().ne(["code", "name", "level", "parent_code"]) {
        return Err(fault(
            0,
            "the heading must be code,name,level,parent_code / 表头须为 code,name,level,parent_code",
        ));
    }
    let mut levels: [Vec<(u64, String)>; 5] = Default::default();
    for (index, record) in reader.records().enumerate() {
        let row = index + 1;
        if row > ROWS_MAX {
            return Err(fault(row, "too many rows / 行数过多"));
        }
        let record = record.map_err(|error| fault(row, error.to_string()))?;
        let (code, name) = (record.get(0).unwrap_or(""), record.get(1).unwrap_or("").trim());
        let level = match record.get(2).unwrap_or("") {
            "province" => 0,
            "prefecture" => 1,
            "county" => 2,
            "township" => 3,
            "village" => 4,
            other => return Err(fault(row, format!("unknown level {other} / 未知级别"))),
        };
        if code.len() != DIGITS[level] as usize || name.is_empty() || name.len() > 200 {
            return Err(fault(
                row,
                "code does not fit the level, or the name is missing / 代码与级别不符或缺少名称",
            ));
        }
        let padded =
            pad(code).ok_or_else(|| fault(row, "the code is not a number / 代码不是数字"))?;
        if level > 0 && record.get(3) != code.get(..DIGITS[level - 1] as usize) {
            return Err(fault(
                row,
                "parent_code is not the code's prefix / 上级代码与代码前缀不符",
            ));
        }
        levels[level].push((padded, name.to_owned()));
    }
    Ok(levels)
}

fn fault(row: usize, why: impl Into<String>) -> Fault {
    Fault { row, why: why.into() }
}
