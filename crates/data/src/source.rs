//! Which agency answers for a record, and how agencies are named to readers.

use kernel::{Error, Lang, Result, Text};
use pack::{Agency, Level, Province};

/// The agency that answers for a registry's records of a division: the county's of the registry's
/// source kind, else the nearest above; the province's for an unknown division.
///
/// Errors: `internal` when the province has no such agency, which the pack checker rules out.
pub(crate) fn agency(pack: &Province, registry: &pack::Registry, division: &str) -> Result<Agency> {
    let divisions = pack.divisions();
    let place = divisions.find(division).or_else(|| divisions.root());
    place
        .and_then(|place| pack.competent(&registry.source, Level::County, place))
        .ok_or_else(|| Error::internal(format!("no agency answers for {}", registry.id)))
}

/// Name of an agency by its id; the id itself when the pack no longer has it.
pub(crate) fn name(pack: &Province, agency: &str) -> Text {
    pack.agency(agency).map_or_else(|| Text::new(agency, agency), |agency| agency.name)
}

/// Name of the registry in a language; its id when the pack no longer has it.
pub(crate) fn registry_name(pack: &Province, registry: &str, lang: Lang) -> String {
    pack.registry(registry).map_or(registry, |registry| registry.name.get(lang)).to_owned()
}

/// Name of a registry's field in a language; its id when the pack no longer has it.
pub(crate) fn field_name(pack: &Province, registry: &str, field: &str, lang: Lang) -> String {
    pack.registry(registry)
        .and_then(|registry| registry.field(field))
        .map_or(field, |field| field.name.get(lang))
        .to_owned()
}
