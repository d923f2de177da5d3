//! Virtual tables over Rust collections.

#[path = "../../counted.rs"]
mod counted;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use libsqlite3_sys as ffi;
use outlive_sqlite::{Connection, Error, Row, Table, Value};

use counted::Counted;

#[derive(Debug, PartialEq)]
struct Planet {
    name: String,
    moons: i64,
}

impl Row for Planet {
    const COLUMNS: &'static str = "name TEXT, moons INTEGER";

    fn value(&self, column: usize) -> Value {
        match column {
            0 => Value::from(self.name.as_str()),
            _ => Value::Integer(self.moons),
        }
    }

    fn from_values(values: &[Value]) -> Result<Self, Error> {
        match values {
            [Value::Text(name), Value::Integer(moons)] => {
                Ok(Planet { name: name.clone(), moons: *moons })
            }
            _ => Err(Error::new(ffi::SQLITE_MISMATCH, "a planet has a name and moons")),
        }
    }
}

type Planets = Rc<RefCell<BTreeMap<i64, Planet>>>;

fn planets() -> Planets {
    let each = [("Venus", 0), ("Earth", 1), ("Mars", 2), ("Jupiter", 115)];
    let planet = |(name, moons): (&str, i64)| Planet { name: name.to_owned(), moons };
    Rc::new(RefCell::new((2..).zip(each.map(planet)).collect()))
}

fn with_planets() -> (Rc<Connection>, Planets) {
    let (db, planets) = (Connection::open_in_memory().unwrap(), planets());
    db.create_table("planets", planets.clone()).unwrap();
    (Rc::new(db), planets)
}

fn names(db: &Connection, rest: &str) -> Vec<String> {
    let rows = db.query(&format!("SELECT name FROM planets {rest}"), &[]).unwrap();
    let name = |row: Vec<Value>| match &row[0] {
        Value::Text(name) => name.clone(),
        other => panic!("{other:?} is no name"),
    };
    rows.into_iter().map(name).collect()
}

/// A table of 1 to 3 that does something else for one of its rows.
struct Odd {
    on_next: fn(i64) -> Result<(), Error>,
    on_value: fn(i64) -> Result<(), Error>,
}

const WELL: fn(i64) -> Result<(), Error> = |_| Ok(());

impl Table for Odd {
    fn columns(&self) -> String {
        "a".to_owned()
    }

    fn next(&self, from: i64) -> Result<Option<i64>, Error> {
        (self.on_next)(from)?;
        Ok((1..=3).find(|row| *row >= from))
    }

    fn value(&self, row: i64, _column: usize) -> Result<Value, Error> {
        (self.on_value)(row)?;
        Ok(Value::Integer(row))
    }
}

/// A table without rows, which owns something.
struct Empty<T>(#[allow(dead_code, reason = "it is dropped")] T);

impl<T: 'static> Table for Empty<T> {
    fn columns(&self) -> String {
        "a".to_owned()
    }

    fn next(&self, _from: i64) -> Result<Option<i64>, Error> {
        Ok(None)
    }

    fn value(&self, _row: i64, _column: usize) -> Result<Value, Error> {
        Ok(Value::Null)
    }
}

#[test]
fn a_map_is_read_and_written_by_statements() {
    let (db, planets) = with_planets();
    assert_eq!(names(&db, "WHERE moons > 0 ORDER BY moons DESC"), ["Jupiter", "Mars", "Earth"]);
    db.execute("INSERT INTO planets VALUES ('Saturn', 274)").unwrap();
    db.execute("INSERT INTO planets(rowid, name, moons) VALUES (1, 'Mercury', 0)").unwrap();
    db.execute("UPDATE planets SET moons = moons + 1 WHERE name = 'Venus'; DELETE FROM planets WHERE moons = 2").unwrap();
    db.execute("UPDATE planets SET rowid = 60 WHERE name = 'Saturn'").unwrap();
    let all: Vec<_> = planets.borrow().iter().map(|(row, planet)| (*row, planet.moons)).collect();
    assert_eq!(all, [(1, 0), (2, 1), (3, 1), (5, 115), (60, 274)]);
}

#[test]
fn a_table_refuses_what_its_rows_refuse() {
    let (db, planets) = with_planets();
    let refused = |sql| db.execute(sql).unwrap_err();
    assert_eq!(
        refused("INSERT INTO planets VALUES (1, 2)").message,
        "a planet has a name and moons"
    );
    assert_eq!(refused("INSERT INTO planets(rowid) VALUES (3)").code, ffi::SQLITE_CONSTRAINT);
    assert_eq!(
        refused("UPDATE planets SET rowid = 3 WHERE rowid = 2").message,
        "there is a row 3 already"
    );
    assert_eq!(planets.borrow().len(), 4);
    db.create_table("odd", Rc::new(Odd { on_next: WELL, on_value: WELL })).unwrap();
    for sql in ["INSERT INTO odd VALUES (1)", "DELETE FROM odd", "UPDATE odd SET a = 1"] {
        assert_eq!(refused(sql).code, ffi::SQLITE_READONLY, "{sql}");
    }
}

