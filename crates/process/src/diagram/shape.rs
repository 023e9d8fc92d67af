//! One shape of a drawing, by the kind of its element.

use super::{Bounds, Tint, mark};
use flow::process::Element;
use markup::escaped;
use std::fmt::Write as _;

/// Room below events and gateways for their label.
pub(super) const LABEL: f64 = 34.0;
/// Size of text.
pub(super) const SIZE: f64 = 12.0;

/// Whether a kind holds others.
pub(super) fn is_around(local: &str) -> bool {
    matches!(
        local,
        "participant" | "lane" | "subProcess" | "adHocSubProcess" | "transaction" | "group"
    )
}

/// A shape as the drawing has it.
#[derive(Clone, Copy)]
pub(super) struct Shape<'a> {
    pub(super) element: &'a Element,
    pub(super) bounds: Bounds,
    /// A sub-process drawn without what it holds.
    pub(super) collapsed: bool,
    /// A pool or lane whose name runs along its upper side.
    pub(super) upright: bool,
}

impl Shape<'_> {
    /// What is tinted: of a pool or lane the strip with its name, of anything else all of it.
    pub(super) fn head(&self) -> Bounds {
        let b = self.bounds;
        match self.element.local() {
            "participant" | "lane" if self.upright => Bounds { height: b.height.min(30.0), ..b },
            "participant" | "lane" => Bounds { width: b.width.min(30.0), ..b },
            _ => b,
        }
    }
}

/// Draws a shape with its name.
pub(super) fn draw(out: &mut String, shape: &Shape<'_>) {
    let (element, b) = (shape.element, shape.bounds);
    let local = element.local();
    let name = element.get("name").unwrap_or_default().trim();
    let (middle, centre) = (b.x + b.width / 2.0, b.y + b.height / 2.0);
    let _ =
        write!(out, "<g><title>{}</title>", escaped(if name.is_empty() { local } else { name }));
    match local {
        "participant" | "lane" => band(out, shape, name),
        "subProcess" | "adHocSubProcess" | "group" | "transaction" => {
            let dashes = match (local, element.get("triggeredByEvent")) {
                ("group", _) => " stroke-dasharray=\"10 6\"",
                (_, Some("true")) => " stroke-dasharray=\"2 4\"",
                _ => "",
            };
            rect(out, b, 10.0, 1.5, dashes);
            match shape.collapsed {
                true => text(out, middle, centre, name, b.width - 12.0, 3),
                false => text(out, middle, b.y + SIZE + 6.0, name, b.width - 10.0, 1),
            }
            if local != "group" {
                mark::activity(out, element, (middle, b.y + b.height - 10.0), shape.collapsed);
            }
        }
        _ if local.ends_with("Gateway") => gateway(out, element, b),
        _ if local.ends_with("Event") => event(out, element, b),
        "textAnnotation" => {
            let _ = write!(
                out,
                "<path d=\"M{0:.1} {1:.1}H{2:.1}V{3:.1}H{0:.1}\" stroke-width=\"1\"/>",
                b.x + 12.0,
                b.y,
                b.x,
                b.y + b.height
            );
            let said = element.child("text").map(Element::text).unwrap_or_default();
            text(out, middle, centre, &said, b.width - 8.0, 4);
        }
        _ if is_data(local) => data(out, element, b),
        _ => {
            let width = if local == "callActivity" { 4.0 } else { 1.5 };
            rect(out, b, 8.0, width, "");
            mark::task(out, local, (b.x + 12.0, b.y + 12.0));
            text(out, middle, centre, name, b.width - 12.0, 3);
            mark::activity(out, element, (middle, b.y + b.height - 9.0), false);
        }
    }
    out.push_str("</g>");
}

/// Whether a kind is drawn as data, with its name beneath.
pub(super) fn is_data(local: &str) -> bool {
    local.starts_with("data") && local != "dataOutputAssociation" && local != "dataInputAssociation"
}

