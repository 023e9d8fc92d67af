//! What was only typed is looked up once it is handed in: for the agency that decides, not for who
//! typed it.

use super::world::{HEALTH, World, citizen, reviewer};
use crate::case::{self, Correction, CorrectionNotice, Shown, Submission};
use kernel::Actor;
use serde_json::Value as Json;

const FATHER: &str = "410105199207083419";
/// Another woman, of whom the registries hold nothing.
const OTHER: &str = "11010519491231002X";

/// An example's application as it comes when the draft could look nothing up.
fn typed(world: &World, example: &str, person: &party::person::Person) -> Submission {
    let mut new = world.example(example, "draft-1", person);
    new.facts.retain(|path, _| path.starts_with("guide."));
    new
}

async fn shown(world: &World, who: &Actor, id: &str) -> Shown {
    case::show(&mut world.read(who), id).await.unwrap()
}

/// Values of what was looked up, by path, as the reader is shown them.
fn looked_up(shown: &Shown) -> Vec<(&str, &str)> {
    let of = |path: &str| path.starts_with("mother.") || path.starts_with("birth.");
    let facts = shown.facts.iter().filter(|one| of(&one.path));
    facts.map(|one| (one.path.as_str(), one.value.as_str())).collect()
}

fn results(shown: &Shown, id: &str) -> String {
    let explained = &shown.explanation.as_ref().unwrap().conditions;
    explained.iter().find(|one| one.id == id).unwrap().result.clone()
}

#[tokio::test]
async fn what_was_typed_is_looked_up_fresh_and_decided_by_rule() {
    let world = World::new().await;
    world.register("married-all").await;
    let person = world.mother().await;
    let mother = citizen(&person);
    let done = world.submit(&mother, typed(&world, "married-all", &person)).await;
    world.drain().await;
    for item in &done.items {
        assert_eq!(world.phase(&item.id).await, "completed", "{}", item.item);
    }
    let reads = "SELECT COUNT(DISTINCT lookup) FROM data_receipt WHERE consumer <> 'portal'";
    assert!(world.count(reads).await >= 8, "each by the agency that needs it");
    let birth = shown(&world, &mother, &done.items[0].id).await;
    let father = shown(&world, &mother, &done.items[1].id).await;
    assert_eq!(results(&birth, "married"), "met");
    assert_eq!(results(&father, "father"), "met", "the marriage names him");
}

#[tokio::test]
async fn what_is_found_by_a_typed_number_is_the_agencys_and_not_the_applicants() {
    let world = World::new().await;
    world.register("married-all").await;
    let person = world.person("沈青禾", FATHER).await;
    let father = citizen(&person);
    let mut new = typed(&world, "unmarried-with-mother", &person);
    new.facts.get_mut("guide.applicant").unwrap().value = Some(Json::from("father"));
    let done = world.submit(&father, new).await;
    world.drain().await;
    let birth = done.items.iter().find(|one| one.item == "birth-certificate").unwrap();
    assert_eq!(
        world.phase(&birth.id).await,
        "submitted",
        "no marriage names her: a person decides"
    );

    let officer = reviewer(HEALTH);
    let seen = shown(&world, &officer, &birth.id).await;
    assert!(looked_up(&seen).contains(&("mother.name", "顾晓宁")), "{:?}", looked_up(&seen));
    assert_eq!(
        (results(&seen, "record"), results(&seen, "mother-status")),
        ("met".into(), "met".into())
    );
    assert!(seen.materials.iter().all(|one| one.id != "birth-record" || one.how == "registry"));
    let hers = "SELECT COUNT(*) FROM data_receipt WHERE lookup IN ('mother', 'birth')
        AND consumer = 'health-410105'";
    assert_eq!(world.count(hers).await, 2, "she sees who read what");

    let told = shown(&world, &father, &birth.id).await;
    assert_eq!(looked_up(&told), []);
    for id in ["record", "mother-name", "mother-status"] {
        assert_eq!(results(&told, id), "withheld", "{id} would tell of her");
    }
    let text = serde_json::to_string(&told.explanation).unwrap();
    assert!(!text.contains("CS4101052026000001") && !text.contains("顾晓宁"), "{text}");
    assert_eq!(results(&told, "name"), "met", "what he said himself");

    // A corrected number is another person: what was found of the first is gone.
    let fields = vec!["mother_number".to_owned()];
    let note = "号码有误".to_owned();
    let notice = CorrectionNotice { fields, materials: Vec::new(), note };
    let ask = async |ctx: &mut store::Ctx| case::ask_correction(ctx, &birth.id, None, notice).await;
    world.run(&officer, ask).await.unwrap();
    let answers = [("mother_number".to_owned(), Json::from(OTHER))].into();
    let mended = Correction { answers, materials: Vec::new() };
    let mend =
        async |ctx: &mut store::Ctx| case::supply_correction(ctx, &birth.id, None, mended).await;
    world.run(&father, mend).await.unwrap();
    world.drain().await;
    let seen = shown(&world, &officer, &birth.id).await;
    assert!(looked_up(&seen).iter().all(|(_, value)| value.is_empty()), "{:?}", looked_up(&seen));
    assert_eq!(world.count(hers).await, 4, "looked up anew, also where a person has the case");
    let report = party::evidence::verify(&mut world.read(&officer)).await.unwrap();
    assert!(report.ok, "{:?}", report.first_bad);
}
