//! Hooks, which may replace themselves while they run.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use libsqlite3_sys as ffi;
use outlive_sqlite::{Action, Authorization, Connection, Trace};

fn database() -> Rc<Connection> {
    let db = Connection::open_in_memory().unwrap();
    db.execute("CREATE TABLE t(a)").unwrap();
    Rc::new(db)
}

/// Says when it is dropped.
struct Gone(Rc<Cell<bool>>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

#[test]
fn an_update_hook_is_told_of_each_row() {
    let (db, rows) = (database(), Rc::new(RefCell::new(Vec::new())));
    let seen = rows.clone();
    db.on_update(Some(Box::new(move |action, database, table, row| {
        seen.borrow_mut().push((action, format!("{database}.{table}"), row));
    })))
    .unwrap();
    db.execute("INSERT INTO t VALUES (1); UPDATE t SET a = 2; DELETE FROM t WHERE a = 2").unwrap();
    let each = [Action::Insert, Action::Update, Action::Delete];
    assert_eq!(*rows.borrow(), each.map(|action| (action, "main.t".to_owned(), 1)));
}

#[test]
fn a_hook_that_replaces_itself_ends_when_it_returns() {
    let (db, gone, log) =
        (database(), Rc::new(Cell::new(false)), Rc::new(RefCell::new(Vec::new())));
    let (own, what_it_owns, seen) = (Rc::downgrade(&db), Gone(gone.clone()), log.clone());
    db.on_update(Some(Box::new(move |_, _, _, row| {
        let db = own.upgrade().expect("a statement of it runs");
        let next = seen.clone();
        db.on_update(Some(Box::new(move |_, _, _, row| next.borrow_mut().push(("second", row)))))
            .unwrap();
        assert!(!what_it_owns.0.get()); // it is still there: this is its call
        seen.borrow_mut().push(("first", row));
    })))
    .unwrap();
    db.execute("INSERT INTO t VALUES (1), (2), (3)").unwrap();
    assert!(gone.get());
    assert_eq!(*log.borrow(), [("first", 1), ("second", 2), ("second", 3)]);
}

#[test]
fn every_hook_may_take_itself_away_while_it_runs() {
    let calls = Rc::new(Cell::new(0));
    let count = || {
        let calls = calls.clone();
        move || calls.set(calls.get() + 1)
    };
    let db = database();
    let (own, called) = (Rc::downgrade(&db), count());
    db.on_commit(Some(Box::new(move || {
        own.upgrade().unwrap().on_commit(None).unwrap();
        called();
        true
    })))
    .unwrap();
    let (own, called) = (Rc::downgrade(&db), count());
    db.on_rollback(Some(Box::new(move || {
        own.upgrade().unwrap().on_rollback(None).unwrap();
        called();
    })))
    .unwrap();
    let (own, called) = (Rc::downgrade(&db), count());
    db.on_progress(
        1,
        Some(Box::new(move || {
            own.upgrade().unwrap().on_progress(1, None).unwrap();
            called();
            true
        })),
    )
    .unwrap();
    let (own, called) = (Rc::downgrade(&db), count());
    db.on_authorize(Some(Box::new(move |_, _, _| {
        own.upgrade().unwrap().on_authorize(None).unwrap();
        called();
        Authorization::Allow
    })))
    .unwrap();
    let (own, called) = (Rc::downgrade(&db), count());
    db.on_trace(Some(Box::new(move |_| {
        own.upgrade().unwrap().on_trace(None).unwrap();
        called();
    })))
    .unwrap();
    for _ in 0..2 {
        db.execute(
            "BEGIN; INSERT INTO t VALUES (1); COMMIT; BEGIN; INSERT INTO t VALUES (2); ROLLBACK",
        )
        .unwrap();
    }
    assert_eq!(calls.get(), 5);
}

#[test]
fn a_hook_that_runs_a_statement_on_its_own_connection_is_refused() {
    let (db, codes) = (database(), Rc::new(RefCell::new(Vec::new())));
    let (own, seen) = (Rc::downgrade(&db), codes.clone());
    db.on_update(Some(Box::new(move |_, _, _, _| {
        let db = own.upgrade().expect("a statement of it runs");
        seen.borrow_mut().push(db.execute("DELETE FROM t").unwrap_err().code);
    })))
    .unwrap();
    db.execute("INSERT INTO t VALUES (1)").unwrap();
    assert_eq!(*codes.borrow(), [ffi::SQLITE_MISUSE]);
    assert_eq!(db.query("SELECT a FROM t", &[]).unwrap().len(), 1);
}

#[test]
fn hooks_that_decide_are_obeyed() {
    let db = database();
    db.on_commit(Some(Box::new(|| false))).unwrap();
    let error = db.execute("INSERT INTO t VALUES (1)").unwrap_err();
    assert_eq!(error.code, ffi::SQLITE_CONSTRAINT_COMMITHOOK);
    db.on_commit(None).unwrap();

    let endless =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
    db.on_progress(1000, Some(Box::new(|| false))).unwrap();
    assert_eq!(db.execute(endless).unwrap_err().code, ffi::SQLITE_INTERRUPT);
    db.on_progress(1000, None).unwrap();

    db.on_authorize(Some(Box::new(|action, first, _| match (action, first) {
        (ffi::SQLITE_DELETE, "t") => Authorization::Deny,
        _ => Authorization::Allow,
    })))
    .unwrap();
    assert_eq!(db.execute("DELETE FROM t").unwrap_err().code, ffi::SQLITE_AUTH);
    db.execute("INSERT INTO t VALUES (1)").unwrap();
}

#[test]
fn a_panic_in_a_hook_that_decides_says_no() {
    let db = database();
    db.on_commit(Some(Box::new(|| panic!("commit")))).unwrap();
    let error = db.execute("INSERT INTO t VALUES (1)").unwrap_err();
    assert_eq!(error.code, ffi::SQLITE_CONSTRAINT_COMMITHOOK);
    db.on_commit(None).unwrap();
    db.on_progress(1, Some(Box::new(|| panic!("progress")))).unwrap();
    assert_eq!(db.execute("SELECT a FROM t").unwrap_err().code, ffi::SQLITE_INTERRUPT);
    db.on_progress(1, None).unwrap();
    db.on_authorize(Some(Box::new(|_, _, _| panic!("authorize")))).unwrap();
    assert_eq!(db.execute("SELECT a FROM t").unwrap_err().code, ffi::SQLITE_AUTH);
    db.on_authorize(None).unwrap();
    db.execute("SELECT a FROM t").unwrap();
}

#[test]
fn a_panic_in_a_hook_that_is_told_is_no_concern_of_the_statement() {
    let db = database();
    let calls = Rc::new(Cell::new(0));
    let count = || {
        let calls = calls.clone();
        move || calls.set(calls.get() + 1)
    };
    let called = count();
    db.on_update(Some(Box::new(move |_, _, _, _| {
        called();
        panic!("update")
    })))
    .unwrap();
    let called = count();
    db.on_rollback(Some(Box::new(move || {
        called();
        panic!("rollback")
    })))
    .unwrap();
    let called = count();
    db.on_trace(Some(Box::new(move |_| {
        called();
        panic!("trace")
    })))
    .unwrap();
    db.execute("INSERT INTO t VALUES (1); BEGIN; INSERT INTO t VALUES (2); ROLLBACK").unwrap();
    assert!(calls.get() > 5);
    // After a panic hooks do not count as running.
    assert_eq!(db.query("SELECT a FROM t", &[]).unwrap().len(), 1);
}

#[test]
fn a_trace_hook_hears_of_the_close_and_is_dropped_after_it() {
    let (db, gone, log) =
        (database(), Rc::new(Cell::new(false)), Rc::new(RefCell::new(Vec::new())));
    let (what_it_owns, seen) = (Gone(gone.clone()), log.clone());
    db.on_trace(Some(Box::new(move |event| {
        let _ = &what_it_owns;
        seen.borrow_mut().push(match event {
            Trace::Start(sql) => sql.to_owned(),
            Trace::End(_) => "end".to_owned(),
            Trace::Row => "row".to_owned(),
            Trace::Close => "close".to_owned(),
        });
    })))
    .unwrap();
    db.execute("SELECT 1 WHERE 1").unwrap();
    drop(db);
    assert!(gone.get());
    assert_eq!(*log.borrow(), ["SELECT 1 WHERE 1", "row", "end", "close"]);
}

#[test]
fn what_a_hook_owns_may_set_hooks_when_it_is_dropped() {
    struct Sets(std::rc::Weak<Connection>);
    impl Drop for Sets {
        fn drop(&mut self) {
            if let Some(db) = self.0.upgrade() {
                db.on_commit(Some(Box::new(|| false))).unwrap();
            }
        }
    }
    let db = database();
    let sets = Sets(Rc::downgrade(&db));
    db.on_commit(Some(Box::new(move || {
        let _ = &sets;
        true
    })))
    .unwrap();
    db.on_commit(None).unwrap();
    let error = db.execute("INSERT INTO t VALUES (1)").unwrap_err();
    assert_eq!(error.code, ffi::SQLITE_CONSTRAINT_COMMITHOOK);
}

/// Runs a statement when it is dropped, and keeps what becomes of it.
struct Runs(std::rc::Weak<Connection>, Rc<RefCell<Vec<i32>>>);

impl Drop for Runs {
    fn drop(&mut self) {
        if let Some(db) = self.0.upgrade() {
            let result = db.execute("INSERT INTO t VALUES (8)");
            self.1.borrow_mut().push(result.map_or_else(|error| error.code, |()| ffi::SQLITE_OK));
        }
    }
}

#[test]
fn a_destructor_that_runs_a_statement_inside_of_sqlite_is_refused() {
    let (db, codes) = (database(), Rc::new(RefCell::new(Vec::new())));
    let runs = || Runs(Rc::downgrade(&db), codes.clone());
    // Of a hook that takes itself away, of a function and of a collation that are replaced.
    let (own, owned) = (Rc::downgrade(&db), runs());
    db.on_update(Some(Box::new(move |_, _, _, _| {
        let _ = &owned;
        own.upgrade().expect("a statement of it runs").on_update(None).unwrap();
    })))
    .unwrap();
    db.execute("INSERT INTO t VALUES (1)").unwrap();
    for _ in 0..2 {
        let (one, two) = (runs(), runs());
        db.create_function("f", 0, move |_| {
            let _ = &one;
            Ok(outlive_sqlite::Value::Null)
        })
        .unwrap();
        db.create_collation("c", move |left, right| {
            let _ = &two;
            left.cmp(right)
        })
        .unwrap();
    }
    assert_eq!(*codes.borrow(), [ffi::SQLITE_MISUSE; 3]);
    assert_eq!(db.query("SELECT a FROM t", &[]).unwrap().len(), 1);
    // Outside of SQLite it may.
    drop(runs());
    assert_eq!(codes.borrow().last(), Some(&ffi::SQLITE_OK));
}
