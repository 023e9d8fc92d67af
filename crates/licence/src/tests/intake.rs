//! Paper records taken in: what is verified, what is kept back, and that killing the work loses
//! nothing and doubles nothing.

use super::world::*;
use crate::register::store as licences;
use crate::{intake, register};
use kernel::Kind;
use proptest::prelude::*;
use std::collections::BTreeMap;
use store::job::Worker;
use store::{Ctx, vals};

const HEAD: &str = "holder_name,holder_number,number,name,class,valid_until\n";

async fn send(world: &World, csv: &str) -> intake::Intake {
    let mut ctx = world.as_actor(&officer(POLICE)).await;
    let begun = intake::begin(&mut ctx, "driving-licence", "2024 年底前台账", csv.as_bytes()).await;
    let begun = begun.unwrap();
    ctx.commit().await.unwrap();
    begun
}

async fn work(world: &World) {
    let jobs: Vec<_> = crate::modules().into_iter().flat_map(|module| module.jobs).collect();
    Worker::new(world.env.clone(), &jobs).drain().await.unwrap();
}

async fn progress(world: &World, id: &str) -> intake::Progress {
    let mut ctx = world.as_actor(&officer(POLICE)).await;
    intake::progress(&mut ctx, id).await.unwrap()
}

fn gaps(progress: &intake::Progress) -> BTreeMap<String, i64> {
    let said = |(problem, n): (&intake::Problem, &i64)| {
        (format!("{} {}", problem.code, problem.field).trim().to_owned(), *n)
    };
    progress.gaps.iter().map(said).collect()
}

async fn licence_count(ctx: &mut Ctx) -> i64 {
    ctx.count("SELECT COUNT(*) FROM licence", vals![]).await.unwrap()
}

#[tokio::test]
async fn each_line_is_issued_or_kept_with_every_reason() {
    let world = world_on_server().await;
    let (one, other) = (world.person("许小满", 1).await, world.person("李建国", 3).await);
    let number = |person: &party::person::Person| person.number.clone().unwrap();
    let csv = format!(
        "\u{feff}{HEAD}\
         许小满,{a},D1,许小满,C1,2030-01-01\n\
         李建国,{b},D2,李建国,C1,\n\
         许小满,{a},D1,许小满,C1,2030-01-01\n\
         王小二,{b},D3,王小二,C1,\n\
         赵六,410105199403050999,D4,赵六,C1,\n\
         赵六,410105199001010013,,赵六,,2020-01-01\n\
         许小满,{a},D9,许小满,B2,\n",
        a = number(&one),
        b = number(&other),
    );
    let begun = send(&world, &csv).await;
    assert_eq!(begun.total, 7);
    work(&world).await;
    let found = progress(&world, &begun.id).await;
    assert_eq!((found.issued, found.quarantined, found.waiting), (2, 5, 0));
    assert_eq!(
        gaps(&found),
        BTreeMap::from([
            ("double".to_owned(), 1),
            ("expired valid_until".to_owned(), 1),
            ("live".to_owned(), 1),
            ("missing class".to_owned(), 1),
            ("missing number".to_owned(), 1),
            ("name holder_name".to_owned(), 1),
            ("number holder_number".to_owned(), 1),
            ("unknown holder_number".to_owned(), 1),
        ])
    );
    let mut ctx = world.system().await;
    assert_eq!(licence_count(&mut ctx).await, 2);
    let held = licences::of_holder(&mut ctx, &one.id).await.unwrap();
    assert_eq!(held[0].origin.as_deref(), Some("paper"));
    assert_eq!(held[0].last_day().unwrap().to_string(), "2030-01-01");
    let opened = licences::open(&mut ctx, held[0].clone()).await.unwrap();
    assert_eq!(opened.fields()["number"], "D1", "the paper's own number stays");
    // At rest no line can be read.
    let sealed: Vec<u8> = ctx
        .scalar("SELECT body_sealed FROM licence_intake_line WHERE line = 2", vals![])
        .await
        .unwrap()
        .unwrap();
    assert!(!sealed.windows(9).any(|bytes| bytes == "许小满".as_bytes()));
}

const MARKET: &str = "market-regulation-410105";

