//! The drawing of a document as SVG, made on the server from its diagram interchange.
//!
//! Invariants: every text is escaped, every number finite and bounded; no style, no script, no
//! colour that says what nothing else says: where an instance is, a badge with a number shows.
//!
//! Must not know: how a process runs.

mod edge;
mod label;
mod mark;
mod shape;

use crate::definition::walk;
use flow::process::{Document, Element, Space};
use markup::escaped;
use shape::Shape;
use std::collections::BTreeMap;

/// Shapes and edges drawn.
const DRAWN_MAX: usize = 4_000;
/// Largest coordinate.
const PLACE_MAX: f64 = 100_000.0;
/// Room around the drawing.
const MARGIN: f64 = 20.0;
/// Width from which a drawing keeps its size.
const WIDE: f64 = 1_000.0;

/// A rectangle of the drawing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// What a drawing says about itself.
#[derive(Clone, Copy, Debug)]
pub struct Meta<'a> {
    /// Element id, unique on the page: ASCII letters, digits and `-`.
    pub id: &'a str,
    /// What is shown.
    pub title: &'a str,
    /// The same in a sentence, read out in place of the picture.
    pub text: &'a str,
}

/// A colour behind an element, and what it says beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tint {
    /// Class of the stylesheet: `heat`, `new`, `old` or `changed`.
    pub kind: &'static str,
    /// Shade, from 1.
    pub shade: u8,
    /// What a badge says: the number or the word the colour stands for.
    pub badge: String,
}

/// Draws a document; `marks` are how many tokens are at a node. None when it has no diagram.
pub fn svg(document: &Document, meta: Meta<'_>, marks: &BTreeMap<String, usize>) -> Option<String> {
    draw(document, meta, marks, &BTreeMap::new())
}

/// Draws a document with tints by element id. None when it has no diagram.
pub fn tinted(
    document: &Document,
    meta: Meta<'_>,
    tints: &BTreeMap<String, Tint>,
) -> Option<String> {
    draw(document, meta, &BTreeMap::new(), tints)
}

fn draw(
    document: &Document,
    meta: Meta<'_>,
    marks: &BTreeMap<String, usize>,
    tints: &BTreeMap<String, Tint>,
) -> Option<String> {
    let mut elements: BTreeMap<&str, &Element> = BTreeMap::new();
    let (mut shapes, mut edges) = (Vec::new(), Vec::new());
    walk(&document.root, &mut |element| match (element.space, element.local()) {
        (Space::Bpmn, _) => {
            if let Some(id) = element.get("id") {
                elements.insert(id, element);
            }
        }
        (_, "BPMNShape") if shapes.len() < DRAWN_MAX => shapes.push(element),
        (_, "BPMNEdge") if edges.len() < DRAWN_MAX => edges.push(element),
        _ => {}
    });
    let mut shapes: Vec<Shape<'_>> =
        shapes.into_iter().filter_map(|drawn| shape_of(&elements, drawn)).collect();
    // An event at the edge of an activity lies over it.
    shapes.sort_by_key(|shape| shape.element.local() == "boundaryEvent");
    let edges: Vec<(&Element, Vec<(f64, f64)>)> = edges
        .into_iter()
        .filter_map(|edge| Some((*elements.get(edge.get("bpmnElement")?)?, points(edge)?)))
        .collect();
    let labels = label::places(document);
    let (left, top, right, bottom) = extent(&shapes, &edges, &labels)?;
    let (width, height) = (right - left + 2.0 * MARGIN, bottom - top + 2.0 * MARGIN);
    let id = meta.id;
    // Beyond a page's width it keeps its size and is scrolled: shrunk, nobody could read it.
    let wide = if width > WIDE { format!(" width=\"{width:.0}\"") } else { String::new() };
    let mut out = format!(
        "<svg{wide} viewBox=\"{:.0} {:.0} {width:.0} {height:.0}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\" \
         fill=\"none\" stroke=\"currentColor\"><title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>\
         <defs>{}</defs>",
        left - MARGIN,
        top - MARGIN,
        escaped(meta.title),
        escaped(meta.text),
        edge::ends(id),
    );
    // What holds others is drawn before what it holds.
    let (around, within): (Vec<&Shape<'_>>, Vec<&Shape<'_>>) =
        shapes.iter().partition(|shape| shape::is_around(shape.element.local()));
    let tint = |element: &Element| element.get("id").and_then(|id| tints.get(id));
    for shape in around {
        if let Some(tint) = tint(shape.element) {
            shape::tint(&mut out, tint, shape.head());
        }
        shape::draw(&mut out, shape);
    }
    for (element, points) in &edges {
        let source = element.get("sourceRef").and_then(|id| elements.get(id)).copied();
        edge::draw(&mut out, id, element, source, points);
        if let Some((tint, (x, y))) = tint(element).zip(points.get(points.len() / 2)) {
            shape::note(&mut out, tint, *x, *y);
        }
    }
    for shape in within {
        if shape.element.local() == "boundaryEvent" {
            shape::backing(&mut out, shape.bounds);
        }
        if let Some(tint) = tint(shape.element) {
            shape::tint(&mut out, tint, shape.bounds);
        }
        shape::draw(&mut out, shape);
    }
    for shape in &shapes {
        let bounds = shape.bounds;
        if let Some(tint) = tint(shape.element) {
            shape::note(&mut out, tint, bounds.x + bounds.width, bounds.y);
        }
        if let Some(count) = shape.element.get("id").and_then(|id| marks.get(id)) {
            shape::badge(&mut out, bounds, *count);
        }
    }
    label::draw(&mut out, &shapes, &edges, &labels);
    out.push_str("</svg>");
    Some(out)
}

