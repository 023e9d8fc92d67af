//! Arrows: flows with their default slash and condition diamond, message flows, associations.
//!
//! Must not know: what they lead to but where they begin.

use flow::process::Element;
use std::fmt::Write as _;

/// Draws an arrow; `source` is the element it begins at, `id` names the drawing's markers.
pub(super) fn draw(
    out: &mut String,
    id: &str,
    element: &Element,
    source: Option<&Element>,
    points: &[(f64, f64)],
) {
    let mut path = String::new();
    for (at, (x, y)) in points.iter().enumerate() {
        let _ = write!(path, "{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" });
    }
    let (kind, more) = match element.local() {
        "sequenceFlow" => ("flow", format!(" marker-end=\"url(#{id}-a)\"")),
        "messageFlow" => (
            "message-flow",
            format!(
                " stroke-dasharray=\"8 5\" marker-start=\"url(#{id}-c)\" marker-end=\"url(#{id}-o)\""
            ),
        ),
        "association" => {
            let way = element.get("associationDirection").unwrap_or_default();
            let end = if matches!(way, "One" | "Both") { "v" } else { "" };
            let start = if way == "Both" { "v" } else { "" };
            ("association", open_ends(id, start, end))
        }
        _ => ("data", open_ends(id, "", "v")),
    };
    let _ = write!(out, "<path class=\"e-{kind}\" d=\"{path}\" stroke-width=\"1.5\"{more}/>");
    let Some(([from, to], source)) = points.first_chunk().zip(source) else { return };
    if element.local() != "sequenceFlow" {
        return;
    }
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy);
    if length < 1.0 {
        return;
    }
    let angle = dy.atan2(dx).to_degrees();
    let place = format!("transform=\"translate({:.1} {:.1}) rotate({angle:.1})\"", from.0, from.1);
    let is_default = element.get("id").is_some() && source.get("default") == element.get("id");
    if is_default {
        let _ = write!(
            out,
            "<path class=\"m-default\" {place} d=\"M8 5L13 -5\" stroke-width=\"1.5\"/>"
        );
    } else if element.child("conditionExpression").is_some() && !source.local().ends_with("Gateway")
    {
        let _ = write!(
            out,
            "<path class=\"m-condition c-tint--note\" {place} d=\"M0 0L8 -5L16 0L8 5Z\" stroke-width=\"1.2\"/>"
        );
    }
}

fn open_ends(id: &str, start: &str, end: &str) -> String {
    let mut more = " stroke-dasharray=\"2 4\"".to_owned();
    for (side, marker) in [("start", start), ("end", end)] {
        if !marker.is_empty() {
            let _ = write!(more, " marker-{side}=\"url(#{id}-{marker})\"");
        }
    }
    more
}

/// The ends of arrows: full, open, a circle, and two strokes.
pub(super) fn ends(id: &str) -> String {
    let marker = |name: &str, x: f64, size: f64, inner: &str| {
        format!(
            "<marker id=\"{id}-{name}\" viewBox=\"0 0 10 10\" refX=\"{x}\" refY=\"5\" markerWidth=\"{size}\" \
             markerHeight=\"{size}\" orient=\"auto-start-reverse\">{inner}</marker>"
        )
    };
    let full = "<path d=\"M0 1L9 5L0 9Z\" fill=\"currentColor\" stroke=\"none\"/>";
    let open = "<path class=\"c-tint--note\" d=\"M1 1L9 5L1 9Z\"/>";
    let circle = "<circle class=\"c-tint--note\" cx=\"5\" cy=\"5\" r=\"3.5\"/>";
    let strokes = "<path d=\"M2 1L9 5L2 9\"/>";
    [
        marker("a", 9.0, 8.0, full),
        marker("o", 9.0, 9.0, open),
        marker("c", 5.0, 8.0, circle),
        marker("v", 9.0, 8.0, strokes),
    ]
    .concat()
}
