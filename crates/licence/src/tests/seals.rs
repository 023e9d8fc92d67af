//! The seal register: from application to destruction, in verbs, pages and REST.

use super::authority::administrator;
use super::http::{Site, site};
use super::world::*;
use crate::seal::{self, Record, SealApplication};
use axum::http::{Method, StatusCode};
use kernel::{Actor, ActorKind, Result};
use serde_json::{Value as Json, json};
use store::vals;

pub const PASSWORD: &str = "correct horse battery staple 7";

/// An officer with an account, and the actor he is after his second factor.
pub async fn employed(
    world: &World,
    login: &str,
    name: &str,
    agency: &str,
    role: &str,
) -> (String, Actor) {
    let mut ctx = world.system().await;
    let id = party::account::create_officer(&mut ctx, login, PASSWORD, name, agency, &[role])
        .await
        .unwrap();
    let found = party::account::find(&mut ctx, &id).await.unwrap().unwrap();
    ctx.commit().await.unwrap();
    let actor = Actor {
        kind: ActorKind::Officer,
        account: id.clone(),
        party: found.person,
        name: name.to_owned(),
        roles: vec![role.to_owned()],
        agency: agency.to_owned(),
        division: "410105".to_owned(),
        assurance: 2,
        ..Actor::default()
    };
    (id, actor)
}

fn application(kind: &str, name: &str, keeper: &str) -> SealApplication {
    SealApplication {
        kind: kind.to_owned(),
        name: name.to_owned(),
        reason: "集中行使行政审批".to_owned(),
        basis: "金政办〔2026〕12号".to_owned(),
        keeper: keeper.to_owned(),
    }
}

async fn applied(world: &World, who: &Actor, new: SealApplication) -> Result<Record> {
    let mut ctx = world.as_actor(who).await;
    let row = seal::apply(&mut ctx, new).await?;
    ctx.commit().await?;
    Ok(row)
}

pub async fn decided(world: &World, who: &Actor, row: &Record, approve: bool) -> Result<Record> {
    let mut ctx = world.as_actor(who).await;
    let row = seal::decide(&mut ctx, &row.id, row.revision, approve, "同意").await?;
    ctx.commit().await?;
    Ok(row)
}

/// A seal of approvals of an agency, applied for by its head, kept by an officer.
pub async fn approval_seal(world: &World, agency: &str, keeper: &str) -> Record {
    let new = application("special", "行政审批专用章", keeper);
    let row = applied(world, &officer(agency), new).await.unwrap();
    decided(world, &administrator(world, "甲"), &row, true).await.unwrap()
}

fn code<T>(result: Result<T>) -> String {
    result.map(|_| ()).unwrap_err().code.to_owned()
}

#[tokio::test]
async fn lists_of_seals_are_full_with_what_is_within_reach() {
    let world = world_on_server().await;
    employed(&world, "keeper-one", "李保管", POLICE, "clerk").await;
    let own = approval_seal(&world, POLICE, "keeper-one").await;
    // Sixty older ones of another county.
    for n in 0..60 {
        world
            .execute(&format!(
                "INSERT INTO seal_record (id, division, agency, holder, kind, name, reason, basis, state,
                 state_us, state_by, state_party, state_reason, applied_by, applied_party,
                 applied_name, applied_us, decided_name, decided_us, remark, keeper, keeper_name,
                 keeper_role, keeper_us, revision)
                 SELECT '0{n:02}', '410205', 'police-410205', 'x{n}', kind, name, reason, basis,
                 state, state_us, state_by, state_party, state_reason, applied_by, applied_party,
                 applied_name, applied_us, decided_name, decided_us, remark, keeper, keeper_name,
                 keeper_role, keeper_us, revision FROM seal_record WHERE id = '{}'",
                own.id
            ))
            .await;
    }
    let of =
        |division: &str| Actor { division: division.to_owned(), ..administrator(&world, "乙") };
    let (rows, next) = seal::list(&mut world.read(&of("410105")), "").await.unwrap();
    assert!(rows.iter().any(|row| row.id == own.id) && next.is_none());
    assert!(rows.iter().all(|row| row.division.starts_with("410105")));
    let mut elsewhere = world.read(&of("410205"));
    let (rows, next) = seal::list(&mut elsewhere, "").await.unwrap();
    assert_eq!((rows.len(), next.as_deref()), (50, Some("049")));
    assert_eq!(code(seal::get(&mut elsewhere, &own.id).await), "not_found");
    let other = of("410205");
    let mut ctx = world.as_actor(&other).await;
    let revision = own.revision;
    assert_eq!(code(seal::suspend(&mut ctx, &own.id, revision, "越界").await), "not_found");
}

