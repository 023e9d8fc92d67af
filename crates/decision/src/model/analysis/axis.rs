//! A column of a table, cut into atoms: values between which no cell distinguishes.
//!
//! Invariants
//! - Atoms do not meet, and together are all values of the column but null.
//! - A number is dense (between 5 and 6 lies 5.5); a date is a day.
//!
//! Must not know: rules beyond their cells.

use crate::feel::{any, digits};
use crate::model::table::Table;
use dsntk_feel::values::Value;
use dsntk_feel::{FeelNumber, FeelScope, FeelType, IntervalType};
use dsntk_feel_evaluator::evaluate;
use dsntk_feel_parser::AstNode;
use dsntk_feel_temporal::FeelDate;
use std::cmp::Ordering;

/// A constant of a cell.
#[derive(Clone, Debug, PartialEq)]
enum Point {
    Number(FeelNumber),
    Day(FeelDate),
    Text(String),
    Truth(bool),
}

/// A constant and whether it belongs to what it ends.
type End = Option<(Point, bool)>;

/// A part of what a cell allows.
#[derive(Clone, Debug)]
enum Piece {
    Equal(Point),
    Except(Point),
    Between(End, End),
    Nothing,
}

/// What a cell allows.
#[derive(Clone, Debug, Default)]
struct Set {
    pieces: Vec<Piece>,
    negated: bool,
}

/// A cell; none when it tests nothing.
type Cell = Option<Set>;

/// An atom: a point, or what lies between two.
#[derive(Clone, Debug)]
enum Atom {
    Point(Point),
    /// Numbers strictly between.
    Open(Option<FeelNumber>, Option<FeelNumber>),
    /// Days from the first to before the second.
    Days(Option<FeelDate>, Option<FeelDate>),
    /// A text that no cell mentions.
    Other,
    /// Any value: no cell tests it.
    Any,
}

/// A column.
pub struct Axis {
    atoms: Vec<Atom>,
    /// By rule, then by atom.
    cells: Vec<Option<Vec<bool>>>,
    allowed: Vec<bool>,
    kind: FeelType,
}

/// Cuts a column. Errors: the rule whose cell cannot be read, from 1; 0 for its allowed values.
pub fn read(table: &Table, column: usize) -> Result<Axis, usize> {
    let Some(of) = table.columns.get(column) else { return Err(0) };
    let limits = of.allowed.as_ref().map(|allowed| &allowed.node).or(of.domain.as_ref());
    let allowed = limits.map(|node| set(node).ok_or(0_usize)).transpose()?.flatten();
    let mut cells: Vec<Cell> = Vec::new();
    for (number, rule) in table.rules.iter().enumerate() {
        let test = rule.tests.get(column).and_then(Option::as_ref);
        let cell = test.map(|test| set(&test.node).ok_or(number + 1)).transpose()?;
        cells.push(cell.flatten());
    }
    let all = || cells.iter().chain([&allowed]);
    let points: Vec<Point> = all().flatten().flat_map(points).collect();
    if let Some(first) = points.first()
        && let Some(other) = points.iter().find(|point| !same_kind(first, point))
    {
        let holds =
            |cell: &Cell| cell.iter().flat_map(self::points).any(|point| same_kind(&point, other));
        return Err(cells.iter().position(holds).map_or(0, |rule| rule + 1));
    }
    let enumerated = allowed.as_ref().is_some_and(|set| !set.negated);
    let atoms = atoms(points, &of.kind, enumerated);
    let cover = |set: &Set| set.cover(&atoms);
    let covered = cells.iter().map(|cell| cell.as_ref().map(cover)).collect();
    let allowed = match &allowed {
        Some(set) => cover(set),
        None => vec![true; atoms.len()],
    };
    Ok(Axis { atoms, cells: covered, allowed, kind: of.kind.clone() })
}

impl Axis {
    /// How many atoms there are.
    pub fn atoms(&self) -> usize {
        self.atoms.len()
    }

    /// True when the rule matches there.
    pub fn covers(&self, rule: usize, atom: usize) -> bool {
        match self.cells.get(rule) {
            Some(Some(cell)) => cell.get(atom).copied().unwrap_or(false),
            Some(None) => true,
            None => false,
        }
    }