/// A page with a corner folded, or a drum for a store.
fn data(out: &mut String, element: &Element, b: Bounds) {
    let (x, y, w, h) = (b.x, b.y, b.width, b.height);
    let path = match element.local() {
        "dataStoreReference" | "dataStore" => {
            let r = (h * 0.15).min(12.0);
            format!(
                "M{x:.1} {0:.1}A{1:.1} {r:.1} 0 0 1 {2:.1} {0:.1}V{3:.1}A{1:.1} {r:.1} 0 0 1 {x:.1} {3:.1}ZA{1:.1} {r:.1} 0 0 0 {2:.1} {0:.1}",
                y + r,
                w / 2.0,
                x + w,
                y + h - r
            )
        }
        _ => {
            let fold = (w * 0.3).min(12.0);
            format!(
                "M{x:.1} {y:.1}H{0:.1}L{1:.1} {2:.1}V{3:.1}H{x:.1}ZM{0:.1} {y:.1}V{2:.1}H{1:.1}",
                x + w - fold,
                x + w,
                y + fold,
                y + h
            )
        }
    };
    let _ =
        write!(out, "<path class=\"m-{}\" d=\"{path}\" stroke-width=\"1.5\"/>", element.local());
}

/// A pool or lane: its name upright at the left, along the top where it stands, in the middle of a
/// pool that holds nothing.
fn band(out: &mut String, shape: &Shape<'_>, name: &str) {
    let b = shape.bounds;
    rect(out, b, 0.0, 1.5, "");
    let (middle, centre) = (b.x + b.width / 2.0, b.y + b.height / 2.0);
    let is_pool = shape.element.local() == "participant";
    if is_pool && shape.element.get("processRef").is_none() {
        return text(out, middle, centre, name, b.width - 10.0, 3);
    }
    if shape.upright {
        if is_pool {
            let _ = write!(out, "<path d=\"M{:.1} {:.1}h{:.1}\"/>", b.x, b.y + 30.0, b.width);
        }
        return text(out, middle, b.y + 15.0 + SIZE / 3.0, name, b.width - 10.0, 1);
    }
    if is_pool {
        let _ = write!(out, "<path d=\"M{:.1} {:.1}v{:.1}\"/>", b.x + 30.0, b.y, b.height);
    }
    let x = b.x + 15.0;
    let _ = write!(out, "<g transform=\"rotate(-90 {x:.1} {centre:.1})\">");
    text(out, x, centre + SIZE / 3.0, name, b.height.max(60.0), 1);
    out.push_str("</g>");
}

fn rect(out: &mut String, b: Bounds, round: f64, width: f64, more: &str) {
    let _ = write!(
        out,
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{round:.0}\" stroke-width=\"{width}\"{more}/>",
        b.x, b.y, b.width, b.height
    );
}

fn gateway(out: &mut String, element: &Element, b: Bounds) {
    let (x, y) = (b.x + b.width / 2.0, b.y + b.height / 2.0);
    let _ = write!(
        out,
        "<path d=\"M{x:.1} {:.1}L{:.1} {y:.1}L{x:.1} {:.1}L{:.1} {y:.1}Z\" stroke-width=\"1.5\"/>",
        b.y,
        b.x + b.width,
        b.y + b.height,
        b.x
    );
    mark::gateway(out, element, (x, y), b.width.min(b.height) / 2.0);
}

fn circle(b: Bounds) -> (f64, f64, f64) {
    (b.x + b.width / 2.0, b.y + b.height / 2.0, b.width.min(b.height) / 2.0)
}

/// What hides the frame of an activity under an event at its edge.
pub(super) fn backing(out: &mut String, b: Bounds) {
    let (x, y, r) = circle(b);
    let _ = write!(
        out,
        "<circle class=\"c-tint--note\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r:.1}\" stroke=\"none\"/>"
    );
}

