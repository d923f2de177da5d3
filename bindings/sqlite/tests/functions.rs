//! Functions, aggregates and collations.

#[path = "../../counted.rs"]
mod counted;

use std::cell::Cell;
use std::rc::Rc;

use libsqlite3_sys as ffi;
use outlive_sqlite::{Connection, Error, Group, Value};

use counted::Counted;

fn integers(rows: Vec<Vec<Value>>) -> Vec<i64> {
    rows.into_iter()
        .map(|row| match row[0] {
            Value::Integer(value) => value,
            ref other => panic!("{other:?} is no integer"),
        })
        .collect()
}

/// A table `t(a)` with 1 to 5.
fn numbers() -> Rc<Connection> {
    let db = Connection::open_in_memory().unwrap();
    db.execute("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3), (4), (5)").unwrap();
    Rc::new(db)
}

#[derive(Default)]
struct Sum(i64);

impl Group for Sum {
    fn step(&mut self, arguments: &[Value]) -> Result<(), Error> {
        match arguments {
            [Value::Integer(13)] => panic!("thirteen"),
            [Value::Integer(value)] => self.0 += value,
            _ => return Err(Error::new(ffi::SQLITE_MISMATCH, "a sum is of integers")),
        }
        Ok(())
    }

    fn value(&self) -> Result<Value, Error> {
        Ok(Value::Integer(self.0))
    }

    fn inverse(&mut self, arguments: &[Value]) -> Result<(), Error> {
        match arguments {
            [Value::Integer(value)] => self.0 -= value,
            _ => unreachable!("the step has refused it"),
        }
        Ok(())
    }
}

