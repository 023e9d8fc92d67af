//! Pages and REST as somebody over HTTP: what each may open, in both languages.

use super::world::{COUNTY, HEALTH, MOTHER, POLICE, World, lookup, officer};
use crate::{lookup, registry};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use kernel::{Actor, Error, Lang, Result};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Env;
use tower::ServiceExt;
use webkit::app::Pending;
use webkit::view::Views;
use webkit::{Authenticate, Visitor, Web};

/// Knows its actors by the cookie or token that names them.
struct Known(BTreeMap<String, Actor>);

impl Known {
    fn visitor(&self, name: &str) -> Visitor {
        let actor = self.0.get(name).cloned().unwrap_or_default();
        Visitor { actor, form_key: name.to_owned(), unread: 0 }
    }
}

impl Authenticate for Known {
    fn by_session<'a>(&'a self, _: &'a Arc<Env>, cookie: &'a str) -> Pending<'a, Result<Visitor>> {
        Box::pin(async move { Ok(self.visitor(cookie)) })
    }
    fn by_token<'a>(&'a self, _: &'a Arc<Env>, token: &'a str) -> Pending<'a, Result<Visitor>> {
        Box::pin(async move {
            match self.0.contains_key(token) {
                true => Ok(self.visitor(token)),
                false => Err(Error::unauthenticated("token.invalid")),
            }
        })
    }
    fn refused<'a>(&'a self, _: &'a Arc<Env>, _: &'a Actor, _: &'a str) -> Pending<'a, ()> {
        Box::pin(async {})
    }
}

struct Site {
    world: World,
    router: Router,
    record: String,
    receipt: String,
}

async fn site() -> Site {
    // A page that fails tells why in the log.
    let _already = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::ERROR)
        .with_test_writer()
        .try_init();
    let world = World::at(testkit::Place::sqlite()).await;
    let record = world.seed().await;
    let mother = world.mother().await;
    world.grant(&mother, "case").await;
    let reviewer = officer(HEALTH, "reviewer");
    let mut ctx = world.write(&reviewer).await;
    let found =
        lookup::fetch(&mut ctx, &lookup("open"), MOTHER, "case", HEALTH).await.unwrap().unwrap();
    ctx.commit().await.unwrap();
    let actors = BTreeMap::from([
        ("mother".to_owned(), mother),
        ("stranger".to_owned(), world.citizen("赵强", "410105198805010012").await),
        ("police".to_owned(), officer(POLICE, "data_officer")),
        ("health".to_owned(), officer(HEALTH, "data_officer")),
        ("reviewer".to_owned(), reviewer),
        ("supervisor".to_owned(), officer("data-administration-410100", "supervisor")),
    ]);
    let modules = crate::modules();
    let web = Web {
        env: world.env.clone(),
        views: Arc::new(Views::new(vec![crate::views()]).unwrap()),
        authenticate: Arc::new(Known(actors)),
        routes: Arc::new(modules.iter().flat_map(|module| module.routes.clone()).collect()),
        rail: Arc::new(modules.iter().flat_map(|module| module.rail.clone()).collect()),
    };
    Site { world, router: web.router(), record, receipt: found.receipt }
}

impl Site {
    async fn send(
        &self,
        who: &str,
        path: &str,
        form: Option<&str>,
    ) -> (StatusCode, String, String) {
        let mut request = Request::builder()
            .uri(path)
            .header(header::COOKIE, format!("yipan_session={who}"))
            .header("sec-fetch-site", "same-origin");
        if path.starts_with("/api/") {
            request = request.header(header::AUTHORIZATION, format!("Bearer {who}"));
        }
        let request = match form {
            None => request.body(Body::empty()),
            Some(json) if json.starts_with('{') => request
                .method("POST")
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(json.to_owned())),
            Some(form) => {
                let csrf = self.world.env.vault.index("form", who);
                request
                    .method("POST")
                    .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(Body::from(format!("_csrf={csrf}&{form}")))
            }
        };
        let reply = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        let location = reply.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
        let location = location.unwrap_or_default().to_owned();
        let status = reply.status();
        let body = reply.into_body().collect().await.unwrap().to_bytes();
        (status, location, String::from_utf8_lossy(&body).into_owned())
    }

    async fn get(&self, who: &str, path: &str) -> (StatusCode, String) {
        let (status, _, body) = self.send(who, path, None).await;
        (status, body)
    }

    async fn objection(&self) -> String {
        let form = format!(
            "_once=o1&record={}&field=address&receipt={}&claimed=A10&note=n",
            self.record, self.receipt
        );
        let (status, location, body) = self.send("mother", "/my/objections", Some(&form)).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
        location.trim_start_matches("/my/objections/").split('?').next().unwrap().to_owned()
    }
}

