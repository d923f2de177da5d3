//! The rules for Go: what they report, and what they must not.

mod common;

use common::{errors, findings, folder, go, hints, outcome};

/// C that keeps the user data in a global variable.
const KEEPS: &str = "typedef void (*cb)(void *);
static cb the_cb; static void *the_data;
static void set(cb f, void *data) { the_cb = f; the_data = data; }
extern void goCallback(void *);";

fn go_errors(preamble: &str, code: &str) -> Vec<String> {
    errors(&[("a.go", &go(preamble, code))])
}

fn go_hints(preamble: &str, code: &str) -> Vec<String> {
    hints(&[("a.go", &go(preamble, code))])
}

#[test]
fn c1_the_address_of_a_handle_that_c_keeps() {
    let code = "func f(v any) {
	h := cgo.NewHandle(v)
	C.set((C.cb)(C.goCallback), unsafe.Pointer(&h))
}";
    let files = [("a.go", &*go(KEEPS, code))];
    let found = findings(&files);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].rule.to_string(), "C1");
    assert_eq!(&found[0].at.text[found[0].at.span.clone()], "&h");
    assert_eq!(found[0].function, "f");
    let last = found[0].proof.last().unwrap().at.as_ref().unwrap();
    assert_eq!(&last.text[last.span.clone()], "the_data = data");
    assert!(found[0].help.contains("C.uintptr_t(h)"), "{}", found[0].help);
}

#[test]
fn c1_the_address_of_a_local_through_a_wrapper_in_c_and_a_function_in_go() {
    let c = "void keep(void *); void wrap(int n, void *p) { if (n) keep(p); }";
    let kept =
        "struct s { void *p; }; static struct s all[4]; void keep(void *q) { all[0].p = q; }";
    let code = "func give(p unsafe.Pointer) { C.wrap(1, p) }
func f() { x := 5; give(unsafe.Pointer(&x)) }";
    let files = [
        ("a.go", &*go("#include \"a.h\"", code)),
        ("a.h", "void wrap(int n, void *p);"),
        ("a.c", c),
        ("b.c", kept),
    ];
    assert_eq!(errors(&files), ["C1"]);
}

#[test]
fn c1_through_a_package_of_the_same_module() {
    let inner = go(KEEPS, "func Give(p unsafe.Pointer) { C.set(nil, p) }");
    let outer = "package q\n\nimport (\n\t\"unsafe\"\n\n\t\"example.org/m/p\"\n)\n\nfunc f() { x := 5; p.Give(unsafe.Pointer(&x)) }\n";
    let files = [("go.mod", "module example.org/m\n"), ("p/p.go", &*inner), ("q/q.go", outer)];
    assert_eq!(errors(&files), ["C1"]);
}

#[test]
fn c1_where_a_function_returns_the_address_and_another_stores_it_in_c_memory() {
    let c = "typedef struct { void *payload; } options;
static options now; static void use_options(options *o) { now = *o; }";
    let code = "func track() unsafe.Pointer { slot := 1; return unsafe.Pointer(&slot) }
func fill(o *C.options) { o.payload = track() }
func f() { var o C.options; fill(&o); C.use_options(&o) }";
    assert_eq!(go_errors(c, code), ["C1"]);
    let kept =
        code.replace("slot := 1;", "slot := 1; all = append(all, &slot);") + "\nvar all []*int";
    assert_eq!(go_errors(c, &kept), [""; 0]);
}

#[test]
fn c1_in_a_block_of_objective_c() {
    let c = "void start(void *machine, void *data) {
    dispatch_sync(queue, ^{
        [(VM *)machine startWithCompletionHandler:^(NSError *error) { done(data, error); }];
    });
}";
    let code = "func f(m unsafe.Pointer) { h := cgo.NewHandle(1); C.start(m, unsafe.Pointer(&h)) }";
    let files = [
        ("a.go", &*go("#include \"a.h\"", code)),
        ("a.m", c),
        ("a.h", "void start(void *, void *);"),
    ];
    assert_eq!(errors(&files), ["C1"]);
    // A block that runs before the function returns keeps nothing.
    let during = c.replace(
        "startWithCompletionHandler:^(NSError *error) { done(data, error); }",
        "enumerateObjectsUsingBlock:^(id o) { done(data, o); }",
    );
    let files = [
        ("a.go", &*go("#include \"a.h\"", code)),
        ("a.m", &*during),
        ("a.h", "void start(void *, void *);"),
    ];
    assert_eq!(errors(&files), [""; 0]);
}

