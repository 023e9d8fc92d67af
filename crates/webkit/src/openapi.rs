//! The OpenAPI 3.1 document, made from the same list as the router.

use crate::route::{Access, Route};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json, json};

/// The document over all routes under `/api/` and `/oauth/`.
pub fn document(routes: &[Route], base_url: &str) -> Json {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let mut paths: Map<String, Json> = Map::new();
    for route in routes.iter().filter(|route| route.is_api()) {
        let Some(doc) = route.doc else { continue };
        let mut asked = parameters(route.path);
        asked.extend(doc.asks.iter().map(|name| {
            json!({ "name": name, "in": "query", "required": false, "description": meaning(name),
                "schema": { "type": "string" } })
        }));
        let mut operation = json!({
            "operationId": operation_id(route),
            "summary": doc.summary,
            "tags": [tag(route.path)],
            "parameters": asked,
            "responses": { "default": { "$ref": "#/components/responses/Problem" } },
            "x-access": access(route.access),
        });
        if route.path.starts_with("/oauth/") {
            operation["responses"]["default"]["$ref"] =
                json!("#/components/responses/TokenProblem");
        }
        if route.access != Access::Anyone {
            operation["security"] = json!([{ "bearer": [] }]);
        } else {
            operation["security"] = json!([]);
        }
        if let Some(takes) = doc.takes {
            operation["requestBody"] = json!({ "required": true, "content": {
                "application/json": { "schema": takes(&mut generator).to_value() } } });
        }
        if doc.file {
            let file = json!({ "type": "string", "format": "binary" });
            let content = &mut operation["requestBody"]["content"];
            content["multipart/form-data"] = json!({ "schema": { "type": "object",
                "description": "one file, its part named as the file field",
                "additionalProperties": file, "minProperties": 1, "maxProperties": 1 } });
            content["application/octet-stream"] = json!({ "schema": file });
            if let Some(list) = operation["parameters"].as_array_mut() {
                for (name, told) in [("field", "file field"), ("name", "name of the file")] {
                    list.push(json!({ "name": name, "in": "query", "required": false,
                        "description": format!("{told}, when the body is the file itself"),
                        "schema": { "type": "string" } }));
                }
            }
        }
        let reply = match (doc.gives, doc.sends) {
            (Some(gives), _) => json!({ "description": "done", "content": {
                "application/json": { "schema": gives(&mut generator).to_value() } } }),
            (None, Some(media)) => json!({ "description": "done", "content": {
                media: { "schema": { "type": "string", "format": "binary" } } } }),
            (None, None) => json!({ "description": "done" }),
        };
        // What is made answers 201, everything else 200.
        operation["responses"]["2XX"] = reply;
        let path = paths.entry(route.path.to_owned()).or_insert_with(|| json!({}));
        path[route.method.as_str().to_lowercase()] = operation;
    }
    let schemas: Map<String, Json> = generator.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Yipan 一盘棋", "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" } },
        "servers": [{ "url": base_url }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {
                "Problem": { "description": "an RFC 9457 problem", "content": {
                    "application/problem+json": { "schema": problem_schema() } } },
                "TokenProblem": { "description": "an error of RFC 6749 §5.2, or an RFC 9457 problem",
                    "content": {
                        "application/json": { "schema": token_problem_schema() },
                        "application/problem+json": { "schema": problem_schema() } } },
            },
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
        },
    })
}

fn problem_schema() -> Json {
    json!({ "type": "object", "required": ["type", "title", "status", "code"], "properties": {
        "type": { "type": "string" }, "title": { "type": "string" },
        "status": { "type": "integer" }, "code": { "type": "string" },
        "errors": { "type": "array", "items": { "type": "object", "properties": {
            "field": { "type": "string" }, "code": { "type": "string" },
            "message": { "type": "string" },
            "line": { "type": "integer", "description": "in the file sent" },
            "column": { "type": "integer", "description": "in the file sent" } } } } } })
}

fn token_problem_schema() -> Json {
    json!({ "type": "object", "required": ["error", "code", "error_description"], "properties": {
        "error": { "type": "string" }, "code": { "type": "string" },
        "error_description": { "type": "string" } } })
}

fn operation_id(route: &Route) -> String {
    let words = route.path.trim_start_matches("/api/v1/").replace(['/', '-', '.'], "_");
    format!("{}_{}", route.method.as_str().to_lowercase(), words.replace(['{', '}'], ""))
}

fn tag(path: &str) -> &str {
    path.trim_start_matches("/api/v1/").trim_start_matches('/').split('/').next().unwrap_or("")
}

/// What a name of a query means, the same wherever it is asked.
fn meaning(name: &str) -> &'static str {
    match name {
        "after" => "cursor of the page before: its `next`",
        "before" => "cursor of the page after, towards the past",
        "division" => "code of a division, with everything beneath it",
        _ => "narrows what is listed",
    }
}

fn parameters(path: &str) -> Vec<Json> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
        })
        .collect()
}

/// The access of a route in words, for the document and the permission table.
pub fn access(access: Access) -> String {
    match access {
        Access::Anyone => "anyone".to_owned(),
        Access::SignedIn => "signed in".to_owned(),
        Access::Citizen => "citizen".to_owned(),
        Access::Staff(permission) => format!("staff: {permission}"),
    }
}
