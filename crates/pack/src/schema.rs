//! The JSON Schema of every kind of file, generated from the types that read them, for editors and
//! for `packs/README.md`.

use crate::agency::Agencies;
use crate::catalogue::Rehome;
use crate::item::Item;
use crate::licence::{LicenceType, LocalLicences};
use crate::one_thing::{Examples, Form, Guide, OneThing};
use crate::procedure::Procedure;
use crate::registry::{Contracts, Registry};
use crate::standard::{Manifest, Messages, Ratings, Reasons, Roles, Targets};
use crate::synthetic::Synthetic;
use schemars::{Schema, schema_for};

/// Every kind of YAML file, by its name, with its schema.
pub fn all() -> Vec<(&'static str, Schema)> {
    vec![
        ("pack", schema_for!(Manifest)),
        ("agencies", schema_for!(Agencies)),
        ("rehome", schema_for!(Rehome)),
        ("item", schema_for!(Item)),
        ("one-thing", schema_for!(OneThing)),
        ("guide", schema_for!(Guide)),
        ("form", schema_for!(Form)),
        ("examples", schema_for!(Examples)),
        ("procedure", schema_for!(Procedure)),
        ("registry", schema_for!(Registry)),
        ("contracts", schema_for!(Contracts)),
        ("licence", schema_for!(LicenceType)),
        ("licences-local", schema_for!(LocalLicences)),
        ("roles", schema_for!(Roles)),
        ("messages", schema_for!(Messages)),
        ("reasons", schema_for!(Reasons)),
        ("targets", schema_for!(Targets)),
        ("ratings", schema_for!(Ratings)),
        ("synthetic", schema_for!(Synthetic)),
    ]
}
