//! What C has of a connection is given back with it. The ledger is the process's, so that this is a program of its own.

use std::rc::Rc;

use outlive_sqlite::{
    Authorization, Connection, Error, Group, MemoryDisk, RegisteredVfs, Table, Value,
};

struct Count(i64);

impl Group for Count {
    fn step(&mut self, _arguments: &[Value]) -> Result<(), Error> {
        self.0 += 1;
        Ok(())
    }

    fn value(&self) -> Result<Value, Error> {
        Ok(Value::Integer(self.0))
    }
}

struct Three;

impl Table for Three {
    fn columns(&self) -> String {
        "a".to_owned()
    }

    fn next(&self, from: i64) -> Result<Option<i64>, Error> {
        Ok((1..=3).find(|row| *row >= from))
    }

    fn value(&self, row: i64, _column: usize) -> Result<Value, Error> {
        Ok(Value::Integer(row))
    }
}

/// Everything that C can have, each twice, and not all of it taken.
fn use_everything(db: &Connection) {
    for name in ["f", "f", "g", &"f".repeat(300)] {
        let _ = db.create_function(name, 1, |values| Ok(values[0].clone()));
        let _ = db.create_aggregate(&format!("{name}_all"), 1, || Count(0));
        let _ = db.create_collation(name, |left, right| left.cmp(right));
        let _ = db.create_table(name, Rc::new(Three));
    }
    for _ in 0..2 {
        db.on_update(Some(Box::new(|_, _, _, _| ()))).unwrap();
        db.on_commit(Some(Box::new(|| true))).unwrap();
        db.on_rollback(Some(Box::new(|| ()))).unwrap();
        db.on_progress(10, Some(Box::new(|| true))).unwrap();
        db.on_busy(Some(Box::new(|_| false))).unwrap();
        db.on_authorize(Some(Box::new(|_, _, _| Authorization::Allow))).unwrap();
        db.on_trace(Some(Box::new(|_| ()))).unwrap();
    }
    db.execute("CREATE VIRTUAL TABLE t USING f; CREATE TABLE u AS SELECT f(a) AS a FROM t ORDER BY a COLLATE g").unwrap();
    assert_eq!(db.query("SELECT f_all(a) FROM u", &[]).unwrap(), [[Value::Integer(3)]]);
    let _ = db.execute("SELECT f(a), f(a, a) FROM t");
}

#[test]
fn nothing_is_left_of_a_connection_and_an_empty_table_of_a_file_system() {
    use_everything(&Connection::open_in_memory().unwrap());
    assert_eq!(outlive::ledger().tables.len(), 0, "{}", outlive::ledger());

    let disk = MemoryDisk::new();
    let vfs = RegisteredVfs::new("left", disk.clone()).unwrap();
    let db = Connection::open("a.db", Some(vfs.name())).unwrap();
    use_everything(&db);
    drop(db);
    let left: Vec<_> = outlive::ledger().tables.iter().map(|entry| entry.table).collect();
    assert_eq!(left, ["sqlite3_vfs"], "{}", outlive::ledger());
    drop(vfs);
    let left = outlive::ledger();
    assert_eq!(left.tables.len(), 1);
    assert_eq!(left.tables[0].state, outlive::TableState::Ended);
    assert!(outlive::take_incidents().is_empty());
}