fn event(out: &mut String, element: &Element, b: Bounds) {
    let (x, y, r) = circle(b);
    let local = element.local();
    let goes_on = element.get("cancelActivity").or(element.get("isInterrupting")) == Some("false");
    let dashes = if goes_on { " class=\"m-goes-on\" stroke-dasharray=\"4 3\"" } else { "" };
    let width = if local == "endEvent" { 3.5 } else { 1.5 };
    let _ = write!(
        out,
        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r:.1}\" stroke-width=\"{width}\"{dashes}/>"
    );
    if matches!(local, "intermediateCatchEvent" | "intermediateThrowEvent" | "boundaryEvent") {
        let _ = write!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{:.1}\"{dashes}/>",
            (r - 3.0).max(1.0)
        );
    }
    mark::event(out, element, (x, y), r);
}

/// A badge with how many tokens are there, at the upper right corner, and a thick frame.
pub(super) fn badge(out: &mut String, b: Bounds, count: usize) {
    let (x, y) = (b.x + b.width, b.y);
    let frame = Bounds { x: b.x - 4.0, y: b.y - 4.0, width: b.width + 8.0, height: b.height + 8.0 };
    rect(out, frame, 10.0, 3.0, " stroke-dasharray=\"6 3\"");
    let _ = write!(
        out,
        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"11\" fill=\"Canvas\" stroke-width=\"2.5\"/><text x=\"{x:.1}\" y=\"{:.1}\" \
         text-anchor=\"middle\" font-size=\"13\" font-weight=\"700\" stroke=\"none\" fill=\"currentColor\">{count}</text>",
        y + 4.5
    );
}

/// A colour behind a shape.
pub(super) fn tint(out: &mut String, tint: &Tint, b: Bounds) {
    let class = format!(" class=\"c-tint--{}-{}\"", tint.kind, tint.shade);
    rect(out, b, 8.0, 0.0, &class);
}

/// A note in a frame, centred on a point: what a tint stands for.
pub(super) fn note(out: &mut String, tint: &Tint, x: f64, y: f64) {
    let said: String = tint.badge.chars().take(16).collect();
    let wide: f64 = said.chars().map(|c| if c.is_ascii() { 7.0 } else { 12.5 }).sum::<f64>() + 10.0;
    let frame = Bounds { x: x - wide / 2.0, y: y - 10.0, width: wide, height: 20.0 };
    rect(out, frame, 10.0, 1.5, " class=\"c-tint--note\"");
    let _ = write!(
        out,
        "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"12\" font-weight=\"700\" \
         stroke=\"none\" fill=\"currentColor\">{}</text>",
        y + 4.5,
        escaped(&said)
    );
}

/// Text in at most so many lines, centred.
pub(super) fn text(out: &mut String, x: f64, y: f64, said: &str, width: f64, lines: usize) {
    let mut rows: Vec<String> = Vec::new();
    let (mut row, mut used) = (String::new(), 0.0);
    let mut cut = false;
    for c in said.chars() {
        let wide = if c.is_ascii() { SIZE * 0.56 } else { SIZE };
        if used + wide > width && !row.is_empty() {
            rows.push(std::mem::take(&mut row));
            used = 0.0;
            if rows.len() == lines {
                cut = true;
                break;
            }
        }
        row.push(c);
        used += wide;
    }
    if !cut && !row.is_empty() {
        rows.push(row);
    }
    if cut && let Some(last) = rows.last_mut() {
        last.pop();
        last.push('…');
    }
    let top = if lines > 2 { y - (rows.len() as f64 - 1.0) * SIZE * 0.6 + SIZE / 3.0 } else { y };
    for (at, row) in rows.iter().enumerate() {
        let _ = write!(
            out,
            "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"{SIZE}\" fill=\"currentColor\" stroke=\"none\">{}</text>",
            top + at as f64 * SIZE * 1.2,
            escaped(row.trim())
        );
    }
}
