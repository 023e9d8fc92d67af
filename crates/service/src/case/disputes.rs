//! Objections to data a case uses, as the officer who decides reads them: what the source held, what
//! the applicant says, and what the source answered.
//!
//! Invariant: values are shown whole, and only of objections to values that the item uses: whoever
//! decides has to know which of the two holds. Must not know: how an objection is answered.

use super::model::{Case, Moment};
use super::shown::ObjectionShown;
use ::store::Ctx;
use data::objection::{Objection, of_matter};
use data::registry;
use kernel::{Lang, Result};
use pack::Province;
use rules::Operand;
use serde_json::Value as Json;

/// True when an item uses a value looked up: a field of its form is filled from it, or its rule looks at
/// it.
pub fn uses(pack: &Province, one_thing: &str, item: &str, path: &str) -> bool {
    let fields = pack.form(one_thing).into_iter().flat_map(|form| form.fields());
    let mut filled = fields.filter(|field| field.items.iter().any(|one| one == item));
    let rule = pack.item(item).and_then(|item| item.rule.as_ref());
    let mut looked_at = rule.into_iter().flat_map(|rule| &rule.conditions);
    filled.any(|field| field.prefill.iter().any(|from| from.value == path))
        || looked_at.any(|one| one.left == path || one.right == Operand::Fact(path.to_owned()))
}

/// The objections to values that the item uses.
pub(super) async fn of_case(ctx: &mut Ctx, case: &Case) -> Result<Vec<ObjectionShown>> {
    let (pack, lang) = (ctx.env.pack.clone(), ctx.lang);
    let Some(one_thing) = pack.one_thing(&case.one_thing) else { return Ok(Vec::new()) };
    let used = |objection: &Objection| {
        let mut lookups = one_thing.lookups.iter();
        lookups.any(|one| {
            let path = format!("{}.{}", one.id, objection.field);
            one.registry == objection.registry && uses(&pack, &case.one_thing, &case.item, &path)
        })
    };
    let found = of_matter(ctx, case.root_id()).await?;
    Ok(found.iter().filter(|one| used(one)).map(|one| shown(&pack, one, lang)).collect())
}

fn shown(pack: &Province, objection: &Objection, lang: Lang) -> ObjectionShown {
    let registry = pack.registry(&objection.registry);
    let field = registry.and_then(|registry| registry.field(&objection.field));
    // What was typed is read as the field's kind where it can be.
    let value = |text: &str| match field {
        Some(field) => {
            let read = registry::parse(field, text).ok().flatten();
            registry::display(pack, field, &read.unwrap_or_else(|| Json::from(text)), lang)
        }
        None => String::new(),
    };
    ObjectionShown {
        reference: objection.reference(),
        registry: registry.map(|registry| registry.name.clone()).unwrap_or_default(),
        field: field.map(|field| field.name.clone()).unwrap_or_default(),
        held: value(&objection.shown),
        claimed: value(&objection.claimed),
        note: objection.note.clone(),
        status: objection.status.name().to_owned(),
        answer: objection.answer.clone(),
        due: Moment(objection.due.plus_us(-1)),
        answered: objection.answered.map(Moment),
    }
}
