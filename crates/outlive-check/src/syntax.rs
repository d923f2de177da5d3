//! Trees of tree-sitter: parsing, and walks that cannot overflow the stack.

use tree_sitter::{Language, Node, Parser, Tree};

use crate::place::{FileId, Place};

/// Deeper than this nobody writes by hand; what is deeper is not looked at.
pub const DEEPEST: usize = 200;

/// A parsed text.
pub struct Parsed<'text> {
    pub tree: Tree,
    pub text: &'text str,
    pub file: FileId,
    /// Where the text begins in its file: a preamble of cgo stands in a Go file.
    pub offset: usize,
}

impl<'text> Parsed<'text> {
    /// Parses; `None` where the parser gives up.
    pub fn new(language: &Language, text: &'text str, file: FileId, offset: usize) -> Option<Self> {
        let mut parser = Parser::new();
        parser.set_language(language).ok()?;
        let tree = parser.parse(text, None)?;
        Some(Parsed { tree, text, file, offset })
    }

    /// The text of a node.
    pub fn text(&self, node: Node<'_>) -> &'text str {
        self.text.get(node.byte_range()).unwrap_or("")
    }

    /// Where a node stands.
    pub fn place(&self, node: Node<'_>) -> Place {
        let at = |byte: usize| u32::try_from(self.offset + byte).unwrap_or(u32::MAX);
        Place { file: self.file, start: at(node.start_byte()), end: at(node.end_byte()) }
    }

    /// How many hundredths of the text the parser could not make sense of, rounded up.
    pub fn unread(&self) -> usize {
        if !self.tree.root_node().has_error() || self.text.is_empty() {
            return 0;
        }
        let mut bytes = 0;
        let mut open = vec![(self.tree.root_node(), 0)];
        while let Some((node, depth)) = open.pop() {
            let inside = children(node);
            if node.is_error() {
                let read: usize = inside.iter().map(|child| child.byte_range().len()).sum();
                bytes += node.byte_range().len().saturating_sub(read);
            }
            if node.has_error() && depth < DEEPEST {
                open.extend(inside.into_iter().map(|child| (child, depth + 1)));
            }
        }
        (bytes * 100).div_ceil(self.text.len())
    }
}

/// The named children of a node.
pub fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

/// The child of this field.
pub fn field<'tree>(node: Node<'tree>, name: &str) -> Option<Node<'tree>> {
    node.child_by_field_name(name)
}

/// All nodes below `root` for which `pick` answers, not looking inside of those.
pub fn find_all<'tree>(root: Node<'tree>, pick: impl Fn(Node<'tree>) -> bool) -> Vec<Node<'tree>> {
    let mut found = Vec::new();
    let mut open = vec![(root, 0)];
    while let Some((node, depth)) = open.pop() {
        if pick(node) {
            found.push(node);
        } else if depth < DEEPEST {
            open.extend(children(node).into_iter().rev().map(|child| (child, depth + 1)));
        }
    }
    found
}
