//! Reads the body of a Rust function: what its parameters become, and what it gives to C.

use std::collections::{BTreeSet, HashMap, HashSet};

use syn::spanned::Spanned;
use syn::{Block, Expr, ExprCall, ExprMethodCall, Local, Pat, Stmt, Type};

use crate::place::{FileId, Place};
use crate::rust::model::{Address, Called, Rebuilt, Value};
use crate::rust::span::place;

/// What makes a box.
const BOXES: &[&str] = &["Box", "Arc", "Rc"];
/// What gives one up, so that nobody drops it.
const GIVES_UP: &[&str] = &["into_raw", "leak", "forget", "into_raw_non_null"];
/// What passes a value on as it is.
const PASSES: &[&str] = &[
    "Some",
    "Ok",
    "transmute",
    "from",
    "into",
    "Cell",
    "RefCell",
    "UnsafeCell",
    "Mutex",
    "AssertUnwindSafe",
];

/// Methods that wait until something was done: what C does until then is over when they return.
const WAITS: &[&str] = &["wait", "join", "recv", "park", "block_on"];

/// A variable.
#[derive(Clone, Default)]
struct Variable {
    value: Value,
    /// Whether it owns a box.
    is_box: bool,
    /// Whether it is a reference or a pointer, so that its own address is not what `&*x` gives.
    is_reference: bool,
}

/// The body of a function, while it is read.
pub struct Body {
    file: FileId,
    variables: HashMap<String, Variable>,
    borrowed_self: bool,
    /// How many branches and closures are around: what happens there may not happen.
    branches: usize,
    depth: usize,
    pub calls: Vec<Called>,
    pub boxes: BTreeSet<usize>,
    pub forgotten: HashSet<String>,
    pub reclaimed: BTreeSet<usize>,
    pub moved: HashSet<String>,
    pub rebuilt: Vec<Rebuilt>,
    /// Variables that own what `from_raw` rebuilt, with where, and how many calls came before.
    owned: HashMap<String, (Place, usize)>,
    /// How many calls, macros and returns were read: each may be the one that leaves early.
    pub exits: usize,
    pub catches: bool,
    pub waited: bool,
}

/// Deeper than this, an expression is not looked at.
const DEEPEST: usize = 200;

impl Body {
    /// For a function with these parameters.
    pub fn new(file: FileId, params: &[(&Pat, &Type)], borrowed_self: bool) -> Self {
        let mut variables = HashMap::new();
        for (index, (pat, kind)) in params.iter().enumerate() {
            let value = Value { params: BTreeSet::from([index]), ..Value::default() };
            let is_reference = matches!(kind, Type::Reference(_) | Type::Ptr(_));
            let variable = Variable { value, is_reference, is_box: is_boxed(kind) };
            for name in names(pat) {
                variables.insert(name, variable.clone());
            }
        }
        Body {
            file,
            variables,
            borrowed_self,
            branches: 0,
            depth: 0,
            calls: Vec::new(),
            boxes: BTreeSet::new(),
            forgotten: HashSet::new(),
            reclaimed: BTreeSet::new(),
            moved: HashSet::new(),
            rebuilt: Vec::new(),
            owned: HashMap::new(),
            exits: 0,
            catches: false,
            waited: false,
        }
    }

    /// Reads it.
    pub fn function(&mut self, body: &Block) {
        let returned = self.block(body);
        self.give_back(&returned);
    }

    fn give_back(&mut self, returned: &Value) {
        if returned.given_up {
            self.boxes.extend(&returned.params);
        }
    }

    fn place(&self, spanned: &impl Spanned) -> Place {
        place(self.file, spanned.span())
    }

    fn block(&mut self, block: &Block) -> Value {
        let mut last = Value::default();
        for statement in &block.stmts {
            last = match statement {
                Stmt::Local(local) => {
                    self.local(local);
                    Value::default()
                }
                Stmt::Expr(expr, semicolon) => {
                    let value = self.eval(expr, true);
                    if semicolon.is_some() { Value::default() } else { value }
                }
                Stmt::Macro(found) => {
                    self.exits += 1;
                    self.macro_words(&found.mac);
                    Value::default()
                }
                Stmt::Item(_) => Value::default(),
            };
        }
        last
    }

