//! No pictures of syntax trees: the names that `dsntk-feel-parser` needs of `antex`, which draw
//! nothing.
//!
//! The parser can draw its trees in a terminal, in colours, for who debugs it; nothing here asks
//! for that. The real crate also adds operators to `String` (`String + Text`), by which the
//! compiler no longer takes `String + &String` for what it is, in every crate that depends on a
//! decision by any way. This one takes its place (`[patch.crates-io]`).
//!
//! Invariant: nothing is added to types of the standard library.

#![forbid(unsafe_code)]

use std::fmt;

/// A colour that is not shown.
#[derive(Clone, Copy, Debug)]
pub enum Color {
    /// White.
    White,
}

/// Whether colours would be shown.
#[derive(Clone, Copy, Debug)]
pub enum ColorMode {
    /// They are not.
    Off,
}

/// A drawing with nothing on it.
#[derive(Clone, Copy, Debug, Default)]
pub struct TreeNode;

impl fmt::Display for TreeNode {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

/// A drawing being made.
#[derive(Clone, Copy, Debug)]
pub struct Node;

/// A line of a drawing being made.
#[derive(Clone, Copy, Debug)]
pub struct Line;

/// Begins a node.
pub fn node(_: Color, _: ColorMode) -> Node {
    Node
}

/// Begins a leaf.
pub fn leaf(_: ColorMode) -> Node {
    Node
}

/// Text on a line.
pub trait StyledText: Sized {
    /// Adds text.
    fn s<T>(self, text: T) -> Self;
}

impl StyledText for Line {
    fn s<T>(self, _: T) -> Line {
        self
    }
}

impl Node {
    /// Begins its line.
    pub fn line(self) -> Line {
        Line
    }

    /// Hangs a drawing under it.
    pub fn child(self, _: TreeNode) -> Node {
        self
    }

    /// Hangs a drawing under it.
    pub fn add_child(&mut self, _: TreeNode) {}

    /// The drawing.
    pub fn end(self) -> TreeNode {
        TreeNode
    }
}

impl Line {
    /// The node whose line it is.
    pub fn end(self) -> Node {
        Node
    }
}
