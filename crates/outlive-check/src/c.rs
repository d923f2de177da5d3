//! Reads C, and the C of Objective-C: its functions with what they do with their parameters, and its declarations.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tree_sitter::Node;

use crate::ir::{Call, Function, Loaded, Memory, Name, Object, Operand, Origin, Side, Store};
use crate::place::Place;
use crate::syntax::{DEEPEST, Parsed, children, field, find_all};

/// What a C file says.
#[derive(Debug, Default)]
pub struct CFile {
    pub functions: Vec<Function>,
    /// Functions that are declared or defined, with the parameters that are pointers to functions.
    pub declared: Vec<(Name, Vec<bool>)>,
    /// Names of types that are pointers to functions.
    pub function_types: Vec<Name>,
}

/// Functions that wait for what they were called about; what a function hands to a thread before that is given back.
const WAITERS: &[&str] = &[
    "pthread_join",
    "thrd_join",
    "sem_wait",
    "dispatch_semaphore_wait",
    "dispatch_group_wait",
    "dispatch_block_wait",
    "WaitForSingleObject",
    "g_thread_join",
    "uv_thread_join",
];

/// Copies between memory: destination and source.
const COPIES: &[&str] = &["memcpy", "memmove", "__builtin_memcpy"];

/// Reads one file or preamble.
pub fn read(parsed: &Parsed<'_>) -> CFile {
    let mut file = CFile::default();
    let root = parsed.tree.root_node();
    let wanted = |node: Node<'_>| {
        matches!(
            node.kind(),
            "function_definition" | "method_definition" | "declaration" | "type_definition"
        )
    };
    for node in find_all(root, wanted) {
        match node.kind() {
            "function_definition" => read_function(parsed, node, &mut file),
            "method_definition" => read_method(parsed, node, &mut file),
            "declaration" => declare(parsed, node, &mut file),
            _ => define_type(parsed, node, &mut file),
        }
    }
    file
}

fn declare(parsed: &Parsed<'_>, node: Node<'_>, file: &mut CFile) {
    for declarator in children(node) {
        let function = function_declarator(declarator);
        let named =
            function.and_then(|function| Some((function, declared_name(parsed, function)?)));
        if let Some((function, name)) = named {
            file.declared.push((
                name,
                params(parsed, function).into_iter().map(|(_, is_function)| is_function).collect(),
            ));
        }
    }
}

fn define_type(parsed: &Parsed<'_>, node: Node<'_>, file: &mut CFile) {
    for declarator in children(node) {
        let Some(function) = function_declarator(declarator) else { continue };
        let names = find_all(function, |child| child.kind() == "type_identifier");
        let inner = field(function, "declarator").map_or(0..0, |inner| inner.byte_range());
        let name = names.into_iter().find(|name| inner.contains(&name.start_byte()));
        file.function_types.extend(name.map(|name| Name::from(parsed.text(name))));
    }
}