#[tokio::test]
async fn every_page_opens_in_both_languages_with_one_heading() {
    let site = site().await;
    let id = site.objection().await;
    let new = format!("/my/objections/new?record={}&field=status", site.record);
    let new_by_receipt =
        format!("/my/objections/new?record={}&field=name&receipt={}", site.record, site.receipt);
    let (mine, desk) = (format!("/my/objections/{id}"), format!("/desk/objections/{id}"));
    for (who, path, zh, en) in [
        ("mother", "/my/data-use", "谁用了我的数据", "Who read my data"),
        ("stranger", "/my/data-use", "还没有机关读取您的数据", "Nobody has read your data yet"),
        ("mother", "/my/file", "人口库", "Population registry"),
        (
            "stranger",
            "/my/file",
            "基础库中没有与您有关的记录",
            "The registries hold nothing about you",
        ),
        ("mother", "/my/objections", "待答复", "Waiting for the answer"),
        ("stranger", "/my/objections", "您没有提出过数据异议", "You have raised no objection"),
        ("mother", mine.as_str(), "经三路1号", "A10"),
        ("mother", new.as_str(), "已迁出", "Moved out"),
        ("mother", new_by_receipt.as_str(), "李梅", "Send the objection"),
        ("police", "/desk/objections", "住址", "Address"),
        ("police", "/desk/objections?status=accepted", "没有这类异议", "No such objection"),
        ("police", desk.as_str(), "现有记录", "The record as held"),
        ("health", "/desk/corrections", "没有更正通知", "No correction"),
        ("supervisor", "/supervision/objections", "没有逾期的数据异议", "No objection is late"),
        ("reviewer", "/registries", "数据目录", "Data catalogue"),
        ("reviewer", "/registries/people", "共享约定", "Share contracts"),
        ("police", "/registries/people", "最近读取", "Last reads"),
        ("police", "/ledger", "核验通过", "Proven whole"),
    ] {
        for (lang, text) in [("zh-CN", zh), ("en", en)] {
            let join = if path.contains('?') { '&' } else { '?' };
            let (status, body) = site.get(who, &format!("{path}{join}lang={lang}")).await;
            assert_eq!(status, StatusCode::OK, "{who} {path} {body}");
            assert!(body.contains(text), "{text} not on {path}");
            assert_eq!(body.matches("<h1").count(), 1, "{path}");
            assert!(!body.contains('⟦'), "{path}");
        }
    }
}

#[tokio::test]
async fn a_read_while_an_agent_fills_in_names_him_and_the_applicant() {
    let site = site().await;
    let mother = site.world.mother().await;
    let mut ctx = site.world.write(&kernel::Actor::system("test")).await;
    let new = party::person::NewPerson { name: "周明远".to_owned(), ..Default::default() };
    let agent = party::person::ensure(&mut ctx, new).await.unwrap();
    let password = "correct horse battery 9";
    let account = party::account::create_citizen(&mut ctx, &agent.id, "agent", password).await;
    let agent = party::account::actor_of(&mut ctx, &account.unwrap(), 2).await.unwrap();
    ctx.commit().await.unwrap();
    let mut ctx = site.world.write(&agent).await;
    let (items, values) = (["item".to_owned()], [MOTHER.to_owned()]);
    crate::grant::open_for(&mut ctx, &mother.party, "draft", "thing", &items, &values)
        .await
        .unwrap();
    let read = lookup::fetch(&mut ctx, &lookup("open"), MOTHER, "draft", lookup::PORTAL).await;
    assert!(read.unwrap().is_some());
    ctx.commit().await.unwrap();
    let (_, page) = site.get("mother", "/my/data-use?lang=zh-CN").await;
    assert!(page.contains("代办人 周** 代 李* 填表时"), "{page}");
    assert!(page.contains("/drafts/draft"), "the matter is hers to open");
}

