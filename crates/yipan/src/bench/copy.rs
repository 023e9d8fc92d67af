//! Fills a database with cases for the benches: copies of real families of cases under new ids and
//! numbers, spread over the agencies of every county and over the past years.
//!
//! Invariants: a copy opens on its page like the case it was made of; ids, numbers and the order of
//! ids are unique and by age; an agency is mapped to the agency of the same kind and level of
//! another county. Not copied: evidence, tallies, registries and licences, which neither a work
//! list nor a page of a case reads.

use kernel::time::{DAY_US, SECOND_US};
use kernel::{Error, Result};
use pack::Level;
use std::sync::Arc;
use store::{Ctx, Env, Value, vals};

/// Families copied in one transaction.
const CHUNK: u64 = 2_000;
/// Rows of one statement.
const ROWS: usize = 500;
/// Open families that all lie in the home county, so that a work list is full at every size.
const HOME_OPEN: u64 = 60;
/// One of so many families is still open, as in a province that keeps its limits.
const OPEN_ONE_IN: u64 = 10;
/// Families of the citizen whose pages are measured.
const OWN: u64 = 20;
/// Days over which the families that have ended are spread.
const DAYS: u64 = 900;
/// Days over which open families are spread.
const OPEN_DAYS: u64 = 9;
/// Instants from here on mean "never" and are not moved.
const NEVER_US: i64 = i64::MAX / 2;

/// Tables of a family, by the column that names the case.
const TABLES: [(&str, &str); 7] = [
    ("cases", "id"),
    ("case_event", "case_id"),
    ("case_answer", "case_id"),
    ("case_fact", "case_id"),
    ("case_material", "root_id"),
    ("case_explanation", "case_id"),
    ("case_document", "case_id"),
];

/// A county.
struct Place {
    county: String,
    city: String,
    division: String,
}

/// Copies until there are enough cases.
pub struct Copier {
    env: Arc<Env>,
    places: Vec<Place>,
    open: Vec<String>,
    ended: Vec<String>,
    citizen: String,
    statements: Vec<String>,
    next: u64,
    /// Cases there are.
    pub cases: u64,
}

/// A copy to be made.
struct Copy<'a> {
    pad: String,
    root: &'a str,
    place: &'a Place,
    shift_us: i64,
    applicant: &'a str,
}

impl Copier {
    /// Prepares copying the families there are. `home` is the county, six digits, whose agencies
    /// get full work lists; `citizen` the person who gets cases of his own.
    pub async fn prepare(env: &Arc<Env>, home: &str, citizen: &str) -> Result<Copier> {
        let mut ctx = env.system("bench").await?;
        ctx.execute(
            "CREATE TABLE bench_copy (pad TEXT PRIMARY KEY, root_id TEXT NOT NULL, county TEXT NOT NULL,
             city TEXT NOT NULL, division TEXT NOT NULL, shift_us BIGINT NOT NULL, applicant TEXT NOT NULL)",
            vals![],
        )
        .await?;
        ctx.execute(
            "CREATE TABLE bench_family (root_id TEXT NOT NULL, case_id TEXT NOT NULL, PRIMARY KEY (root_id, case_id))",
            vals![],
        )
        .await?;
        ctx.execute(
            "INSERT INTO bench_family (root_id, case_id)
             SELECT CASE WHEN parent_id = '' THEN id ELSE parent_id END, id FROM cases",
            vals![],
        )
        .await?;
        let sql = "SELECT id FROM cases WHERE parent_id = '' AND id IN
                   (SELECT parent_id FROM cases WHERE open = 1) ORDER BY id";
        let open: Vec<String> = ctx.column(sql, vals![]).await?;
        let sql = "SELECT id FROM cases WHERE parent_id = '' AND id NOT IN
                   (SELECT parent_id FROM cases WHERE open > 0) ORDER BY id";
        let ended: Vec<String> = ctx.column(sql, vals![]).await?;
        if open.is_empty() || ended.is_empty() {
            return Err(Error::internal("there is no open or no ended family to copy"));
        }
        let cases = ctx.count("SELECT COUNT(*) FROM cases", vals![]).await?;
        let mut statements = Vec::new();
        for (table, column) in TABLES {
            statements.extend(statement(&mut ctx, table, column).await?);
        }
        ctx.commit().await?;
        Ok(Copier {
            places: places(env, home)?,
            env: env.clone(),
            open,
            ended,
            citizen: citizen.to_owned(),
            statements,
            next: 0,
            cases: u64::try_from(cases).unwrap_or(0),
        })
    }

    /// Copies until there are so many cases.
    pub async fn fill(&mut self, cases: u64) -> Result<()> {
        self.env.db.set_loading(true).await?;
        while self.cases < cases {
            let made = self.chunk(cases).await?;
            if made == 0 {
                return Err(Error::internal("nothing was copied"));
            }
            self.cases += made;
            eprintln!("{} cases", self.cases);
        }
        self.env.db.set_loading(false).await?;
        self.env.db.analyze().await
    }

    /// Copies some families in one transaction; how many cases that made.
    async fn chunk(&mut self, target: u64) -> Result<u64> {
        // A family is about seven cases; the last chunk stops near the target.
        let wanted = ((target - self.cases).div_ceil(7)).clamp(1, CHUNK);
        let mut ctx = self.env.system("bench").await?;
        ctx.execute("DELETE FROM bench_copy", vals![]).await?;
        let copies: Vec<Copy> =
            (self.next..self.next + wanted).map(|number| self.copy(number)).collect();
        for rows in copies.chunks(ROWS) {
            note(&mut ctx, rows).await?;
        }
        drop(copies);
        let mut made = 0;
        for (place, statement) in self.statements.iter().enumerate() {
            let rows = ctx.execute(statement, vals![]).await?;
            if place == 0 {
                made = rows;
            }
        }
        ctx.commit().await?;
        self.next += wanted;
        Ok(made)
    }

    fn copy(&self, number: u64) -> Copy<'_> {
        let open = number < HOME_OPEN || number.is_multiple_of(OPEN_ONE_IN);
        let (families, days) = match open {
            // The oldest are overdue, most are not.
            true => (&self.open, -((number % OPEN_DAYS) as i64)),
            false => (&self.ended, -((number % DAYS) as i64)),
        };
        let place = match number < HOME_OPEN {
            true => 0,
            false => number as usize / OPEN_ONE_IN as usize % self.places.len(),
        };
        let minutes = (number % 60) as i64;
        Copy {
            pad: format!("{number:09}"),
            root: &families[(number / OPEN_ONE_IN) as usize % families.len()],
            place: &self.places[place],
            shift_us: days * DAY_US - minutes * 60 * SECOND_US,
            applicant: if number < OWN { &self.citizen } else { "" },
        }
    }
}