fn shape_of<'a>(elements: &BTreeMap<&str, &'a Element>, drawn: &Element) -> Option<Shape<'a>> {
    let element = *elements.get(drawn.get("bpmnElement")?)?;
    let sub = element.local().ends_with("ubProcess");
    Some(Shape {
        element,
        bounds: bounds(drawn)?,
        collapsed: sub && drawn.get("isExpanded") == Some("false"),
        upright: drawn.get("isHorizontal") == Some("false"),
    })
}

fn extent(
    shapes: &[Shape<'_>],
    edges: &[(&Element, Vec<(f64, f64)>)],
    labels: &BTreeMap<&str, Bounds>,
) -> Option<(f64, f64, f64, f64)> {
    let corners = shapes
        .iter()
        .map(|shape| shape.bounds)
        .flat_map(|one| [(one.x, one.y), (one.x + one.width, one.y + one.height + shape::LABEL)]);
    let points = edges.iter().flat_map(|(_, points)| points.iter().copied());
    let said = labels.values();
    let said = said.flat_map(|one| [(one.x, one.y), (one.x + one.width, one.y + one.height)]);
    corners.chain(points).chain(said).fold(None, |extent: Option<(f64, f64, f64, f64)>, (x, y)| {
        let (left, top, right, bottom) = extent.unwrap_or((x, y, x, y));
        Some((left.min(x), top.min(y), right.max(x), bottom.max(y)))
    })
}

fn number(element: &Element, name: &str) -> Option<f64> {
    let value: f64 = element.get(name)?.trim().parse().ok()?;
    (value.is_finite() && value.abs() <= PLACE_MAX).then_some(value)
}

fn bounds(shape: &Element) -> Option<Bounds> {
    let one = shape.elements().find(|child| child.local() == "Bounds")?;
    let (x, y) = (number(one, "x")?, number(one, "y")?);
    let (width, height) = (number(one, "width")?, number(one, "height")?);
    (width > 0.0 && height > 0.0).then_some(Bounds { x, y, width, height })
}

fn points(edge: &Element) -> Option<Vec<(f64, f64)>> {
    let points = edge.elements().filter(|child| child.local() == "waypoint").take(100);
    let points: Vec<(f64, f64)> =
        points.filter_map(|one| Some((number(one, "x")?, number(one, "y")?))).collect();
    (points.len() > 1).then_some(points)
}