    fn local(&mut self, local: &Local) {
        let Some(init) = &local.init else {
            for name in names(&local.pat) {
                self.variables.insert(name, Variable::default());
            }
            return;
        };
        let value = self.eval(&init.expr, true);
        let typed = match &local.pat {
            Pat::Type(typed) => Some(&*typed.ty),
            _ => None,
        };
        let is_box = typed.is_some_and(is_boxed) || makes_box(&init.expr);
        let is_reference = matches!(typed, Some(Type::Reference(_) | Type::Ptr(_)))
            || matches!(bare(&init.expr), Expr::Reference(_) | Expr::Cast(_))
            || value.given_up;
        let rebuilt = self.rebuilds(&init.expr);
        for name in names(&local.pat) {
            if let Some(place) = rebuilt {
                self.owned.insert(name.clone(), (place, self.exits));
            }
            self.variables.insert(name, Variable { value: value.clone(), is_box, is_reference });
        }
        if let Some((_, diverge)) = &init.diverge {
            self.branch(|this| this.eval(diverge, true));
        }
    }

    /// Whether an expression is `from_raw(...)` of an owning type, and nothing around it.
    fn rebuilds(&self, expr: &Expr) -> Option<Place> {
        let Expr::Call(call) = bare(expr) else { return None };
        let (owner, name) = callee(call)?;
        let owns = ["Box", "Arc", "Rc", "CString", "Vec", "String"].contains(&owner.as_str());
        (owns && name.starts_with("from_raw")).then(|| self.place(call))
    }

