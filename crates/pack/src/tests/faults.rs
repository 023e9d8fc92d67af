//! Each fault, made in the shipped packs by changing one text, and the one code that tells it.

use crate::{Embedded, Memory, Province, check};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::sync::OnceLock;

const BIRTH: &str = "henan/services/birth-certificate/item.yaml";
const MATERNITY: &str = "henan/services/maternity-reimbursement/item.yaml";
const CARD: &str = "henan/services/social-security-card/item.yaml";
const NEWBORN: &str = "henan/one-things/newborn/one-thing.yaml";
const GUIDE: &str = "henan/one-things/newborn/guide.yaml";
const FORM: &str = "henan/one-things/newborn/form.yaml";
const EXAMPLES: &str = "henan/one-things/newborn/examples.yaml";
const CONTRACTS: &str = "henan/registries/contracts.yaml";
const LICENCE: &str = "standard/licences/birth-certificate.yaml";
const DRIVING: &str = "standard/licences/driving-licence.yaml";
const LOCAL: &str = "henan/licences/local.yaml";
const HYGIENE: &str = "henan/services/hygiene-permit/item.yaml";
const DRUGS: &str = "henan/services/drug-retail/item.yaml";
const WATER: &str = "henan/services/water-abstraction/item.yaml";
const REVIEW: &str = "standard/procedures/two-step-review/procedure.yaml";

