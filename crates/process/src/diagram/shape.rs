//! One shape of a drawing, by the kind of its element.

use super::{Bounds, Tint, escape};
use flow::process::{Element, Space};
use std::fmt::Write as _;

/// Room below events and gateways for their label.
pub(super) const LABEL: f64 = 34.0;
/// Size of text.
pub(super) const SIZE: f64 = 12.0;

/// Whether a kind holds others.
pub(super) fn is_around(local: &str) -> bool {
    matches!(local, "participant" | "lane" | "subProcess" | "adHocSubProcess" | "group")
}

/// Draws a shape with its name.
pub(super) fn draw(out: &mut String, element: &Element, b: Bounds) {
    let local = element.local();
    let name = element.get("name").unwrap_or_default().trim();
    let (middle, centre) = (b.x + b.width / 2.0, b.y + b.height / 2.0);
    let _ = write!(out, "<g><title>{}</title>", escape(if name.is_empty() { local } else { name }));
    match local {
        "participant" | "lane" => {
            rect(out, b, 0.0, 1.5, "");
            let (x, y) = (b.x + 15.0, centre);
            let _ = write!(out, "<g transform=\"rotate(-90 {x:.1} {y:.1})\">");
            text(out, x, y + SIZE / 3.0, name, b.height.max(60.0), 1);
            out.push_str("</g>");
        }
        "subProcess" | "adHocSubProcess" | "group" => {
            let dashes = match (local, element.get("triggeredByEvent")) {
                ("group", _) => " stroke-dasharray=\"10 6\"",
                (_, Some("true")) => " stroke-dasharray=\"2 4\"",
                _ => "",
            };
            rect(out, b, 10.0, 1.5, dashes);
            text(out, middle, b.y + SIZE + 6.0, name, b.width - 10.0, 1);
        }
        _ if local.ends_with("Gateway") => gateway(out, local, b),
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
            text(out, middle, b.y + SIZE + 4.0, &said, b.width - 8.0, 3);
        }
        _ => {
            let width = if local == "callActivity" { 3.5 } else { 1.5 };
            rect(out, b, 8.0, width, "");
            let _ = write!(
                out,
                "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"10\" fill=\"currentColor\" stroke=\"none\">{}</text>",
                b.x + 6.0,
                b.y + 14.0,
                glyph(local)
            );
            text(out, middle, centre, name, b.width - 12.0, 3);
        }
    }
    out.push_str("</g>");
}

/// A sign for the kind of a task.
fn glyph(local: &str) -> &'static str {
    match local {
        "userTask" => "☺",
        "manualTask" => "✋",
        "serviceTask" => "⚙",
        "businessRuleTask" => "▤",
        "scriptTask" => "ƒ",
        "sendTask" => "✉→",
        "receiveTask" => "→✉",
        _ => "",
    }
}

fn rect(out: &mut String, b: Bounds, round: f64, width: f64, more: &str) {
    let _ = write!(
        out,
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{round:.0}\" stroke-width=\"{width}\"{more}/>",
        b.x, b.y, b.width, b.height
    );
}

fn gateway(out: &mut String, local: &str, b: Bounds) {
    let (x, y) = (b.x + b.width / 2.0, b.y + b.height / 2.0);
    let _ = write!(
        out,
        "<path d=\"M{x:.1} {:.1}L{:.1} {y:.1}L{x:.1} {:.1}L{:.1} {y:.1}Z\" stroke-width=\"1.5\"/>",
        b.y,
        b.x + b.width,
        b.y + b.height,
        b.x
    );
    let r = b.width.min(b.height) / 5.0;
    let _ = match local {
        "parallelGateway" => write!(
            out,
            "<path d=\"M{:.1} {y:.1}h{2:.1}M{x:.1} {:.1}v{2:.1}\" stroke-width=\"3\"/>",
            x - r,
            y - r,
            2.0 * r
        ),
        "exclusiveGateway" => write!(
            out,
            "<path d=\"M{0:.1} {2:.1}L{1:.1} {3:.1}M{1:.1} {2:.1}L{0:.1} {3:.1}\" stroke-width=\"3\"/>",
            x - r * 0.7,
            x + r * 0.7,
            y - r * 0.7,
            y + r * 0.7
        ),
        "inclusiveGateway" => {
            write!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r:.1}\" stroke-width=\"2.5\"/>")
        }
        _ => write!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r:.1}\"/><circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{:.1}\"/>",
            r * 0.7
        ),
    };
}

fn event(out: &mut String, element: &Element, b: Bounds) {
    let (x, y, r) = (b.x + b.width / 2.0, b.y + b.height / 2.0, b.width.min(b.height) / 2.0);
    let local = element.local();
    let dashes = match element.get("cancelActivity").or(element.get("isInterrupting")) {
        Some("false") => " stroke-dasharray=\"4 3\"",
        _ => "",
    };
    let width = if local == "endEvent" { 3.5 } else { 1.5 };
    let _ = write!(
        out,
        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r:.1}\" stroke-width=\"{width}\"{dashes}/>"
    );
    if matches!(local, "intermediateCatchEvent" | "intermediateThrowEvent" | "boundaryEvent") {
        let _ = write!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{:.1}\"{dashes}/>", r - 3.0);
    }
    let definition = element
        .elements()
        .find(|child| child.space == Space::Bpmn && child.local().ends_with("EventDefinition"));
    let sign = match definition.map(Element::local) {
        Some("timerEventDefinition") => "◷",
        Some("messageEventDefinition") => "✉",
        Some("signalEventDefinition") => "△",
        Some("errorEventDefinition") => "↯",
        Some("escalationEventDefinition") => "▲",
        Some("conditionalEventDefinition") => "≡",
        Some("compensateEventDefinition") => "◀◀",
        Some("terminateEventDefinition") => "●",
        Some("linkEventDefinition") => "➜",
        _ => "",
    };
    if !sign.is_empty() {
        let _ = write!(
            out,
            "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"{:.0}\" fill=\"currentColor\" stroke=\"none\">{sign}</text>",
            y + r * 0.4,
            r.max(6.0)
        );
    }
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
        escape(&said)
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
            escape(row.trim())
        );
    }
}
