//! Items applied for alone: the one-thing made of each, and that it is none of the composed ones.

use crate::item::MetBy;
use crate::one_thing::FieldKind;
use crate::{Embedded, Memory, Province, check};
use std::collections::BTreeSet;

#[test]
fn an_item_with_an_application_is_a_one_thing_of_itself() {
    let province = Province::embedded().unwrap();
    let alone: Vec<&crate::Item> =
        province.items().filter(|item| item.application.is_some()).collect();
    let ids: Vec<&str> = alone.iter().map(|item| item.id.as_str()).collect();
    assert_eq!(ids, ["drug-retail", "hygiene-permit", "outdoor-advertising", "water-abstraction"]);
    for item in alone {
        let one = province.one_thing(&item.id).unwrap();
        let members: Vec<&str> = one.members.iter().map(|one| one.item.as_str()).collect();
        assert_eq!(members, [item.id.as_str()]);
        assert_eq!((one.promised, one.version), (item.limits.promised, item.version));
        assert!(one.lookups.iter().all(|lookup| lookup.items == [item.id.clone()]));
        let form = province.form(&item.id).unwrap();
        assert!(form.fields().all(|field| field.items == [item.id.clone()]));
        // Whatever the applicant sends or promises has its place in the form.
        let carried: BTreeSet<&str> =
            form.fields().filter_map(|field| field.material.as_deref()).collect();
        let asked = item
            .materials
            .iter()
            .filter(|one| matches!(one.met_by, MetBy::Upload { .. } | MetBy::Commitment { .. }));
        let asked: Vec<String> = asked.map(|one| format!("{}.{}", item.id, one.id)).collect();
        assert_eq!(carried, asked.iter().map(String::as_str).collect(), "{}", item.id);
        assert!(form.fields().any(|field| field.kind == FieldKind::Division), "who decides");
        let pinned = province.pinned("one_thing", &item.id).unwrap();
        assert_eq!(pinned.file, province.pinned("item", &item.id).unwrap().file);
        assert_eq!(item.profile().check(), [], "{}", item.id);
    }
    let composed: Vec<&str> = province.one_things().map(|one| one.id.as_str()).collect();
    assert_eq!(composed, ["newborn"]);
    assert_eq!(province.matters().count(), 5);
    assert!(province.one_thing("birth-certificate").is_none(), "only within the newborn");
}

#[test]
fn a_one_thing_with_the_id_of_an_item_applied_for_alone_is_refused() {
    let mut files = Memory::of(&Embedded);
    for name in ["one-thing", "guide", "form", "examples"] {
        let path = format!("henan/one-things/newborn/{name}.yaml");
        let text = String::from_utf8(files.0[&path].clone()).unwrap();
        let text = text.replacen("id: newborn", "id: hygiene-permit", 1);
        files.0.insert(format!("henan/one-things/hygiene-permit/{name}.yaml"), text.into_bytes());
    }
    let report = check(&files);
    let codes: BTreeSet<&str> = report.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, BTreeSet::from(["def.duplicate"]));
}
