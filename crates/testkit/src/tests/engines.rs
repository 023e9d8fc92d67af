//! The other parsers of engines: XML, procedures, decisions and expressions, packs, identifiers and
//! codes as people type and cameras read them.

use super::{FEW, MANY, SOME, here, text};
use crate::Fuzz;
use decision::feel::{self, Feel};
use decision::model::Model;
use kernel::identifier::{
    BankCard, CaseNumber, CitizenNumber, CreditCode, Division, ItemCode, LicenceId, Mobile,
    OrgCode, PersonName, QueryCode,
};
use pack::{Divisions, Memory};
use std::collections::BTreeMap;
use std::path::Path;

const XML: &[&str] = &[
    "<!DOCTYPE a [<!ENTITY b 'c'>]>",
    "&b;",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "</",
    "/>",
    "<a>",
    "xmlns=\"\"",
    "xmlns:a=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"",
    "&#0;",
    "&#x110000;",
    "id=\"a\"",
    "sourceRef=\"a\"",
    "encoding=\"UTF-16\"",
];
const FEEL: &[&str] = &[
    "for x in ",
    " return ",
    "if ",
    " then ",
    " else ",
    "some ",
    " satisfies ",
    "function(a) ",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "..",
    "**",
    "1e999",
    "date(\"",
    "\"",
    "@\"P1Y\"",
    " instance of ",
    "x",
    ",",
    ":",
    " in ",
    " between ",
    "not(",
    "null",
    "-",
];
const YAML: &[&str] = &[
    "\n",
    "  ",
    "- ",
    ": ",
    "? ",
    "|",
    ">",
    "&a ",
    "*a",
    "!!binary ",
    "!x ",
    "<<: ",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "#",
    "---\n",
    "...\n",
    "\t",
    "~",
    "0x7fffffffffffffff",
    ".inf",
];

fn run(
    name: &str,
    corpus: &[(&Path, &str)],
    tokens: &[&str],
    runs: u64,
    parser: impl Fn(&[u8]) -> bool,
) {
    Fuzz { name, corpus, tokens, runs }.run(parser);
}

#[test]
fn procedures_drawn() {
    let (samples, dialects) =
        (here("../flow/src/process/tests/samples"), here("../flow/src/process/tests/dialects"));
    run("bpmn", &[(&samples, ".bpmn"), (&dialects, ".bpmn")], XML, SOME, |bytes| {
        let deployed = flow::process::deploy(bytes, &Feel::new());
        // A dialect may be read and yet name what is not within the subset.
        deployed.is_ok() || deployed.is_err_and(|found| !found.is_empty())
    });
}

#[test]
fn decisions_and_expressions() {
    let (models, dialects) =
        (here("../decision/src/tests/models"), here("../decision/src/tests/dialects"));
    run("dmn", &[(&models, ".dmn"), (&dialects, ".dmn")], XML, FEW, |bytes| {
        let _ = decision::model::written(bytes);
        Model::deploy(bytes).is_ok()
    });
    let folder = here("corpus/feel");
    run("feel", &[(&folder, "")], FEEL, SOME, |bytes| {
        let Some(text) = text(bytes) else { return false };
        let _ = feel::check_tests(text);
        feel::check_expression(text).is_ok()
    });
}

#[test]
fn packs() {
    let head = here("../../packs/standard/pack.yaml");
    let head = std::fs::read(head).unwrap();
    let pack = |path: &str, bytes: &[u8]| {
        let files =
            [("standard/pack.yaml".to_owned(), head.clone()), (path.to_owned(), bytes.to_vec())];
        Memory(BTreeMap::from(files))
    };
    let licences = here("../../packs/standard/licences");
    run("licence_types", &[(&licences, "-card.yaml")], YAML, SOME, |bytes| {
        pack::check(&pack("standard/licences/a.yaml", bytes)).definitions > 0
    });
    let services = here("../../packs/henan/services/birth-certificate");
    run("items", &[(&services, ".yaml")], YAML, SOME, |bytes| {
        pack::check(&pack("standard/services/birth-certificate/item.yaml", bytes)).definitions > 0
    });
    let folder = here("corpus/divisions");
    run("divisions", &[(&folder, "")], &[",", "\n", "\"", "\u{feff}", "41"], MANY, |bytes| {
        Divisions::parse(bytes).is_ok()
    });
}

#[test]
fn identifiers_and_codes() {
    let folder = here("corpus/identifier");
    let tokens = ["41", "X", "-", " ", ".", "０", "\u{202e}", "·", "001"];
    run("identifier", &[(&folder, "")], &tokens, MANY, |bytes| {
        let Some(text) = text(bytes) else { return false };
        let text = text.trim_end_matches('\n');
        [
            OrgCode::parse(text).is_ok(),
            ItemCode::parse(text).is_ok(),
            Division::parse(text).is_ok(),
            CaseNumber::parse(text).is_ok(),
            QueryCode::parse(text).is_ok(),
            BankCard::parse(text).is_ok(),
            Mobile::parse(text).is_ok(),
            CitizenNumber::parse(text).is_ok(),
            LicenceId::parse(text).is_ok(),
            CreditCode::parse(text).is_ok(),
            PersonName::parse(text).is_ok(),
        ]
        .contains(&true)
    });
}
