//! The face of an official seal as SVG: vermilion ring, the agency's name along the upper arc, a
//! five-pointed star in a round one, the code along the lower arc; for a purpose a line of text below
//! the star; an officer's square with his name.
//!
//! Form after 国发〔1999〕25号 (seals of state organs are round, with a star in the middle and the
//! name around it from left to right). Invariants: every face carries 演示, so that none passes
//! for a seal in force; the same face gives the same bytes; names are escaped and bounded.
//! Must not know: certificates, signatures.

use kernel::{Error, Result};
use markup::escaped;
use std::f64::consts::PI;
use std::fmt::Write;

/// Vermilion of seals; nothing else on a page has it.
const COLOR: &str = "#c8421f";
const FONTS: &str = "Noto Serif CJK SC, Noto Serif SC, Source Han Serif SC, Songti SC, SimSun";
/// Most characters of an agency's name.
const AGENCY_CHARS_MAX: usize = 40;
/// Most characters of a seal's code.
const CODE_CHARS_MAX: usize = 24;
/// Most characters below the star, or of an officer's name.
const LINE_CHARS_MAX: usize = 12;
/// Width of the text below the star.
const LINE_WIDTH: f64 = 104.0;
/// Half the angle that the agency's name may take, from the top.
const AGENCY_HALF: f64 = 2.25;
/// Half the angle that the code may take, from the bottom.
const CODE_HALF: f64 = 0.70;
/// Straight pieces by which the length along an ellipse is measured.
const PIECES: usize = 720;

/// The outline of a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealKind {
    /// 圆章: organs and their offices; with a star.
    Round,
    /// 椭圆章: business and counter seals; without one.
    Oval,
}

/// What is engraved.
#[derive(Clone, Copy, Debug)]
pub struct SealFace<'a> {
    /// The agency's full name, 1 to 40 characters.
    pub agency: &'a str,
    /// The outline.
    pub kind: SealKind,
    /// The seal's code, at most 24 characters; may be empty.
    pub code: &'a str,
}

/// The seal as SVG. A round one is 200 units across, an oval one 200 by 140. Errors:
/// `document.seal` (422) with the field at fault.
pub fn seal_svg(face: SealFace<'_>) -> Result<String> {
    draw(face, &[])
}

/// A round seal for a purpose, with that text of 1 to 12 characters below the star. Errors: as
/// [`seal_svg`].
pub fn special_seal_svg(agency: &str, line: &str, code: &str) -> Result<String> {
    let line: Vec<char> = line.trim().chars().collect();
    if line.is_empty() || line.len() > LINE_CHARS_MAX {
        return Err(Error::invalid("document.seal").field("line", "document.seal_agency"));
    }
    draw(SealFace { agency, kind: SealKind::Round, code }, &line)
}

/// An officer's square seal: up to four characters in two columns from right to left, a shorter name
/// filled up as engravers do, a longer one in a row. 200 units wide and high. Errors: as
/// [`seal_svg`].
pub fn personal_seal_svg(name: &str) -> Result<String> {
    let mut name: Vec<char> = name.trim().chars().collect();
    if name.is_empty() || name.len() > LINE_CHARS_MAX {
        return Err(Error::invalid("document.seal").field("agency", "document.seal_agency"));
    }
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"200\" height=\"200\" \
         viewBox=\"0 0 200 200\"><g fill=\"{COLOR}\" font-family=\"{FONTS}\" \
         text-anchor=\"middle\"><rect x=\"16\" y=\"4\" width=\"168\" height=\"168\" fill=\"none\" \
         stroke=\"{COLOR}\" stroke-width=\"7\"/>"
    );
    match name.len() {
        2 => name.extend(['之', '印']),
        3 => name.push('印'),
        _ => {}
    }
    if let [a, b, c, d] = name[..] {
        for (c, x, y) in [(a, 138.0, 81.0), (b, 138.0, 157.0), (c, 62.0, 81.0), (d, 62.0, 157.0)] {
            glyph(&mut out, c, x, y, 0.0, 70.0, 700);
        }
    } else {
        let size = (150.0 / name.len() as f64).min(70.0);
        let first = 100.0 - size * (name.len() - 1) as f64 / 2.0;
        for (i, c) in name.iter().enumerate() {
            glyph(&mut out, *c, first + size * i as f64, 88.0 + size * 0.37, 0.0, size, 700);
        }
    }
    line(&mut out, 195.0, 20.0, "演示");
    out.push_str("</g></svg>");
    Ok(out)
}