struct CountedSum(Sum, #[allow(dead_code, reason = "it is dropped")] Counted);

impl Group for CountedSum {
    fn step(&mut self, arguments: &[Value]) -> Result<(), Error> {
        self.0.step(arguments)
    }

    fn value(&self) -> Result<Value, Error> {
        self.0.value()
    }

    fn inverse(&mut self, arguments: &[Value]) -> Result<(), Error> {
        self.0.inverse(arguments)
    }
}

#[test]
fn a_function_may_run_statements_on_its_own_connection() {
    let db = numbers();
    let own = Rc::downgrade(&db);
    let below = move |values: &[Value]| {
        let db = own.upgrade().expect("a statement of it runs");
        Ok(db.query("SELECT count(*) FROM t WHERE a < ?", values)?[0][0].clone())
    };
    db.create_function("below", 1, below).unwrap();
    assert_eq!(integers(db.query("SELECT below(a) FROM t", &[]).unwrap()), [0, 1, 2, 3, 4]);
}

#[test]
fn a_function_that_replaces_itself_while_it_runs_is_refused_and_goes_on() {
    let db = numbers();
    let (own, alive) = (Rc::downgrade(&db), Rc::new(Cell::new(0)));
    let counter = alive.clone();
    let replace = move |_: &[Value]| {
        let db = own.upgrade().expect("a statement of it runs");
        let next = Counted::new(&counter);
        let refused = db.create_function("f", 1, move |_| {
            let _ = &next;
            Ok(Value::Null)
        });
        assert_eq!(counter.get(), 0); // the one that was not taken is gone already
        Ok(Value::from(i64::from(refused.unwrap_err().code)))
    };
    db.create_function("f", 1, replace).unwrap();
    let busy = i64::from(ffi::SQLITE_BUSY);
    assert_eq!(integers(db.query("SELECT f(a) FROM t", &[]).unwrap()), [busy; 5]);
    // Outside, it is replaced.
    db.create_function("f", 1, |_| Ok(Value::Integer(8))).unwrap();
    assert_eq!(integers(db.query("SELECT f(0)", &[]).unwrap()), [8]);
}

#[test]
fn a_function_is_dropped_once_when_it_is_replaced_or_the_connection_is_closed() {
    let alive = Rc::new(Cell::new(0));
    let db = numbers();
    let function = || {
        let counted = Counted::new(&alive);
        move |_: &[Value]| Ok(Value::from(counted.alive()))
    };
    db.create_function("f", 0, function()).unwrap();
    db.create_function("f", 0, function()).unwrap();
    db.create_function("g", -1, function()).unwrap();
    assert_eq!(integers(db.query("SELECT f()", &[]).unwrap()), [2]);
    drop(db);
    assert_eq!(alive.get(), 0);
}

#[test]
fn a_function_that_is_not_taken_is_dropped_once() {
    let alive = Rc::new(Cell::new(0));
    let db = numbers();
    let function = || {
        let counted = Counted::new(&alive);
        move |_: &[Value]| Ok(Value::from(counted.alive()))
    };
    let long = "f".repeat(256);
    assert_eq!(db.create_function(&long, 0, function()).unwrap_err().code, ffi::SQLITE_MISUSE);
    assert_eq!(db.create_function("f", -2, function()).unwrap_err().code, ffi::SQLITE_MISUSE);
    assert_eq!(db.create_function("a\0b", 0, function()).unwrap_err().code, ffi::SQLITE_MISUSE);
    let counted = Counted::new(&alive);
    let aggregate = move || {
        let _ = &counted;
        Sum(0)
    };
    assert_eq!(db.create_aggregate(&long, 0, aggregate).unwrap_err().code, ffi::SQLITE_MISUSE);
    assert_eq!(alive.get(), 0);
}

#[test]
fn a_panic_in_a_function_is_an_error_of_the_statement() {
    let db = numbers();
    db.create_function("f", 1, |values| match values {
        [Value::Integer(3)] => panic!("three"),
        _ => Ok(values[0].clone()),
    })
    .unwrap();
    let error = db.query("SELECT f(a) FROM t", &[]).unwrap_err();
    assert_eq!((error.code, error.message.as_str()), (ffi::SQLITE_ERROR, "the function panicked"));
    assert_eq!(integers(db.query("SELECT f(a) FROM t WHERE a < 3", &[]).unwrap()), [1, 2]);
}

#[test]
fn an_aggregate_has_a_value_for_each_group_and_each_window() {
    let (db, alive) = (numbers(), Rc::new(Cell::new(0)));
    let counter = alive.clone();
    db.create_aggregate("total", 1, move || CountedSum(Sum(0), Counted::new(&counter))).unwrap();
    let rows = db.query("SELECT total(a) FROM t GROUP BY a % 2 ORDER BY 1", &[]).unwrap();
    assert_eq!(integers(rows), [6, 9]);
    assert_eq!(integers(db.query("SELECT total(a) FROM t WHERE a > 9", &[]).unwrap()), [0]);
    let window = "SELECT total(a) OVER (ORDER BY a ROWS 1 PRECEDING) FROM t";
    assert_eq!(integers(db.query(window, &[]).unwrap()), [1, 3, 5, 7, 9]);
    assert_eq!(alive.get(), 0);
}

#[test]
fn an_aggregate_that_fails_or_panics_or_is_left_half_way_loses_no_group() {
    let (db, alive) = (numbers(), Rc::new(Cell::new(0)));
    let counter = alive.clone();
    db.create_aggregate("total", 1, move || CountedSum(Sum(0), Counted::new(&counter))).unwrap();
    let error = db.query("SELECT total(CAST(a AS TEXT)) FROM t", &[]).unwrap_err();
    assert_eq!(error, Error::new(ffi::SQLITE_MISMATCH, "a sum is of integers"));
    assert_eq!(alive.get(), 0);

    let error = db.query("SELECT total(a + 9) FROM t", &[]).unwrap_err();
    assert_eq!(error.message, "the aggregate panicked");
    assert_eq!(alive.get(), 0);

    // The first of two rows is taken, while the window has a group.
    let window = "SELECT total(a) OVER (ORDER BY a ROWS 1 PRECEDING) FROM t";
    let mut statement = db.prepare(window).unwrap();
    assert!(statement.query(&[]).unwrap().next().is_some());
    drop(statement);
    assert_eq!(alive.get(), 0);
}

#[test]
fn a_panic_where_a_group_is_made_is_an_error_of_the_statement() {
    let db = numbers();
    db.create_aggregate("f", 1, || -> Sum { panic!("no group") }).unwrap();
    assert_eq!(db.query("SELECT f(a) FROM t", &[]).unwrap_err().message, "the aggregate panicked");
    assert_eq!(
        db.query("SELECT f(a) FROM t WHERE 0", &[]).unwrap_err().message,
        "the aggregate panicked"
    );
}

#[test]
fn a_collation_that_replaces_itself_while_it_runs_is_refused_and_goes_on() {
    let db = numbers();
    let (own, codes) = (Rc::downgrade(&db), Rc::new(Cell::new(0)));
    let seen = codes.clone();
    db.create_collation("backwards", move |left, right| {
        let db = own.upgrade().expect("a statement of it runs");
        let refused = db.create_collation("backwards", |left, right| left.cmp(right));
        seen.set(refused.unwrap_err().code);
        right.cmp(left)
    })
    .unwrap();
    let sorted = "SELECT a FROM t ORDER BY CAST(a AS TEXT) COLLATE backwards";
    assert_eq!(integers(db.query(sorted, &[]).unwrap()), [5, 4, 3, 2, 1]);
    assert_eq!(codes.get(), ffi::SQLITE_MISUSE);
    db.create_collation("backwards", |left, right| left.cmp(right)).unwrap();
    assert_eq!(integers(db.query(sorted, &[]).unwrap()), [1, 2, 3, 4, 5]);
}

#[test]
fn a_panic_in_a_collation_interrupts_the_statement() {
    let db = numbers();
    db.create_collation("odd", |_, _| panic!("no order")).unwrap();
    let sorted = "SELECT a FROM t ORDER BY CAST(a AS TEXT) COLLATE odd";
    assert_eq!(db.query(sorted, &[]).unwrap_err().code, ffi::SQLITE_INTERRUPT);
    assert_eq!(integers(db.query("SELECT a FROM t", &[]).unwrap()), [1, 2, 3, 4, 5]);
}

#[test]
fn a_collation_that_is_not_taken_is_dropped_once() {
    let (db, alive) = (numbers(), Rc::new(Cell::new(0)));
    let counted = Counted::new(&alive);
    // The collation is in use.
    let mut statement = db.prepare("SELECT a FROM t").unwrap();
    let mut rows = statement.query(&[]).unwrap();
    rows.next();
    let refused = db.create_collation("NOCASE", move |left, right| {
        let _ = &counted;
        left.cmp(right)
    });
    assert_eq!(refused.unwrap_err().code, ffi::SQLITE_BUSY);
    assert_eq!(alive.get(), 0);
}