#[test]
fn c1_where_only_the_table_of_libraries_knows_the_function() {
    let code = "type S struct { c *C.yr }
func (s *S) f() { id := 1; C.yr_compiler_set_callback(s.c, nil, unsafe.Pointer(&id)) }";
    let found = findings(&[("a.go", &go("#include <yara.h>", code))]);
    assert_eq!(found.len(), 1);
    assert!(found[0].proof.iter().any(|step| step.text.contains("YARA")), "{:?}", found[0].proof);
}

#[test]
fn c2_memory_of_go_that_nothing_in_go_keeps() {
    let c = "struct handler { void (*on_line)(int); };
static struct handler *all; static void add(struct handler *h) { all = h; }";
    assert_eq!(go_errors(c, "func f() { h := &C.struct_handler{}; C.add(h) }"), ["C2"]);
    assert_eq!(go_errors(c, "func f() { h := new(C.struct_handler); C.add(h) }"), ["C2"]);
    assert_eq!(
        go_errors(
            c,
            "func f() { b := make([]byte, 64); C.add((*C.struct_handler)(unsafe.Pointer(&b[0]))) }"
        ),
        ["C2"]
    );
}

#[test]
fn c2_a_table_that_another_function_makes_and_that_only_a_number_remembers() {
    let c = "struct handler { void (*on_line)(int); };
static struct handler *all; static void add(struct handler *h) { all = h; }";
    let code = "func table() *C.struct_handler { return &C.struct_handler{} }
func f() { t := table(); address = uintptr(unsafe.Pointer(t)); C.add(t) }
var address uintptr";
    assert_eq!(go_errors(c, code), ["C2"]);
    let kept = code
        .replace("address = uintptr(unsafe.Pointer(t))", "address = t")
        .replace("uintptr", "*C.struct_handler");
    assert_eq!(go_errors(c, &kept), [""; 0]);
}

#[test]
fn c2_in_an_object_on_the_heap_that_c_returns() {
    let c = "struct o { void *data; };
struct o *make(void *data) { struct o *o = malloc(sizeof *o); o->data = data; return o; }";
    assert_eq!(
        go_errors(
            c,
            "func f() { d := &T{}; all = C.make(unsafe.Pointer(d)) }\ntype T struct{}\nvar all *C.struct_o"
        ),
        ["C2"]
    );
}

#[test]
fn c3_a_go_function_as_a_c_function_pointer() {
    let code = "func f(g func(int)) { C.set((C.cb)(unsafe.Pointer(&g)), nil) }";
    assert_eq!(go_errors(KEEPS, code), ["C3"]);
    let code = "func f() { g := func() {}; C.set((*[0]byte)(unsafe.Pointer(&g)), nil) }";
    assert_eq!(go_errors(KEEPS, code), ["C3"]);
    let code = "func g() {}\nfunc f() { C.set((C.cb)(unsafe.Pointer(reflect.ValueOf(g).Pointer())), nil) }";
    assert_eq!(go_errors(KEEPS, code), ["C3"]);
}

#[test]
fn an_exported_function_is_a_c_function_pointer() {
    let code = "func f() { C.set((C.cb)(unsafe.Pointer(C.goCallback)), nil); C.set((*[0]byte)(C.goCallback), nil) }";
    assert_eq!(go_errors(KEEPS, code), [""; 0]);
}

#[test]
fn a_handle_by_value_is_right() {
    let c = KEEPS.replace("void *data)", "uintptr_t data)");
    let code = "func f() { h := cgo.NewHandle(1); C.set((C.cb)(C.goCallback), C.uintptr_t(h)) }";
    assert_eq!(go_errors(&c, code), [""; 0]);
}

