//! A province drawn in stones: a plan of letters, one letter per city, coloured by a figure.
//!
//! It is a sketch and says so: real boundaries need an approved base map with its review number.

use super::{Line, Meta, Word, finite, key, label, open, shown, table, text_width, word};
use std::fmt::Write as _;

/// Widest and highest plan, in stones.
const PLAN_MAX: usize = 60;
const STEP: f64 = 27.0;

/// A city of the plan.
#[derive(Clone, Debug)]
pub struct City {
    /// Its letter in the plan.
    pub mark: char,
    /// Its name, short.
    pub name: String,
    /// The figure; `None` is drawn as an open ring and told as missing.
    pub value: Option<f64>,
    /// The records behind the figure.
    pub href: Option<String>,
}

/// Draws the plan. `bands` are the lower bounds of the upper three classes, rising; below the
/// first the target is missed. In the plan every line is a row of stones; letters that are no
/// city's mark are left empty.
pub fn stones(meta: &Meta<'_>, plan: &str, cities: &[City], bands: [f64; 3]) -> String {
    let rows: Vec<Vec<char>> =
        plan.lines().take(PLAN_MAX).map(|row| row.chars().take(PLAN_MAX).collect()).collect();
    let wide = rows.iter().map(Vec::len).max().unwrap_or(0) as f64;
    let (width, height) = (STEP * (wide + 1.0), STEP * (rows.len() as f64 + 1.0));
    let mut out = open(meta, width, height);
    let mut grid = String::new();
    for column in 0..=(wide as usize + 1) {
        let _ = write!(grid, "M{:.0} 0V{height:.0}", STEP * column as f64);
    }
    for row in 0..=rows.len() + 1 {
        let _ = write!(grid, "M0 {:.0}H{width:.0}", STEP * row as f64);
    }
    let _ = write!(out, "<path class=\"grid\" d=\"{grid}\"/>");
    for city in cities {
        let band = class(city.value, bands);
        let radius = if matches!(band, "q0" | "qn") { 7.6 } else { 8.6 };
        let _ = write!(out, "<g class=\"{band}\">");
        for (x, y) in cells(&rows, city.mark) {
            let _ = write!(out, "<circle cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"{radius}\"/>");
        }
        out.push_str("</g>");
    }
    for city in cities {
        plate(&mut out, meta, &rows, city, bands);
    }
    out.push_str("</svg>");
    let lines: Vec<Line<'_>> = cities
        .iter()
        .map(|city| Line {
            head: &city.name,
            href: city.href.as_deref(),
            cells: vec![shown(meta, city.value), verdict(meta, city.value, bands).to_owned()],
        })
        .collect();
    out + &legend(meta, bands) + &table(meta, &[word(meta.lang, Word::Value), ""], &lines, false)
}

fn verdict(meta: &Meta<'_>, value: Option<f64>, bands: [f64; 3]) -> &'static str {
    if class(value, bands) == "q0" { word(meta.lang, Word::Missed) } else { "" }
}

fn class(value: Option<f64>, bands: [f64; 3]) -> &'static str {
    match value.and_then(finite) {
        None => "qn",
        Some(value) if value < bands[0] => "q0",
        Some(value) if value < bands[1] => "q1",
        Some(value) if value < bands[2] => "q2",
        Some(_) => "q3",
    }
}

/// Centres of a city's stones.
fn cells(rows: &[Vec<char>], mark: char) -> impl Iterator<Item = (f64, f64)> {
    rows.iter().enumerate().flat_map(move |(y, row)| {
        row.iter()
            .enumerate()
            .filter(move |(_, c)| **c == mark)
            .map(move |(x, _)| (STEP * (x as f64 + 1.0), STEP * (y as f64 + 1.0)))
    })
}

/// Name and figure in the middle of a city's stones.
fn plate(out: &mut String, meta: &Meta<'_>, rows: &[Vec<char>], city: &City, bands: [f64; 3]) {
    let (mut n, mut sum_x, mut sum_y) = (0.0, 0.0, 0.0);
    for (x, y) in cells(rows, city.mark) {
        n += 1.0;
        sum_x += x;
        sum_y += y;
    }
    if n == 0.0 {
        return;
    }
    let (x, y) = (sum_x / n, sum_y / n);
    let text = shown(&Meta { unit: "", ..meta.clone() }, city.value);
    let wide = text_width(&city.name).max(text_width(&text)) + 14.0;
    let missed = class(city.value, bands) == "q0";
    let miss = if missed { " miss" } else { "" };
    let _ = write!(
        out,
        "<rect class=\"plate{miss}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{wide:.1}\" height=\"38\" rx=\"4\"/>",
        x - wide / 2.0,
        y - 19.0
    );
    label(out, "t-name", x, y - 3.0, "middle", &city.name);
    label(out, if missed { "t-warn" } else { "t-strong" }, x, y + 13.0, "middle", &text);
}

fn legend(meta: &Meta<'_>, bands: [f64; 3]) -> String {
    let number = |value: f64| shown(meta, Some(value));
    let (to, up) = match meta.lang {
        kernel::Lang::Zh => ("到", "及以上"),
        kernel::Lang::En => ("to", "and above"),
    };
    let texts = [
        ("q3", format!("{} {up}", number(bands[2]))),
        ("q2", format!("{} {to} {}", number(bands[1]), number(bands[2]))),
        ("q1", format!("{} {to} {}", number(bands[0]), number(bands[1]))),
        ("q0", word(meta.lang, Word::Missed).to_owned()),
        ("qn", word(meta.lang, Word::NoData).to_owned()),
    ];
    let mut entries: Vec<(String, &str)> = texts
        .iter()
        .map(|(class, text)| {
            (format!("<circle class=\"{class}\" cx=\"8\" cy=\"8\" r=\"6.5\"/>"), text.as_str())
        })
        .collect();
    entries.push((String::new(), word(meta.lang, Word::Sketch)));
    key(&entries)
}