#[tokio::test]
async fn a_seal_is_applied_for_approved_made_kept_and_handed_over() {
    let world = world_on_server().await;
    let (first, _) = employed(&world, "keeper-one", "李保管", POLICE, "clerk").await;
    let (second, keeper) = employed(&world, "keeper-two", "张保管", POLICE, "reviewer").await;
    let head = officer(POLICE);
    let row = applied(&world, &head, application("special", "行政审批专用章", "keeper-one"))
        .await
        .unwrap();
    assert_eq!((row.state.as_str(), row.holder.as_str()), ("applied", ""));
    // Nobody approves his own, whichever roles he has.
    let both = Actor { roles: vec!["approver".into(), "administrator".into()], ..head.clone() };
    assert_eq!(code(decided(&world, &both, &row, true).await), "licence.seal_same_person");
    let one = administrator(&world, "甲");
    let weak = Actor { assurance: 1, ..one.clone() };
    assert_eq!(code(decided(&world, &weak, &row, true).await), "sign_in.second_factor");
    assert_eq!(code(decided(&world, &head, &row, true).await), "denied");
    let made = decided(&world, &one, &row, true).await.unwrap();
    assert_eq!((made.state.as_str(), made.keeper.as_str()), ("active", first.as_str()));
    assert_eq!(code(decided(&world, &one, &made, true).await), "licence.seal_decided");
    let mut ctx = world.as_actor(&head).await;
    let svg = String::from_utf8(seal::picture(&mut ctx, &row.id).await.unwrap()).unwrap();
    assert!(svg.contains("行政审批专用章") && svg.contains("演示"), "{svg}");
    // Its certificate is on record, of the agency's division and by the authority nearest to it.
    let sql = "SELECT division FROM authority_certificate WHERE holder = $1 AND profile = 'agency'";
    let division: Option<String> = ctx.scalar(sql, vals![&made.holder]).await.unwrap();
    assert_eq!(division, Some(world.env.pack.agency(POLICE).unwrap().division));
    // Handed over by its keeper, who then has no more say.
    let wrong = seal::hand_over(&mut ctx, &row.id, made.revision, "nobody", "调岗").await;
    assert_eq!(code(wrong), "licence.seal_officer");
    let unsaid = seal::hand_over(&mut ctx, &row.id, made.revision, "keeper-two", " ").await;
    assert_eq!(code(unsaid), "licence.seal_reason");
    drop(ctx);
    let before = Actor { account: first, roles: vec!["clerk".into()], ..keeper.clone() };
    let mut ctx = world.as_actor(&keeper).await;
    let stranger = seal::hand_over(&mut ctx, &row.id, made.revision, "keeper-two", "自取").await;
    assert_eq!(code(stranger), "denied");
    drop(ctx);
    world.env.clock.advance_us(60 * kernel::time::SECOND_US);
    let mut ctx = world.as_actor(&before).await;
    let given = seal::hand_over(&mut ctx, &row.id, made.revision, "keeper-two", "调岗").await;
    let given = given.unwrap();
    assert_eq!((given.keeper, given.keeper_name.as_str()), (second, "张保管"));
    let again = seal::hand_over(&mut ctx, &row.id, given.revision, "keeper-one", "反悔").await;
    assert_eq!(code(again), "denied");
    let kept = seal::custodies(&mut ctx, &row.id).await.unwrap();
    let names: Vec<&str> = kept.iter().map(|one| one.keeper_name.as_str()).collect();
    assert_eq!(names, ["张保管", "李保管"]);
}

