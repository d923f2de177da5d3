use std::collections::HashSet;

use super::{find, scenarios};

#[test]
fn names_are_told_apart() {
    let names: HashSet<_> = scenarios().map(|scenario| scenario.name).collect();
    assert_eq!(names.len(), scenarios().count());
    assert!(names.iter().all(|name| find(name).is_some_and(|found| found.name == *name)));
}
