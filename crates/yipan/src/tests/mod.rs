//! What must hold of the whole: the register tells the truth, every permission is declared, the
//! permission table is the reviewed one, the OpenAPI document describes every route.

mod administrator;
mod by_hand;
mod decision;
mod demo;
mod errors;
mod process;
mod replies;
mod routes;
mod sealed;
mod sentences;
mod watch;

use crate::{capability, modules};
use std::path::{Path, PathBuf};
use webkit::{Access, openapi};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_test_and_place_the_register_names_exists() {
    let mut text = String::new();
    sources(&root().join("crates"), &mut text);
    let rows = capability::rows().unwrap();
    assert_eq!(rows.len(), 430);
    for row in rows.iter().filter(|row| row.status != capability::Status::Absent) {
        assert!(!row.tests.is_empty(), "{} names no test", row.id);
        for test in &row.tests {
            assert!(text.contains(&format!("fn {test}(")), "{}: no test {test}", row.id);
        }
        assert!(root().join(&row.place).exists(), "{}: no place {}", row.id, row.place);
        let partial = row.status == capability::Status::Partial;
        assert_eq!(partial, row.lacks.is_some(), "{}: partial rows say what they lack", row.id);
    }
}

#[test]
fn every_page_the_register_links_is_a_route() {
    let routes: Vec<&str> = modules::all(true)
        .iter()
        .flat_map(|module| module.routes.clone())
        .map(|r| r.path)
        .collect();
    for row in capability::rows().unwrap().iter().filter(|row| !row.page.is_empty()) {
        let known = routes.contains(&row.page.as_str())
            || (row.page.starts_with("/one-things/") && routes.contains(&"/one-things/{id}"));
        assert!(known, "{}: no page {}", row.id, row.page);
    }
}

#[test]
fn every_group_of_the_register_has_an_english_name() {
    for row in capability::rows().unwrap() {
        let name = capability::named(&row.group);
        assert!(name.get(kernel::Lang::En).is_ascii(), "{}: {name:?}", row.id);
    }
}

#[test]
fn every_permission_a_route_asks_for_is_declared_and_granted() {
    let pack = pack::Province::embedded().unwrap();
    for module in modules::all(true) {
        let asked = module.routes.iter().filter_map(|route| match route.access {
            Access::Staff(permission) => Some(permission),
            _ => None,
        });
        for permission in asked.chain(module.rail.iter().map(|rail| rail.permission)) {
            let granted = pack.roles().any(|role| role.permissions.iter().any(|p| p == permission));
            assert!(granted, "{}: nobody holds {permission}", module.name);
        }
    }
}

#[test]
fn the_permission_table_is_the_reviewed_one() {
    let mut lines: Vec<String> = modules::all(true)
        .iter()
        .flat_map(|module| module.routes.clone())
        .map(|route| {
            let strong = if route.strong { " + second factor" } else { "" };
            format!(
                "{:<70} {:<6} {}{strong}",
                route.path,
                route.method,
                openapi::access(route.access)
            )
        })
        .collect();
    lines.sort();
    let pack = pack::Province::embedded().unwrap();
    let table = format!(
        "Who may call which route\n\n{}\n\nWhich role holds which permission\n\n{}",
        lines.join("\n"),
        party::authority::table(&pack)
    );
    let path = root().join("docs/reference/permissions.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let reviewed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(reviewed == table, "run with UPDATE=1 and review docs/reference/permissions.txt");
}

#[test]
fn no_two_routes_are_the_same_and_every_interface_route_is_described() {
    let mut seen = std::collections::BTreeSet::new();
    let routes: Vec<_> =
        modules::all(true).iter().flat_map(|module| module.routes.clone()).collect();
    for route in &routes {
        assert!(seen.insert((route.path, route.method.to_string())), "twice: {}", route.path);
        assert!(
            !route.path.starts_with("/api/v1/") || route.doc.is_some(),
            "undescribed: {}",
            route.path
        );
    }
    let document = openapi::document(&routes, "http://127.0.0.1");
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"].as_object().unwrap().len() > 40);
    assert_eq!(pages_without_a_cursor(&document), Vec::<String>::new());
}

/// Lists that tell where their next page begins and do not say how to ask for it.
fn pages_without_a_cursor(document: &serde_json::Value) -> Vec<String> {
    let schemas = &document["components"]["schemas"];
    let paged = |operation: &serde_json::Value| {
        let schema = &operation["responses"]["2XX"]["content"]["application/json"]["schema"];
        let name = schema["$ref"].as_str().and_then(|at| at.rsplit('/').next()).unwrap_or_default();
        let next = &schemas[name]["properties"]["next"];
        next["type"].to_string().contains("string")
    };
    let asks = |operation: &serde_json::Value| {
        let asked = operation["parameters"].as_array().into_iter().flatten();
        asked.into_iter().any(|one| ["after", "before"].iter().any(|name| one["name"] == *name))
    };
    let paths = document["paths"].as_object().unwrap().iter();
    // The guide's `next` is a question.
    paths
        .filter(|(path, _)| !path.ends_with("/guide"))
        .filter(|(_, operations)| paged(&operations["get"]) && !asks(&operations["get"]))
        .map(|(path, _)| path.clone())
        .collect()
}

#[test]
fn every_template_and_sentence_of_every_area_fits_together() {
    modules::views().unwrap();
}