#[test]
fn an_out_parameter_next_to_a_callback_is_only_written() {
    let c = "typedef void (*cb)(void *); static cb all;
static int open_it(int *out, cb f) { all = f; *out = 5; return 0; }";
    assert_eq!(
        go_errors(c, "func f() int { var out C.int; C.open_it(&out, nil); return int(out) }"),
        [""; 0]
    );
}

#[test]
fn a_function_that_calls_back_only_while_it_runs_keeps_nothing() {
    let c = "typedef void (*cb)(void *); static void each(cb f, void *data) { for (int i = 0; i < 3; i++) f(data); }";
    assert_eq!(go_errors(c, "func f() { x := 1; C.each(nil, unsafe.Pointer(&x)) }"), [""; 0]);
    // The table of libraries says it of sorts and scans.
    let code =
        "func f() { x := 1; C.yr_rules_scan_mem(nil, nil, 0, 0, nil, unsafe.Pointer(&x), 0) }";
    assert_eq!(go_errors("#include <yara.h>", code), [""; 0]);
}

#[test]
fn a_function_that_waits_for_its_thread_keeps_nothing() {
    let c = "static void run(void *data) { pthread_t t; pthread_create(&t, 0, work, data); pthread_join(t, 0); }";
    let code = "func f() { x := 1; C.run(unsafe.Pointer(&x)) }";
    assert_eq!(go_errors(c, code), [""; 0]);
    let without = c.replace("pthread_join(t, 0);", "");
    assert_eq!(go_errors(&without, code), ["C1"]);
}

#[test]
fn an_option_struct_that_c_copies_need_not_live() {
    let c = "struct options { int n; void *data; };
static struct options now; static void use_it(struct options *o) { now = *o; }";
    assert_eq!(go_errors(c, "func f() { o := &C.struct_options{n: 5}; C.use_it(o) }"), [""; 0]);
    // What it points to must.
    let code = "func f() { x := 1; o := &C.struct_options{data: unsafe.Pointer(&x)}; C.use_it(o) }";
    assert_eq!(go_errors(c, code), ["C1"]);
    let member = c.replace("now = *o", "now.n = o->n");
    assert_eq!(go_errors(&member, code), [""; 0]);
}

#[test]
fn a_wrapper_that_stores_and_clears_keeps_nothing() {
    let c = "static void *now; static void run(void *data) { now = data; work(); now = NULL; }";
    let code = "func f() { x := 1; C.run(unsafe.Pointer(&x)) }";
    assert_eq!(go_errors(c, code), [""; 0]);
    assert_eq!(go_errors(&c.replace("now = NULL;", ""), code), ["C1"]);
}

#[test]
fn c_that_is_given_nothing_later_has_let_go() {
    let code = "func f() { h := 1; C.set((C.cb)(C.goCallback), unsafe.Pointer(&h)); defer C.set(nil, nil) }";
    assert_eq!(go_errors(KEEPS, code), [""; 0]);
}

#[test]
fn a_nested_call_is_no_callback() {
    let c = "static int size(void *p) { return p ? 1 : 0; }
static int all; static void set(int n) { all = n; }";
    assert_eq!(go_errors(c, "func f() { x := 1; C.set(C.size(unsafe.Pointer(&x))) }"), [""; 0]);
}

#[test]
fn memory_in_a_field_or_a_global_lives() {
    let field = "type S struct { x *int }
func (s *S) f() { x := 1; s.x = &x; C.set((C.cb)(C.goCallback), unsafe.Pointer(&x)) }";
    assert_eq!(go_errors(KEEPS, field), [""; 0]);
    let list = "var all []*int
func f() { x := 1; all = append(all, &x); C.set((C.cb)(C.goCallback), unsafe.Pointer(&x)) }";
    assert_eq!(go_errors(KEEPS, list), [""; 0]);
    let made = "type S struct { x *int }
func f() *S { x := new(int); s := &S{x: x}; C.set((C.cb)(C.goCallback), unsafe.Pointer(x)); return s }";
    assert_eq!(go_errors(KEEPS, made), [""; 0]);
    let pinned = "type S struct { p runtime.Pinner }
func (s *S) f() { x := new(int); s.p.Pin(x); C.set((C.cb)(C.goCallback), unsafe.Pointer(x)) }";
    assert_eq!(go_errors(KEEPS, pinned), [""; 0]);
}

