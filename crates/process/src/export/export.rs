//! The verbs of event logs: permit, record, write page by page.
//!
//! Must not know: HTTP, pages.

use super::gather::happenings;
use super::{csv, xes};
use crate::instance::store::{COLUMNS, Row};
use crate::instance::words;
use crate::statistic::{Period, scope};
use crate::{MANAGE, definition};
use ::store::{Ctx, vals};
use kernel::{Error, Result};
use party::{audit, authority};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Instances of one log.
const INSTANCES_MAX: i64 = 100_000;
/// Instances written at once.
const AT_ONCE: usize = 20;

/// Format of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Comma-separated values, one line per event.
    #[default]
    Csv,
    /// XES, IEEE 1849.
    Xes,
}

impl Format {
    /// Ending of the file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Xes => "xes",
        }
    }

    /// Media type of the file.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8",
            Format::Xes => "application/xml",
        }
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Process.
    pub process: String,
    /// Days on which the instances began.
    pub period: Period,
    /// Format.
    pub format: Format,
    /// Names instead of pseudonyms: of one's own agency alone.
    pub names: bool,
    /// What it is for.
    pub purpose: String,
}

/// A log its reader may have.
#[derive(Clone, Debug)]
pub struct Export {
    wanted: Wanted,
    /// One agency; empty for all.
    agency: String,
    /// Where it goes on; none at the end.
    at: Option<Cursor>,
}

#[derive(Clone, Debug)]
struct Cursor {
    started_us: i64,
    id: String,
    begun: bool,
}

/// Permits a log and records who takes it and what for. Errors: `denied`, `not_found`;
/// `process.words` without a purpose; `process.export_size` with too many instances.
pub async fn begin(ctx: &mut Ctx, mut wanted: Wanted) -> Result<Export> {
    authority::demand(ctx, MANAGE)?;
    let mut agency = scope(ctx, &wanted.process).await?;
    if wanted.names {
        agency.clone_from(&ctx.actor.agency);
    }
    wanted.purpose = words(&wanted.purpose, "purpose", true)?;
    definition::newest(ctx, &wanted.process).await?;
    let count = count(ctx, &wanted, &agency).await?;
    if count > INSTANCES_MAX {
        return Err(Error::limited("process.export_size").arg("max", INSTANCES_MAX));
    }
    let body = json!({
        "purpose": wanted.purpose,
        "from": wanted.period.from.to_string(),
        "to": wanted.period.to.to_string(),
        "format": wanted.format.ending(),
        "agency": agency,
        "names": wanted.names,
        "instances": count,
    });
    audit::record(ctx, "process.exported", &format!("process:{}", wanted.process), body).await?;
    let at = Cursor { started_us: i64::MIN, id: String::new(), begun: false };
    Ok(Export { wanted, agency, at: Some(at) })
}

async fn count(ctx: &mut Ctx, wanted: &Wanted, agency: &str) -> Result<i64> {
    let sql = format!(
        "SELECT COUNT(*) FROM (SELECT 1 AS one FROM process_instance WHERE process = $1
         AND started_us >= $2 AND started_us < $3 AND ($4 = '' OR agency = $4)
         LIMIT {}) AS counted",
        INSTANCES_MAX + 1
    );
    let (start, end) = (wanted.period.start(), wanted.period.end());
    ctx.count(&sql, vals![&wanted.process, start, end, agency]).await
}

impl Export {
    /// Its format.
    pub fn format(&self) -> Format {
        self.wanted.format
    }

    /// The next piece of the file; none after the last. Errors: those of the database.
    pub async fn next(&mut self, ctx: &mut Ctx) -> Result<Option<String>> {
        let Some(at) = self.at.take() else { return Ok(None) };
        let xes = self.wanted.format == Format::Xes;
        let mut out = String::new();
        if !at.begun {
            match xes {
                true => xes::begin(&mut out, &self.wanted.process),
                false => csv::begin(&mut out),
            }
        }
        let rows = self.rows(ctx, &at).await?;
        let last = rows.last().map(|row| (row.started_us, row.id.clone()));
        let whole = rows.len() == AT_ONCE;
        for row in &rows {
            let mut events = happenings(ctx, row).await?;
            for event in &mut events {
                self.mask(ctx, &mut event.who.name, &event.who.account);
            }
            match xes {
                true => xes::trace(&mut out, row, &events),
                false => csv::lines(&mut out, row, &events),
            }
        }
        match last.filter(|_| whole) {
            Some((started_us, id)) => self.at = Some(Cursor { started_us, id, begun: true }),
            None if xes => xes::end(&mut out),
            None => {}
        }
        Ok(Some(out))
    }

    /// The name shown of an account: his own, or one that tells only that it is the same person.
    fn mask(&self, ctx: &Ctx, name: &mut String, account: &str) {
        if account.is_empty() || self.wanted.names {
            return;
        }
        let mark: String =
            ctx.env.vault.index("process.export", account).chars().take(16).collect();
        *name = format!("p-{mark}");
    }

    async fn rows(&self, ctx: &mut Ctx, at: &Cursor) -> Result<Vec<Row>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM process_instance WHERE process = $1 AND started_us >= $2
             AND started_us < $3 AND ($4 = '' OR agency = $4) AND (started_us, id) > ($5, $6)
             ORDER BY started_us, id LIMIT {AT_ONCE}"
        );
        let (start, end) = (self.wanted.period.start(), self.wanted.period.end());
        let process = &self.wanted.process;
        ctx.all(&sql, vals![process, start, end, &self.agency, at.started_us, &at.id]).await
    }
}
