//! `yipan decision test` on files and folders: each file of cases finds its model, and that what it
//! imports.

use crate::command::decision::run;
use std::fs;
use std::path::{Path, PathBuf};

const LIBRARY: &str = r##"<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="urn:lib" name="lib">
<businessKnowledgeModel id="k" name="加倍"><variable name="加倍"/><encapsulatedLogic><formalParameter name="n"/>
<literalExpression><text>n * 2</text></literalExpression></encapsulatedLogic></businessKnowledgeModel></definitions>"##;

const MODEL: &str = r##"<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="urn:main" name="main">
<import name="库" namespace="urn:lib" importType="x"/><inputData id="i" name="n"><variable name="n"/></inputData>
<decision id="d" name="d"><variable name="d"/><informationRequirement><requiredInput href="#i"/></informationRequirement>
<knowledgeRequirement><requiredKnowledge href="urn:lib#k"/></knowledgeRequirement>
<literalExpression><text>库.加倍(n)</text></literalExpression></decision>
<decision id="w" name="w"><variable name="w"/><literalExpression><text>没有</text></literalExpression></decision></definitions>"##;

/// Cases that expect 6 and 7 of what is 6.
const CASES: &str = r##"<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<modelName>main.dmn</modelName><testCase id="a"><inputNode name="n"><value xsi:type="xsd:decimal">3</value></inputNode>
<resultNode name="d"><expected><value xsi:type="xsd:decimal">6</value></expected></resultNode>
<resultNode name="d"><expected><value xsi:type="xsd:decimal">7</value></expected></resultNode></testCase></testCases>"##;

fn written(folder: &Path, files: &[(&str, &str)]) -> Vec<PathBuf> {
    let write = |(name, text): &(&str, &str)| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    };
    files.iter().map(write).collect()
}

/// How each result of each file of cases came out.
fn passed(paths: &[PathBuf]) -> Vec<Vec<bool>> {
    let of = |ran: &crate::command::decision::Ran| {
        ran.outcomes.iter().map(|outcome| outcome.passed).collect()
    };
    run(paths).unwrap().iter().map(of).collect()
}

#[test]
fn cases_find_their_model_in_folders_and_among_files() {
    let folder = tempfile::tempdir().unwrap();
    let other = MODEL.replace("库.加倍(n)", "0").replace("urn:main", "urn:other");
    let files = written(
        folder.path(),
        &[
            ("one/main.dmn", MODEL),
            ("one/parts/lib.dmn", LIBRARY),
            ("one/main-test-01.xml", CASES),
            ("two/main.dmn", &other),
            ("two/main-test-01.xml", CASES),
            ("two/lib.dmn", LIBRARY),
            ("three/bad.xml", "<testCases/>"),
            ("three/lost.xml", CASES),
        ],
    );
    let folders = ["one", "two", "three"].map(|name| folder.path().join(name));
    let both = [vec![true, false], vec![false, false], vec![], vec![]];
    assert_eq!(passed(&folders), both);
    let whole = folder.path().to_path_buf();
    let outcomes = passed(&[whole]);
    assert_eq!(outcomes[0], [true, false], "the model beside it comes first");
    assert_eq!(passed(&files[..3]), [[true, false]]);
    assert!(run(&[folder.path().join("none.dmn")]).is_err());
}