#[test]
fn a_field_of_a_struct_that_ends_with_the_function_keeps_nothing() {
    let code = "type S struct { x *int }
func f() { x := new(int); s := &S{x: x}; C.set((C.cb)(C.goCallback), unsafe.Pointer(x)); use(s.x == nil) }
func use(b bool) {}";
    assert_eq!(go_errors(KEEPS, code), ["C2"]);
}

#[test]
fn what_an_object_of_the_function_keeps_ends_with_it() {
    let c = "struct o { void *data; }; static void set(struct o *o, void *data) { o->data = data; }
static struct o *make(void) { return calloc(1, sizeof(struct o)); } static void end(struct o *o) { free(o); }";
    let code = "func f() { o := C.make(); x := 1; C.set(o, unsafe.Pointer(&x)); C.end(o); use(&x) }\nfunc use(p *int) {}";
    assert_eq!(go_errors(c, code), [""; 0]);
    let stays =
        "func f() *C.struct_o { o := C.make(); x := 1; C.set(o, unsafe.Pointer(&x)); return o }";
    assert_eq!(go_errors(c, stays), ["C1"]);
}

#[test]
fn what_a_function_of_others_gets_may_be_kept_there() {
    let code = "func f(m *sync.Map) { x := 1; m.Store(1, &x); C.set((C.cb)(C.goCallback), unsafe.Pointer(&x)) }";
    assert_eq!(go_errors(KEEPS, code), [""; 0]);
}

#[test]
fn names_alone_prove_nothing() {
    let code = "func f() { h := cgo.NewHandle(1); C.register_callback((C.cb)(C.goCallback), unsafe.Pointer(&h)) }";
    assert_eq!(go_errors("void register_callback(void (*)(void *), void *);", code), [""; 0]);
}

#[test]
fn h1_kept_alive_until_the_function_returns() {
    let code = "func f() { x := 1; C.set(nil, unsafe.Pointer(&x)); runtime.KeepAlive(&x) }";
    assert_eq!(go_errors(KEEPS, code), [""; 0]);
    assert_eq!(go_hints(KEEPS, code), ["H1"]);
}

#[test]
fn h2_a_handle_that_is_deleted_while_c_has_it() {
    let c = KEEPS
        .replace("void *data)", "uintptr_t data)")
        .replace("the_data = data", "the_data = (void *)data");
    let code = "func f() { h := cgo.NewHandle(1); defer h.Delete(); C.set(nil, C.uintptr_t(h)) }";
    assert_eq!(go_hints(&c, code), ["H2"]);
    assert_eq!(go_hints(&c, &code.replace("defer h.Delete(); ", "")), [""; 0]);
}

#[test]
fn h5_c_memory_that_is_freed_while_c_has_it() {
    let code = "func f() { p := C.malloc(8); defer C.free(p); C.set(nil, p) }";
    assert_eq!(go_hints(KEEPS, code), ["H5"]);
    assert_eq!(go_errors(KEEPS, code), [""; 0]);
    assert_eq!(go_hints(KEEPS, &code.replace("defer C.free(p); ", "")), [""; 0]);
}

#[test]
fn a_comment_with_a_reason_silences_a_finding() {
    let code = "func f() { x := 1
	// outlive:kept-by the registry in registry.c, until exit
	C.set(nil, unsafe.Pointer(&x)) }";
    let silenced = outcome(folder(&[("a.go", &go(KEEPS, code))]).path());
    assert_eq!((silenced.findings.len(), silenced.silenced), (0, 1));
    let without_reason = code.replace(" the registry in registry.c, until exit", "");
    assert_eq!(go_errors(KEEPS, &without_reason), ["C1"]);
}
