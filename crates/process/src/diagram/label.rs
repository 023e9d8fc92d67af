//! Names of events, gateways and arrows: where whoever drew them put them, else beneath the shape or
//! on the middle of the arrow.
//!
//! Must not know: what is drawn around them.

use super::shape::{self, SIZE, Shape};
use super::{Bounds, bounds};
use crate::definition::walk;
use flow::process::{Document, Element};
use std::collections::BTreeMap;

/// Width in which a name beneath a shape is broken.
const BENEATH: f64 = 120.0;
/// Width in which a name on an arrow is cut.
const ALONG: f64 = 140.0;

/// Where names were put, by the id of what they name.
pub(super) fn places(document: &Document) -> BTreeMap<&str, Bounds> {
    let mut places = BTreeMap::new();
    walk(&document.root, &mut |element| {
        let label = element.elements().find(|child| child.local() == "BPMNLabel");
        if let Some((of, place)) = element.get("bpmnElement").zip(label.and_then(bounds)) {
            places.insert(of, place);
        }
    });
    places
}

/// Writes the names.
pub(super) fn draw(
    out: &mut String,
    shapes: &[Shape<'_>],
    edges: &[(&Element, Vec<(f64, f64)>)],
    places: &BTreeMap<&str, Bounds>,
) {
    for shape in shapes {
        let (element, b) = (shape.element, shape.bounds);
        let local = element.local();
        if local.ends_with("Gateway") || local.ends_with("Event") || shape::is_data(local) {
            let beneath = (b.x + b.width / 2.0, b.y + b.height + SIZE + 4.0);
            write(out, element, places, Some(beneath), (BENEATH, 2));
        }
    }
    for (element, points) in edges {
        let middle = points.get((points.len() - 1) / 2).zip(points.get(points.len().div_ceil(2)));
        let on = middle.map(|((x1, y1), (x2, y2))| ((x1 + x2) / 2.0, (y1 + y2) / 2.0 - 6.0));
        write(out, element, places, on, (ALONG, 1));
    }
}

/// Writes a name where it was put, else at the middle of its first line.
fn write(
    out: &mut String,
    element: &Element,
    places: &BTreeMap<&str, Bounds>,
    otherwise: Option<(f64, f64)>,
    (width, lines): (f64, usize),
) {
    let name = element.get("name").unwrap_or_default().trim();
    let put = element.get("id").and_then(|id| places.get(id));
    let put = put.map(|place| (place.x + place.width / 2.0, place.y + SIZE));
    if let (false, Some((x, y))) = (name.is_empty(), put.or(otherwise)) {
        shape::text(out, x, y, name, width, lines);
    }
}
