//! Bars across: plain, against a target, and stacked.

use super::{
    Line, Meta, ROWS_MAX, Word, finite, fit, key, label, open, round_up, shown, table, text_width,
    word,
};
use markup::escaped;
use std::fmt::Write as _;

/// One bar.
#[derive(Clone, Debug, Default)]
pub struct Bar {
    /// What it stands for.
    pub label: String,
    /// How long it is; `None` when not known.
    pub value: Option<f64>,
    /// What it should reach, for [`bullets`].
    pub target: Option<f64>,
    /// True when a smaller value is better, as with days taken.
    pub lower_is_better: bool,
    /// The records behind the number.
    pub href: Option<String>,
}

/// One row of a stacked chart.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    /// What it stands for.
    pub label: String,
    /// One value per [`Part`], in the same order.
    pub values: Vec<f64>,
    /// The records behind the numbers.
    pub href: Option<String>,
}

/// A kind of segment, the same in every row.
#[derive(Clone, Debug)]
pub struct Part {
    /// Name in the key and the table.
    pub name: String,
    /// `ok`, `warn`, `bad`, or empty for a data colour.
    pub kind: &'static str,
}

/// Narrow, so that the text stays readable when a phone shrinks it; the style sheet caps the width.
const WIDTH: f64 = 380.0;
const ROW: f64 = 34.0;
/// A bar under its name.
const BULLET: f64 = 46.0;

/// Room for the longest label, between an eighth and two fifths of the width; longer ones are cut
/// in the picture and whole in the table.
fn label_width<'a>(labels: impl Iterator<Item = &'a str>) -> f64 {
    labels.map(text_width).fold(0.0, f64::max).clamp(WIDTH / 8.0, WIDTH * 0.4) + 10.0
}

/// Horizontal bars from zero, longest scale rounded up; negative values are drawn as zero.
pub fn bars(meta: &Meta<'_>, rows: &[Bar]) -> String {
    let (rows, cut) = (&rows[..rows.len().min(ROWS_MAX)], rows.len() > ROWS_MAX);
    let left = label_width(rows.iter().map(|row| row.label.as_str()));
    let room = WIDTH - left - 72.0;
    let top =
        round_up(rows.iter().filter_map(|row| row.value.and_then(finite)).fold(0.0, f64::max));
    let mut out = open(meta, WIDTH, ROW * rows.len() as f64 + 4.0);
    for (at, row) in rows.iter().enumerate() {
        let y = ROW * at as f64;
        label(&mut out, "t-name", left - 8.0, y + 22.0, "end", &fit(&row.label, left - 8.0));
        let length = row.value.and_then(finite).unwrap_or(0.0).max(0.0) / top * room;
        let _ = write!(
            out,
            "<rect class=\"bar s1\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{length:.1}\" height=\"18\"/>",
            y + 8.0
        );
        label(
            &mut out,
            "t-strong",
            left + length + 8.0,
            y + 22.0,
            "start",
            &shown(meta, row.value),
        );
    }
    let bottom = ROW * rows.len() as f64 + 2.0;
    let _ = write!(out, "<path class=\"axis\" d=\"M{left:.1} 2V{bottom:.1}\"/></svg>");
    let lines: Vec<Line<'_>> = rows
        .iter()
        .map(|row| Line {
            head: &row.label,
            href: row.href.as_deref(),
            cells: vec![shown(meta, row.value)],
        })
        .collect();
    out + &table(meta, &[word(meta.lang, Word::Value)], &lines, cut)
}

