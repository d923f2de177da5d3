//! Reads Go: what each function does with the pointers that it gives to C.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tree_sitter::Node;

use crate::ir::{Call, Function, Loaded, Memory, Name, Object, Operand, Origin, Side, Store};
use crate::place::Place;
use crate::syntax::{DEEPEST, Parsed, children, field, find_all};

/// What is known of all packages before their functions are read.
#[derive(Debug, Default)]
pub struct Packages {
    /// `FOLDER.Func` and `.Method/ARGUMENTS`.
    functions: HashSet<Name>,
    /// Types that are functions, and variables of packages, by folder.
    function_types: HashSet<Name>,
    /// Import paths, with the folders that they mean.
    folders: HashMap<String, PathBuf>,
}

/// What is known of C before Go is read.
#[derive(Debug, Default)]
pub struct Declared {
    /// Functions of C, with the parameters that are pointers to functions.
    pub functions: HashMap<Name, Vec<bool>>,
    /// Types that are pointers to functions.
    pub function_types: HashSet<Name>,
}

/// A Go function value that is used as a C function pointer.
#[derive(Clone, Debug)]
pub struct FunctionValue {
    pub name: Name,
    pub place: Place,
}

/// What a Go file says.
#[derive(Debug, Default)]
pub struct GoFile {
    pub functions: Vec<Function>,
    pub function_values: Vec<FunctionValue>,
}

/// Methods of the standard library that do not keep what they are given.
const HARMLESS: &[&str] =
    &["fmt", "errors", "strconv", "strings", "bytes", "math", "log", "time", "sort", "os"];

impl Packages {
    /// A module: its `go.mod` in this folder names it.
    pub fn add_module(&mut self, folder: &Path, text: &str) {
        let name = text.lines().find_map(|line| line.trim().strip_prefix("module "));
        if let Some(name) = name {
            self.folders.insert(name.trim().trim_matches('"').to_owned(), folder.to_owned());
        }
    }

