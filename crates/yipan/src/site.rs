//! What belongs to the site as a whole: its static files, the OpenAPI document, the health check.

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use include_dir::{Dir, include_dir};
use kernel::{Error, Text};
use serde_json::json;
use webkit::view::{NavGroup, NavLink, Site, ViewSet, asset};
use webkit::{Access, Answer, Call, Module, get, openapi};

static PAGES: Dir = include_dir!("$CARGO_MANIFEST_DIR/pages");

/// Templates and sentences of this crate.
pub fn views() -> ViewSet {
    ViewSet { name: "yipan", pages: &PAGES, lang: include_str!("../lang.yaml") }
}

/// What the shell of every page shows; in a demonstration it says that it is one.
pub fn shell(pack: &pack::Province, demo: bool) -> Site {
    let named = |name: Text| match demo {
        true => Text::new(format!("{}（演示）", name.zh), format!("{} (demonstration)", name.en)),
        false => name,
    };
    let link = |href: &str, zh: &str, en: &str| NavLink {
        href: href.to_owned(),
        label: Text::new(zh, en),
    };
    let group =
        |zh: &str, en: &str, links: Vec<NavLink>| NavGroup { title: Text::new(zh, en), links };
    Site {
        region: named(pack.name()),
        nav: vec![
            link("/", "首页", "Home"),
            link("/items", "办事", "Services"),
            link("/one-things", "一件事", "Life events"),
            link("/track", "查进度", "Track"),
            link("/my", "我的", "Mine"),
        ],
        footer: vec![
            group(
                "办事",
                "Services",
                vec![
                    link("/items", "全部事项", "All items"),
                    link("/one-things", "一件事", "Life events"),
                    link("/track", "查进度", "Track a case"),
                ],
            ),
            group(
                "我的",
                "Mine",
                vec![
                    link("/cases", "我的办件", "My cases"),
                    link("/wallet", "我的证照", "My licences"),
                    link("/my/data-use", "谁用过我的数据", "Who read my data"),
                ],
            ),
            group(
                "关于",
                "About",
                vec![
                    link("/verify", "验证证照", "Verify a licence"),
                    link("/log", "存证日志", "Evidence log"),
                    link("/accessibility", "无障碍说明", "Accessibility"),
                    link("/capability", "能力地图", "Capability map"),
                ],
            ),
        ],
        legal: vec![named(Text::new(
            "主办：省人民政府办公厅",
            "Sponsor: General Office of the Provincial Government",
        ))],
        ..Site::default()
    }
}

/// The module.
pub fn modules() -> Vec<Module> {
    vec![Module {
        name: "yipan.site",
        routes: vec![
            get("/assets/{*path}", Access::Anyone, file),
            get("/api/openapi.json", Access::Anyone, document),
            get("/healthz", Access::Anyone, health),
            get("/accessibility", Access::Anyone, accessibility),
            get("/work", Access::SignedIn, work),
        ],
        ..Module::default()
    }]
}

async fn file(Path(path): Path<String>) -> Answer {
    let asset = asset::find(&path).ok_or_else(Error::not_found)?;
    let mut response = asset.bytes.into_response();
    let media = HeaderValue::from_static(asset.content_type);
    response.headers_mut().insert(header::CONTENT_TYPE, media);
    Ok(response)
}

async fn document(call: Call) -> Answer {
    call.json(&openapi::document(&call.web.routes, &call.web.env.settings.base_url))
}

async fn accessibility(call: Call) -> Answer {
    call.page("yipan/accessibility.html", &json!({}))
}

/// Everybody's own first page: an officer's first link of the rail, a citizen's overview.
async fn work(call: Call) -> Answer {
    let first = call.web.rail.iter().find(|entry| call.may(entry.permission));
    let officer = call.actor().is_officer();
    let own = if officer { "/account" } else { "/my" };
    call.see(first.filter(|_| officer).map_or(own, |entry| entry.path))
}

async fn health(call: Call) -> Answer {
    if call.web.env.db.ping().await {
        return call.json(&json!({ "status": "up" }));
    }
    Err(Error::unavailable("the database does not answer").into())
}