/// Notes the copies to be made.
async fn note(ctx: &mut Ctx, copies: &[Copy<'_>]) -> Result<()> {
    let (mut values, mut rows) = (Vec::<Value>::new(), Vec::new());
    for copy in copies {
        let first = values.len();
        let place = copy.place;
        values.extend(vals![
            &copy.pad,
            copy.root,
            &place.county,
            &place.city,
            &place.division,
            copy.shift_us,
            copy.applicant
        ]);
        let marks: Vec<String> = (first + 1..=values.len()).map(|at| format!("${at}")).collect();
        rows.push(format!("({})", marks.join(", ")));
    }
    let sql = format!(
        "INSERT INTO bench_copy (pad, root_id, county, city, division, shift_us, applicant) VALUES {}",
        rows.join(", ")
    );
    ctx.execute(&sql, values).await.map(|_| ())
}

/// The statement that copies a table's rows of the noted families; none when it has no rows.
async fn statement(ctx: &mut Ctx, table: &str, case: &str) -> Result<Option<String>> {
    let Some(row) = ctx.row_json(&format!("SELECT * FROM {table} LIMIT 1"), vals![]).await? else {
        return Ok(None);
    };
    let columns: Vec<&str> = row.keys().map(String::as_str).collect();
    let values: Vec<String> = columns.iter().map(|column| value(table, column)).collect();
    Ok(Some(format!(
        "INSERT INTO {table} ({}) SELECT {} FROM bench_copy b
         JOIN bench_family f ON f.root_id = b.root_id JOIN {table} t ON t.{case} = f.case_id",
        columns.join(", "),
        values.join(", ")
    )))
}

/// What a copy has in a column, from the row copied `t` and the copy `b`.
pub fn value(table: &str, column: &str) -> String {
    match (table, column) {
        (_, "id" | "case_id" | "root_id" | "parent_id" | "child") => id(&format!("t.{column}")),
        ("cases", "applicant") => {
            format!("CASE WHEN b.applicant = '' THEN {} ELSE b.applicant END", id("t.applicant"))
        }
        ("cases", "draft_id") => "NULL".to_owned(),
        // The last digit tells the whole from its first item, which count in one series.
        ("cases", "number") => {
            "substr(t.number, 1, length(t.number) - 10) || b.pad || substr(t.number, length(t.number))".to_owned()
        }
        ("cases", "query_code") => {
            "CASE WHEN t.query_code = '' THEN '' ELSE substr(t.query_code, 1, 1) || b.pad END".to_owned()
        }
        ("cases", "division") => "b.division".to_owned(),
        (_, "agency") => agency(),
        (_, column) if column.ends_with("_us") => format!(
            "CASE WHEN t.{column} > {NEVER_US} THEN t.{column} ELSE t.{column} + b.shift_us END"
        ),
        (_, column) => format!("t.{column}"),
    }
}

/// An id of 26 characters with the copy's number in the place of the time.
fn id(column: &str) -> String {
    format!(
        "CASE WHEN {column} = '' THEN '' ELSE substr({column}, 1, 2) || b.pad || substr({column}, 12) END"
    )
}

/// The agency of the same kind and level that is competent for the copy's county.
fn agency() -> String {
    let kind = "substr(t.agency, 1, length(t.agency) - 6)";
    format!(
        "CASE WHEN substr(t.agency, length(t.agency) - 3) = '0000' THEN t.agency
         WHEN substr(t.agency, length(t.agency) - 1) = '00' THEN {kind} || b.city
         ELSE {kind} || b.county END"
    )
}

/// The counties, the home county first.
fn places(env: &Env, home: &str) -> Result<Vec<Place>> {
    let divisions = env.pack.divisions();
    let mut places: Vec<Place> = divisions
        .at(Level::County)
        .filter(|county| !county.is_pseudo())
        .map(|county| {
            let code = county.code();
            let city =
                county.ancestor(Level::City).map_or_else(|| code.clone(), |city| city.code());
            let village = county.descendants(Level::Village).next();
            Place {
                division: village.map_or_else(|| code.clone(), |village| village.code()),
                county: code,
                city,
            }
        })
        .collect();
    let at = places.iter().position(|place| place.county == home);
    let at = at.ok_or_else(|| Error::internal(format!("no county {home}")))?;
    places.swap(0, at);
    Ok(places)
}