    /// True when the column may have values there.
    pub fn is_allowed(&self, atom: usize) -> bool {
        self.allowed.get(atom).copied().unwrap_or(false)
    }

    /// A value of an atom.
    pub fn example(&self, atom: usize) -> Value {
        match self.atoms.get(atom) {
            Some(Atom::Point(Point::Number(number))) => Value::Number(*number),
            Some(Atom::Point(Point::Day(day))) => Value::Date(day.clone()),
            Some(Atom::Point(Point::Text(text))) => Value::String(text.clone()),
            Some(Atom::Point(Point::Truth(truth))) => Value::Boolean(*truth),
            Some(Atom::Open(low, high)) => Value::Number(between(*low, *high)),
            Some(Atom::Days(Some(first), _)) => Value::Date(first.clone()),
            Some(Atom::Days(None, Some(end))) => {
                end.sub_days(1).map_or(Value::Null(None), Value::Date)
            }
            Some(Atom::Other) => Value::String(self.unmentioned()),
            _ => self.anything(),
        }
    }

    /// A text that no cell mentions.
    fn unmentioned(&self) -> String {
        let mentioned = |text: &str| {
            self.atoms
                .iter()
                .any(|atom| matches!(atom, Atom::Point(Point::Text(own)) if own == text))
        };
        let mut text = "其他".to_owned();
        while mentioned(&text) {
            text.push('他');
        }
        text
    }

    /// Some value of a column that no cell tests.
    fn anything(&self) -> Value {
        match &self.kind {
            FeelType::Number => Value::Number(FeelNumber::zero()),
            FeelType::Boolean => Value::Boolean(true),
            FeelType::String => Value::String("其他".into()),
            FeelType::Date => FeelDate::new(2000, 1, 1).map_or(Value::Null(None), Value::Date),
            _ => Value::Null(None),
        }
    }

    /// Atoms as unary tests; atoms beside each other are one.
    pub fn text(&self, atoms: &[usize]) -> String {
        let run = |run: Vec<usize>| match run[..] {
            [] => String::new(),
            [first, ..] => self.run_text(first, run.last().copied().unwrap_or(first)),
        };
        self.runs(atoms).into_iter().map(run).collect::<Vec<_>>().join(", ")
    }

    /// Atoms in groups of those beside each other.
    pub fn runs(&self, atoms: &[usize]) -> Vec<Vec<usize>> {
        let mut runs: Vec<Vec<usize>> = Vec::new();
        for atom in atoms {
            match runs.last_mut() {
                Some(run) if run.last().is_some_and(|last| self.joins(*last, *atom)) => {
                    run.push(*atom);
                }
                _ => runs.push(vec![*atom]),
            }
        }
        runs
    }

    fn joins(&self, a: usize, b: usize) -> bool {
        let ordered = |at: usize| {
            let atom = self.atoms.get(at);
            matches!(atom, Some(Atom::Point(Point::Number(_)) | Atom::Open(..) | Atom::Days(..)))
        };
        b == a + 1 && ordered(a) && ordered(b)
    }

    fn run_text(&self, first: usize, last: usize) -> String {
        let (Some(a), Some(b)) = (self.atoms.get(first), self.atoms.get(last)) else {
            return String::new();
        };
        let low = match a {
            Atom::Point(Point::Number(number)) => Some((digits(*number), true)),
            Atom::Open(low, _) => low.map(|low| (digits(low), false)),
            Atom::Days(first, _) => first.as_ref().map(|day| (quoted(day), true)),
            Atom::Point(Point::Text(text)) => return format!("{text:?}"),
            Atom::Point(Point::Truth(truth)) => return truth.to_string(),
            Atom::Point(Point::Day(day)) => Some((quoted(day), true)),
            Atom::Other => return format!("not({})", self.mentioned()),
            Atom::Any => return "-".to_owned(),
        };
        let high = match b {
            Atom::Point(Point::Number(number)) => Some((digits(*number), true)),
            Atom::Open(_, high) => high.map(|high| (digits(high), false)),
            Atom::Days(_, end) => {
                end.as_ref().and_then(|day| day.sub_days(1)).map(|day| (quoted(&day), true))
            }
            _ => None,
        };
        match (low, high) {
            (None, None) => "-".to_owned(),
            (Some((low, closed)), None) => format!("{} {low}", if closed { ">=" } else { ">" }),
            (None, Some((high, closed))) => format!("{} {high}", if closed { "<=" } else { "<" }),
            (Some((low, true)), Some((high, true))) if low == high => low,
            (Some((low, from)), Some((high, to))) => {
                let (open, close) = (if from { '[' } else { '(' }, if to { ']' } else { ')' });
                format!("{open}{low}..{high}{close}")
            }
        }
    }