#[tokio::test]
async fn an_application_says_what_it_must_and_is_refused_with_a_reason() {
    let world = world_on_server().await;
    employed(&world, "keeper-one", "李保管", POLICE, "clerk").await;
    employed(&world, "elsewhere", "赵外人", HEALTH, "clerk").await;
    employed(&world, "auditor-one", "钱审计", POLICE, "auditor").await;
    let head = officer(POLICE);
    let fields = async |new: SealApplication| {
        let error = applied(&world, &head, new).await.unwrap_err();
        let mut fields: Vec<String> =
            error.fields.iter().map(|one| format!("{} {}", one.field, one.code)).collect();
        fields.sort();
        fields
    };
    let empty =
        SealApplication { reason: String::new(), basis: " ".into(), ..application("", "", "") };
    let expected = [
        "basis licence.seal_basis",
        "keeper licence.seal_officer",
        "kind licence.seal_kind",
        "reason licence.seal_reason",
    ];
    assert_eq!(fields(empty).await, expected);
    for name in ["章", "行政审批专用", "一二三四五六七八九十百千章", "行\u{202e}专用章"]
    {
        let told = fields(application("special", name, "keeper-one")).await;
        assert_eq!(told, ["name licence.seal_name"], "{name}");
    }
    assert_eq!(
        fields(application("personal", "某章", "keeper-one")).await,
        ["name licence.seal_unnamed"]
    );
    for keeper in ["elsewhere", "auditor-one", "nobody"] {
        let told = fields(application("special", "财务专用章", keeper)).await;
        assert_eq!(told, ["keeper licence.seal_officer"], "{keeper}");
    }
    let clerk = staff(POLICE, "clerk");
    let refused = applied(&world, &clerk, application("special", "财务专用章", "keeper-one")).await;
    assert_eq!(code(refused), "denied");
    let row =
        applied(&world, &head, application("special", "财务专用章", "keeper-one")).await.unwrap();
    let one = administrator(&world, "甲");
    let mut ctx = world.as_actor(&one).await;
    let unsaid = seal::decide(&mut ctx, &row.id, 1, false, "").await;
    assert_eq!(code(unsaid), "licence.seal_reason");
    assert_eq!(code(seal::decide(&mut ctx, &row.id, 7, false, "x").await), "licence.stale");
    let refused = seal::decide(&mut ctx, &row.id, 1, false, "已有财务专用章").await.unwrap();
    assert_eq!((refused.state.as_str(), refused.holder.as_str()), ("refused", ""));
    assert_eq!(code(seal::picture(&mut ctx, &row.id).await), "not_found");
}

#[tokio::test]
async fn an_agency_has_one_seal_of_its_own_and_an_officer_keeps_his() {
    let world = world_on_server().await;
    employed(&world, "keeper-one", "李保管", POLICE, "clerk").await;
    employed(&world, "keeper-two", "张保管", POLICE, "clerk").await;
    let person = world.person("许小满", 1).await;
    let (head, one) = (officer(POLICE), administrator(&world, "甲"));
    let own = applied(&world, &head, application("agency", "", "keeper-one")).await.unwrap();
    let twice = applied(&world, &head, application("agency", "", "keeper-one")).await;
    assert_eq!(code(twice), "licence.seal_exists");
    // Issuing does not wait for the approval, which then comes too late.
    world.licence(&person).await;
    assert_eq!(code(decided(&world, &one, &own, true).await), "licence.seal_exists");
    world.env.clock.advance_us(60 * kernel::time::SECOND_US);
    let row = applied(&world, &head, application("personal", "", "keeper-one")).await.unwrap();
    assert_eq!(row.name, "李保管");
    let row = decided(&world, &one, &row, true).await.unwrap();
    let mut ctx = world.as_actor(&head).await;
    let refused = seal::hand_over(&mut ctx, &row.id, row.revision, "keeper-two", "调岗").await;
    assert_eq!(code(refused), "licence.seal_personal");
    let (rows, next) = seal::list(&mut ctx, "").await.unwrap();
    let kinds: Vec<&str> = rows.iter().map(|row| row.kind.as_str()).collect();
    assert_eq!((kinds, next), (vec!["agency", "personal"], None));
    let codes = "SELECT COUNT(DISTINCT seal_id) FROM agency_key WHERE seal_id <> ''";
    assert_eq!(ctx.count(codes, vals![]).await.unwrap(), 2);
    // The seal that issues is on record without a keeper, and its uses are told.
    let uses = seal::uses(&mut ctx, &rows[0].id, "").await.unwrap();
    assert_eq!((uses.len(), uses[0].reason.as_str()), (1, "issue"));
    assert_eq!(rows[0].keeper, "");
}