    fn branch<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        self.branches += 1;
        let result = run(self);
        self.branches -= 1;
        result
    }

    fn eval(&mut self, expr: &Expr, moves: bool) -> Value {
        if self.depth >= DEEPEST {
            return Value::default();
        }
        self.depth += 1;
        let value = self.eval_inner(expr, moves);
        self.depth -= 1;
        value
    }

    fn eval_inner(&mut self, expr: &Expr, moves: bool) -> Value {
        match expr {
            Expr::Path(path) => self.path(path, moves),
            Expr::Paren(inner) => self.eval(&inner.expr, moves),
            Expr::Group(inner) => self.eval(&inner.expr, moves),
            Expr::Cast(cast) => self.cast(cast),
            Expr::Reference(reference) => self.address(&reference.expr, expr),
            Expr::RawAddr(reference) => self.address(&reference.expr, expr),
            // What is read from there is another value.
            Expr::Unary(unary) => Value { address: None, ..self.eval(&unary.expr, false) },
            Expr::Field(field) => Value { address: None, ..self.eval(&field.base, false) },
            Expr::Index(index) => {
                self.eval(&index.index, true);
                Value { address: None, ..self.eval(&index.expr, false) }
            }
            Expr::Unsafe(block) => self.block(&block.block),
            Expr::Block(block) => self.block(&block.block),
            Expr::Call(call) => self.call(call),
            Expr::MethodCall(call) => self.method(call),
            Expr::If(found) => {
                let condition = self.eval(&found.cond, true);
                self.branch(|this| {
                    let mut value = this.block(&found.then_branch);
                    if let Some((_, otherwise)) = &found.else_branch {
                        value = join(value, this.eval(otherwise, true));
                    }
                    drop(condition);
                    value
                })
            }
            Expr::Let(found) => {
                let value = self.eval(&found.expr, true);
                self.bind(&found.pat, &value);
                Value::default()
            }
            Expr::Match(found) => {
                let value = self.eval(&found.expr, true);
                self.branch(|this| {
                    found.arms.iter().fold(Value::default(), |joined, arm| {
                        this.bind(&arm.pat, &value);
                        if let Some((_, guard)) = &arm.guard {
                            this.eval(guard, true);
                        }
                        join(joined, this.eval(&arm.body, true))
                    })
                })
            }
            Expr::Closure(closure) => self.branch(|this| {
                let mut value = this.eval(&closure.body, true);
                value.address = None;
                value.given_up = false;
                value
            }),
            Expr::Struct(found) => {
                let fields: Vec<Value> =
                    found.fields.iter().map(|field| self.eval(&field.expr, true)).collect();
                contents(fields)
            }
            Expr::Tuple(found) => {
                contents(found.elems.iter().map(|expr| self.eval(expr, true)).collect())
            }
            Expr::Array(found) => {
                contents(found.elems.iter().map(|expr| self.eval(expr, true)).collect())
            }
            Expr::Assign(found) => {
                let value = self.eval(&found.right, true);
                let name = match &*found.left {
                    Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
                    _ => None,
                };
                if let Some(variable) = name.and_then(|name| self.variables.get_mut(&name)) {
                    variable.value = join(std::mem::take(&mut variable.value), value);
                } else {
                    self.eval(&found.left, false);
                }
                Value::default()
            }
            Expr::Return(found) => {
                self.exits += 1;
                if let Some(expr) = &found.expr {
                    let value = self.eval(expr, true);
                    self.give_back(&value);
                }
                Value::default()
            }
            Expr::Try(found) => {
                self.exits += 1;
                self.eval(&found.expr, moves)
            }
            Expr::ForLoop(found) => {
                let value = self.eval(&found.expr, true);
                self.branch(|this| {
                    this.bind(&found.pat, &value);
                    this.block(&found.body);
                });
                Value::default()
            }
            Expr::While(found) => {
                self.eval(&found.cond, true);
                self.branch(|this| this.block(&found.body));
                Value::default()
            }
            Expr::Loop(found) => self.branch(|this| this.block(&found.body)),
            Expr::Binary(found) => {
                self.eval(&found.left, false);
                self.eval(&found.right, false);
                Value::default()
            }
            Expr::Macro(found) => {
                self.exits += 1;
                self.macro_words(&found.mac)
            }
            Expr::Break(found) => {
                found.expr.as_ref().map_or_else(Value::default, |expr| self.eval(expr, true))
            }
            _ => Value::default(),
        }
    }

    fn path(&mut self, path: &syn::ExprPath, moves: bool) -> Value {
        let Some(last) = path.path.segments.last() else { return Value::default() };
        let name = last.ident.to_string();
        let is_name = path.path.segments.len() == 1;
        if let Some(variable) = self.variables.get(&name).filter(|_| is_name) {
            if moves {
                self.moved.insert(name);
            }
            return variable.value.clone();
        }
        if name == "self" && self.borrowed_self {
            let place = self.place(path);
            return Value { address: Some((Address::Borrowed, place)), ..Value::default() };
        }
        Value { names: vec![name], ..Value::default() }
    }

    fn cast(&mut self, cast: &syn::ExprCast) -> Value {
        let mut value = self.eval(&cast.expr, false);
        // A number or a copy is no address.
        if !matches!(&*cast.ty, Type::Ptr(_) | Type::Infer(_) | Type::Path(_)) {
            value.address = None;
        }
        value
    }

    fn address(&mut self, of: &Expr, whole: &Expr) -> Value {
        let place = self.place(whole);
        let mut dereferenced = false;
        let mut base = bare(of);
        loop {
            base = match base {
                Expr::Field(field) => bare(&field.base),
                Expr::Index(index) => bare(&index.expr),
                Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Deref(_)) => {
                    dereferenced = true;
                    bare(&unary.expr)
                }
                _ => break,
            };
        }
        let mut value = self.eval(of, false);
        let Expr::Path(path) = base else { return value };
        let Some(name) = path.path.get_ident().map(ToString::to_string) else { return value };
        if name == "self" {
            value.address =
                (self.borrowed_self && !dereferenced).then_some((Address::Borrowed, place));
        } else if let Some(variable) = self.variables.get(&name) {
            let address = match (dereferenced, variable.is_box, variable.is_reference) {
                (true, true, _) => Some(Address::Boxed(name)),
                // `&x` of a box is often what the box holds.
                (false, false, false) => Some(Address::Local(name)),
                _ => None,
            };
            // The address of a raw pointer's variable is not what it points to.
            value.given_up &= dereferenced;
            value.address = address.map(|address| (address, place));
        }
        value
    }

    fn bind(&mut self, pat: &Pat, value: &Value) {
        for name in names(pat) {
            let variable =
                Variable { value: value.clone(), is_reference: true, ..Variable::default() };
            self.variables.insert(name, variable);
        }
    }

    fn call(&mut self, call: &ExprCall) -> Value {
        let Some((owner, name)) = callee(call) else {
            self.exits += 1;
            self.eval(&call.func, false);
            for arg in &call.args {
                self.eval(arg, true);
            }
            return Value::default();
        };
        self.catches |= name == "catch_unwind";
        let place = self.place(call);
        let args: Vec<Value> = call.args.iter().map(|arg| self.eval(arg, true)).collect();
        let mut all = contents(args.clone());
        if GIVES_UP.contains(&name.as_str()) || name == "ManuallyDrop" || owner == "ManuallyDrop" {
            self.give_up(call, &mut all);
            return all;
        }
        if name.starts_with("from_raw") && BOXES.contains(&owner.as_str()) {
            if self.branches == 0 {
                self.reclaimed.extend(&all.params);
            }
            all.given_up = false;
            return all;
        }
        let wraps = name == "new" || name == "pin" || PASSES.contains(&name.as_str());
        if wraps && args.len() == 1 {
            let mut value = args.into_iter().next().unwrap_or_default();
            if BOXES.contains(&owner.as_str()) {
                value.address = None;
            }
            return value;
        }
        if (name == "addr_of" || name == "addr_of_mut" || name == "from_ref" || name == "from_mut")
            && args.len() == 1
        {
            return args.into_iter().next().unwrap_or_default();
        }
        self.exits += 1;
        let nothing = call.args.iter().map(is_nothing).collect();
        let results = vec![(name.clone(), args.iter().map(|arg| arg.params.clone()).collect())];
        self.calls.push(Called { callee: name, place, args, nothing });
        Value { results, params: all.params, ..Value::default() }
    }

    fn give_up(&mut self, call: &ExprCall, value: &mut Value) {
        value.given_up = true;
        value.address = None;
        let Some(Expr::Path(path)) = call.args.first().map(bare) else { return };
        let Some(name) = path.path.get_ident().map(ToString::to_string) else { return };
        let owned = self.owned.remove(&name);
        if let Some((from_raw, _)) = owned.filter(|(_, exits)| self.exits > *exits) {
            let forgotten = self.place(call);
            self.rebuilt.push(Rebuilt { name: name.clone(), from_raw, forgotten });
        }
        self.forgotten.insert(name);
    }

    fn method(&mut self, call: &ExprMethodCall) -> Value {
        let name = call.method.to_string();
        self.catches |= name == "catch_unwind";
        let mut receiver = Value { address: None, ..self.eval(&call.receiver, false) };
        if WAITS.iter().any(|word| name.starts_with(word)) {
            self.waited = true;
        }
        let local = match (bare(&call.receiver), name.as_str()) {
            (Expr::Path(path), "as_mut" | "as_ref" | "as_ptr" | "as_mut_ptr") => {
                path.path.get_ident().map(ToString::to_string)
            }
            _ => None,
        };
        let is_box = |name: &String| self.variables.get(name).is_some_and(|found| found.is_box);
        if let Some(local) = local.filter(is_box) {
            receiver.address = Some((Address::Boxed(local), self.place(call)));
        }
        // What a closure gets is in what it is called on.
        for arg in &call.args {
            if let Expr::Closure(closure) = arg {
                for input in &closure.inputs {
                    self.bind(input, &receiver);
                }
            }
        }
        let args: Vec<Value> = call.args.iter().map(|arg| self.eval(arg, true)).collect();
        match name.as_str() {
            "cast" | "cast_mut" | "cast_const" | "as_mut" | "as_ref" | "as_ptr" | "as_mut_ptr"
            | "into" | "borrow" | "borrow_mut" | "unwrap" | "expect" | "get" | "clone"
            | "to_owned" => return receiver,
            "into_raw" => {
                receiver.given_up = true;
                receiver.address = None;
                return receiver;
            }
            "map" | "map_or" | "map_or_else" | "unwrap_or" | "unwrap_or_else" | "and_then" => {
                self.exits += 1;
                return closures_give_up(call, join(receiver, contents(args)));
            }
            _ => {}
        }
        self.exits += 1;
        let place = self.place(call);
        let nothing = call.args.iter().map(is_nothing).collect();
        let results = vec![(name.clone(), args.iter().map(|arg| arg.params.clone()).collect())];
        let params = contents(args.clone()).params;
        self.calls.push(Called { callee: name, place, args, nothing });
        Value { results, params, ..Value::default() }
    }

    fn macro_words(&mut self, found: &syn::Macro) -> Value {
        let name =
            found.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        if let Ok(expr) = found.parse_body::<Expr>() {
            if name == "addr_of" || name == "addr_of_mut" {
                return self.address(&expr, &expr);
            }
            return self.eval(&expr, false);
        }
        Value::default()
    }
}