/// Takes in a table of the market's agency; what became of it.
async fn of_market(world: &World, kind: &str, csv: &str) -> intake::Progress {
    let mut ctx = world.as_actor(&officer(MARKET)).await;
    let begun = intake::begin(&mut ctx, kind, "2024 年底前台账", csv.as_bytes()).await.unwrap();
    ctx.commit().await.unwrap();
    work(world).await;
    let mut ctx = world.as_actor(&officer(MARKET)).await;
    intake::progress(&mut ctx, &begun.id).await.unwrap()
}

#[tokio::test]
async fn an_enterprises_line_stands_on_the_registration_its_representative_holds() {
    let world = world_on_server().await;
    let (one, other) = (world.person("许小满", 1).await, world.person("李建国", 3).await);
    let (a, b) = (one.number.clone().unwrap(), other.number.clone().unwrap());
    let (code, name) = ("91410105MA00000X7N", "郑州市金水区小满餐饮管理有限公司");
    let food = |rows: &[(&str, &str, &str, &str, &str)]| {
        let head =
            "holder_name,holder_number,keeper_name,keeper_number,number,name,credit_code,format\n";
        let row = |(holder, code, keeper, number, licence): &(&str, &str, &str, &str, &str)| {
            format!("{holder},{code},{keeper},{number},{licence},{holder},{code},餐饮服务经营者\n")
        };
        head.to_owned() + &rows.iter().map(row).collect::<String>()
    };
    let good = (name, code, "许小满", a.as_str(), "JY1");
    let first = of_market(&world, "food-business-licence", &food(&[good])).await;
    assert_eq!(gaps(&first), BTreeMap::from([("unregistered holder_number".to_owned(), 1)]));
    let register = format!(
        "holder_name,holder_number,keeper_name,keeper_number,number,name,credit_code,type,representative,\
         capital,established_on,address,scope\n\
         {name},{code},许小满,{a},1,{name},{code},有限责任公司,许小满,壹佰万元整,2020-03-01,书院街 27 号,餐饮服务\n"
    );
    let made = of_market(&world, "business-licence", &register).await;
    assert_eq!((made.issued, made.quarantined), (1, 0), "{:?}", gaps(&made));
    let found = of_market(
        &world,
        "food-business-licence",
        &food(&[
            good,
            ("另一家公司", code, "许小满", &a, "JY2"),
            (name, "91410105MA00000X7M", "许小满", &a, "JY3"),
            (name, code, "李建国", &b, "JY4"),
            (name, code, "许大满", &a, "JY5"),
            (name, code, "许小满", "1", "JY6"),
        ]),
    )
    .await;
    assert_eq!((found.issued, found.quarantined), (1, 5), "{:?}", gaps(&found));
    assert_eq!(
        gaps(&found),
        BTreeMap::from([
            ("name holder_name".to_owned(), 1),
            ("name keeper_name".to_owned(), 1),
            ("number holder_number".to_owned(), 1),
            ("number keeper_number".to_owned(), 1),
            ("unregistered holder_number".to_owned(), 1),
        ])
    );
    let mut ctx = world.system().await;
    let held = licences::of_holder(&mut ctx, &one.id).await.unwrap();
    assert_eq!(held.len(), 2);
    for row in held {
        let opened = licences::open(&mut ctx, row).await.unwrap();
        assert_eq!((opened.holder_name(), opened.holder_number()), (name, code));
    }
}