#[tokio::test]
async fn a_destroyed_seal_leaves_no_key_and_what_it_sealed_goes_on_verifying() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let mut ctx = world.system().await;
    let row = seal::list(&mut ctx, "").await.unwrap().0.remove(0);
    drop(ctx);
    let (one, other) = (administrator(&world, "甲"), administrator(&world, "乙"));
    let mut ctx = world.as_actor(&one).await;
    let early = seal::destroy(&mut ctx, &row.id, row.revision, "机构撤并").await;
    assert_eq!(code(early), "licence.seal_state");
    let row = seal::suspend(&mut ctx, &row.id, row.revision, "机构撤并").await.unwrap();
    let alone = seal::destroy(&mut ctx, &row.id, row.revision, "机构撤并").await;
    assert_eq!(code(alone), "licence.seal_same_person");
    ctx.commit().await.unwrap();
    world.env.clock.advance_us(60 * kernel::time::SECOND_US);
    let mut ctx = world.as_actor(&other).await;
    let row = seal::destroy(&mut ctx, &row.id, row.revision, "机构撤并").await.unwrap();
    assert_eq!(row.state, "destroyed");
    assert_eq!(
        code(seal::resume(&mut ctx, &row.id, row.revision, "x").await),
        "licence.seal_state"
    );
    ctx.commit().await.unwrap();
    let mut ctx = world.system().await;
    let sql = "SELECT COUNT(*) FROM agency_key WHERE holder = $1 AND length(key_sealed) > 0";
    assert_eq!(ctx.count(sql, vals![POLICE]).await.unwrap(), 0);
    let sql = "SELECT state FROM authority_certificate WHERE holder = $1";
    let state: Option<String> = ctx.scalar(sql, vals![POLICE]).await.unwrap();
    assert_eq!(state.as_deref(), Some("revoked"));
    drop(ctx);
    let other = world.person("李建国", 3).await;
    let mut ctx = world.system().await;
    assert_eq!(code(crate::issue(&mut ctx, issue_for(&other)).await), "licence.seal_destroyed");
    drop(ctx);
    // Sealed before, it stands.
    let status = crate::status::all(&world.env).await.unwrap();
    let list = proof::status::SignedStatus::parse(&status).unwrap();
    let mut ctx = world.system().await;
    let row = crate::register::store::get(&mut ctx, &issued.id).await.unwrap();
    let found = crate::verify::peek(&mut ctx, &list, &row.code).await.unwrap().unwrap();
    assert!(found.valid, "{:?}", found.checks);
    // Another may be applied for, and issues again.
    drop(ctx);
    employed(&world, "keeper-one", "李保管", POLICE, "clerk").await;
    let new = applied(&world, &officer(POLICE), application("agency", "", "keeper-one")).await;
    decided(&world, &one, &new.unwrap(), true).await.unwrap();
    let mut ctx = world.system().await;
    crate::issue(&mut ctx, issue_for(&other)).await.unwrap();
}

#[tokio::test]
async fn seals_made_before_the_register_get_their_records() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    world.licence(&person).await;
    let mut ctx = world.system().await;
    ctx.execute("DELETE FROM seal_record", vals![]).await.unwrap();
    ctx.commit().await.unwrap();
    for _ in 0..2 {
        seal::provision(&world.env).await.unwrap();
        let mut ctx = world.system().await;
        let (rows, _) = seal::list(&mut ctx, "").await.unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].holder.as_str(), rows[0].state.as_str()), (POLICE, "active"));
    }
}

fn places(world: &World) -> Site {
    let weak = Actor { assurance: 1, ..administrator(world, "戊") };
    let auditor = staff(POLICE, "auditor");
    let far = Actor { division: "410200".to_owned(), ..staff("police-410202", "auditor") };
    let actors = [
        ("one", administrator(world, "甲")),
        ("other", administrator(world, "乙")),
        ("weak", weak),
        ("head", officer(POLICE)),
        ("elsewhere", officer(HEALTH)),
        ("auditor", auditor),
        ("far", far),
        ("leader", staff(POLICE, "leader")),
    ];
    site(world, &actors)
}

