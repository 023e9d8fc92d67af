//! Every bound of this crate in one place: of texts before they are parsed, of definitions before
//! they are compiled, of work before it is done.
//!
//! Invariant: a bound is checked before the thing it bounds is built.

/// Bytes of one expression.
pub const TEXT_MAX: usize = 16_000;
/// Operators and keywords of one expression: together with the brackets they bound the depth of
/// its tree.
pub const OPERATORS_MAX: usize = 1_200;
/// Nesting of brackets in one expression.
pub const BRACKETS_MAX: usize = 60;
/// Significant digits of a number: what a 128-bit decimal holds.
pub const DIGITS_MAX: usize = 34;
/// Power of ten of a number, up or down.
pub const EXPONENT_MAX: i64 = 6_000;
/// Commas in one expression.
pub const ITEMS_MAX: usize = 2_000;
/// Words of an expression times names it may mention: the parser looks each word up in all.
pub const NAMES_MAX: usize = 400_000;

/// Units of work of one evaluation. A unit is a value read or made, or some bytes of text; a
/// second of work has some ten million of them.
pub const WORK_MAX: u64 = 4_000_000;
/// Bytes of text that are a unit.
pub const TEXT_UNIT: u64 = 16;
/// Calls of functions inside each other.
pub const CALLS_MAX: u32 = 200;
/// Nesting of one value.
pub const VALUE_DEPTH_MAX: usize = 64;
/// Units of a value that comes in or goes out.
pub const VALUE_MAX: u64 = 200_000;
/// Steps a regular expression is charged for being compiled.
pub const PATTERN_WORK: u64 = 500;
/// Compiled expressions kept by an evaluator.
pub const CACHE_MAX: usize = 2_000;

/// Bytes of one document.
pub const BYTES_MAX: usize = 16 << 20;
/// Elements of one document, diagram included.
pub const ELEMENTS_MAX: usize = 200_000;
/// Depth of elements of one document.
pub const DEPTH_MAX: usize = 48;
/// Attributes of one element.
pub const ATTRIBUTES_MAX: usize = 64;
/// Bytes of the value of an attribute.
pub const ATTRIBUTE_MAX: usize = 4_000;
/// Inputs, decisions, knowledge models, services and types of a model.
pub const NODES_MAX: usize = 2_000;
/// Types that one type is written out of.
pub const TYPE_PARTS_MAX: usize = 2_000;
/// Rules of one decision table.
pub const RULES_MAX: usize = 5_000;
/// Columns of one decision table.
pub const COLUMNS_MAX: usize = 60;
/// Documents a model may import.
pub const IMPORTS_MAX: usize = 20;
/// Ways by which the documents of a model import one another.
pub const IMPORTED_MAX: usize = 60;
/// Test cases of a model.
pub const TESTS_MAX: usize = 2_000;
/// Findings told of one model.
pub const FINDINGS_MAX: usize = 100;

/// Tables an explanation shows; the rest is counted.
pub const HITS_MAX: usize = 200;
/// Matched rules an explanation shows of one table; the rest is counted.
pub const MATCHES_MAX: usize = 100;
/// Steps the analysis of one table takes before it gives up.
pub const ANALYSIS_MAX: usize = 300_000;
/// Gaps and overlaps told of one table.
pub const FAULTS_MAX: usize = 100;
