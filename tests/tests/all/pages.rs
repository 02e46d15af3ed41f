//! What the pages say of the tests.

use std::{collections::HashSet, fs, path::Path};

/// Names of all functions in the Rust files below a folder.
fn functions(below: &Path, found: &mut HashSet<String>) {
    for entry in fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let names = text.split("fn ").skip(1).filter_map(|rest| rest.split('(').next());
            found.extend(names.map(str::to_owned));
        }
    }
}

#[test]
fn every_test_that_the_page_on_testing_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = HashSet::new();
    for folder in ["cli", "functions", "shared", "tests"] {
        functions(&root.join(folder), &mut found);
    }
    let page = fs::read_to_string(root.join("docs/testing.md")).unwrap();
    let names: Vec<_> = page.split('`').filter(|word| word.matches('_').count() > 3).collect();
    assert!(names.len() > 40, "it names tests");
    for name in names.iter().filter(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')) {
        assert!(found.contains(*name), "{name}");
    }
}