/// File, the text replaced at its first place, what replaces it, the code.
const FAULTS: &[(&str, &str, &str, &str)] = &[
    (BIRTH, "agency: health", "agency: health\ncolour: red", "file.yaml"),
    (BIRTH, "level: county", "level: [", "file.yaml"),
    (BIRTH, "version: 1", "version: 0", "def.version"),
    (BIRTH, "id: birth-certificate", "id: birth", "def.id"),
    ("standard/pack.yaml", "format: 1", "format: 2", "pack.format"),
    ("henan/pack.yaml", "[standard]", "[standard, missing]", "pack.dependency"),
    ("henan/pack.yaml", "division: \"410000\"\n", "", "pack.province"),
    ("henan/pack.yaml", "standard/calendar/holidays.csv", "standard/none.csv", "file.missing"),
    ("standard/calendar/holidays.csv", "2007-01-01", "2007-13-01", "file.table"),
    ("henan/divisions/population.csv", "12600574", "many", "file.table"),
    ("henan/services/items.csv", "区经信局", "区无名局", "items.row"),
    ("henan/services/rehome.yaml", "division: \"410105\"", "division: \"999999\"", "ref.dangling"),
    (BIRTH, "article: 第二十三条", "article: ''", "def.basis"),
    (BIRTH, "en: \"Birth certificate\"", "en: \" \"", "text.missing"),
    (BIRTH, "en: \"Birth certificate\"", "en: \"出生 certificate\"", "text.untranslated"),
    ("standard/messages.yaml", "Accepted: {item}", "Accepted: {agency}", "text.placeholders"),
    (
        "standard/messages.yaml",
        "已受理：{item}\", en: \"Accepted: {item}",
        "已受理：{name}\", en: \"Accepted: {name}",
        "message.placeholder",
    ),
    ("standard/messages.yaml", "id: case.accepted", "id: case.submitted", "def.duplicate"),
    (BIRTH, "agency: health", "agency: nowhere", "ref.dangling"),
    (BIRTH, "registry: birth }", "registry: births }", "ref.dangling"),
    (BIRTH, "role: clerk", "role: nobody", "ref.dangling"),
    (LICENCE, "layout: licence", "layout: none", "ref.dangling"),
    (LOCAL, "child_sex: form.child_sex", "child_sex: form.colour", "ref.dangling"),
    (LOCAL, "child_sex: form.child_sex", "colour: form.child_sex", "ref.dangling"),
    (LOCAL, "licence: birth-certificate", "licence: death-certificate", "ref.dangling"),
    (LOCAL, "licence: marriage-certificate", "licence: identity-card", "def.duplicate"),
    (LOCAL, "    type_code: ", "    colour: red\n    type_code: ", "file.yaml"),
    (
        "standard/roles.yaml",
        "[application.own, account.own, wallet",
        "[application.all, account.own, wallet",
        "ref.dangling",
    ),
    (CONTRACTS, "registry: marriage", "registry: weddings", "ref.dangling"),
    (BIRTH, "basic_code: \"410723", "basic_code: \"410123", "item.basic_code"),
    (CARD, "promised: { amount: 5", "promised: { amount: 11", "item.promise_over_law"),
    (
        CARD,
        "statutory: { limit: { amount: 10, unit: working_day }, basis",
        "statutory: { limit: { amount: 10, unit: working_day } } #",
        "item.deadline_basis",
    ),
    (MATERNITY, ", promise_only: true", "", "item.promise_only"),
    (
        CARD,
        "statutory: { limit",
        "extension: { limit: { amount: 5, unit: working_day }, basis: { law: { zh: 本机关服务承诺, en: Own rules }, article: 第一条 } }\n  statutory: { limit",
        "item.promise_only",
    ),
    (MATERNITY, "id: two-step-review", "id: no-review", "item.procedure"),
    (MATERNITY, "end_opposed: refuse", "end_denied: refuse", "item.procedure"),
    (REVIEW, "{ id: number,", "{ id: applicant,", "item.procedure"),
    (BIRTH, "handling: promised", "handling: immediate", "item.handling"),
    (MATERNITY, "necessity: secondary", "necessity: required", "item.tolerance"),
    (BIRTH, "分娩与出生医学记录", "其他材料", "item.catch_all"),
    (MATERNITY, "size_max_bytes: 10485760", "size_max_bytes: 104857600", "item.upload"),
    (
        MATERNITY,
        "count_max: 10 }",
        "count_max: 10 }\n    proves: [medical-expense.total_fen]",
        "item.held",
    ),
    (BIRTH, "mobile: true", "mobile: true, pay: true", "item.fee_pay"),
    (BIRTH, "depth: 4", "depth: 5", "item.online_depth"),
    (BIRTH, "depth: 4, visits: 0", "depth: 3, visits: 1", "item.visit_reason"),
    (BIRTH, "phone: \"12320\"", "phone: \"12345\"", "item.phones"),
    (BIRTH, "  kind: certificate\n  licence", "  kind: document\n  licence", "item.result"),
    (MATERNITY, "settled, value: \"yes\"", "settled, value: \"perhaps\"", "item.entry"),
    (MATERNITY, "- registry: medical-expense", "- registry: birth", "item.entry"),
    (MATERNITY, "- { id: settlement_number, from", "- { id: hospital_name, from", "item.entry"),
    (MATERNITY, "once: [settled]", "once: [payable_fen]", "item.entry"),
    (BIRTH, "from: birth.record_number", "from: birth.colour", "ref.dangling"),
    (LOCAL, "type_code: 11", "type_code: 12", "licence.type_code"),
    (LOCAL, "11410000Y102000030002", "11410000Y102000030001", "licence.code_twice"),
    (LICENCE, "operations: [issue, ", "operations: [issue, suspend, resume, ", "licence.operation"),
    (DRIVING, "states: [valid, ", "states: [valid, valid, ", "licence.state"),
    (DRIVING, ", forfeit,", ",", "licence.state"),
    (DRIVING, ", suspend, resume,", ", suspend,", "licence.operations"),
    (DRIVING, "validity_years: 6\n", "", "licence.operations"),
    (LICENCE, "grade: 3, ", "grade: 3, masks: { public: plain }, ", "licence.mask"),
    (LICENCE, "proves: family.mother_name", "proves: family.father_name", "licence.proves"),
    (LICENCE, "sample: \"39\"", "card: true, sample: \"39\"", "licence.card"),
    (LICENCE, "proves: person.sex", "proves: sex", "licence.proves"),
    (LICENCE, "consumers: [police, ", "consumers: [", "licence.consumer"),
    (LICENCE, "consumers: [police, ", "consumers: [police, nowhere, ", "ref.dangling"),
    (LICENCE, "sample: \"3250\"", "sample: heavy", "licence.sample"),
    (LICENCE, "grade: 2", "grade: 9", "def.grade"),
    (
        NEWBORN,
        "item: birth-certificate, after: []",
        "item: birth-certificate, after: [vaccination-file]",
        "one_thing.cycle",
    ),
    (
        NEWBORN,
        "promised: { amount: 9, unit: working_day }",
        "promised: { amount: 8, unit: working_day }",
        "one_thing.promise_short",
    ),
    (CONTRACTS, "consumers: [health, police]", "consumers: [police]", "one_thing.contract"),
    (NEWBORN, "matches: [mother_number]", "matches: [hospital_name]", "one_thing.key"),
    (NEWBORN, "optional: true, whose: form", "whose: form", "one_thing.whose"),
    (NEWBORN, "told_by: [born_at, ", "told_by: [mother_blood, ", "one_thing.pick"),
    (CONTRACTS, "quota_per_day: 20000", "quota_per_day: 0", "contract.terms"),
    (FORM, "label: { zh: \"父亲姓名\"", "label: { zh: \"母亲姓名\"", "form.asked_twice"),
    (FORM, "items: [birth-certificate]\n", "items: []\n", "form.unused"),
    (FORM, "        length_max: 50\n", "", "form.limit"),
    (FORM, "kind: number", "kind: choice", "form.choices"),
    (FORM, "kind: mobile", "kind: file", "form.material"),
    (GUIDE, "left: guide.applicant", "left: guide.applicants", "rule.unknown_fact"),
    (BIRTH, "left: birth.record_number", "left: birth.colour", "rule.unknown_fact"),
    (EXAMPLES, "birth-certificate: granted", "birth-certificate: referred", "example.differs"),
    (EXAMPLES, "mother.status: \"normal\"", "mother.status: \"deceased\"", "example.differs"),
    (HYGIENE, "material: hygiene-promise", "material: hygiene-report", "form.material"),
    (HYGIENE, "label: { zh: \"本人承诺", "label: { zh: \"承诺", "form.material"),
    (HYGIENE, "hygiene-permit-operator", "newborn-parents", "one_thing.contract"),
    (HYGIENE, "way: promise, hygiene", "way: perhaps, hygiene", "example.differs"),
    (HYGIENE, "premises_name: 金水区小满理发店, ", "", "example.differs"),
    (HYGIENE, "minutes: 4", "minutes: 4\n  colour: red", "file.yaml"),
    (DRUGS, "    - { id: place, from: form.shop_address }\n", "", "item.procedure"),
    (
        DRUGS,
        "id: place, from: form.shop_address",
        "id: colour, from: form.shop_address",
        "item.procedure",
    ),
    (DRUGS, "from: form.shop_address }", "from: form.quality_head }", "item.procedure"),
    (DRUGS, "from: form.shop_address }", "from: form.colour }", "item.procedure"),
    (WATER, "id: kind, value: plan", "id: kind, value: road", "item.procedure"),
    (WATER, "id: kind, value: plan", "id: kind", "item.procedure"),
    (WATER, "form: revised, material", "form: nothing, material", "item.procedure"),
    (WATER, "revised, material: argument", "revised, material: identity", "item.procedure"),
    ("henan/agencies.yaml", "code: \"101\"", "code: \"100\"", "agency.code"),
];