    fn mentioned(&self) -> String {
        let texts = self.atoms.iter().filter_map(|atom| match atom {
            Atom::Point(Point::Text(text)) => Some(format!("{text:?}")),
            _ => None,
        });
        texts.collect::<Vec<_>>().join(", ")
    }
}

fn quoted(day: &FeelDate) -> String {
    format!("date(\"{day}\")")
}

fn between(low: Option<FeelNumber>, high: Option<FeelNumber>) -> FeelNumber {
    match (low, high) {
        (Some(low), Some(high)) => (low + high) / FeelNumber::two(),
        (Some(low), None) => low + FeelNumber::one(),
        (None, Some(high)) => high - FeelNumber::one(),
        (None, None) => FeelNumber::zero(),
    }
}

fn same_kind(a: &Point, b: &Point) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

fn order(a: &Point, b: &Point) -> Ordering {
    match (a, b) {
        (Point::Number(a), Point::Number(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
        (Point::Day(a), Point::Day(b)) => a.cmp(b),
        (Point::Text(a), Point::Text(b)) => a.cmp(b),
        (Point::Truth(a), Point::Truth(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}

fn atoms(mut points: Vec<Point>, kind: &FeelType, enumerated: bool) -> Vec<Atom> {
    points.sort_by(order);
    points.dedup_by(|a, b| order(a, b).is_eq());
    match points.first() {
        None if *kind == FeelType::Boolean => truths(),
        None => vec![Atom::Any],
        Some(Point::Truth(_)) => truths(),
        Some(Point::Text(_)) => {
            let other = (!enumerated).then_some(Atom::Other);
            points.into_iter().map(Atom::Point).chain(other).collect()
        }
        Some(Point::Number(_)) => {
            let mut atoms = Vec::new();
            let mut low = None;
            for point in points {
                let Point::Number(number) = point else { continue };
                atoms.push(Atom::Open(low, Some(number)));
                atoms.push(Atom::Point(point));
                low = Some(number);
            }
            atoms.push(Atom::Open(low, None));
            atoms
        }
        Some(Point::Day(_)) => {
            // A day and the day after it are where something can begin.
            let days = points.iter().flat_map(|point| match point {
                Point::Day(day) => vec![Some(day.clone()), day.add_days(1)],
                _ => Vec::new(),
            });
            let mut cuts: Vec<FeelDate> = days.flatten().collect();
            cuts.sort();
            cuts.dedup();
            let mut atoms = Vec::new();
            let mut first = None;
            for cut in cuts {
                atoms.push(Atom::Days(first, Some(cut.clone())));
                first = Some(cut);
            }
            atoms.push(Atom::Days(first, None));
            atoms
        }
    }
}

fn truths() -> Vec<Atom> {
    vec![Atom::Point(Point::Truth(false)), Atom::Point(Point::Truth(true))]
}

fn points(set: &Set) -> Vec<Point> {
    let ends = set.pieces.iter().flat_map(|piece| match piece {
        Piece::Equal(point) | Piece::Except(point) => vec![Some(point.clone())],
        Piece::Between(low, high) => {
            let end = |end: &End| end.as_ref().map(|(point, _)| point.clone());
            vec![end(low), end(high)]
        }
        Piece::Nothing => Vec::new(),
    });
    ends.flatten().collect()
}

impl Set {
    /// The atoms it allows.
    fn cover(&self, atoms: &[Atom]) -> Vec<bool> {
        let mut covered = vec![self.negated; atoms.len()];
        let mut mark = |first: usize, end: usize, holds: bool| {
            for atom in covered.iter_mut().take(end).skip(first) {
                *atom = holds != self.negated;
            }
        };
        for piece in &self.pieces {
            match piece {
                Piece::Nothing => {}
                Piece::Equal(point) => {
                    mark(begin(atoms, point, true), end(atoms, point, true), true);
                }
                Piece::Except(point) => {
                    mark(0, begin(atoms, point, true), true);
                    mark(end(atoms, point, true), atoms.len(), true);
                }
                Piece::Between(low, high) => {
                    let first = low.as_ref().map_or(0, |(p, closed)| begin(atoms, p, *closed));
                    let last =
                        high.as_ref().map_or(atoms.len(), |(p, closed)| end(atoms, p, *closed));
                    mark(first, last, true);
                }
            }
        }
        covered
    }
}

/// The first atom from a point on, or beyond it. Every point is where an atom begins or ends.
fn begin(atoms: &[Atom], point: &Point, closed: bool) -> usize {
    atoms.partition_point(|atom| match atom {
        Atom::Point(own) => order(own, point).is_lt() || (!closed && order(own, point).is_eq()),
        // What lies between two points lies before a point when it ends there or earlier.
        Atom::Open(_, Some(to)) => order(&Point::Number(*to), point).is_le(),
        Atom::Open(_, None) => false,
        Atom::Days(_, Some(to)) => {
            let order = order(&Point::Day(to.clone()), point);
            order.is_le() || (!closed && is_day_after(to, point))
        }
        Atom::Days(_, None) | Atom::Other | Atom::Any => false,
    })
}

/// The atom after the last one up to a point, or before it.
fn end(atoms: &[Atom], point: &Point, closed: bool) -> usize {
    begin(atoms, point, !closed)
}

fn is_day_after(day: &FeelDate, point: &Point) -> bool {
    matches!(point, Point::Day(before) if before.add_days(1).as_ref() == Some(day))
}

/// What a cell allows: none when it cannot be read, none inside when it allows everything.
fn set(node: &AstNode) -> Option<Cell> {
    let (items, negated) = match node {
        AstNode::Irrelevant => return Some(None),
        AstNode::ExpressionList(items) => (items.as_slice(), false),
        AstNode::NegatedList(items) => (items.as_slice(), true),
        single => (std::slice::from_ref(single), false),
    };
    let mut pieces = Vec::new();
    for item in items {
        pieces.push(piece(item)?);
    }
    Some(Some(Set { pieces, negated }))
}

fn piece(node: &AstNode) -> Option<Piece> {
    // Texts and truths have no order that a cell could mean.
    let ordered = |point: &Point| matches!(point, Point::Number(_) | Point::Day(_));
    let end = |node: &AstNode, closed: bool| Some(Some((point(node).filter(ordered)?, closed)));
    Some(match node {
        AstNode::Null => Piece::Nothing,
        AstNode::UnaryEq(inner) => Piece::Equal(point(inner)?),
        AstNode::UnaryNe(inner) => Piece::Except(point(inner)?),
        AstNode::UnaryLt(inner) => Piece::Between(None, end(inner, false)?),
        AstNode::UnaryLe(inner) => Piece::Between(None, end(inner, true)?),
        AstNode::UnaryGt(inner) => Piece::Between(end(inner, false)?, None),
        AstNode::UnaryGe(inner) => Piece::Between(end(inner, true)?, None),
        AstNode::Range(start, finish) => {
            let (AstNode::IntervalStart(low, from), AstNode::IntervalEnd(high, to)) =
                (start.as_ref(), finish.as_ref())
            else {
                return None;
            };
            let closed = |kind: &IntervalType| kind.closed();
            Piece::Between(end(low, closed(from))?, end(high, closed(to))?)
        }
        other => Piece::Equal(point(other)?),
    })
}

/// A constant.
fn point(node: &AstNode) -> Option<Point> {
    let varies = |node: &AstNode| match node {
        AstNode::Name(name) => name.as_str() != "date",
        AstNode::For(..) | AstNode::Filter(..) | AstNode::FunctionDefinition(..) => true,
        _ => false,
    };
    if any(node, varies) {
        return None;
    }
    match evaluate(&FeelScope::default(), node) {
        Value::Number(number) => Some(Point::Number(number)),
        Value::Date(day) => Some(Point::Day(day)),
        Value::String(text) => Some(Point::Text(text)),
        Value::Boolean(truth) => Some(Point::Truth(truth)),
        _ => None,
    }
}
