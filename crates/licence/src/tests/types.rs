//! The licence types of the packs as their sheets show them.

use super::sheets::Real;
use super::world::*;
use crate::register::shown;
use crate::types;
use pack::licence::{LicenceType, Side};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use store::Env;

/// For looking at: set the folder, run the tests, and turn the pages into pictures.
const OUT: &str = "YIPAN_LAYOUTS_OUT";

/// A word of a page: where it stands, in points, and what it says.
struct Word {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
    text: String,
}

impl Word {
    fn area(&self) -> f64 {
        (self.right - self.left) * (self.bottom - self.top)
    }

    /// True when a third of the smaller one lies under the other.
    fn covers(&self, other: &Word) -> bool {
        let wide = self.right.min(other.right) - self.left.max(other.left);
        let high = self.bottom.min(other.bottom) - self.top.max(other.top);
        wide > 0.0 && high > 0.0 && wide * high > self.area().min(other.area()) / 3.0
    }
}

/// The words of every page but the marks across it and what the seal stands on.
fn words_of(path: &Path) -> Vec<Vec<Word>> {
    let run = Command::new("pdftotext").arg("-bbox").arg(path).arg("-").output().unwrap();
    let text = String::from_utf8(run.stdout).unwrap();
    let word = |line: &str| {
        let number = |name: &str| {
            let rest = line.split_once(&format!("{name}=\""))?.1;
            rest.split_once('"')?.0.parse::<f64>().ok()
        };
        Some(Word {
            left: number("xMin")?,
            top: number("yMin")?,
            right: number("xMax")?,
            bottom: number("yMax")?,
            text: line.split_once('>')?.1.split_once('<')?.0.to_owned(),
        })
    };
    let marks = |word: &Word| word.text.chars().all(|c| "样证SPECIMEN".contains(c));
    let sealed = |word: &Word| word.left > 400.0 && word.top > 430.0;
    let page = |page: &str| {
        let words = page.lines().filter(|line| line.contains("<word")).filter_map(word);
        words.filter(|word| !marks(word) && !sealed(word)).collect()
    };
    text.split("</page>").map(page).filter(|words: &Vec<Word>| !words.is_empty()).collect()
}

fn nothing_overlaps(name: &str, path: &Path) {
    for words in words_of(path) {
        for (index, one) in words.iter().enumerate() {
            for other in &words[index + 1..] {
                assert!(!one.covers(other), "{name}: {:?} stands on {:?}", one.text, other.text);
            }
        }
    }
}

/// Text of each page, without blanks.
fn pages_of(name: &str, pdf: &[u8]) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sheet.pdf");
    std::fs::write(&path, pdf).unwrap();
    if let Some(out) = std::env::var_os(OUT) {
        std::fs::write(Path::new(&out).join(format!("{name}.pdf")), pdf).unwrap();
    }
    nothing_overlaps(name, &path);
    let run = Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output();
    let output = run.expect("poppler-utils is installed");
    assert!(output.status.success(), "{name}");
    let text = String::from_utf8(output.stdout).unwrap();
    let pages = text.split('\u{c}').map(|page| page.replace(char::is_whitespace, ""));
    pages.filter(|page| !page.is_empty()).collect()
}

/// True when every character of the value stands on the page: one that wraps in its cell is cut by
/// its neighbour's lines in the text of the page.
fn holds(page: &str, value: &str) -> bool {
    let plain = |text: &str| text.replace(char::is_whitespace, "");
    let on_page: BTreeSet<char> = page.chars().collect();
    let value = plain(value);
    page.contains(&value)
        || (value.chars().count() > 12 && value.chars().all(|c| on_page.contains(&c)))
}

