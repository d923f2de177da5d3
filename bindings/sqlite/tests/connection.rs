//! Connections and statements.

use libsqlite3_sys as ffi;
use outlive_sqlite::{Connection, Value};

#[test]
fn each_storage_class_comes_back_as_it_was_bound() {
    let db = Connection::open_in_memory().unwrap();
    let values = [
        Value::Null,
        7.into(),
        0.5.into(),
        "".into(),
        "zwölf".into(),
        vec![0, 255].into(),
        Value::Blob(Vec::new()),
    ];
    for value in values {
        let rows = db.query("SELECT ?", std::slice::from_ref(&value)).unwrap();
        assert_eq!(rows, [[value]]);
    }
}

#[test]
fn a_mistake_is_an_error_in_the_words_of_the_library() {
    let db = Connection::open_in_memory().unwrap();
    let error = db.execute("SELECT 1; SELEC 2").unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (ffi::SQLITE_ERROR, "near \"SELEC\": syntax error")
    );
    assert_eq!(db.query("SELECT 1", &[Value::Null]).unwrap_err().code, ffi::SQLITE_RANGE);
    assert!(Connection::open("no/such/folder/file", None).is_err());
    assert_eq!(Connection::open("a\0b", None).unwrap_err().code, ffi::SQLITE_MISUSE);
}