/// The function declarator below pointers and parentheses.
fn function_declarator(node: Node<'_>) -> Option<Node<'_>> {
    let mut node = node;
    for _ in 0..DEEPEST {
        match node.kind() {
            "function_declarator" => return Some(node),
            "pointer_declarator" | "parenthesized_declarator" | "attributed_declarator" => {
                node = field(node, "declarator").or_else(|| node.named_child(0))?;
            }
            _ => return None,
        }
    }
    None
}

/// The name that a declarator declares.
fn declared_name(parsed: &Parsed<'_>, node: Node<'_>) -> Option<Name> {
    let declared = declared(node)?;
    let is_name = matches!(declared.kind(), "identifier" | "field_identifier");
    is_name.then(|| Name::from(parsed.text(declared)))
}

/// What stands within all declarators.
fn declared(mut node: Node<'_>) -> Option<Node<'_>> {
    for _ in 0..DEEPEST {
        match node.kind() {
            "pointer_declarator"
            | "parenthesized_declarator"
            | "function_declarator"
            | "array_declarator"
            | "init_declarator"
            | "attributed_declarator" => {
                node = field(node, "declarator").or_else(|| node.named_child(0))?;
            }
            _ => return Some(node),
        }
    }
    None
}

/// The parameters: each with its name, and whether it is a pointer to a function.
fn params(parsed: &Parsed<'_>, function: Node<'_>) -> Vec<(Name, bool)> {
    let Some(list) = field(function, "parameters") else { return Vec::new() };
    let declared =
        children(list).into_iter().filter(|param| param.kind() == "parameter_declaration");
    let mut params: Vec<(Name, bool)> = declared
        .map(|param| {
            let declarator = field(param, "declarator");
            let is_function = declarator.is_some_and(|node| {
                function_declarator(node).is_some() || node.kind() == "abstract_function_declarator"
            });
            let name = declarator.and_then(|node| declared_name(parsed, node));
            (name.unwrap_or_else(|| Name::from("")), is_function)
        })
        .collect();
    // `(void)` declares none.
    if params.len() == 1
        && params[0].0.is_empty()
        && parsed.text(list).trim_matches(['(', ')', ' ']) == "void"
    {
        params.clear();
    }
    params
}

fn read_function(parsed: &Parsed<'_>, node: Node<'_>, file: &mut CFile) {
    let Some(declarator) = field(node, "declarator").and_then(function_declarator) else { return };
    let Some(name) = declared_name(parsed, declarator) else { return };
    let params = params(parsed, declarator);
    file.declared
        .push((name.clone(), params.iter().map(|(_, is_function)| *is_function).collect()));
    let Some(body) = field(node, "body") else { return };
    let names = params.into_iter().map(|(name, _)| name).collect();
    file.functions.push(Body::read(parsed, name, names, declarator, body));
}

/// A method of Objective-C: its name is its selector, and its first parameter is `self`.
fn read_method(parsed: &Parsed<'_>, node: Node<'_>, file: &mut CFile) {
    let parts = children(node);
    let mut selector = String::new();
    let mut names = vec![Name::from("self")];
    for part in &parts {
        match part.kind() {
            "identifier" => selector.push_str(parsed.text(*part)),
            "method_parameter" => {
                selector.push(':');
                let name = children(*part).into_iter().rfind(|child| child.kind() == "identifier");
                names.push(Name::from(name.map_or("", |name| parsed.text(name))));
            }
            _ => {}
        }
    }
    if let Some(body) = parts.iter().find(|part| part.kind() == "compound_statement") {
        let function = Body::read(parsed, Name::from(selector), names, node, *body);
        file.functions.push(function);
    }
}

/// A local variable.
#[derive(Default)]
struct Local {
    values: Vec<Operand>,
    object: Option<u16>,
    /// A struct or an array: its name is its memory.
    is_memory: bool,
}

/// The body of a function, while it is read.
struct Body<'a, 'text> {
    parsed: &'a Parsed<'text>,
    function: Function,
    locals: HashMap<&'text str, Local>,
    params: HashMap<&'text str, u16>,
    /// For each store: what it writes to, in words, and the block in which it stands.
    written: Vec<(&'text str, std::ops::Range<usize>)>,
    /// The block that is being read, and whether it is below an `else`.
    block: std::ops::Range<usize>,
    in_else: bool,
    waits: bool,
}

impl<'a, 'text> Body<'a, 'text> {
    fn read(
        parsed: &'a Parsed<'text>,
        name: Name,
        params: Vec<Name>,
        head: Node<'_>,
        body: Node<'_>,
    ) -> Function {
        let mut head_place = parsed.place(head);
        head_place.end = head_place.end.min(parsed.place(body).start);
        let function = Function {
            name,
            side: Side::C,
            place: head_place,
            package: Name::from(""),
            objects: Vec::new(),
            stores: Vec::new(),
            calls: Vec::new(),
            returns: Vec::new(),
            raw_result: false,
            raw_params: Vec::new(),
            kept_alive: Vec::new(),
            released: Vec::new(),
        };
        let mut this = Body {
            parsed,
            function,
            locals: HashMap::new(),
            params: HashMap::new(),
            written: Vec::new(),
            block: body.byte_range(),
            in_else: false,
            waits: false,
        };
        this.name_params(&params, head, body);
        this.declare_locals(body);
        this.statement(body, 0);
        if this.waits {
            this.function.calls.iter_mut().for_each(|call| call.args.clear());
        }
        this.function
    }

    fn name_params(&mut self, params: &[Name], head: Node<'_>, body: Node<'_>) {
        let text = self.parsed.text.get(head.start_byte()..body.end_byte()).unwrap_or("");
        for (index, name) in params.iter().enumerate() {
            // The name lives as long as the text that it stands in.
            if let Some(at) = text.find(&**name).filter(|_| !name.is_empty()) {
                self.params
                    .insert(&text[at..at + name.len()], u16::try_from(index).unwrap_or(u16::MAX));
            }
        }
    }

    fn declare_locals(&mut self, body: Node<'_>) {
        for declaration in nested(body, "declaration") {
            let words = children(declaration);
            let is_static = words.iter().any(|word| {
                word.kind() == "storage_class_specifier"
                    && matches!(self.parsed.text(*word), "static" | "extern")
            });
            if is_static {
                continue;
            }
            let of_struct =
                field(declaration, "type").is_some_and(|kind| kind.kind() != "primitive_type");
            for declarator in words {
                let bare = if declarator.kind() == "init_declarator" {
                    field(declarator, "declarator").unwrap_or(declarator)
                } else {
                    declarator
                };
                let is_memory = bare.kind() == "array_declarator"
                    || (bare.kind() == "identifier"
                        && of_struct
                        && self.looks_like_struct(declaration, declarator));
                if let Some(name) = identifier_text(self.parsed, bare) {
                    self.locals.entry(name).or_default().is_memory |= is_memory;
                }
            }
        }
    }

    /// A struct by value, as far as a file without its headers says: `struct s x`, or a type that is initialised by a list.
    fn looks_like_struct(&self, declaration: Node<'_>, declarator: Node<'_>) -> bool {
        let by_word =
            field(declaration, "type").is_some_and(|kind| kind.kind() == "struct_specifier");
        let value = field(declarator, "value");
        by_word
            || value.is_none()
            || value.is_some_and(|value| {
                matches!(value.kind(), "initializer_list" | "compound_literal_expression")
            })
    }

    fn object(&mut self, name: &str, place: Place) -> u16 {
        let index = u16::try_from(self.function.objects.len()).unwrap_or(u16::MAX);
        self.function.objects.push(Object {
            name: Name::from(name),
            memory: Memory::Other,
            birth: place,
        });
        index
    }

    fn memory_of(&mut self, name: &'text str, place: Place) -> u16 {
        if let Some(object) = self.locals.get(name).and_then(|local| local.object) {
            return object;
        }
        let object = self.object(name, place);
        self.locals.entry(name).or_default().object = Some(object);
        object
    }

    fn statement(&mut self, node: Node<'_>, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        match node.kind() {
            "declaration" => {
                for declarator in
                    children(node).into_iter().filter(|child| child.kind() == "init_declarator")
                {
                    self.initialise(declarator, depth);
                }
            }
            "return_statement" => {
                let place = self.parsed.place(node);
                for value in children(node)
                    .into_iter()
                    .flat_map(|child| self.eval(child, depth + 1))
                    .collect::<Vec<_>>()
                {
                    self.function.returns.push((value, place));
                }
            }
            kind if kind.ends_with("_expression") || kind == "identifier" => {
                self.eval(node, depth + 1);
            }
            "function_definition" | "type_definition" => {}
            "compound_statement" | "else_clause" => {
                let outer = (self.block.clone(), self.in_else);
                if node.kind() == "else_clause" {
                    self.in_else = true;
                } else {
                    self.block = node.byte_range();
                }
                for child in children(node) {
                    self.statement(child, depth + 1);
                }
                (self.block, self.in_else) = outer;
            }
            _ => {
                for child in children(node) {
                    self.statement(child, depth + 1);
                }
            }
        }
    }

    fn initialise(&mut self, declarator: Node<'_>, depth: usize) {
        let (Some(bare), Some(value)) =
            (field(declarator, "declarator"), field(declarator, "value"))
        else {
            return;
        };
        let Some(name) = identifier_text(self.parsed, bare) else { return };
        let place = self.parsed.place(declarator);
        if value.kind() == "initializer_list"
            && self.locals.get(name).is_some_and(|local| local.is_memory)
        {
            let object = self.memory_of(name, place);
            self.fill(object, value, depth + 1);
            return;
        }
        let values = self.eval(value, depth + 1);
        match self.locals.get_mut(name) {
            Some(local) => local.values.extend(values),
            // A static variable.
            None => self.store(values, &[Origin::Global], None, place, name),
        }
    }

    /// Stores the elements of a list into an object.
    fn fill(&mut self, object: u16, list: Node<'_>, depth: usize) {
        for element in children(list) {
            let place = self.parsed.place(element);
            let (member, value) = if element.kind() == "initializer_pair" {
                let member = field(element, "designator")
                    .map(|node| self.parsed.text(node).trim_start_matches('.'));
                (member, field(element, "value").unwrap_or(element))
            } else {
                (None, element)
            };
            if value.kind() == "initializer_list" {
                if depth < DEEPEST {
                    self.fill(object, value, depth + 1);
                }
                continue;
            }
            let values = self.eval(value, depth + 1);
            self.store(values, &[Origin::Object(object)], member, place, "");
        }
    }

    fn store(
        &mut self,
        values: Vec<Operand>,
        into: &[Origin],
        member: Option<&str>,
        place: Place,
        target: &'text str,
    ) {
        for value in values.into_iter().filter(|value| value.origin != Origin::Global) {
            for &into in into {
                let value = value.clone();
                let field = member.map(Name::from);
                self.function.stores.push(Store { value, into, field, side: Side::C, place });
                self.written.push((target, self.block.clone()));
            }
        }
    }

    /// A later assignment of nothing of the caller's to the same place takes the pointer out again.
    fn clear(&mut self, target: &str) {
        if self.in_else {
            return;
        }
        let kept: Vec<bool> = self
            .written
            .iter()
            .map(|(written, within)| {
                *written != target || within.start < self.block.start || self.block.end < within.end
            })
            .collect();
        let mut of_store = kept.iter();
        self.function.stores.retain(|_| *of_store.next().unwrap_or(&true));
        let mut of_written = kept.iter();
        self.written.retain(|_| *of_written.next().unwrap_or(&true));
    }

    fn assign(&mut self, node: Node<'_>, depth: usize) -> Vec<Operand> {
        let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else {
            return Vec::new();
        };
        let values = self.eval(right, depth + 1);
        let target = self.parsed.text(left);
        let place = self.parsed.place(node);
        let of_caller = values.iter().any(|value| value.origin != Origin::Global);
        if !of_caller && parsed_operator(self.parsed, node) == "=" {
            self.clear(target);
        }
        match left.kind() {
            "identifier" => {
                if let Some(local) = self.locals.get_mut(target) {
                    local.values.extend(
                        values.iter().filter(|value| value.origin != Origin::Global).cloned(),
                    );
                    local.values.dedup();
                } else if !self.params.contains_key(target) {
                    self.store(values.clone(), &[Origin::Global], None, place, target);
                }
            }
            "field_expression"
            | "subscript_expression"
            | "pointer_expression"
            | "parenthesized_expression" => {
                let member = (left.kind() == "field_expression")
                    .then(|| field(left, "field").map(|node| self.parsed.text(node)))
                    .flatten();
                let base = match left.kind() {
                    "parenthesized_expression" => left.named_child(0),
                    _ => field(left, "argument"),
                };
                let into: Vec<Origin> = base
                    .map_or_else(Vec::new, |base| self.eval(base, depth + 1))
                    .into_iter()
                    .map(|value| value.origin)
                    .collect();
                self.store(values.clone(), &into, member, place, target);
            }
            _ => {}
        }
        values
    }

    fn eval(&mut self, node: Node<'_>, depth: usize) -> Vec<Operand> {
        if depth > DEEPEST {
            return Vec::new();
        }
        match node.kind() {
            "identifier" => self.identifier(node),
            "pointer_expression" => self.pointer(node, depth),
            "field_expression" => {
                let Some(base) = field(node, "argument") else { return Vec::new() };
                let member = field(node, "field").map_or("", |node| self.parsed.text(node));
                let values = self.eval(base, depth + 1);
                values
                    .into_iter()
                    .map(|value| value.load(Loaded::Field(Name::from(member))))
                    .collect()
            }
            "subscript_expression" => {
                let Some(base) = field(node, "argument") else { return Vec::new() };
                self.eval(base, depth + 1).into_iter().map(load_whole).collect()
            }
            "cast_expression" => {
                field(node, "value").map_or_else(Vec::new, |value| self.eval(value, depth + 1))
            }
            "parenthesized_expression" | "expression_statement" => {
                children(node).into_iter().flat_map(|child| self.eval(child, depth + 1)).collect()
            }
            "conditional_expression" => ["consequence", "alternative"]
                .iter()
                .filter_map(|name| field(node, name))
                .flat_map(|child| self.eval(child, depth + 1))
                .collect(),
            "comma_expression" => children(node)
                .into_iter()
                .map(|child| self.eval(child, depth + 1))
                .last()
                .unwrap_or_default(),
            "assignment_expression" => self.assign(node, depth),
            "binary_expression" => self.binary(node, depth),
            "call_expression" => self.call(node, depth),
            "message_expression" => self.message(node, depth),
            "compound_literal_expression" => self.literal(node, depth),
            "block_literal" => self.block(node, depth),
            "unary_expression" | "update_expression" | "sizeof_expression" | "string_literal"
            | "number_literal" => Vec::new(),
            _ => {
                for child in children(node) {
                    self.statement(child, depth + 1);
                }
                Vec::new()
            }
        }
    }

    fn identifier(&mut self, node: Node<'_>) -> Vec<Operand> {
        let name = self.parsed.text(node);
        if matches!(name, "NULL" | "nil" | "nullptr" | "true" | "false" | "YES" | "NO") {
            return Vec::new();
        }
        if let Some(local) = self.locals.get(name) {
            if !local.is_memory {
                return local.values.clone();
            }
            let place = self.parsed.place(node);
            let mut values = local.values.clone();
            let object = self.memory_of(name, place);
            values.push(Operand::new(Origin::Object(object)).load(Loaded::Whole));
            return values;
        }
        match self.params.get(name) {
            Some(&param) => vec![Operand::new(Origin::Param(param))],
            None => vec![Operand::new(Origin::Global)],
        }
    }

    fn pointer(&mut self, node: Node<'_>, depth: usize) -> Vec<Operand> {
        let Some(argument) = field(node, "argument") else { return Vec::new() };
        if self.parsed.text(node).starts_with('*') {
            return self.eval(argument, depth + 1).into_iter().map(load_whole).collect();
        }
        let place = self.parsed.place(node);
        let name = self.parsed.text(argument);
        if argument.kind() == "identifier" {
            if self.locals.contains_key(name) {
                let object = self.memory_of(name, place);
                let values =
                    self.locals.get(name).map_or_else(Vec::new, |local| local.values.clone());
                self.store(values, &[Origin::Object(object)], None, place, "");
                return vec![Operand::new(Origin::Object(object))];
            }
            if let Some(&param) = self.params.get(name) {
                let object = self.object(name, place);
                let value = vec![Operand::new(Origin::Param(param))];
                self.store(value, &[Origin::Object(object)], None, place, "");
                return vec![Operand::new(Origin::Object(object))];
            }
        }
        // The address of a member is an address in the same memory.
        self.eval(argument, depth + 1).into_iter().map(|value| Operand::new(value.origin)).collect()
    }

    fn binary(&mut self, node: Node<'_>, depth: usize) -> Vec<Operand> {
        let operator = field(node, "operator").map_or("", |node| self.parsed.text(node));
        let left = field(node, "left").map_or_else(Vec::new, |child| self.eval(child, depth + 1));
        let right = field(node, "right").map_or_else(Vec::new, |child| self.eval(child, depth + 1));
        match operator {
            "+" | "-" => left,
            "||" | "&&" => Vec::new(),
            _ => {
                drop(right);
                Vec::new()
            }
        }
    }

    fn literal(&mut self, node: Node<'_>, depth: usize) -> Vec<Operand> {
        let place = self.parsed.place(node);
        let object = self.object("a literal", place);
        if let Some(list) = field(node, "value") {
            self.fill(object, list, depth + 1);
        }
        vec![Operand::new(Origin::Object(object)).load(Loaded::Whole)]
    }

    /// A block of Objective-C keeps what it captures as long as somebody keeps the block.
    fn block(&mut self, node: Node<'_>, depth: usize) -> Vec<Operand> {
        let place = self.parsed.place(node);
        let object = self.object("a block", place);
        let mut captured: HashSet<&str> = HashSet::new();
        for name in find_all(node, |child| child.kind() == "identifier") {
            if captured.insert(self.parsed.text(name)) {
                let values = self.identifier(name);
                self.store(values, &[Origin::Object(object)], None, place, "");
            }
        }
        for child in children(node) {
            self.statement(child, depth + 1);
        }
        vec![Operand::new(Origin::Object(object))]
    }

    fn call(&mut self, node: Node<'_>, depth: usize) -> Vec<Operand> {
        let Some(arguments) = field(node, "arguments") else { return Vec::new() };
        let args: Vec<Vec<Operand>> = children(arguments)
            .into_iter()
            .filter(|child| child.kind() != "comment")
            .map(|child| self.eval(child, depth + 1))
            .collect();
        let Some(callee) = field(node, "function") else { return Vec::new() };
        let name = self.parsed.text(callee);
        let through_pointer = callee.kind() != "identifier"
            || self.params.contains_key(name)
            || self.locals.contains_key(name);
        if through_pointer {
            // What a callback does with it is the host's affair.
            return Vec::new();
        }
        self.waits |= WAITERS.contains(&name);
        if COPIES.contains(&name) && args.len() >= 2 {
            let place = self.parsed.place(node);
            let into: Vec<Origin> = args[0].iter().map(|value| value.origin).collect();
            let values = args[1].iter().cloned().map(load_whole).collect();
            self.store(values, &into, None, place, "");
            return args[0].clone();
        }
        self.add_call(name, args, node)
    }

    fn message(&mut self, node: Node<'_>, depth: usize) -> Vec<Operand> {
        let mut cursor = node.walk();
        let mut selector = String::new();
        let mut args = Vec::new();
        for (index, child) in
            node.named_children(&mut cursor).collect::<Vec<_>>().into_iter().enumerate()
        {
            let name = node.field_name_for_named_child(u32::try_from(index).unwrap_or(u32::MAX));
            match name {
                Some("method") => {
                    selector.push_str(self.parsed.text(child));
                    selector.push(':');
                }
                _ if child.kind() == "comment" => {}
                _ => args.push(self.eval(child, depth + 1)),
            }
        }
        if args.len() <= 1 {
            selector.pop();
        }
        self.add_call(&selector, args, node)
    }

    fn add_call(&mut self, name: &str, args: Vec<Vec<Operand>>, node: Node<'_>) -> Vec<Operand> {
        let Ok(index) = u16::try_from(self.function.calls.len()) else { return Vec::new() };
        let callee = Arc::from(name);
        let place = self.parsed.place(node);
        self.function.calls.push(Call { callee, side: Side::C, args, place });
        vec![Operand::new(Origin::Result(index))]
    }
}

fn load_whole(value: Operand) -> Operand {
    value.load_first(Loaded::Whole)
}

fn identifier_text<'text>(parsed: &Parsed<'text>, node: Node<'_>) -> Option<&'text str> {
    declared(node).filter(|node| node.kind() == "identifier").map(|node| parsed.text(node))
}

fn parsed_operator<'text>(parsed: &Parsed<'text>, node: Node<'_>) -> &'text str {
    field(node, "operator").map_or("=", |operator| parsed.text(operator))
}

fn nested<'tree>(root: Node<'tree>, kind: &str) -> Vec<Node<'tree>> {
    find_all(root, |node| node.kind() == kind)
}