/// `x.map(|f| Box::into_raw(Box::new(f)))`: the closure's own words say that it gives its argument up.
fn closures_give_up(call: &ExprMethodCall, mut value: Value) -> Value {
    let gives_up = call.args.iter().any(|arg| {
        let body = match arg {
            Expr::Closure(closure) => bare(&closure.body),
            other => bare(other),
        };
        match body {
            Expr::Call(call) => {
                callee(call).is_some_and(|(_, name)| GIVES_UP.contains(&name.as_str()))
            }
            Expr::Path(path) => path
                .path
                .segments
                .last()
                .is_some_and(|last| GIVES_UP.contains(&last.ident.to_string().as_str())),
            _ => false,
        }
    });
    value.given_up |= gives_up;
    value
}

/// An expression without parentheses, and without blocks and casts that hold nothing else.
fn bare(expr: &Expr) -> &Expr {
    let mut expr = expr;
    for _ in 0..DEEPEST {
        expr = match expr {
            Expr::Paren(inner) => &inner.expr,
            Expr::Group(inner) => &inner.expr,
            Expr::Unsafe(block) => match block.block.stmts.as_slice() {
                [Stmt::Expr(inner, None)] => inner,
                _ => return expr,
            },
            _ => return expr,
        };
    }
    expr
}