/// The shipped packs with the divisions of two cities only: the whole tree is read elsewhere, and
/// here it would be read for every fault.
pub(super) fn packs() -> Memory {
    static PACKS: OnceLock<Memory> = OnceLock::new();
    let build = || {
        let mut files = Memory::of(&Embedded);
        let path = "henan/divisions/divisions.csv.gz";
        let mut csv = String::new();
        GzDecoder::new(files.0[path].as_slice()).read_to_string(&mut csv).unwrap();
        let kept = |line: &&str| {
            ["code", "41,", "4101,", "4190,", "410105", "419001"]
                .iter()
                .any(|start| line.starts_with(start))
        };
        let mut small = GzEncoder::new(Vec::new(), Compression::fast());
        small
            .write_all(csv.lines().filter(kept).collect::<Vec<_>>().join("\n").as_bytes())
            .unwrap();
        files.0.insert(path.to_owned(), small.finish().unwrap());
        files
    };
    PACKS.get_or_init(build).clone()
}

fn broken(file: &str, from: &str, to: &str) -> Memory {
    let mut files = packs();
    let text = String::from_utf8(files.0[file].clone()).unwrap();
    assert!(text.contains(from), "{file} no longer holds {from:?}");
    files.0.insert(file.to_owned(), text.replacen(from, to, 1).into_bytes());
    files
}