fn check_sheet(env: &Env, kind: &LicenceType, pages: &[String], seed: u64) {
    let id = &kind.id;
    let both = !kind.notes.is_empty() || kind.fields.iter().any(|one| one.side == Side::Back);
    assert_eq!(pages.len(), if both { 2 } else { 1 }, "{id}: front and back are one page each");
    assert!(holds(&pages[0], &kind.name.zh), "{id}: title in {}", pages[0]);
    for word in ["发证机关", "电子证照标识", "扫码验真", "样证"] {
        assert!(pages[0].contains(word), "{id}: {word} in {}", pages[0]);
    }
    let made = pack::specimen::make(&env.pack, kind, seed);
    for field in shown::fields(&env.pack, id, &made.values) {
        let side = kind.field(&field.id).unwrap().side;
        let page = if side == Side::Back { &pages[1] } else { &pages[0] };
        assert!(holds(page, &field.value.zh), "{id}.{}: {} in {page}", field.id, field.value.zh);
    }
    for note in &kind.notes {
        assert!(holds(&pages[1], &note.zh), "{id}: {} in {}", note.zh, pages[1]);
    }
}

/// Checks the sheets of every fifth type from one on: setting type takes its time.
async fn sheets_show_their_specimens(part: usize) {
    let world = world_with(Arc::new(Real)).await;
    let printed: Vec<&LicenceType> =
        world.env.pack.licence_types().filter(|kind| kind.layout.is_some()).collect();
    assert!(printed.len() >= 25, "{}", printed.len());
    for kind in printed.into_iter().skip(part).step_by(5) {
        let pdf = types::specimen(&world.env, &kind.id, 7).await.unwrap();
        check_sheet(&world.env, kind, &pages_of(&kind.id, &pdf), 7);
    }
}

#[tokio::test]
async fn every_types_sheet_shows_its_specimen_on_both_sides_1() {
    sheets_show_their_specimens(0).await;
}

#[tokio::test]
async fn every_types_sheet_shows_its_specimen_on_both_sides_2() {
    sheets_show_their_specimens(1).await;
}

#[tokio::test]
async fn every_types_sheet_shows_its_specimen_on_both_sides_3() {
    sheets_show_their_specimens(2).await;
}

#[tokio::test]
async fn every_types_sheet_shows_its_specimen_on_both_sides_4() {
    sheets_show_their_specimens(3).await;
}

#[tokio::test]
async fn every_types_sheet_shows_its_specimen_on_both_sides_5() {
    sheets_show_their_specimens(4).await;
}

#[tokio::test]
async fn a_specimen_is_the_same_from_the_same_seed_and_its_person_agrees_with_himself() {
    let world = world().await;
    let pack = &world.env.pack;
    for kind in pack.licence_types() {
        for seed in 0..20 {
            let one = pack::specimen::make(pack, kind, seed);
            assert_eq!(one, pack::specimen::make(pack, kind, seed), "{}", kind.id);
            let value = |fact: &str| {
                let field = kind.proving(fact)?;
                one.values[&field.id].as_str().map(str::to_owned)
            };
            let Some(number) = value("person.citizen_number") else { continue };
            let number = kernel::identifier::CitizenNumber::parse(&number).unwrap();
            if let Some(born_on) = value("person.born_on") {
                assert_eq!(born_on, number.birth_date().to_string(), "{}", kind.id);
            }
            if let Some(sex) = value("person.sex") {
                assert_eq!(sex == "male", number.is_male(), "{}", kind.id);
            }
        }
    }
}

#[tokio::test]
async fn each_fact_is_answered_by_the_types_that_prove_it() {
    let world = world().await;
    let proving = |fact| {
        world.env.pack.licences_proving(fact).map(|(kind, _)| kind.id.as_str()).collect::<Vec<_>>()
    };
    assert!(proving("person.citizen_number").contains(&"identity-card"));
    assert_eq!(proving("family.married_on"), ["marriage-certificate"]);
    assert_eq!(proving("permit.food_business"), ["food-business-licence"]);
    assert!(proving("person.shoe_size").is_empty());
    assert!(world.env.pack.licence_types().count() >= 33);
}