/// The last two segments of the path that a call names.
fn callee(call: &ExprCall) -> Option<(String, String)> {
    let Expr::Path(path) = bare(&call.func) else { return None };
    let mut segments = path.path.segments.iter().rev();
    let name = segments.next()?.ident.to_string();
    let owner = segments.next().map(|segment| segment.ident.to_string()).unwrap_or_default();
    Some((owner, name))
}

fn makes_box(expr: &Expr) -> bool {
    let Expr::Call(call) = bare(expr) else { return false };
    callee(call).is_some_and(|(owner, name)| {
        BOXES.contains(&owner.as_str()) && (name == "new" || name == "pin")
    })
}

fn is_boxed(kind: &Type) -> bool {
    let Type::Path(path) = kind else { return false };
    path.path
        .segments
        .last()
        .is_some_and(|segment| BOXES.contains(&segment.ident.to_string().as_str()))
}

fn is_nothing(expr: &Expr) -> bool {
    match bare(expr) {
        Expr::Path(path) => path.path.is_ident("None"),
        Expr::Call(call) => {
            callee(call).is_some_and(|(_, name)| name == "null" || name == "null_mut")
        }
        Expr::Cast(cast) => is_nothing(&cast.expr),
        _ => false,
    }
}

/// A value that has these in it.
fn contents(values: Vec<Value>) -> Value {
    values.into_iter().fold(Value::default(), join)
}

fn join(mut one: Value, other: Value) -> Value {
    one.params.extend(other.params);
    one.given_up |= other.given_up;
    one.address = one.address.or(other.address);
    one.names.extend(other.names);
    one.results.extend(other.results);
    one
}

/// The names that a pattern binds.
fn names(pat: &Pat) -> Vec<String> {
    struct Names(Vec<String>);
    impl<'ast> syn::visit::Visit<'ast> for Names {
        fn visit_pat_ident(&mut self, found: &'ast syn::PatIdent) {
            self.0.push(found.ident.to_string());
            syn::visit::visit_pat_ident(self, found);
        }
    }
    let mut found = Names(Vec::new());
    syn::visit::Visit::visit_pat(&mut found, pat);
    found.0
}
