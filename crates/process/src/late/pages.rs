//! The pages of what is late, and the same as a table to take away.

use super::api::filter;
use super::model::{Filter, Group, Overview};
use crate::READ;
use crate::export::field;
use axum::extract::Path;
use serde_json::{Value as Json, json};
use webkit::{Access, Answer, Call, Route, get};

pub(super) fn routes() -> Vec<Route> {
    let read = Access::Staff(READ);
    vec![
        get("/tasks/late", read, show),
        get("/tasks/late.csv", read, table),
        get("/tasks/late/{agency}", read, tasks),
    ]
}

/// `GET /tasks/late?division=&agency=&process=`.
async fn show(call: Call) -> Answer {
    let filter = filter(&call);
    let told = super::overview(&mut call.read(), &filter).await?;
    // Divisions and procedures narrow the page; agencies lead to their tasks.
    let narrowed = |division: &str, process: &str| {
        format!(
            "/tasks/late?{}",
            query(&Filter {
                division: division.to_owned(),
                agency: filter.agency.clone(),
                process: process.to_owned(),
            })
        )
    };
    let process = webkit::form::encode(&filter.process);
    let group = |word: &str, rows: &[Group], href: &dyn Fn(&str) -> String| {
        let row = |one: &Group| {
            json!({ "name": one.name, "id": one.id, "late": one.late,
            "oldest": one.oldest, "href": href(&one.id) })
        };
        let rows: Vec<Json> = rows.iter().map(row).collect();
        json!({ "id": word, "title": call.t(&format!("process.late.by_{word}")), "rows": rows })
    };
    let groups = [
        group("agency", &told.agencies, &|id| {
            format!("/tasks/late/{}?process={process}", webkit::form::encode(id))
        }),
        group("process", &told.processes, &|id| narrowed(&filter.division, id)),
        group("division", &told.divisions, &|id| narrowed(id, &filter.process)),
    ];
    let name = |rows: &[Group], id: &str| {
        rows.iter().find(|one| one.id == id).map_or_else(|| id.to_owned(), |one| one.name.clone())
    };
    let narrowed = [
        name(&told.divisions, &filter.division),
        name(&told.agencies, &filter.agency),
        name(&told.processes, &filter.process),
    ];
    let narrowed: Vec<&String> = narrowed.iter().filter(|one| !one.is_empty()).collect();
    call.page(
        "process/late/show.html",
        &json!({ "late": told.late, "more": told.more, "groups": groups, "narrowed": narrowed,
            "csv": format!("/tasks/late.csv?{}", query(&filter)) }),
    )
}

fn query(filter: &Filter) -> String {
    let encode = webkit::form::encode;
    format!(
        "division={}&agency={}&process={}",
        encode(&filter.division),
        encode(&filter.agency),
        encode(&filter.process)
    )
}

/// `GET /tasks/late.csv`: the groups as comma-separated values (RFC 4180), in UTF-8 with its mark.
async fn table(call: Call) -> Answer {
    let told = super::overview(&mut call.read(), &filter(&call)).await?;
    call.file("text/csv; charset=utf-8", "late.csv", csv(&told).into_bytes())
}

fn csv(told: &Overview) -> String {
    let mut out = "\u{feff}by,id,name,late,oldest\r\n".to_owned();
    let groups =
        [("agency", &told.agencies), ("process", &told.processes), ("division", &told.divisions)];
    for (by, rows) in groups {
        for one in rows {
            let oldest = one.oldest.map(|at| at.0.to_string()).unwrap_or_default();
            let late = one.late.to_string();
            let fields = [by, &one.id, &one.name, &late, &oldest];
            for (at, text) in fields.into_iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                field(&mut out, text);
            }
            out.push_str("\r\n");
        }
    }
    out
}

/// `GET /tasks/late/{agency}?process=&after=`.
async fn tasks(call: Call, Path(agency): Path<String>) -> Answer {
    let text = |name: &str| call.query(name).unwrap_or_default();
    let (process, after) = (text("process"), text("after"));
    let page = super::tasks(&mut call.read(), &agency, &process, &after).await?;
    let env = &call.web.env;
    let name = env.pack.agency(&agency).map(|one| one.name.get(call.lang()).to_owned());
    let encode = webkit::form::encode;
    let address = format!("/tasks/late/{}?process={}", encode(&agency), encode(&process));
    let next = page.next.map(|next| format!("{address}&after={}", encode(&next)));
    call.page(
        "process/late/tasks.html",
        &json!({ "agency": name.unwrap_or(agency), "process": process, "tasks": page.tasks,
            "next": next }),
    )
}