pub(super) fn codes(files: &Memory) -> BTreeSet<&'static str> {
    check(files).findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn each_fault_is_told_by_its_own_code_alone() {
    // Two halves at once: each fault costs a whole reading of the packs.
    let (one, other) = FAULTS.split_at(FAULTS.len() / 2);
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let other = scope.spawn(|| wrongly_told(other));
        let mut wrong = wrongly_told(one);
        wrong.extend(other.join().unwrap());
        wrong
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn wrongly_told(faults: &[(&str, &str, &str, &str)]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (file, from, to, code) in faults {
        let found = check(&broken(file, from, to)).findings;
        let codes: BTreeSet<&str> = found.iter().map(|finding| finding.code).collect();
        if codes != BTreeSet::from([*code]) {
            let told: Vec<String> = found
                .iter()
                .take(4)
                .map(|one| {
                    format!("    {} {} {}: {}", one.file, one.path, one.code, one.message.en)
                })
                .collect();
            wrong.push(format!(
                "{file}: {from:?}: expected {code}, found {codes:?}\n{}",
                told.join("\n")
            ));
        }
    }
    wrong
}

#[test]
fn a_fee_without_the_document_that_sets_it_is_refused() {
    let mut files = broken(BIRTH, "mobile: true", "mobile: true, pay: true");
    let fee = "fees: [{ name: { zh: 工本费, en: Cost }, amount_fen: 500 }]";
    let text = String::from_utf8(files.0[BIRTH].clone()).unwrap().replacen("fees: []", fee, 1);
    files.0.insert(BIRTH.to_owned(), text.into_bytes());
    assert_eq!(codes(&files), BTreeSet::from(["item.fee_basis"]));
}

#[test]
fn a_seventh_question_is_refused() {
    let mut files = packs();
    let extra = "questions:\n  - id: seventh\n    text: { zh: 第七问, en: Seventh }\n    choices: [{ value: a, label: { zh: 甲, en: A } }, { value: b, label: { zh: 乙, en: B } }]\n";
    let text =
        String::from_utf8(files.0[GUIDE].clone()).unwrap().replacen("questions:\n", extra, 1);
    files.0.insert(GUIDE.to_owned(), text.into_bytes());
    assert_eq!(codes(&files), BTreeSet::from(["guide.too_many"]));
}

#[test]
fn a_question_with_one_answer_is_refused() {
    let files = broken(
        GUIDE,
        "      - { value: father, label: { zh: \"随父亲\", en: \"The father’s\" } }\n",
        "",
    );
    assert_eq!(codes(&files), BTreeSet::from(["guide.choices"]));
}

#[test]
fn an_item_without_answers_steps_or_remedies_is_refused() {
    let cut = |from: &str, to: &str, with: &str| {
        let mut files = packs();
        let text = String::from_utf8(files.0[BIRTH].clone()).unwrap();
        let (start, end) = (text.find(from).unwrap(), text.find(to).unwrap());
        files.0.insert(
            BIRTH.to_owned(),
            format!("{}{with}{}", &text[..start], &text[end..]).into_bytes(),
        );
        codes(&files)
    };
    assert_eq!(cut("faq:", "window:", "faq: []\n"), BTreeSet::from(["item.faq"]));
    assert_eq!(cut("remedies:", "faq:", "remedies: []\n"), BTreeSet::from(["item.remedies"]));
    let mut files = broken(BIRTH, "item_type: confirmation", "item_type: licensing");
    let text = String::from_utf8(files.0[BIRTH].clone()).unwrap().replacen(
        "410723901001",
        "410123902001",
        1,
    );
    let start = text.find("  - { id: deliver").unwrap();
    let end = text.find("requirements:").unwrap();
    files.0.insert(BIRTH.to_owned(), format!("{}{}", &text[..start], &text[end..]).into_bytes());
    assert_eq!(codes(&files), BTreeSet::from(["item.steps"]));
}

#[test]
fn a_file_of_no_kind_and_one_too_large_are_refused() {
    let mut files = packs();
    files.0.insert("henan/notes.txt".into(), b"hello".to_vec());
    assert_eq!(codes(&files), BTreeSet::from(["file.unknown"]));
    files.0.remove("henan/notes.txt");
    files.0.insert("henan/targets.yaml".into(), vec![b' '; 1024 * 1024 + 1]);
    assert_eq!(codes(&files), BTreeSet::from(["file.too_large"]));
}

#[test]
fn a_one_thing_without_examples_does_not_load() {
    let mut files = packs();
    files.0.remove(EXAMPLES);
    assert_eq!(codes(&files), BTreeSet::from(["file.missing"]));
    let error = Province::load(&files).unwrap_err();
    assert_eq!(error.code, "pack.faulty");
    let args: Vec<&str> = error.args.iter().map(|(name, _)| *name).collect();
    assert_eq!(args, ["file", "path", "code", "zh", "en", "count"]);
}

#[test]
fn a_broken_archive_of_divisions_is_told_and_nothing_else() {
    let mut files = packs();
    files.0.get_mut("henan/divisions/divisions.csv.gz").unwrap().truncate(1_000);
    let found = codes(&files);
    assert!(found.contains("file.table"), "{found:?}");
}

#[test]
fn nested_aliases_cannot_blow_up_a_file() {
    let mut bomb = String::from("a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (name, before) in ["b", "c", "d", "e", "f", "g", "h", "i"]
        .iter()
        .zip(["a", "b", "c", "d", "e", "f", "g", "h"])
    {
        bomb += &format!(
            "{name}: &{name} [*{before}, *{before}, *{before}, *{before}, *{before}, *{before}, *{before}, *{before}]\n"
        );
    }
    let mut files = packs();
    files.0.insert("henan/synthetic.yaml".into(), bomb.into_bytes());
    assert_eq!(codes(&files), BTreeSet::from(["file.yaml"]));
}

#[test]
fn every_code_the_checker_can_tell_has_a_fault_that_shows_it() {
    let sources = [
        include_str!("../load/mod.rs"),
        include_str!("../load/tables.rs"),
        include_str!("../check/entry.rs"),
        include_str!("../check/form.rs"),
        include_str!("../check/item.rs"),
        include_str!("../check/licence.rs"),
        include_str!("../check/one_thing.rs"),
        include_str!("../check/reference.rs"),
        include_str!("../check/text.rs"),
        include_str!("../check/example.rs"),
    ];
    let groups = [
        "file.",
        "def.",
        "pack.",
        "text.",
        "ref.",
        "item.",
        "items.",
        "one_thing.",
        "form.",
        "guide.",
        "contract.",
        "licence.",
        "message.",
        "agency.",
        "example.",
    ];
    let mut told: BTreeSet<&str> = FAULTS.iter().map(|fault| fault.3).collect();
    told.extend([
        "guide.too_many",
        "guide.choices",
        "item.faq",
        "item.fee_basis",
        "item.remedies",
        "item.steps",
        "file.unknown",
        "file.too_large",
    ]);
    for source in sources {
        for word in source.split('"').skip(1).step_by(2) {
            let is_code = groups.iter().any(|group| {
                word.strip_prefix(group).is_some_and(|rest| {
                    !rest.is_empty()
                        && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
                })
            });
            let is_file = ["pack.yaml", "case.number"].contains(&word)
                || word.ends_with(".yaml")
                || word.ends_with(".csv");
            // Paths of fields within an item are written the same way.
            let is_path = ["item.rs"].contains(&word) || word.starts_with("licence.type.");
            assert!(
                !is_code || is_file || is_path || told.contains(word),
                "{word} has no fault that shows it"
            );
        }
    }
}