/// Bars against targets: a tick marks the target; a bar that misses it changes colour, and the
/// table says so. Every row has its own scale, for rows may have different units in their labels;
/// names are sentences, so each stands on a line of its own.
pub fn bullets(meta: &Meta<'_>, rows: &[Bar]) -> String {
    let (rows, cut) = (&rows[..rows.len().min(ROWS_MAX)], rows.len() > ROWS_MAX);
    let room = WIDTH - 160.0;
    let mut out = open(meta, WIDTH, BULLET * rows.len() as f64);
    let mut lines = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        let y = BULLET * at as f64;
        let (value, target) = (row.value.and_then(finite), row.target.and_then(finite));
        let full = value.unwrap_or(0.0).max(target.unwrap_or(0.0)).max(f64::MIN_POSITIVE) * 1.1;
        let missed = match (value, target) {
            (Some(value), Some(target)) if row.lower_is_better => value > target,
            (Some(value), Some(target)) => value < target,
            _ => false,
        };
        label(&mut out, "t-name", 0.0, y + 16.0, "start", &fit(&row.label, WIDTH));
        let length = value.unwrap_or(0.0).max(0.0) / full * room;
        let miss = if missed { " miss" } else { "" };
        let _ = write!(
            out,
            "<rect class=\"track\" y=\"{0:.1}\" width=\"{room:.1}\" height=\"10\"/><rect class=\"bar s1{miss}\" y=\"{0:.1}\" width=\"{length:.1}\" height=\"10\"/>",
            y + 25.0
        );
        if let Some(target) = target {
            let x = target.max(0.0) / full * room;
            let _ = write!(out, "<path class=\"tick\" d=\"M{x:.1} {:.1}v20\"/>", y + 20.0);
        }
        let class = if missed { "t-warn" } else { "t-strong" };
        label(&mut out, class, room + 8.0, y + 35.0, "start", &shown(meta, value));
        if target.is_some() {
            let text = format!("{} {}", word(meta.lang, Word::Target), shown(meta, target));
            label(&mut out, "", WIDTH, y + 35.0, "end", &text);
        }
        let verdict = if missed { word(meta.lang, Word::Missed) } else { "" };
        lines.push(Line {
            head: &row.label,
            href: row.href.as_deref(),
            cells: vec![shown(meta, value), shown(meta, target), verdict.to_owned()],
        });
    }
    out.push_str("</svg>");
    let columns = [word(meta.lang, Word::Value), word(meta.lang, Word::Target), ""];
    out + &table(meta, &columns, &lines, cut)
}

/// Stacked bars on one scale; negative values count as zero, missing parts too.
pub fn stacked(meta: &Meta<'_>, parts: &[Part], rows: &[Stack]) -> String {
    let (rows, cut) = (&rows[..rows.len().min(ROWS_MAX)], rows.len() > ROWS_MAX);
    let parts = &parts[..parts.len().min(5)];
    let value = |row: &Stack, at: usize| {
        row.values.get(at).copied().and_then(finite).unwrap_or(0.0).max(0.0)
    };
    let total = |row: &Stack| (0..parts.len()).map(|at| value(row, at)).sum::<f64>();
    let left = label_width(rows.iter().map(|row| row.label.as_str()));
    let room = WIDTH - left - 72.0;
    let top = round_up(rows.iter().map(total).fold(0.0, f64::max));
    let mut out = open(meta, WIDTH, ROW * rows.len() as f64 + 4.0);
    for (at, row) in rows.iter().enumerate() {
        let y = ROW * at as f64;
        label(&mut out, "t-name", left - 8.0, y + 22.0, "end", &fit(&row.label, left - 8.0));
        let mut x = left;
        for (which, part) in parts.iter().enumerate() {
            let length = value(row, which) / top * room;
            let _ = write!(
                out,
                "<rect class=\"{}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{length:.1}\" height=\"18\"/>",
                segment(part, which),
                y + 8.0
            );
            x += length;
        }
        label(&mut out, "t-strong", x + 8.0, y + 22.0, "start", &shown(meta, Some(total(row))));
    }
    out.push_str("</svg>");
    let marks: Vec<(String, &str)> = parts
        .iter()
        .enumerate()
        .map(|(at, part)| {
            (
                format!("<rect class=\"{}\" width=\"16\" height=\"16\"/>", segment(part, at)),
                part.name.as_str(),
            )
        })
        .collect();
    let columns: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    let lines: Vec<Line<'_>> = rows
        .iter()
        .map(|row| Line {
            head: &row.label,
            href: row.href.as_deref(),
            cells: (0..parts.len()).map(|at| shown(meta, Some(value(row, at)))).collect(),
        })
        .collect();
    out + &key(&marks) + &table(meta, &columns, &lines, cut)
}

fn segment(part: &Part, at: usize) -> String {
    match part.kind {
        "" => format!("seg s{}", at + 1),
        kind => format!("seg {}", escaped(kind)),
    }
}