fn id(location: &str) -> String {
    location.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_application_goes_through_pages_to_a_seal_in_custody() {
    let world = world_on_server().await;
    employed(&world, "keeper-one", "李保管", POLICE, "clerk").await;
    employed(&world, "keeper-two", "张保管", POLICE, "clerk").await;
    let site = places(&world);
    let form = |once: &'static str, name: &'static str| {
        [
            ("_once", once),
            ("kind", "special"),
            ("name", name),
            ("reason", "集中审批"),
            ("basis", "金政办〔2026〕12号"),
            ("keeper", "keeper-one"),
        ]
    };
    let (status, _, body) = site.post("head", "/seals", &form("a", "专用")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.contains("以“章”结尾") && body.contains("集中审批"), "{body}");
    let (status, location, _) = site.post("head", "/seals", &form("b", "审批专用章")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (_, again, _) = site.post("head", "/seals", &form("b", "审批专用章")).await;
    assert_eq!(id(&location), id(&again), "a double click applies once");
    let page = format!("/seals/{}", id(&location));
    let (_, list) = site.get("one", "/seals").await;
    assert!(list.contains("待审批的申请") && list.contains("审批专用章"), "{list}");
    let path = format!("{page}/decision");
    let unsaid = [("_once", "c"), ("revision", "1"), ("act", "refuse"), ("remark", "")];
    let (status, _, body) = site.post("one", &path, &unsaid).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.contains("请写明原因"), "{body}");
    let yes = [("_once", "d"), ("revision", "1"), ("act", "approve"), ("remark", "")];
    assert_eq!(site.post("one", &path, &yes).await.0, StatusCode::SEE_OTHER);
    let (status, svg) = site.get("auditor", &format!("{page}/picture")).await;
    assert!(status == StatusCode::OK && svg.contains("审批专用章"), "{svg}");
    let (_, json) = site.api(Method::GET, "head", &format!("/api/v1{page}"), json!({})).await;
    let revision = json["revision"].as_i64().unwrap().to_string();
    let hand = [
        ("_once", "e"),
        ("revision", revision.as_str()),
        ("keeper", "keeper-two"),
        ("reason", "轮岗"),
    ];
    let custody = format!("{page}/custody");
    assert_eq!(site.post("head", &custody, &hand).await.0, StatusCode::SEE_OTHER);
    let (_, shown) = site.get("auditor", &page).await;
    assert!(shown.contains("张保管") && shown.contains("轮岗") && !shown.contains("移交</button>"));
    let state = format!("{page}/state");
    let (_, json) = site.api(Method::GET, "head", &format!("/api/v1{page}"), json!({})).await;
    let revision = json["revision"].as_i64().unwrap().to_string();
    let stop = |once: &'static str, why: &'static str, revision: &str| {
        [("_once", once), ("to", "suspended"), ("why", why), ("revision", revision)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let send = async |pairs: [(String, String); 4]| {
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        site.post("one", &state, &pairs).await
    };
    let (status, _, body) = send(stop("f", "", &revision)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.contains("请写明原因"), "{body}");
    assert_eq!(send(stop("g", "盘点", &revision)).await.0, StatusCode::SEE_OTHER);
    // Who suspended it is not offered to destroy it, another is.
    let (_, own) = site.get("one", &page).await;
    let (_, other) = site.get("other", &page).await;
    assert!(!own.contains("销毁印章</button>") && other.contains("销毁印章"), "{own}");
    for path in ["/seals", "/seals/new", &page] {
        for lang in ["zh-CN", "en"] {
            let who = if path == "/seals/new" { "head" } else { "other" };
            let (status, body) = site.get(who, &format!("{path}?lang={lang}")).await;
            assert_eq!(status, StatusCode::OK, "{path} {lang}: {body}");
            assert!(body.contains("<h1") && !body.contains('⟦'), "{path} {lang}: {body}");
        }
    }
}

#[tokio::test]
async fn the_register_goes_over_rest_and_every_route_refuses_those_without_standing() {
    let world = world_on_server().await;
    employed(&world, "keeper-one", "李保管", POLICE, "clerk").await;
    let site = places(&world);
    let new = json!({ "kind": "special", "name": "审批专用章", "reason": "集中审批",
        "basis": "金政办〔2026〕12号", "keeper": "keeper-one" });
    let path = "/api/v1/seals";
    for (who, expected) in [
        ("nobody", StatusCode::UNAUTHORIZED),
        ("leader", StatusCode::FORBIDDEN),
        ("one", StatusCode::FORBIDDEN),
    ] {
        assert_eq!(site.api(Method::POST, who, path, new.clone()).await.0, expected, "{who}");
    }
    let (status, row) = site.api(Method::POST, "head", path, new).await;
    assert_eq!((status, &row["state"]), (StatusCode::OK, &json!("applied")), "{row}");
    let one = format!("{path}/{}", row["id"].as_str().unwrap());
    let yes = json!({ "approve": true, "revision": 1 });
    let custody = json!({ "keeper": "keeper-one", "reason": "x", "revision": 1 });
    let state = json!({ "state": "suspended", "reason": "x", "revision": 1 });
    let posts: [(&str, &Json); 3] = [("decision", &yes), ("custody", &custody), ("state", &state)];
    for (verb, body) in posts {
        let path = format!("{one}/{verb}");
        let page = path.replace("/api/v1", "");
        let (who, expected) = match verb {
            "custody" => ("elsewhere", StatusCode::NOT_FOUND),
            _ => ("head", StatusCode::FORBIDDEN),
        };
        assert_eq!(site.api(Method::POST, who, &path, body.clone()).await.0, expected, "{verb}");
        let none = site.api(Method::POST, "nobody", &path, body.clone()).await.0;
        assert_eq!(none, StatusCode::UNAUTHORIZED, "{verb}");
        let form = [("_once", verb), ("revision", "1"), ("act", "approve"), ("to", "suspended")];
        assert_eq!(site.post(who, &page, &form).await.0, expected, "{verb}");
        let leader = site.api(Method::POST, "leader", &path, body.clone()).await.0;
        assert_eq!(leader, StatusCode::FORBIDDEN, "{verb}");
        if verb != "custody" {
            let weak = site.api(Method::POST, "weak", &path, body.clone()).await.0;
            assert_eq!(weak, StatusCode::UNAUTHORIZED, "{verb}");
            assert_eq!(site.post("weak", &page, &form).await.0, StatusCode::SEE_OTHER, "{verb}");
        }
    }
    assert_eq!(site.post("leader", "/seals", &[("_once", "z")]).await.0, StatusCode::FORBIDDEN);
    assert_eq!(site.get("leader", "/seals/new").await.0, StatusCode::FORBIDDEN);
    let (status, made) = site.api(Method::POST, "one", &format!("{one}/decision"), yes).await;
    assert_eq!((status, &made["keeper"]), (StatusCode::OK, &json!("李保管")), "{made}");
    let all = site.api(Method::GET, "auditor", path, json!({})).await.1;
    assert_eq!(all["seals"][0]["id"], row["id"]);
    let (_, shown) = site.api(Method::GET, "auditor", &one, json!({})).await;
    assert_eq!(shown["custodies"][0]["keeper"], "李保管");
    let uses = format!("{one}/uses");
    let (status, used) = site.api(Method::GET, "auditor", &uses, json!({})).await;
    assert_eq!((status, &used["uses"]), (StatusCode::OK, &json!([])));
    // What lies outside one's reach is not there.
    let page = one.replace("/api/v1", "");
    for who in ["elsewhere", "far"] {
        for path in [&one, &uses, &page, &format!("{page}/picture")] {
            let given = match path.starts_with("/api") {
                true => site.api(Method::GET, who, path, json!({})).await.0,
                false => site.get(who, path).await.0,
            };
            assert_eq!(given, StatusCode::NOT_FOUND, "{who} {path}");
        }
        let all = site.api(Method::GET, who, path, json!({})).await.1;
        assert_eq!(all["seals"], json!([]), "{who}");
    }
    for path in [path, &one, &uses] {
        let none = site.api(Method::GET, "nobody", path, json!({})).await.0;
        assert_eq!(none, StatusCode::UNAUTHORIZED, "{path}");
        let leader = site.api(Method::GET, "leader", path, json!({})).await.0;
        assert_eq!(leader, StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["/seals", &page, &format!("{page}/picture")] {
        assert_eq!(site.get("nobody", path).await.0, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(site.get("leader", path).await.0, StatusCode::FORBIDDEN, "{path}");
    }
    let stopped = json!({ "state": "suspended", "reason": "盘点", "revision": made["revision"] });
    let (status, row) = site.api(Method::POST, "one", &format!("{one}/state"), stopped).await;
    assert_eq!((status, &row["state"]), (StatusCode::OK, &json!("suspended")), "{row}");
}