#[tokio::test]
async fn a_gap_report_is_mended_and_sent_again_and_nothing_is_issued_twice() {
    let world = world().await;
    let one = world.person("许小满", 1).await;
    let number = one.number.clone().unwrap();
    let unknown =
        kernel::identifier::CitizenNumber::make("410105", jiff::civil::date(1990, 1, 1), 7)
            .unwrap();
    let csv = format!(
        "{HEAD}许小满,{number},=1+1,许小满,C1,\n李建国,{},D2,李建国,C1,\n",
        unknown.as_str()
    );
    let begun = send(&world, &csv).await;
    work(&world).await;
    let found = progress(&world, &begun.id).await;
    assert_eq!((found.issued, found.quarantined), (1, 1));
    let mut ctx = world.as_actor(&officer(POLICE)).await;
    let report = intake::gaps(&mut ctx, &begun.id, &|code| code.to_owned()).await.unwrap();
    let report = String::from_utf8(report).unwrap();
    assert!(report.contains("李建国") && report.contains("unknown"), "{report}");
    assert!(!report.contains("许小满"));
    drop(ctx);
    // The whole table again: what was issued is told as a double.
    let again = send(&world, &csv).await;
    work(&world).await;
    assert_eq!(gaps(&progress(&world, &again.id).await)["double"], 1);
    // He has been entered meanwhile: the kept line is issued, of whichever table comes first.
    let mut ctx = world.system().await;
    let new = party::person::NewPerson {
        name: "李建国".to_owned(),
        number: Some(unknown.as_str().to_owned()),
        birth_date: None,
        division: "410105".to_owned(),
    };
    party::person::ensure(&mut ctx, new).await.unwrap();
    ctx.commit().await.unwrap();
    let mended = send(&world, report.as_str()).await;
    work(&world).await;
    assert_eq!(progress(&world, &mended.id).await.issued, 1);
    let mut ctx = world.as_actor(&officer(POLICE)).await;
    assert_eq!(intake::retry(&mut ctx, &begun.id).await.unwrap(), 1);
    ctx.commit().await.unwrap();
    work(&world).await;
    let found = progress(&world, &begun.id).await;
    assert_eq!((found.issued, found.quarantined, found.waiting), (1, 1, 0));
    assert_eq!(gaps(&found), BTreeMap::from([("double".to_owned(), 1)]));
    let mut ctx = world.system().await;
    assert_eq!(licence_count(&mut ctx).await, 2);
}

#[tokio::test]
async fn two_workers_on_one_table_issue_each_line_once() {
    let world = world_on_server().await;
    let mut csv = HEAD.to_owned();
    for sequence in 0..12_u16 {
        let person = world.person("许小满", 2 * sequence + 1).await;
        csv.push_str(&format!("许小满,{},D{sequence},许小满,C1,\n", person.number.unwrap()));
    }
    let begun = send(&world, &csv).await;
    let (one, other) = (work(&world), work(&world));
    tokio::join!(one, other);
    work(&world).await;
    let found = progress(&world, &begun.id).await;
    assert_eq!((found.issued, found.quarantined, found.waiting), (12, 0, 0));
    let mut ctx = world.system().await;
    assert_eq!(licence_count(&mut ctx).await, 12);
}

#[tokio::test]
async fn a_table_that_is_none_or_of_another_agency_is_refused() {
    let world = world().await;
    let begin = async |who: &kernel::Actor, kind: &str, csv: &[u8]| {
        let mut ctx = world.as_actor(who).await;
        intake::begin(&mut ctx, kind, "台账", csv).await.unwrap_err()
    };
    let police = officer(POLICE);
    let good = format!("{HEAD}a,b,c,d,e,\n");
    for (kind, csv, code) in [
        ("driving-licence", b"\xff\xfe\x00".as_slice(), "licence.intake_file"),
        ("driving-licence", HEAD.as_bytes(), "licence.intake_file"),
        ("driving-licence", b"holder_name,holder_number\na,b,c\n", "licence.intake_file"),
        ("driving-licence", b"holder_name,number\na,b\n", "licence.intake_columns"),
        ("driving-licence", b"holder_name,holder_number,x\na,b,c\n", "licence.intake_columns"),
        ("driving-licence", b"holder_name,holder_name\na,b\n", "licence.intake_columns"),
        ("health-card", good.as_bytes(), "licence.intake_type"),
        ("none", good.as_bytes(), "licence.type_unknown"),
    ] {
        assert_eq!(begin(&police, kind, csv).await.code, code, "{kind}");
    }
    let clerk = staff(POLICE, "clerk");
    assert_eq!(begin(&clerk, "driving-licence", good.as_bytes()).await.kind, Kind::Denied);
    let begun = send(&world, &good).await;
    let mut ctx = world.as_actor(&officer(HEALTH)).await;
    assert_eq!(intake::progress(&mut ctx, &begun.id).await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(intake::retry(&mut ctx, &begun.id).await.unwrap_err().kind, Kind::NotFound);
    assert!(register::store::of_holder(&mut ctx, "").await.unwrap().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// No bytes make reading a table panic.
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let pack = pack::Province::embedded().unwrap();
        let kind = pack.licence_type("driving-licence").unwrap();
        let mut table = HEAD.as_bytes().to_vec();
        table.extend(&bytes);
        for file in [bytes, table] {
            if let Err(error) = intake::check_table(kind, &file) {
                prop_assert!(error.code.starts_with("licence.intake_"), "{}", error.code);
            }
        }
    }
}
