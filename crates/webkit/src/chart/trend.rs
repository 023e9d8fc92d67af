//! Lines over time, with a target.

use super::{
    Line, Meta, POINTS_MAX, Word, finite, label, open, round_up, shown, table, text_width, word,
};
use std::fmt::Write as _;

/// One line.
#[derive(Clone, Debug)]
pub struct Series {
    /// Name, written at the end of the line.
    pub name: String,
    /// One value per tick; `None` where not known: the line breaks there.
    pub values: Vec<Option<f64>>,
}

/// A level to reach.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its value.
    pub value: f64,
}

const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 44.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 184.0;

struct Scale {
    top: f64,
    right: f64,
    steps: usize,
}

impl Scale {
    fn x(&self, at: usize) -> f64 {
        LEFT + (self.right - LEFT) * at as f64 / self.steps.max(1) as f64
    }
    fn y(&self, value: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * (value / self.top).clamp(0.0, 1.0)
    }
}

/// Up to five lines over the same ticks (months, hours), from zero; negative values lie at zero.
/// Lines differ by dash as well as colour, and carry their last value.
pub fn trend(
    meta: &Meta<'_>,
    ticks: &[String],
    series: &[Series],
    target: Option<Target>,
) -> String {
    let (ticks, cut) = (&ticks[..ticks.len().min(POINTS_MAX)], ticks.len() > POINTS_MAX);
    let series = &series[..series.len().min(5)];
    let target = target.and_then(|target| finite(target.value));
    let known = series.iter().flat_map(|one| one.values.iter().take(ticks.len())).flatten();
    let highest = known.copied().filter_map(finite).fold(target.unwrap_or(0.0), f64::max);
    let end_text = |one: &Series| {
        format!("{} {}", one.name, shown(meta, last(one, ticks.len()).map(|(_, value)| value)))
    };
    // What stands at the end of a line is set bold.
    let wide = series.iter().map(|one| 1.15 * text_width(&end_text(one)));
    let room = wide.fold(60.0, f64::max).min(WIDTH * 0.4);
    let scale = Scale {
        top: top(meta, highest),
        right: WIDTH - room - 18.0,
        steps: ticks.len().saturating_sub(1),
    };
    let mut out = open(meta, WIDTH, HEIGHT);
    axes(&mut out, &scale, ticks);
    if let Some(target) = target {
        let y = scale.y(target);
        let _ = write!(out, "<path class=\"target\" d=\"M{LEFT} {y:.1}H{:.1}\"/>", scale.right);
        let text = format!("{} {}", word(meta.lang, Word::Target), shown(meta, Some(target)));
        label(&mut out, "", LEFT + 6.0, y - 6.0, "start", &text);
    }
    lines(&mut out, meta, &scale, ticks.len(), series);
    out.push_str("</svg>");
    let mut columns: Vec<&str> = series.iter().map(|one| one.name.as_str()).collect();
    if target.is_some() {
        columns.push(word(meta.lang, Word::Target));
    }
    let rows: Vec<Line<'_>> = ticks
        .iter()
        .enumerate()
        .map(|(at, tick)| {
            let mut cells: Vec<String> = series
                .iter()
                .map(|one| shown(meta, one.values.get(at).copied().flatten()))
                .collect();
            if target.is_some() {
                cells.push(shown(meta, target));
            }
            Line { head: tick, href: None, cells }
        })
        .collect();
    out + &table(meta, &columns, &rows, cut)
}

/// The top of the scale: four round steps above zero, whole ones where the values are whole.
fn top(meta: &Meta<'_>, highest: f64) -> f64 {
    let step = round_up(highest / 4.0);
    let whole = meta.decimals > 0 || step.fract() == 0.0;
    4.0 * if whole { step } else { round_up(step * 1.5).ceil() }
}

/// The last known point of a line.
fn last(series: &Series, ticks: usize) -> Option<(usize, f64)> {
    let points = series.values.iter().take(ticks).enumerate();
    points.filter_map(|(at, value)| Some((at, value.and_then(finite)?))).next_back()
}

fn axes(out: &mut String, scale: &Scale, ticks: &[String]) {
    let exact = |decimals: &i32| {
        let shifted = scale.top / 4.0 * 10f64.powi(*decimals);
        (shifted - shifted.round()).abs() < 1e-6
    };
    let decimals = (0..3).find(exact).map_or(3, i32::unsigned_abs) as usize;
    for step in 0..=4 {
        let value = scale.top * f64::from(step) / 4.0;
        let y = scale.y(value);
        let _ = write!(out, "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{:.1}\"/>", scale.right);
        label(out, "", LEFT - 8.0, y + 4.0, "end", &crate::view::format::decimal(value, decimals));
    }
    let every = ticks.len().div_ceil(6).max(1);
    for (at, tick) in ticks.iter().enumerate().step_by(every) {
        label(out, "", scale.x(at), BOTTOM + 22.0, "middle", tick);
    }
}

fn lines(out: &mut String, meta: &Meta<'_>, scale: &Scale, ticks: usize, series: &[Series]) {
    let mut taken: Vec<f64> = Vec::new();
    for (which, one) in series.iter().enumerate() {
        let mut path = String::new();
        let mut broken = true;
        for (at, value) in one.values.iter().take(ticks).enumerate() {
            match value.and_then(finite) {
                Some(value) => {
                    let pen = if broken { 'M' } else { 'L' };
                    let _ = write!(path, "{pen}{:.1} {:.1}", scale.x(at), scale.y(value));
                    broken = false;
                }
                None => broken = true,
            }
        }
        let Some((at, value)) = last(one, ticks) else { continue };
        let class = format!("s{}", which + 1);
        let (x, y) = (scale.x(at), scale.y(value));
        let _ = write!(
            out,
            "<path class=\"line {class}\" d=\"{path}\"/><circle class=\"dot {class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\"/>"
        );
        // Labels of lines that end close together are moved apart.
        let mut text_y = y + 5.0;
        while taken.iter().any(|other| (other - text_y).abs() < 16.0) && text_y < HEIGHT {
            text_y += 16.0;
        }
        taken.push(text_y);
        let text = format!("{} {}", one.name, shown(meta, Some(value)));
        label(out, "t-strong", x + 10.0, text_y, "start", &text);
    }
}
