//! Charts drawn on the server: one string of SVG with title and description, its key, and the
//! table of its data. They need no script, print, and scale with the page.
//!
//! Invariants: classes only, never inline style; colour is always paired with a label, a dash or a
//! shape; links live in the table, since an image has none; numbers that are not finite count as
//! missing. Sizes are bounded ([`ROWS_MAX`], [`POINTS_MAX`]): more is cut, and the table says so.
//! Must not know: areas, templates, the clock.

mod bars;
mod stones;
mod trend;

#[cfg(test)]
mod tests;

pub use bars::{Bar, Part, Stack, bars, bullets, stacked};
pub use stones::{City, stones};
pub use trend::{Series, Target, trend};

use crate::view::format;
use kernel::Lang;
use markup::escaped;
use std::fmt::Write as _;

/// Most rows of one chart.
pub const ROWS_MAX: usize = 60;
/// Most points of one line.
pub const POINTS_MAX: usize = 400;

/// What every chart says about itself.
#[derive(Clone, Debug)]
pub struct Meta<'a> {
    /// Element id, unique on the page: ASCII letters, digits and `-`.
    pub id: &'a str,
    /// Language of the fixed words.
    pub lang: Lang,
    /// What is shown.
    pub title: &'a str,
    /// What it says, in a sentence with the telling numbers: read out in place of the picture.
    pub desc: &'a str,
    /// Heading of the first column of the table, e.g. 市州.
    pub rows: &'a str,
    /// Unit of the values, e.g. 件 or %; may be empty.
    pub unit: &'a str,
    /// Decimals shown.
    pub decimals: usize,
}

/// A fixed word of a chart.
#[derive(Clone, Copy)]
enum Word {
    DataTable,
    NoData,
    Target,
    Value,
    Sketch,
    Missed,
    Cut,
}

fn word(lang: Lang, word: Word) -> &'static str {
    let (zh, en) = match word {
        Word::DataTable => ("数据表", "Data table"),
        Word::NoData => ("没有数据", "No data"),
        Word::Target => ("目标", "Target"),
        Word::Value => ("数值", "Value"),
        Word::Sketch => ("示意图，不表示行政区划界线", "A sketch; it shows no boundaries"),
        Word::Missed => ("未达目标", "Target missed"),
        Word::Cut => ("行数太多，只显示前面的", "Too many rows; only the first are shown"),
    };
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// Largest value a chart draws: beyond it, arithmetic on coordinates could overflow.
const VALUE_MAX: f64 = 1e15;

/// A value, if it is one.
fn finite(value: f64) -> Option<f64> {
    (value.is_finite() && value.abs() <= VALUE_MAX).then_some(value)
}

/// A value as the reader sees it, with its unit.
fn shown(meta: &Meta<'_>, value: Option<f64>) -> String {
    match value.and_then(finite) {
        Some(value) => {
            // A word stands apart from its number, a Chinese measure and a percent sign do not.
            let apart =
                if meta.unit.starts_with(|c: char| c.is_ascii_alphabetic()) { " " } else { "" };
            format!("{}{apart}{}", format::decimal(value, meta.decimals), meta.unit)
        }
        None => word(meta.lang, Word::NoData).to_owned(),
    }
}

/// The smallest round number not below the value: 1, 2, 2.5 or 5 times a power of ten.
fn round_up(value: f64) -> f64 {
    if value < 1e-9 || !value.is_finite() {
        return 1.0;
    }
    let power = 10f64.powf(value.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|step| step * power)
        .find(|round| *round >= value * 0.999_999)
        .unwrap_or(value)
}

/// Opens the picture: size, title, description.
fn open(meta: &Meta<'_>, width: f64, height: f64) -> String {
    let id = ident(meta.id);
    format!(
        "<svg class=\"c-chart\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>",
        escaped(meta.title),
        escaped(meta.desc)
    )
}

/// An element id: anything but letters, digits and `-` is dropped.
fn ident(id: &str) -> String {
    id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}

fn label(out: &mut String, class: &str, x: f64, y: f64, anchor: &str, text: &str) {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    let _ = write!(
        out,
        "<text{class} x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
        escaped(text)
    );
}

/// Width of a text at 13 px: a Chinese character is as wide as it is high, others about half.
fn text_width(text: &str) -> f64 {
    text.chars().map(|c| if c.is_ascii() { 7.4 } else { 13.0 }).sum()
}

/// As much of a text as fits, with an ellipsis where it was cut.
fn fit(text: &str, width: f64) -> String {
    if text_width(text) <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = text_width("…");
    for c in text.chars() {
        used += if c.is_ascii() { 7.4 } else { 13.0 };
        if used > width {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// One line of a data table: its head, where that leads, and its cells.
struct Line<'a> {
    head: &'a str,
    href: Option<&'a str>,
    cells: Vec<String>,
}

/// The table behind the picture, folded away.
fn table(meta: &Meta<'_>, columns: &[&str], lines: &[Line<'_>], cut: bool) -> String {
    let mut out = format!(
        "<details class=\"c-details c-details--inline c-chart-data\"><summary>{}</summary><div tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table class=\"c-table c-table--dense\"><thead><tr><th scope=\"col\">{}</th>",
        word(meta.lang, Word::DataTable),
        escaped(meta.title),
        escaped(meta.rows)
    );
    for column in columns {
        let _ = write!(out, "<th scope=\"col\" class=\"num\">{}</th>", escaped(column));
    }
    out.push_str("</tr></thead><tbody>");
    for line in lines {
        let head = match line.href {
            Some(href) => format!("<a href=\"{}\">{}</a>", escaped(href), escaped(line.head)),
            None => escaped(line.head),
        };
        let _ = write!(out, "<tr><th scope=\"row\">{head}</th>");
        for cell in &line.cells {
            let _ = write!(out, "<td class=\"num\">{}</td>", escaped(cell));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
    if cut {
        let _ = write!(out, "<p>{}</p>", word(meta.lang, Word::Cut));
    }
    out.push_str("</div></details>");
    out
}

/// A key below the picture: a mark and its meaning.
fn key(entries: &[(String, &str)]) -> String {
    let mut out = String::from("<p class=\"c-chart-key\" aria-hidden=\"true\">");
    for (mark, text) in entries {
        let _ = write!(
            out,
            "<span><svg class=\"c-chart\" viewBox=\"0 0 16 16\">{mark}</svg>{}</span>",
            escaped(text)
        );
    }
    out.push_str("</p>");
    out
}