#[tokio::test]
async fn nobody_opens_what_is_not_his() {
    let site = site().await;
    let id = site.objection().await;
    let record = format!("/my/objections/new?record={}&field=address", site.record);
    let (mine, desk) = (format!("/my/objections/{id}"), format!("/desk/objections/{id}"));
    for (who, path, expected) in [
        ("stranger", mine.as_str(), StatusCode::NOT_FOUND),
        ("stranger", record.as_str(), StatusCode::NOT_FOUND),
        ("mother", "/desk/objections", StatusCode::FORBIDDEN),
        ("mother", "/registries", StatusCode::FORBIDDEN),
        ("police", "/my/file", StatusCode::FORBIDDEN),
        ("reviewer", "/desk/objections", StatusCode::FORBIDDEN),
        ("health", desk.as_str(), StatusCode::NOT_FOUND),
        ("reviewer", "/ledger", StatusCode::FORBIDDEN),
        ("police", "/supervision/objections", StatusCode::FORBIDDEN),
        ("police", "/registries/ghosts", StatusCode::NOT_FOUND),
        ("nobody", "/my/data-use", StatusCode::SEE_OTHER),
        ("nobody", "/api/v1/my/data-use", StatusCode::UNAUTHORIZED),
        ("reviewer", "/api/v1/objections", StatusCode::FORBIDDEN),
        ("reviewer", "/api/v1/ledger/consumer", StatusCode::FORBIDDEN),
    ] {
        let (status, body) = site.get(who, path).await;
        assert_eq!(status, expected, "{who} {path} {body}");
    }
}

#[tokio::test]
async fn usage_is_for_who_may_read_it_and_names_nobody() {
    let site = site().await;
    let (_, seen) = site.get("police", "/registries/people").await;
    assert!(seen.contains("1 / 3") && !seen.contains(MOTHER) && !seen.contains("李梅"));
    let (_, hidden) = site.get("reviewer", "/registries/people?lang=en").await;
    assert!(!hidden.contains("Last reads") && hidden.contains("– / 3"));
}

#[tokio::test]
async fn who_read_is_told_in_words() {
    let site = site().await;
    let (_, page) = site.get("mother", "/my/data-use").await;
    assert!(page.contains("金水区卫生健康委员会（"), "{page}");
    assert!(page.contains("/drafts/case") && page.contains("尚未提交"), "{page}");
    let contract = site.world.env.pack.contract(&lookup("open").contract).unwrap();
    assert!(page.contains(&contract.purpose.zh) && !page.contains(&format!(">{}<", contract.id)));
    let mut ctx = site.world.system().await;
    crate::grant::hand_on(&mut ctx, "case", "whole", "11410105").await.unwrap();
    ctx.commit().await.unwrap();
    let (_, page) = site.get("mother", "/my/data-use").await;
    assert!(page.contains("/cases/whole") && page.contains("1141 0105"), "{page}");
}

