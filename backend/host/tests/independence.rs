//! The host can launch no host: nothing that could is in its binary.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "tests say what they expect")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use toml::Table;

/// Every package `root` is built from, by the lock file, which lists what tests use as well.
fn packages_of(root: &str) -> BTreeSet<String> {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    let lock: Table = fs::read_to_string(lock).expect("a lock file").parse().expect("TOML");
    let dependencies: BTreeMap<&str, Vec<&str>> = lock["package"]
        .as_array()
        .expect("packages")
        .iter()
        .map(|package| (package["name"].as_str().expect("a name"), names_of_dependencies(package)))
        .collect();
    let mut found = BTreeSet::new();
    let mut left = vec![root];
    while let Some(name) = left.pop() {
        if found.insert(name.to_owned()) {
            left.extend(&dependencies[name]);
        }
    }
    found
}

/// An entry is a name, or a name and a version.
fn names_of_dependencies(package: &toml::Value) -> Vec<&str> {
    let entries = package.get("dependencies").and_then(toml::Value::as_array);
    let entries = entries.into_iter().flatten().filter_map(toml::Value::as_str);
    entries.filter_map(|entry| entry.split(' ').next()).collect()
}

#[test]
fn the_host_is_built_without_the_operations_and_their_sdks() {
    let packages = packages_of("rollcall-host");
    assert!(packages.contains("rollcall-directory") && packages.contains("aws-sdk-dynamodb"));
    for absent in
        ["rollcall-operations", "rollcall-control-plane", "aws-sdk-ec2", "aws-sdk-lambda", "aws-sdk-ssm"]
    {
        assert!(!packages.contains(absent), "{absent} is part of the host");
    }
}