    /// The functions and function types of a file.
    pub fn add_file(&mut self, parsed: &Parsed<'_>, folder: &Path) {
        for node in children(parsed.tree.root_node()) {
            match node.kind() {
                "function_declaration" | "method_declaration" => {
                    if let Some(name) = function_name(parsed, node, folder) {
                        self.functions.insert(name);
                    }
                }
                "type_declaration" => {
                    for spec in children(node) {
                        let kind = field(spec, "type");
                        if kind.is_none_or(|kind| kind.kind() != "function_type") {
                            continue;
                        }
                        if let Some(name) = field(spec, "name") {
                            self.function_types.insert(qualified(folder, parsed.text(name)));
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn folder_of(&self, import: &str) -> Option<PathBuf> {
        let mut rest = import;
        let mut below = Vec::new();
        loop {
            if let Some(folder) = self.folders.get(rest) {
                return Some(
                    below.iter().rev().fold(folder.clone(), |path, part: &&str| path.join(part)),
                );
            }
            let (front, last) = rest.rsplit_once('/')?;
            below.push(last);
            rest = front;
        }
    }
}

fn qualified(folder: &Path, name: &str) -> Name {
    Name::from(format!("{}.{name}", folder.display()))
}

/// How calls name a function: with its folder; a method with the number of its arguments.
fn function_name(parsed: &Parsed<'_>, node: Node<'_>, folder: &Path) -> Option<Name> {
    let name = parsed.text(field(node, "name")?);
    if node.kind() == "function_declaration" {
        return Some(qualified(folder, name));
    }
    let count = param_names(parsed, field(node, "parameters")?).len();
    Some(method(name, count))
}

fn method(name: &str, arguments: usize) -> Name {
    Name::from(format!(".{name}/{arguments}"))
}

/// The parameters: name and type.
fn param_names<'text>(parsed: &Parsed<'text>, list: Node<'_>) -> Vec<(&'text str, &'text str)> {
    let mut params = Vec::new();
    for declaration in children(list) {
        if !declaration.kind().ends_with("parameter_declaration") {
            continue;
        }
        let kind = field(declaration, "type").map_or("", |node| parsed.text(node));
        let mut cursor = declaration.walk();
        let names: Vec<_> = declaration.children_by_field_name("name", &mut cursor).collect();
        if names.is_empty() {
            params.push(("_", kind));
        }
        params.extend(names.into_iter().map(|name| (parsed.text(name), kind)));
    }
    params
}

/// The preambles of cgo in a file: the comments right before `import "C"`, each with where it begins.
pub fn preambles<'text>(parsed: &Parsed<'text>) -> Vec<(usize, String)> {
    let top = children(parsed.tree.root_node());
    let mut found = Vec::new();
    for (index, node) in top.iter().enumerate() {
        if node.kind() != "import_declaration" || !imports_c(parsed, *node) {
            continue;
        }
        let mut first = index;
        while first > 0
            && top[first - 1].kind() == "comment"
            && !gap(parsed, top[first - 1], top[first])
        {
            first -= 1;
        }
        if first == index {
            continue;
        }
        let start = top[first].start_byte();
        let end = top[index - 1].end_byte();
        found.push((start, uncommented(parsed.text.get(start..end).unwrap_or(""))));
    }
    found
}

/// Whether there is an empty line between two nodes.
fn gap(parsed: &Parsed<'_>, before: Node<'_>, after: Node<'_>) -> bool {
    let between = parsed.text.get(before.end_byte()..after.start_byte()).unwrap_or("");
    between.matches('\n').count() > 1
}

fn imports_c(parsed: &Parsed<'_>, node: Node<'_>) -> bool {
    find_all(node, |child| child.kind() == "import_spec")
        .into_iter()
        .any(|spec| field(spec, "path").is_some_and(|path| parsed.text(path) == "\"C\""))
}

/// The text of comments without their marks, of the same length, so that places stay true.
fn uncommented(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_block = false;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        let mut line = line.to_owned();
        if !in_block && trimmed.starts_with("//") {
            line.replace_range(indent..indent + 2, "  ");
        } else if !in_block && trimmed.starts_with("/*") {
            line.replace_range(indent..indent + 2, "  ");
            in_block = true;
        }
        let end = line.rfind("*/").filter(|end| in_block && line[end + 2..].trim().is_empty());
        if let Some(end) = end {
            line.replace_range(end..end + 2, "  ");
            in_block = false;
        }
        // A directive of cgo is no C.
        if line.trim_start().starts_with("#cgo") {
            line = line.chars().map(|c| if c == '\n' { c } else { ' ' }).collect();
        }
        out.push_str(&line);
    }
    out
}

/// Reads the functions of one file.
pub fn read(
    parsed: &Parsed<'_>,
    folder: &Path,
    packages: &Packages,
    declared: &Declared,
) -> GoFile {
    let top = children(parsed.tree.root_node());
    let mut imports: HashMap<&str, Option<PathBuf>> = HashMap::new();
    for spec in top
        .iter()
        .filter(|node| node.kind() == "import_declaration")
        .flat_map(|node| find_all(*node, |child| child.kind() == "import_spec"))
    {
        let Some(path) = field(spec, "path").map(|path| parsed.text(path).trim_matches(['"', '`']))
        else {
            continue;
        };
        let last = path.rsplit('/').find(|part| !is_version(part)).unwrap_or(path);
        let name = field(spec, "name").map_or(last, |name| parsed.text(name));
        imports.insert(name, packages.folder_of(path));
    }
    let mut file = GoFile::default();
    for node in top {
        if !matches!(node.kind(), "function_declaration" | "method_declaration") {
            continue;
        }
        let (Some(name), Some(body)) = (function_name(parsed, node, folder), field(node, "body"))
        else {
            continue;
        };
        let context = Context { parsed, folder, packages, declared, imports: &imports };
        let (function, values) = Body::read(&context, name, node, body);
        file.functions.push(function);
        file.function_values.extend(values);
    }
    file
}

fn is_version(part: &str) -> bool {
    part.len() > 1 && part.starts_with('v') && part[1..].bytes().all(|byte| byte.is_ascii_digit())
}

#[derive(Clone, Copy)]
struct Context<'a, 'text> {
    parsed: &'a Parsed<'text>,
    folder: &'a Path,
    packages: &'a Packages,
    declared: &'a Declared,
    imports: &'a HashMap<&'text str, Option<PathBuf>>,
}

/// A variable of a function.
#[derive(Clone, Default)]
struct Local {
    values: Vec<Operand>,
    object: Option<u16>,
    is_handle: bool,
    is_function: bool,
    /// A struct or another value whose name is its memory.
    is_memory: bool,
}

struct Body<'a, 'text> {
    context: &'a Context<'a, 'text>,
    parsed: &'a Parsed<'text>,
    function: Function,
    locals: HashMap<&'text str, Local>,
    /// For each call of C: which arguments are nothing, and whether it is deferred.
    nothing: Vec<(usize, Vec<bool>, bool)>,
    deferred: bool,
    function_values: Vec<FunctionValue>,
}

impl<'a, 'text> Body<'a, 'text> {
    fn read(
        context: &'a Context<'a, 'text>,
        name: Name,
        node: Node<'_>,
        body: Node<'_>,
    ) -> (Function, Vec<FunctionValue>) {
        let parsed = context.parsed;
        let mut place = parsed.place(node);
        place.end = parsed.place(body).start;
        let receiver =
            field(node, "receiver").map_or_else(Vec::new, |list| param_names(parsed, list));
        let params =
            field(node, "parameters").map_or_else(Vec::new, |list| param_names(parsed, list));
        let params: Vec<_> = receiver.into_iter().chain(params).collect();
        let result = field(node, "result").map_or("", |node| parsed.text(node));
        let function = Function {
            name,
            side: Side::Host,
            place,
            package: Name::from(context.folder.to_string_lossy()),
            objects: Vec::new(),
            stores: Vec::new(),
            calls: Vec::new(),
            returns: Vec::new(),
            raw_result: is_raw(result),
            raw_params: params.iter().map(|(_, kind)| is_raw(kind)).collect(),
            kept_alive: Vec::new(),
            released: Vec::new(),
        };
        let mut this = Body {
            context,
            parsed,
            function,
            locals: HashMap::new(),
            nothing: Vec::new(),
            deferred: false,
            function_values: Vec::new(),
        };
        for (index, (name, kind)) in params.iter().enumerate() {
            let param = Operand::new(Origin::Param(u16::try_from(index).unwrap_or(u16::MAX)));
            let is_function = this.is_function_type(kind);
            let is_handle = kind.ends_with("cgo.Handle");
            this.locals.insert(
                name,
                Local { values: vec![param], is_handle, is_function, ..Local::default() },
            );
        }
        this.statement(body, 0);
        this.forget_what_is_taken_back();
        (this.function, this.function_values)
    }

    fn is_function_type(&self, kind: &str) -> bool {
        kind.starts_with("func(")
            || self.context.packages.function_types.contains(&qualified(self.context.folder, kind))
    }

    /// Where C is given nothing in the same function later, it has let go of what it was given before.
    fn forget_what_is_taken_back(&mut self) {
        for (later, nothing, deferred) in &self.nothing {
            let callee = self.function.calls[*later].callee.clone();
            for (index, call) in self.function.calls.iter_mut().enumerate() {
                if call.side != Side::C || call.callee != callee || !(*deferred || index < *later) {
                    continue;
                }
                for (values, is_nothing) in call.args.iter_mut().zip(nothing) {
                    if *is_nothing {
                        values.clear();
                    }
                }
            }
        }
    }

    fn new_object(&mut self, name: &str, memory: Memory, birth: Place) -> u16 {
        let index = u16::try_from(self.function.objects.len()).unwrap_or(u16::MAX);
        self.function.objects.push(Object { name: Name::from(name), memory, birth });
        index
    }

    fn memory_of(&mut self, name: &'text str, place: Place) -> u16 {
        if let Some(object) = self.locals.get(name).and_then(|local| local.object) {
            return object;
        }
        let object = self.new_object(name, Memory::Other, place);
        let local = self.locals.entry(name).or_default();
        local.object = Some(object);
        let values = local.values.clone();
        self.store(values, &[Operand::new(Origin::Object(object))], None, place);
        object
    }

    fn store(
        &mut self,
        values: Vec<Operand>,
        into: &[Operand],
        member: Option<&str>,
        place: Place,
    ) {
        for value in values.into_iter().filter(|value| value.origin != Origin::Global) {
            for into in into {
                let value = value.clone();
                let field = member.map(Name::from);
                self.function.stores.push(Store {
                    value,
                    into: into.origin,
                    field,
                    side: Side::Host,
                    place,
                });
            }
        }
    }

    fn keep(&mut self, values: Vec<Operand>, place: Place) {
        self.store(values, &[Operand::new(Origin::Global)], None, place);
    }

    fn statements(&mut self, node: Node<'_>, depth: usize) {
        for child in children(node) {
            self.statement(child, depth + 1);
        }
    }

    fn statement(&mut self, node: Node<'_>, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        match node.kind() {
            "short_var_declaration" => self.assign(node, true, depth),
            "assignment_statement" => self.assign(node, false, depth),
            "var_spec" => self.declare(node, depth),
            "return_statement" => {
                let place = self.parsed.place(node);
                for value in list_of(node)
                    .into_iter()
                    .flat_map(|child| self.eval(child, depth + 1))
                    .collect::<Vec<_>>()
                {
                    self.function.returns.push((value, place));
                }
            }
            "send_statement" => {
                let values =
                    field(node, "value").map_or_else(Vec::new, |value| self.eval(value, depth + 1));
                self.keep(values, self.parsed.place(node));
            }
            "go_statement" | "defer_statement" => self.later(node, depth),
            "range_clause" => {
                for value in field(node, "right").into_iter() {
                    self.eval(value, depth + 1);
                }
                for name in field(node, "left").into_iter().flat_map(list_of) {
                    self.locals.insert(self.parsed.text(name), Local::default());
                }
            }
            "expression_statement" => self.statements(node, depth),
            "type_declaration" | "comment" => {}
            kind if kind.ends_with("_expression")
                || kind == "identifier"
                || kind == "func_literal" =>
            {
                self.eval(node, depth + 1);
            }
            _ => self.statements(node, depth),
        }
    }

    /// A call that runs later: of a goroutine, which lives on its own, or at the function's end.
    fn later(&mut self, node: Node<'_>, depth: usize) {
        let Some(call) = node.named_child(0) else { return };
        let place = self.parsed.place(node);
        let of_c = field(call, "function")
            .is_some_and(|callee| self.parsed.text(callee).starts_with("C."));
        let outer = std::mem::replace(&mut self.deferred, true);
        let is_literal =
            field(call, "function").is_some_and(|callee| callee.kind() == "func_literal");
        if is_literal || of_c {
            let values = self.eval(call, depth + 1);
            if node.kind() == "go_statement" {
                let captured =
                    field(call, "function").map_or_else(Vec::new, |callee| self.captures(callee));
                self.keep(values.into_iter().chain(captured).collect(), place);
            }
        } else {
            // What it is called with is alive until then.
            let arguments = field(call, "arguments").map_or_else(Vec::new, children);
            let mut values: Vec<Operand> =
                arguments.into_iter().flat_map(|argument| self.eval(argument, depth + 1)).collect();
            let callee = field(call, "function");
            let method = callee.and_then(|callee| Some((callee, field(callee, "operand")?)));
            if let Some((callee, operand)) = method {
                let receiver = self.eval(operand, depth + 1);
                if field(callee, "field").is_some_and(|name| self.parsed.text(name) == "Delete") {
                    self.release(&receiver, node);
                }
                values.extend(receiver);
            }
            self.keep(values, place);
        }
        self.deferred = outer;
    }

    fn release(&mut self, values: &[Operand], node: Node<'_>) {
        let place = self.parsed.place(node);
        let pointers = values.iter().filter(|value| value.loaded == Loaded::No);
        self.function.released.extend(pointers.map(|value| (value.origin, place)));
    }

    fn declare(&mut self, node: Node<'_>, depth: usize) {
        let mut cursor = node.walk();
        let names: Vec<_> = node.children_by_field_name("name", &mut cursor).collect();
        let kind = field(node, "type").map_or("", |node| self.parsed.text(node));
        let values = field(node, "value").map_or_else(Vec::new, list_of);
        for (index, name) in names.into_iter().enumerate() {
            let text = self.parsed.text(name);
            let mut local = Local {
                is_handle: kind.ends_with("cgo.Handle"),
                is_function: self.is_function_type(kind),
                is_memory: !kind.is_empty() && !kind.starts_with(['*', '[', 'f', 'm']),
                ..Local::default()
            };
            if let Some(value) = values.get(index) {
                self.initialise(&mut local, *value, depth);
            }
            self.locals.insert(text, local);
        }
    }

    fn initialise(&mut self, local: &mut Local, value: Node<'_>, depth: usize) {
        local.is_handle |= self.makes_handle(value);
        local.is_function |= value.kind() == "func_literal";
        local.values.extend(self.eval(value, depth + 1));
        if value.kind() == "composite_literal" {
            // The literal's memory is the variable's own.
            local.is_memory = true;
            local.object = local.values.iter().find_map(|value| match value.origin {
                Origin::Object(object) => Some(object),
                _ => None,
            });
            local.values.clear();
        }
    }

    fn makes_handle(&self, value: Node<'_>) -> bool {
        value.kind() == "call_expression"
            && field(value, "function").is_some_and(|callee| {
                let name = self.parsed.text(callee);
                name == "cgo.NewHandle" || name == "cgo.Handle" || name.ends_with("NewHandle")
            })
    }

    fn assign(&mut self, node: Node<'_>, declares: bool, depth: usize) {
        let left = field(node, "left").map_or_else(Vec::new, list_of);
        let right = field(node, "right").map_or_else(Vec::new, list_of);
        let place = self.parsed.place(node);
        for (index, target) in left.iter().enumerate() {
            let from = if right.len() == left.len() {
                right.get(index)
            } else if index == 0 {
                right.first()
            } else {
                None
            };
            let name = self.parsed.text(*target);
            if target.kind() == "identifier" {
                if name == "_" {
                    if let Some(from) = from {
                        self.eval(*from, depth + 1);
                    }
                } else if declares {
                    let mut local = Local::default();
                    if let Some(from) = from {
                        self.initialise(&mut local, *from, depth);
                    }
                    self.locals.insert(name, local);
                } else if let Some(from) = from {
                    self.assign_name(name, *from, place, depth);
                }
                continue;
            }
            let values = from.map_or_else(Vec::new, |from| self.eval(*from, depth + 1));
            let (base, member) = self.container(*target, depth);
            self.store(values, &base, member, place);
        }
    }

    fn assign_name(&mut self, name: &'text str, from: Node<'_>, place: Place, depth: usize) {
        let handle = self.makes_handle(from);
        let values = self.eval(from, depth + 1);
        match self.locals.get_mut(name) {
            Some(local) => {
                local.is_handle |= handle;
                for value in &values {
                    if !local.values.contains(value) {
                        local.values.push(value.clone());
                    }
                }
                if let Some(object) = local.object {
                    self.store(values, &[Operand::new(Origin::Object(object))], None, place);
                }
            }
            // A variable of the package.
            None => self.keep(values, place),
        }
    }

    /// The memory in which an assignment's left side lies, and the field.
    fn container(&mut self, node: Node<'_>, depth: usize) -> (Vec<Operand>, Option<&'text str>) {
        let (base, member) = match node.kind() {
            "selector_expression" => {
                (field(node, "operand"), field(node, "field").map(|node| self.parsed.text(node)))
            }
            "index_expression" => (field(node, "operand"), None),
            "unary_expression" => (field(node, "operand"), None),
            "parenthesized_expression" => (node.named_child(0), None),
            _ => (None, None),
        };
        let Some(base) = base else { return (Vec::new(), member) };
        let name = self.parsed.text(base);
        if base.kind() == "identifier"
            && self.locals.get(name).is_some_and(|local| local.values.is_empty())
        {
            let object = self.memory_of(name, self.parsed.place(base));
            return (vec![Operand::new(Origin::Object(object))], member);
        }
        (self.eval(base, depth + 1), member)
    }

    fn eval(&mut self, node: Node<'_>, depth: usize) -> Vec<Operand> {
        if depth > DEEPEST {
            return Vec::new();
        }
        match node.kind() {
            "identifier" => self.identifier(node),
            "unary_expression" => self.unary(node, depth),
            "composite_literal" => self.literal(node, depth),
            "selector_expression" => self.selector(node, depth),
            "index_expression" | "slice_expression" => {
                let base =
                    field(node, "operand").map_or_else(Vec::new, |base| self.eval(base, depth + 1));
                if node.kind() == "slice_expression" {
                    return base;
                }
                base.into_iter().map(|value| value.load_first(Loaded::Whole)).collect()
            }
            "type_assertion_expression" => {
                field(node, "operand").map_or_else(Vec::new, |base| self.eval(base, depth + 1))
            }
            "type_conversion_expression" => self.conversion(node, depth),
            "call_expression" => self.call(node, depth),
            "binary_expression" => {
                let left =
                    field(node, "left").map_or_else(Vec::new, |child| self.eval(child, depth + 1));
                field(node, "right").map_or_else(Vec::new, |child| self.eval(child, depth + 1));
                let sums = field(node, "operator")
                    .is_some_and(|operator| self.parsed.text(operator) == "+");
                if sums { left } else { Vec::new() }
            }
            "func_literal" => self.closure(node, depth),
            "parenthesized_expression" | "literal_element" | "expression_list" => {
                children(node).into_iter().flat_map(|child| self.eval(child, depth + 1)).collect()
            }
            _ => {
                self.statements(node, depth);
                Vec::new()
            }
        }
    }

    fn identifier(&mut self, node: Node<'_>) -> Vec<Operand> {
        let name = self.parsed.text(node);
        if matches!(name, "nil" | "true" | "false" | "iota") {
            return Vec::new();
        }
        let Some(local) = self.locals.get(name) else {
            return vec![Operand::new(Origin::Global)];
        };
        let mut values = local.values.clone();
        if let Some(object) = local.object {
            values.push(Operand::new(Origin::Object(object)).load(Loaded::Whole));
        } else if local.is_memory {
            let object = self.memory_of(name, self.parsed.place(node));
            values.push(Operand::new(Origin::Object(object)).load(Loaded::Whole));
        }
        values
    }

    fn unary(&mut self, node: Node<'_>, depth: usize) -> Vec<Operand> {
        let Some(operand) = field(node, "operand") else { return Vec::new() };
        let operator = field(node, "operator").map_or("", |operator| self.parsed.text(operator));
        match operator {
            "&" => self.address(node, operand, depth),
            "*" => {
                let values = self.eval(operand, depth + 1);
                values.into_iter().map(|value| value.load_first(Loaded::Whole)).collect()
            }
            _ => {
                self.eval(operand, depth + 1);
                Vec::new()
            }
        }
    }

    fn address(&mut self, node: Node<'_>, operand: Node<'_>, depth: usize) -> Vec<Operand> {
        let place = self.parsed.place(node);
        let name = self.parsed.text(operand);
        match operand.kind() {
            "identifier" if self.locals.contains_key(name) => {
                let object = self.memory_of(name, place);
                let is_handle = self.locals.get(name).is_some_and(|local| local.is_handle);
                let known = &mut self.function.objects[usize::from(object)];
                if matches!(known.memory, Memory::Other | Memory::Fresh)
                    && &*known.name != "a literal"
                {
                    known.birth = place;
                }
                if known.memory != Memory::Handle {
                    known.birth = place;
                    known.name = Name::from(name);
                    known.memory = if is_handle { Memory::Handle } else { Memory::Variable };
                }
                vec![Operand::new(Origin::Object(object))]
            }
            "identifier" => vec![Operand::new(Origin::Global)],
            "composite_literal" => {
                let values = self.literal(operand, depth);
                for value in &values {
                    if let Origin::Object(object) = value.origin {
                        let of_c = field(operand, "type")
                            .is_some_and(|kind| self.parsed.text(kind).starts_with("C."));
                        let known = &mut self.function.objects[usize::from(object)];
                        known.memory = if of_c { Memory::Table } else { Memory::Fresh };
                        known.birth = place;
                    }
                }
                values.into_iter().map(|value| Operand::new(value.origin)).collect()
            }
            // The address of a field or an element is an address in the same memory.
            "selector_expression" | "index_expression" => {
                let mut base = operand;
                while let Some(inner) = field(base, "operand") {
                    base = inner;
                }
                let base_name = self.parsed.text(base);
                if base.kind() == "identifier"
                    && self
                        .locals
                        .get(base_name)
                        .is_some_and(|local| local.values.is_empty() || local.is_memory)
                {
                    let object = self.memory_of(base_name, place);
                    let known = &mut self.function.objects[usize::from(object)];
                    if known.memory == Memory::Other {
                        known.memory = Memory::Variable;
                        known.birth = place;
                        known.name = Name::from(base_name);
                    }
                    return vec![Operand::new(Origin::Object(object))];
                }
                self.eval(operand, depth + 1)
                    .into_iter()
                    .map(|value| Operand::new(value.origin))
                    .collect()
            }
            _ => self.eval(operand, depth + 1),
        }
    }

    /// A literal's memory: a slice and a map are pointers, anything else is the memory itself.
    fn literal(&mut self, node: Node<'_>, depth: usize) -> Vec<Operand> {
        let place = self.parsed.place(node);
        let kind = field(node, "type").map_or("", |kind| kind.kind());
        let points = matches!(kind, "slice_type" | "map_type");
        let memory = if points { Memory::Fresh } else { Memory::Other };
        let object = self.new_object("a literal", memory, place);
        if let Some(body) = field(node, "body") {
            self.fill(object, body, depth + 1);
        }
        let operand = Operand::new(Origin::Object(object));
        vec![if points { operand } else { operand.load(Loaded::Whole) }]
    }

    fn fill(&mut self, object: u16, body: Node<'_>, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        for element in children(body) {
            let place = self.parsed.place(element);
            let (member, value) = match element.kind() {
                "keyed_element" => (
                    field(element, "key").map(|key| self.parsed.text(key)),
                    field(element, "value"),
                ),
                "comment" => continue,
                _ => (None, Some(element)),
            };
            let Some(value) = value else { continue };
            if let Some(inner) =
                value.named_child(0).filter(|inner| inner.kind() == "literal_value")
            {
                self.fill(object, inner, depth + 1);
                continue;
            }
            let values = self.eval(value, depth + 1);
            self.store(values, &[Operand::new(Origin::Object(object))], member, place);
        }
    }

    fn selector(&mut self, node: Node<'_>, depth: usize) -> Vec<Operand> {
        let Some(operand) = field(node, "operand") else { return Vec::new() };
        let name = self.parsed.text(operand);
        if operand.kind() == "identifier"
            && !self.locals.contains_key(name)
            && self.context.imports.contains_key(name)
        {
            return Vec::new();
        }
        let member = field(node, "field").map_or("", |field| self.parsed.text(field));
        let values = self.eval(operand, depth + 1);
        values.into_iter().map(|value| value.load(Loaded::Field(Name::from(member)))).collect()
    }

    fn conversion(&mut self, node: Node<'_>, depth: usize) -> Vec<Operand> {
        let Some(operand) = field(node, "operand") else { return Vec::new() };
        let kind = field(node, "type").map_or("", |kind| self.parsed.text(kind));
        if self.note_function_value(kind, operand) {
            return Vec::new();
        }
        self.eval(operand, depth + 1)
    }

    /// C3: a function of Go under a conversion to a pointer to a function of C's.
    fn note_function_value(&mut self, kind: &str, operand: Node<'_>) -> bool {
        let kind = kind.trim_matches(['(', ')']);
        let is_function = kind == "*[0]byte"
            || kind
                .strip_prefix("C.")
                .is_some_and(|name| self.context.declared.function_types.contains(name));
        is_function && self.note_if_function(operand)
    }

    fn note_if_function(&mut self, node: Node<'_>) -> bool {
        let found = self.function_value(node, 0);
        let is_one = found.is_some();
        self.function_values.extend(found.map(|(name, place)| FunctionValue { name, place }));
        is_one
    }

    /// The Go function that an expression takes the address or the code of.
    fn function_value(&self, node: Node<'_>, depth: usize) -> Option<(Name, Place)> {
        if depth > 16 {
            return None;
        }
        let text = self.parsed.text(node);
        match node.kind() {
            "call_expression" => {
                let callee = field(node, "function")?;
                let name = self.parsed.text(callee);
                let argument = field(node, "arguments").and_then(|list| list.named_child(0));
                if let Some(value) = name
                    .strip_prefix("reflect.ValueOf(")
                    .and_then(|rest| rest.strip_suffix(").Pointer"))
                {
                    return self
                        .is_function(value)
                        .then(|| (Name::from(value), self.parsed.place(node)));
                }
                let converts = name == "unsafe.Pointer"
                    || name == "uintptr"
                    || callee.kind() == "parenthesized_expression";
                if converts { self.function_value(argument?, depth + 1) } else { None }
            }
            "type_conversion_expression" => self.function_value(field(node, "operand")?, depth + 1),
            "parenthesized_expression" => self.function_value(node.named_child(0)?, depth + 1),
            "unary_expression" => {
                let operand = field(node, "operand")?;
                let name = self.parsed.text(operand);
                if text.starts_with('*') {
                    return self.function_value(operand, depth + 1);
                }
                (text.starts_with('&') && self.is_function(name))
                    .then(|| (Name::from(name), self.parsed.place(node)))
            }
            _ => None,
        }
    }

    fn is_function(&self, name: &str) -> bool {
        match self.locals.get(name) {
            Some(local) => local.is_function,
            None => self.context.packages.functions.contains(&qualified(self.context.folder, name)),
        }
    }

    /// A closure holds what it captures.
    fn closure(&mut self, node: Node<'_>, depth: usize) -> Vec<Operand> {
        let captured = self.captures(node);
        let outer = self.locals.clone();
        for (name, kind) in
            field(node, "parameters").map_or_else(Vec::new, |list| param_names(self.parsed, list))
        {
            let is_function = self.is_function_type(kind);
            self.locals.insert(name, Local { is_function, ..Local::default() });
        }
        let returns = self.function.returns.len();
        if let Some(body) = field(node, "body") {
            self.statement(body, depth + 1);
        }
        self.function.returns.truncate(returns);
        // Variables of the closure are gone; what it did to others stays.
        for (name, local) in outer {
            let inner = self.locals.entry(name).or_default();
            if local.object.is_some() {
                inner.object = local.object;
            }
            inner.values = local.values;
        }
        captured
    }

    fn captures(&mut self, node: Node<'_>) -> Vec<Operand> {
        let mut captured = Vec::new();
        let mut seen: HashSet<&str> = HashSet::new();
        for name in find_all(node, |child| child.kind() == "identifier") {
            let text = self.parsed.text(name);
            if !seen.insert(text) || !self.locals.contains_key(text) {
                continue;
            }
            let object = self.memory_of(text, self.parsed.place(name));
            captured.push(Operand::new(Origin::Object(object)));
            captured
                .extend(self.locals.get(text).map_or_else(Vec::new, |local| local.values.clone()));
        }
        captured
    }

    fn call(&mut self, node: Node<'_>, depth: usize) -> Vec<Operand> {
        let Some(callee) = field(node, "function") else { return Vec::new() };
        let arguments: Vec<Node<'_>> = field(node, "arguments").map_or_else(Vec::new, |list| {
            children(list).into_iter().filter(|child| child.kind() != "comment").collect()
        });
        let name = self.parsed.text(callee);
        if callee.kind() == "selector_expression"
            && name.starts_with("C.")
            && !self.locals.contains_key("C")
        {
            return self.call_c(&name[2..], &arguments, node, depth);
        }
        match callee.kind() {
            "parenthesized_expression" => {
                // A conversion, such as `(*C.t)(x)`, or a function in parentheses.
                if let Some(argument) = arguments.first().filter(|_| arguments.len() == 1) {
                    if self.note_function_value(name, *argument) {
                        return Vec::new();
                    }
                    return self.eval(*argument, depth + 1);
                }
            }
            "func_literal" => {
                let values: Vec<Operand> =
                    arguments.iter().flat_map(|argument| self.eval(*argument, depth + 1)).collect();
                let captured = self.eval(callee, depth + 1);
                drop(captured);
                return values;
            }
            _ => {}
        }
        match name {
            "uintptr" => {
                let values = arguments
                    .first()
                    .map_or_else(Vec::new, |argument| self.eval(*argument, depth + 1));
                return values.into_iter().map(|value| value.load_first(Loaded::Number)).collect();
            }
            "unsafe.Pointer" => {
                let values = arguments
                    .first()
                    .map_or_else(Vec::new, |argument| self.eval(*argument, depth + 1));
                let pointer = |value: Operand| {
                    if value.loaded == Loaded::Number { value.load(Loaded::No) } else { value }
                };
                return values.into_iter().map(pointer).collect();
            }
            "string" | "cgo.Handle" => {
                return arguments
                    .first()
                    .map_or_else(Vec::new, |argument| self.eval(*argument, depth + 1));
            }
            "cgo.NewHandle" => {
                for argument in arguments {
                    self.eval(argument, depth + 1);
                }
                let number = self.new_object("handle", Memory::Number, self.parsed.place(node));
                return vec![Operand::new(Origin::Object(number))];
            }
            "append" => {
                return arguments
                    .iter()
                    .flat_map(|argument| self.eval(*argument, depth + 1))
                    .collect();
            }
            "new" | "make" => {
                let object = self.new_object(name, Memory::Fresh, self.parsed.place(node));
                return vec![Operand::new(Origin::Object(object))];
            }
            "len" | "cap" | "panic" | "print" | "println" | "delete" | "close" | "copy"
            | "unsafe.Sizeof" | "C.GoString" => {
                for argument in arguments {
                    self.eval(argument, depth + 1);
                }
                return Vec::new();
            }
            "runtime.KeepAlive" => {
                for value in arguments
                    .iter()
                    .flat_map(|argument| self.eval(*argument, depth + 1))
                    .collect::<Vec<_>>()
                {
                    if value.loaded == Loaded::No {
                        self.function.kept_alive.push((value.origin, self.parsed.place(node)));
                    }
                }
                return Vec::new();
            }
            _ => {}
        }
        self.call_go(callee, &arguments, node, depth)
    }

    fn call_c(
        &mut self,
        name: &str,
        arguments: &[Node<'_>],
        node: Node<'_>,
        depth: usize,
    ) -> Vec<Operand> {
        let pointers = self.context.declared.functions.get(name).cloned();
        if arguments.len() == 1 && pointers.is_none() {
            // A conversion, for all that is known.
            if self.note_function_value(&format!("C.{name}"), arguments[0]) {
                return Vec::new();
            }
        }
        for (argument, is_function) in arguments.iter().zip(pointers.unwrap_or_default()) {
            if is_function
                && !matches!(argument.kind(), "type_conversion_expression" | "call_expression")
            {
                self.note_if_function(*argument);
            }
        }
        let args: Vec<Vec<Operand>> =
            arguments.iter().map(|argument| self.eval(*argument, depth + 1)).collect();
        let nothing: Vec<bool> = arguments
            .iter()
            .map(|argument| matches!(self.parsed.text(*argument), "nil" | "0"))
            .collect();
        let converted = if args.len() == 1 { args[0].clone() } else { Vec::new() };
        if matches!(name, "malloc" | "calloc" | "CString" | "CBytes") {
            let memory = self.new_object(name, Memory::OfC, self.parsed.place(node));
            return vec![Operand::new(Origin::Object(memory))];
        }
        if name == "free" && self.deferred {
            self.release(&args[..args.len().min(1)].concat(), node);
        }
        let Ok(index) = u16::try_from(self.function.calls.len()) else { return Vec::new() };
        if nothing.contains(&true) {
            self.nothing.push((usize::from(index), nothing, self.deferred));
        }
        let place = self.parsed.place(node);
        self.function.calls.push(Call { callee: Arc::from(name), side: Side::C, args, place });
        if self.context.declared.functions.contains_key(name) || converted.is_empty() {
            return vec![Operand::new(Origin::Result(index))];
        }
        converted
    }

    fn call_go(
        &mut self,
        callee: Node<'_>,
        arguments: &[Node<'_>],
        node: Node<'_>,
        depth: usize,
    ) -> Vec<Operand> {
        let place = self.parsed.place(node);
        let mut args: Vec<Vec<Operand>> =
            arguments.iter().map(|argument| self.eval(*argument, depth + 1)).collect();
        let mut harmless = false;
        let name = match callee.kind() {
            "identifier" => qualified(self.context.folder, self.parsed.text(callee)),
            "selector_expression" => {
                let operand = field(callee, "operand");
                let package = operand.map_or("", |operand| self.parsed.text(operand));
                let member = field(callee, "field").map_or("", |member| self.parsed.text(member));
                match self.context.imports.get(package) {
                    Some(folder) if !self.locals.contains_key(package) => {
                        harmless = folder.is_none() && HARMLESS.contains(&package);
                        folder
                            .as_deref()
                            .map_or_else(|| Name::from(""), |folder| qualified(folder, member))
                    }
                    _ => {
                        let receiver =
                            operand.map_or_else(Vec::new, |operand| self.receiver(operand, depth));
                        if member == "Pin" {
                            return self.pin(args, &receiver, place);
                        }
                        args.insert(0, receiver);
                        method(member, arguments.len())
                    }
                }
            }
            _ => {
                self.eval(callee, depth + 1);
                Name::from("")
            }
        };
        let is_method = name.starts_with('.');
        if !self.context.packages.functions.contains(&name) {
            // Nobody here knows what it does with them.
            if !harmless {
                let passed = args.into_iter().skip(usize::from(is_method)).flatten().collect();
                self.keep(passed, place);
            }
            return Vec::new();
        }
        let Ok(index) = u16::try_from(self.function.calls.len()) else { return Vec::new() };
        self.function.calls.push(Call { callee: name, side: Side::Host, args, place });
        vec![Operand::new(Origin::Result(index))]
    }

    /// A method of a variable gets its address.
    fn receiver(&mut self, operand: Node<'_>, depth: usize) -> Vec<Operand> {
        let values = self.eval(operand, depth + 1);
        let whole = |value: &Operand| {
            matches!(value.origin, Origin::Object(_)) && value.loaded == Loaded::Whole
        };
        values
            .into_iter()
            .map(|value| if whole(&value) { Operand::new(value.origin) } else { value })
            .collect()
    }

    /// `Pinner.Pin`: alive until the pinner lets go; as long as the pinner's owner, where it lies in one.
    fn pin(&mut self, args: Vec<Vec<Operand>>, pinner: &[Operand], place: Place) -> Vec<Operand> {
        let pinned: Vec<Operand> = args.into_iter().flatten().collect();
        for value in &pinned {
            self.function.kept_alive.push((value.origin, place));
        }
        self.store(pinned, pinner, None, place);
        Vec::new()
    }
}

fn list_of(node: Node<'_>) -> Vec<Node<'_>> {
    children(node)
        .into_iter()
        .flat_map(
            |child| if child.kind() == "expression_list" { children(child) } else { vec![child] },
        )
        .filter(|child| child.kind() != "comment")
        .collect()
}

fn is_raw(kind: &str) -> bool {
    kind.contains("unsafe.Pointer") || kind.contains("uintptr") || kind.contains("C.")
}