fn draw(face: SealFace<'_>, below: &[char]) -> Result<String> {
    let agency: Vec<char> = face.agency.trim().chars().collect();
    let code: Vec<char> = face.code.trim().chars().collect();
    let mut faults = Error::invalid("document.seal");
    if agency.is_empty() || agency.len() > AGENCY_CHARS_MAX {
        faults = faults.field("agency", "document.seal_agency");
    }
    if code.len() > CODE_CHARS_MAX {
        faults = faults.field("code", "document.seal_code");
    }
    faults.if_any_field()?;

    let (half_height, name_size) = match face.kind {
        SealKind::Round => (100.0, 25.0),
        SealKind::Oval => (70.0, 19.0),
    };
    let ring = Ellipse { cy: half_height, a: 96.0, b: half_height - 4.0 };
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"200\" height=\"{h}\" \
         viewBox=\"0 0 200 {h}\"><g fill=\"{COLOR}\" font-family=\"{FONTS}\" \
         text-anchor=\"middle\"><ellipse cx=\"100\" cy=\"{c}\" rx=\"{a}\" ry=\"{b}\" \
         fill=\"none\" stroke=\"{COLOR}\" stroke-width=\"5\"/>",
        h = 2.0 * half_height,
        c = ring.cy,
        a = ring.a,
        b = ring.b,
    );
    engrave_name(&mut out, &ring, &agency, name_size);
    engrave_code(&mut out, &ring, &code);
    match face.kind {
        SealKind::Round if below.is_empty() => {
            star(&mut out, 100.0, 94.0, 31.0);
            line(&mut out, 147.0, 17.0, "演示");
        }
        SealKind::Round => {
            star(&mut out, 100.0, 84.0, 27.0);
            let size = (LINE_WIDTH / below.len() as f64).min(17.0);
            line(&mut out, 133.0, size, &escaped(&below.iter().collect::<String>()));
            line(&mut out, 155.0, 14.0, "演示");
        }
        SealKind::Oval => line(&mut out, 82.0, 27.0, "演示"),
    }
    out.push_str("</g></svg>");
    Ok(out)
}

/// An ellipse around x = 100; angles run clockwise from the top.
struct Ellipse {
    cy: f64,
    a: f64,
    b: f64,
}

impl Ellipse {
    /// The same centre, smaller by a distance.
    fn inset(&self, by: f64) -> Ellipse {
        Ellipse { cy: self.cy, a: self.a - by, b: self.b - by }
    }

    fn point(&self, angle: f64) -> (f64, f64) {
        (100.0 + self.a * angle.sin(), self.cy - self.b * angle.cos())
    }

    /// Direction of the outward normal, clockwise from the top, in degrees.
    fn normal_deg(&self, angle: f64) -> f64 {
        (angle.sin() / self.a).atan2(angle.cos() / self.b).to_degrees()
    }

    /// Angles of `count` points equally far from each other along the curve, the first at
    /// `-half` from `middle` and the last at `+half`; and that distance, endless for one point.
    fn spread(&self, middle: f64, half: f64, count: usize) -> (Vec<f64>, f64) {
        let at = |i: usize| middle - half + 2.0 * half * i as f64 / PIECES as f64;
        let mut lengths = vec![0.0];
        for i in 1..=PIECES {
            let ((x0, y0), (x1, y1)) = (self.point(at(i - 1)), self.point(at(i)));
            lengths.push(lengths[i - 1] + (x1 - x0).hypot(y1 - y0));
        }
        if count < 2 {
            return (vec![middle; count], f64::INFINITY);
        }
        let step = lengths[PIECES] / (count - 1) as f64;
        let angles = (0..count)
            .map(|i| at(lengths.partition_point(|l| *l < step * i as f64).min(PIECES)))
            .collect();
        (angles, step)
    }
}

/// The name along the upper arc, the feet of its characters towards the middle. A short name does
/// not run all the way round.
fn engrave_name(out: &mut String, ring: &Ellipse, name: &[char], size_max: f64) {
    let inner = ring.inset(size_max + 8.0);
    let half = (0.31 * name.len().saturating_sub(1) as f64).min(AGENCY_HALF);
    let (angles, step) = inner.spread(0.0, half, name.len());
    let size = size_max.min(step * 0.94);
    // A smaller character sits nearer to the ring, where the arc is longer.
    let feet = ring.inset(size + 8.0);
    for (c, angle) in name.iter().zip(angles) {
        let (x, y) = feet.point(angle);
        glyph(out, *c, x, y, feet.normal_deg(angle), size, 700);
    }
}

/// The code along the lower arc, read from left to right with its feet towards the ring.
fn engrave_code(out: &mut String, ring: &Ellipse, code: &[char]) {
    let feet = ring.inset(6.5);
    let half = (0.05 * code.len().saturating_sub(1) as f64).min(CODE_HALF);
    let (angles, step) = feet.spread(PI, half, code.len());
    let size = 10.5_f64.min(step * 1.6);
    for (c, angle) in code.iter().zip(angles.into_iter().rev()) {
        let (x, y) = feet.point(angle);
        glyph(out, *c, x, y, feet.normal_deg(angle) + 180.0, size, 400);
    }
}

fn glyph(out: &mut String, c: char, x: f64, y: f64, turn_deg: f64, size: f64, weight: u16) {
    let text = escaped(c.encode_utf8(&mut [0; 4]));
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "<text x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{size:.2}\" font-weight=\"{weight}\" \
         transform=\"rotate({turn_deg:.2} {x:.2} {y:.2})\">{text}</text>"
    );
}

fn line(out: &mut String, y: f64, size: f64, text: &str) {
    let _ = write!(
        out,
        "<text x=\"100\" y=\"{y}\" font-size=\"{size}\" font-weight=\"700\">{text}</text>"
    );
}

/// A five-pointed star, a point upwards.
fn star(out: &mut String, cx: f64, cy: f64, radius: f64) {
    // Ratio of the inner to the outer radius of a regular pentagram.
    let inner = radius * (PI / 10.0).sin() / (3.0 * PI / 10.0).sin();
    out.push_str("<polygon points=\"");
    for i in 0..10 {
        let r = if i % 2 == 0 { radius } else { inner };
        let angle = PI / 5.0 * f64::from(i);
        let _ = write!(out, "{:.2},{:.2} ", cx + r * angle.sin(), cy - r * angle.cos());
    }
    out.push_str("\"/>");
}
