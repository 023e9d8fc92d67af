//! The tree of divisions against a plain reading of the same file.

use crate::{Divisions, Level, Province};
use flate2::read::GzDecoder;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::OnceLock;

const FILE: &[u8] = include_bytes!("../../../../packs/henan/divisions/divisions.csv.gz");

/// Code to name and parent, read without the code under test.
fn plain() -> &'static Vec<(String, String, String)> {
    static ROWS: OnceLock<Vec<(String, String, String)>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let mut csv = String::new();
        GzDecoder::new(FILE).read_to_string(&mut csv).unwrap();
        csv.lines()
            .skip(1)
            .map(|line| {
                let columns: Vec<&str> = line.split(',').collect();
                (columns[0].to_owned(), columns[1].to_owned(), columns[3].to_owned())
            })
            .collect()
    })
}

#[test]
fn the_tree_holds_every_row_in_under_eight_mebibytes() {
    let province = Province::embedded().unwrap();
    let tree = province.divisions();
    assert_eq!(tree.len(), 55_164);
    assert_eq!(tree.at(Level::County).count(), 181);
    assert_eq!(tree.at(Level::Village).count(), 52_378);
    assert!(tree.bytes() < 8 * 1024 * 1024, "{} bytes", tree.bytes());
}

#[test]
fn a_code_is_found_short_with_six_digits_or_padded() {
    let province = Province::embedded().unwrap();
    for code in ["41", "410000", "410000000000"] {
        assert_eq!(province.division(code).unwrap().name(), "河南省", "{code}");
    }
    for code in ["410105", "410105000", "410105000000"] {
        assert_eq!(province.division(code).unwrap().name(), "金水区", "{code}");
    }
    for code in ["", "4", "4199", "410199", "41010x", "4101050000000"] {
        assert_eq!(province.division(code), None, "{code}");
    }
}

#[test]
fn a_full_name_leads_to_its_division_and_back() {
    let province = Province::embedded().unwrap();
    let jinshui = province.divisions().find_path("河南省郑州市金水区").unwrap();
    assert_eq!(jinshui.code(), "410105");
    assert_eq!(jinshui.path(), "河南省郑州市金水区");
    assert_eq!(province.divisions().find_path("郑州市金水区").unwrap(), jinshui);
    assert_eq!(province.divisions().find_path("河南省郑州市不存在区"), None);
    // 济源 lies under a row of the book that is no place.
    let jiyuan = province.division("419001").unwrap();
    assert_eq!(jiyuan.path(), "河南省济源市");
    // Its name says the city's already.
    let plain = province.divisions().find_path("河南省新乡市平原城乡一体化示范区").unwrap();
    assert_eq!(plain.name(), "新乡市平原城乡一体化示范区");
    assert_eq!(plain.path(), "河南省新乡市平原城乡一体化示范区");
}

#[test]
fn weights_follow_the_census_city_by_city() {
    let province = Province::embedded().unwrap();
    let zhengzhou = province.division("4101").unwrap().weight();
    let jiyuan = province.division("4190").unwrap().weight();
    // Whole persons per village are cut off, at most one for each of the city's villages.
    assert!((12_590_000..=12_600_574).contains(&zhengzhou), "{zhengzhou}");
    assert!((726_000..=727_265).contains(&jiyuan), "{jiyuan}");
    let cities: u64 = province.divisions().at(Level::City).map(crate::Division::weight).sum();
    assert_eq!(cities, province.divisions().weight());
}

#[test]
fn a_broken_table_names_its_row() {
    let heading = "code,name,level,parent_code\n";
    let fault = |rows: &str| Divisions::parse(format!("{heading}{rows}").as_bytes()).unwrap_err();
    assert_eq!(fault("41,河南省,province,\n4101,郑州市,prefecture,42\n").row, 2);
    assert_eq!(fault("41,河南省,province,\n410,郑州市,prefecture,41\n").row, 2);
    assert_eq!(fault("41,河南省,realm,\n").row, 1);
    assert_eq!(fault("41,河南省,province,\n41,河南省,province,\n").row, 0);
    assert_eq!(fault("41,河南省,province,\n410105,金水区,county,4101\n").row, 0, "no parent");
    assert!(Divisions::parse(b"code,name\n41,x\n").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_row_agrees_with_a_plain_reading(index in 0usize..55_164) {
        let province = Province::embedded().unwrap();
        let (code, name, parent) = &plain()[index];
        let found = province.division(code).unwrap();
        prop_assert_eq!(found.name(), name);
        prop_assert!(found.code().starts_with(code.as_str()));
        prop_assert_eq!(found.parent().map(|up| up.code()), Some(parent).filter(|code| !code.is_empty()).map(|code| format!("{code:0<6}")));
        let children: Vec<String> = plain().iter().filter(|row| row.2 == *code).map(|row| row.1.clone()).collect();
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        for child in &children {
            *names.entry(child.clone()).or_default() += 1;
        }
        prop_assert_eq!(found.children().count(), children.len());
        for child in found.children() {
            prop_assert!(names.contains_key(child.name()));
            prop_assert!(child.is_in(found));
        }
    }

    #[test]
    fn a_drawn_number_falls_on_the_village_whose_share_it_is_in(number in 0u64..99_000_000) {
        let province = Province::embedded().unwrap();
        let tree = province.divisions();
        let village = tree.village_at(number).unwrap();
        // Everything before the village weighs no more than the number, everything up to it more.
        let county = village.ancestor(Level::County).unwrap();
        let before_county: u64 = tree.at(Level::County).take_while(|other| *other != county).map(crate::Division::weight).sum();
        let before: u64 = county.descendants(Level::Village).take_while(|other| *other != village).map(crate::Division::weight).sum();
        let start = before_county + before;
        prop_assert!(start <= number && number < start + village.weight());
    }
}