#[test]
fn conditions_on_the_number_of_a_row_are_the_tables_own_work() {
    thread_local!(static ASKED: RefCell<Vec<i64>> = const { RefCell::new(Vec::new()) });
    let db = Connection::open_in_memory().unwrap();
    let note = |from| {
        ASKED.with_borrow_mut(|asked| asked.push(from));
        Ok(())
    };
    db.create_table("odd", Rc::new(Odd { on_next: note, on_value: WELL })).unwrap();
    let asked = |condition: &str| {
        ASKED.take();
        let rows = db.query(&format!("SELECT a FROM odd WHERE {condition}"), &[]).unwrap();
        (rows.len(), ASKED.take())
    };
    assert_eq!(asked("rowid = 2"), (1, vec![2, 3]));
    assert_eq!(asked("rowid BETWEEN 2 AND 2"), (1, vec![2, 3]));
    assert_eq!(asked("rowid > 2"), (1, vec![2, 3, 4]));
    assert_eq!(asked("rowid < 2"), (1, vec![i64::MIN, 2, 3]));
    assert_eq!(asked("rowid = 2.0").0, 1);
    assert_eq!(asked("rowid = 'x'").0, 0);
    assert_eq!(asked("rowid > 1.5").0, 2);
}

#[test]
fn a_collection_may_change_while_a_statement_reads_it() {
    let (db, planets) = with_planets();
    let mut statement = db.prepare("SELECT name FROM planets").unwrap();
    let mut rows = statement.query(&[]).unwrap();
    assert_eq!(rows.next().unwrap().unwrap(), [Value::from("Venus")]);
    planets.borrow_mut().clear();
    planets.borrow_mut().insert(9, Planet { name: "Pluto".to_owned(), moons: 5 });
    assert_eq!(rows.next().unwrap().unwrap(), [Value::from("Pluto")]);
    assert!(rows.next().is_none());
}

#[test]
fn a_module_makes_a_table_of_its_arguments() {
    let db = Connection::open_in_memory().unwrap();
    db.create_module("only", |arguments| match arguments {
        [name] => {
            let planets = planets();
            planets.borrow_mut().retain(|_, planet| planet.name == *name);
            Ok(planets)
        }
        _ => Err(Error::new(ffi::SQLITE_ERROR, "name one planet")),
    })
    .unwrap();
    db.execute("CREATE VIRTUAL TABLE planets USING only(Mars)").unwrap();
    assert_eq!(names(&db, ""), ["Mars"]);
    assert_eq!(
        db.execute("CREATE VIRTUAL TABLE none USING only").unwrap_err().message,
        "name one planet"
    );
    db.execute("DROP TABLE planets").unwrap();
    assert_eq!(db.query("SELECT * FROM only", &[]).unwrap_err().message, "name one planet");
}

#[test]
fn a_registration_that_fails_half_way_drops_each_value_once() {
    struct Mistaken(Empty<Counted>);
    impl Table for Mistaken {
        fn columns(&self) -> String {
            "a, a".to_owned() // which SQLite does not take
        }
        fn next(&self, from: i64) -> Result<Option<i64>, Error> {
            self.0.next(from)
        }
        fn value(&self, row: i64, column: usize) -> Result<Value, Error> {
            self.0.value(row, column)
        }
    }
    let (db, alive) = (Connection::open_in_memory().unwrap(), Rc::new(Cell::new(0)));
    let counter = alive.clone();
    db.create_module("mistaken", move |_| Ok(Rc::new(Mistaken(Empty(Counted::new(&counter))))))
        .unwrap();
    let error = db.execute("CREATE VIRTUAL TABLE t USING mistaken").unwrap_err();
    assert!(error.message.contains("does not take the columns: a, a"), "{error}");
    assert_eq!(alive.get(), 0);
    assert_eq!(
        db.create_table("a\0b", Rc::new(Empty(Counted::new(&alive)))).unwrap_err().code,
        ffi::SQLITE_MISUSE
    );
    assert_eq!(alive.get(), 0);
}

#[test]
fn a_module_that_is_replaced_lives_until_its_last_table_is_gone() {
    let (db, alive) = (Connection::open_in_memory().unwrap(), Rc::new(Cell::new(0)));
    let table = || {
        let (counter, own) = (alive.clone(), Counted::new(&alive));
        move |_: &[String]| -> Result<Rc<dyn Table>, Error> {
            let _ = &own;
            Ok(Rc::new(Empty(Counted::new(&counter))))
        }
    };
    db.create_module("m", table()).unwrap();
    db.execute("CREATE VIRTUAL TABLE t USING m; SELECT * FROM t").unwrap();
    assert_eq!(alive.get(), 2);
    db.create_module("m", table()).unwrap();
    db.execute("CREATE VIRTUAL TABLE u USING m; SELECT * FROM t; SELECT * FROM u").unwrap();
    db.execute("DROP TABLE t").unwrap();
    assert_eq!(alive.get(), 2); // the second module, and u
    drop(db);
    assert_eq!(alive.get(), 0);
}