#[tokio::test]
async fn the_own_file_is_masked_and_its_opening_recorded() {
    let site = site().await;
    let (_, page) = site.get("mother", "/my/file").await;
    assert!(page.contains("4101**********078X") && !page.contains(MOTHER));
    assert!(page.contains("经****") && !page.contains("经三路1号"));
    let mut ctx = site.world.system().await;
    let sql = "SELECT COUNT(*) FROM evidence_entry WHERE kind = 'file.read'";
    assert_eq!(ctx.count(sql, Vec::new()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_form_with_faults_is_shown_again_and_a_repetition_has_one_effect() {
    let site = site().await;
    let wrong = format!("_once=w1&record={}&field=status&receipt=&claimed=lost&note=", site.record);
    let (status, _, body) = site.send("mother", "/my/objections?lang=en", Some(&wrong)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.contains("The value is not of this field") && body.contains("aria-invalid"));
    let first = site.objection().await;
    assert_eq!(site.objection().await, first);
    let answer = "_once=a1&revision=1&answer=accept&value=A10&text=";
    let path = format!("/desk/objections/{first}/answer");
    let (status, _, body) = site.send("police", &path, Some("_once=a0&revision=1&value=A10")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    for _ in 0..2 {
        let (status, location, body) = site.send("police", &path, Some(answer)).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
        assert!(location.ends_with("notice=objection.answered"));
    }
    let (_, page) = site.get("health", "/desk/corrections?lang=en").await;
    let seen =
        page.split("/desk/corrections/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let path = format!("/desk/corrections/{seen}/seen");
    let (status, ..) = site.send("health", &path, Some("_once=s1")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_rest_interface_does_what_the_pages_do() {
    let site = site().await;
    let (status, body) = site.get("mother", "/api/v1/my/data-use").await;
    assert!(
        status == StatusCode::OK
            && body.contains(&site.receipt)
            && body.contains("\"case\":\"case\"")
    );
    let new = format!(
        "{{\"record\":\"{}\",\"field\":\"address\",\"receipt\":\"{}\",\"claimed\":\"A10\",\"command\":\"c1\"}}",
        site.record, site.receipt
    );
    let (status, _, first) = site.send("mother", "/api/v1/my/objections", Some(&new)).await;
    assert_eq!(status, StatusCode::OK, "{first}");
    let (_, _, again) = site.send("mother", "/api/v1/my/objections", Some(&new)).await;
    assert_eq!(first, again);
    let id: serde_json::Value = serde_json::from_str(&first).unwrap();
    let id = id["id"].as_str().unwrap();
    let path = format!("/api/v1/objections/{id}/answer");
    let answer = "{\"revision\":1,\"accept\":true,\"value\":\"A10\"}";
    let (status, ..) = site.send("health", &path, Some(answer)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _, body) = site.send("police", &path, Some(answer)).await;
    assert!(status == StatusCode::OK && body.contains("\"status\":\"accepted\""), "{body}");
    let (_, list) = site.get("police", "/api/v1/objections?status=accepted").await;
    assert!(list.contains(id));
    let (_, catalogue) = site.get("mother", "/api/v1/registries").await;
    assert!(catalogue.contains("\"id\":\"people\"") && catalogue.contains("\"quota_per_day\":3"));
    site.world.work().await;
    let (_, ledger) = site.get("police", "/api/v1/ledger/source").await;
    assert!(ledger.contains("\"position\":1") && ledger.contains(&site.receipt), "{ledger}");
}

#[test]
fn every_sentence_is_there_in_both_languages_and_used() {
    let views = Views::new(vec![crate::views()]).unwrap();
    let ours: Vec<String> = views
        .check(crate::CODE_KEYS)
        .iter()
        .map(|finding| format!("{finding:?}"))
        .filter(|finding| {
            finding.contains("data")
                || finding.contains("registry.")
                || finding.contains("objection")
        })
        .collect();
    assert!(ours.is_empty(), "{ours:#?}");
    for code in [
        "lookup.quota",
        "grant.size",
        "registry.older",
        "objection.same",
        "lookup.contract_expired",
    ] {
        let error =
            Error::invalid(code).arg("quota", 1).arg("max", 1).arg("observed", 1).arg("date", 1);
        assert!(!views.error_text(Lang::En, &error).contains('⟦'), "{code}");
    }
}

/// Twenty thousand persons with a record each in two registries, as a demonstration loads them.
#[tokio::test]
async fn a_city_loads_in_moments() {
    let world = World::at(testkit::Place::sqlite()).await;
    let mut ctx = world.system().await;
    let observed = ctx.now;
    let new = |record| registry::NewRecord { record, observed, division: COUNTY.into() };
    let mut people = (0..20_000_i64).map(|n| {
        let day = kernel::time::date_of_days((n / 999) as i32 + 3_650);
        let number = kernel::identifier::CitizenNumber::make(COUNTY, day, (n % 999) as u16 + 1).unwrap();
        new(serde_json::json!({"citizen_number": number.as_str(), "name": "王芳", "address": "经三路1号",
            "household_number": format!("H{}", n / 3), "status": "normal", "members": 3}))
    });
    assert_eq!(registry::load(&mut ctx, "people", &mut people).await.unwrap(), 20_000);
    let mut houses = (0..20_000_i64).map(|n| {
        new(serde_json::json!({"household_number": format!("H{n}"), "address": "经三路1号"}))
    });
    assert_eq!(registry::load(&mut ctx, "houses", &mut houses).await.unwrap(), 20_000);
    ctx.commit().await.unwrap();
    let mut ctx = world.system().await;
    assert_eq!(registry::records(&mut ctx, "people").await.unwrap(), 20_000);
    let one = registry::get_raw(&mut ctx, "people", "household_number", "H6666").await.unwrap();
    assert!(one.is_some());
}
