//! The description is complete, and its committed copy is true.

use super::DESCRIPTION;
use crate::http::access::{Access, TABLE};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `GET /api/v1/meetings` and its like, with each operation.
fn operations() -> BTreeMap<String, &'static Value> {
    let paths = DESCRIPTION["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, operations)| {
        let operations = operations.as_object().expect("operations").iter();
        operations.map(move |(method, one)| (format!("{} {path}", method.to_uppercase()), one))
    });
    operations.collect()
}

#[test]
fn every_route_of_the_table_is_described_and_the_other_way_round() {
    let routes = TABLE
        .iter()
        .filter(|(_, path, _)| path.starts_with("/api/"));
    let listed: BTreeMap<_, _> = routes
        .map(|(method, path, access)| (format!("{method} {path}"), access))
        .collect();
    let operations = operations();
    assert_eq!(
        operations.keys().collect::<Vec<_>>(),
        listed.keys().collect::<Vec<_>>()
    );
    for (route, access) in listed {
        let Access::From(role) = access else {
            panic!("{route} is open")
        };
        assert_eq!(operations[&route]["x-role"], role.as_str(), "{route}");
    }
}

#[test]
fn an_operation_has_one_name_and_every_answer() {
    let mut names = BTreeSet::new();
    for (route, operation) in operations() {
        assert!(
            names.insert(operation["operationId"].to_string()),
            "{route}"
        );
        for status in ["400", "401", "403", "405", "429", "503"] {
            assert!(
                !operation["responses"][status].is_null(),
                "{route} {status}"
            );
        }
        assert!(
            operation.get("parameters").is_none_or(Value::is_array),
            "{route}"
        );
        let path_parameters = route.matches('{').count();
        let parameters = operation["parameters"].as_array();
        let of_path = parameters.into_iter().flatten();
        let of_path = of_path.filter(|one| one["in"] == "path");
        assert_eq!(of_path.count(), path_parameters, "{route}");
    }
}

#[test]
fn whatever_is_referred_to_is_there() {
    let text = DESCRIPTION.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().expect("an end");
        assert!(DESCRIPTION.pointer(pointer).is_some(), "{pointer}");
    }
}

/// Two of one name would be one in the description.
#[test]
fn no_two_schemas_have_one_name() {
    let mut names = BTreeMap::new();
    let folder = root().join("src/http/api");
    let files = fs::read_dir(folder).expect("a folder");
    for file in files.map(|file| file.expect("an entry").path()) {
        let Ok(text) = fs::read_to_string(&file) else {
            continue; // a folder
        };
        for piece in text.split("ToSchema)]").skip(1) {
            let mut words = piece.split(|c: char| !c.is_alphanumeric());
            words.find(|word| ["struct", "enum"].contains(word));
            let name = words.next().expect("a name").to_owned();
            let other = names.insert(name.clone(), file.clone());
            assert!(other.is_none(), "{name} in {file:?} and {other:?}");
        }
    }
    assert!(names.contains_key("Record"), "they are seen: {names:?}");
}

#[test]
fn the_committed_copy_is_true() {
    let file = root().join("docs/openapi.json");
    let now = format!("{:#}\n", *DESCRIPTION);
    if env::var_os("ROLLCALL_WRITE_OPENAPI").is_some() {
        fs::write(&file, &now).expect("written");
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == now,
        "docs/openapi.json is out of date: `ROLLCALL_WRITE_OPENAPI=1 cargo test --lib committed_copy` rewrites it"
    );
}