#[test]
fn a_table_may_take_its_own_module_away_while_it_runs() {
    struct Replaces(std::rc::Weak<Connection>);
    impl Table for Replaces {
        fn columns(&self) -> String {
            "a".to_owned()
        }
        fn next(&self, from: i64) -> Result<Option<i64>, Error> {
            let db = self.0.upgrade().expect("a statement of it runs");
            db.create_table("planets", planets())?;
            assert_eq!(db.execute("DROP TABLE t").unwrap_err().primary_code(), ffi::SQLITE_LOCKED);
            Ok((1..=3).find(|row| *row >= from))
        }
        fn value(&self, row: i64, _column: usize) -> Result<Value, Error> {
            Ok(Value::Integer(row))
        }
    }
    let db = Rc::new(Connection::open_in_memory().unwrap());
    db.create_table("planets", Rc::new(Replaces(Rc::downgrade(&db)))).unwrap();
    db.execute("CREATE VIRTUAL TABLE t USING planets").unwrap();
    assert_eq!(db.query("SELECT a FROM t", &[]).unwrap().len(), 3);
    db.execute("DROP TABLE t").unwrap();
    assert_eq!(names(&db, "WHERE moons = 1"), ["Earth"]);
}

#[test]
fn a_method_that_fails_or_panics_is_an_error_of_the_statement() {
    let db = Connection::open_in_memory().unwrap();
    let fails = |_| Err(Error::new(ffi::SQLITE_CORRUPT, "the shelf is broken"));
    let panics = |row| if row == 2 { panic!("two") } else { Ok(()) };
    for (name, on_next, on_value) in
        [("next_fails", fails as _, WELL), ("value_fails", WELL, fails)]
    {
        db.create_table(name, Rc::new(Odd { on_next, on_value })).unwrap();
        let error = db.query(&format!("SELECT a FROM {name}"), &[]).unwrap_err();
        assert_eq!(error, Error::new(ffi::SQLITE_CORRUPT, "the shelf is broken"));
    }
    for (name, on_next, on_value) in
        [("next_panics", panics as _, WELL), ("value_panics", WELL, panics)]
    {
        db.create_table(name, Rc::new(Odd { on_next, on_value })).unwrap();
        let mut statement = db.prepare(&format!("SELECT a FROM {name}")).unwrap();
        let mut rows = statement.query(&[]).unwrap();
        assert!(rows.next().unwrap().is_ok());
        assert_eq!(rows.next().unwrap().unwrap_err().code, ffi::SQLITE_ERROR);
    }
}

#[test]
fn a_panic_where_a_table_is_opened_or_changed_is_an_error_of_the_statement() {
    struct Panics;
    impl Table for Panics {
        fn columns(&self) -> String {
            "a".to_owned()
        }
        fn next(&self, from: i64) -> Result<Option<i64>, Error> {
            Ok((from <= 1).then_some(1))
        }
        fn value(&self, _row: i64, _column: usize) -> Result<Value, Error> {
            Ok(Value::Null)
        }
        fn insert(&self, _row: Option<i64>, _values: &[Value]) -> Result<i64, Error> {
            panic!("insert")
        }
        fn update(&self, _row: i64, _new_row: i64, _values: &[Value]) -> Result<(), Error> {
            panic!("update")
        }
        fn delete(&self, _row: i64) -> Result<(), Error> {
            panic!("delete")
        }
    }
    let db = Connection::open_in_memory().unwrap();
    db.create_module("unopened", |_| panic!("open")).unwrap();
    assert_eq!(
        db.execute("CREATE VIRTUAL TABLE t USING unopened").unwrap_err().code,
        ffi::SQLITE_ERROR
    );
    db.create_table("panics", Rc::new(Panics)).unwrap();
    for sql in ["INSERT INTO panics VALUES (1)", "DELETE FROM panics", "UPDATE panics SET a = 1"] {
        assert_eq!(db.execute(sql).unwrap_err().code, ffi::SQLITE_ERROR, "{sql}");
    }
    assert_eq!(db.query("SELECT a FROM panics", &[]).unwrap().len(), 1);
}

#[test]
fn a_table_that_runs_a_statement_when_it_is_dropped_is_refused() {
    struct Runs(std::rc::Weak<Connection>, Rc<Cell<i32>>);
    impl Drop for Runs {
        fn drop(&mut self) {
            if let Some(db) = self.0.upgrade() {
                self.1.set(db.execute("SELECT 1").unwrap_err().code);
            }
        }
    }
    let (db, code) = (Rc::new(Connection::open_in_memory().unwrap()), Rc::new(Cell::new(0)));
    let (own, seen) = (Rc::downgrade(&db), code.clone());
    db.create_module("m", move |_| Ok(Rc::new(Empty(Runs(own.clone(), seen.clone()))))).unwrap();
    db.execute("CREATE VIRTUAL TABLE t USING m; DROP TABLE t").unwrap();
    assert_eq!(code.get(), ffi::SQLITE_MISUSE);
}
