//! What the procedure of an item asks, at its beginning, of the officer who accepts: the fields of
//! its form `start` that no case tells.
//!
//! Invariants
//! - Every field the form requires is told by the case or by its item, so that acceptance by silence
//!   begins the procedure too; who accepts may change what the item marks as `asked`.
//! - Answers are what the form asks, or nothing is accepted.
//!
//! Must not know: how the answers are asked.

use super::access::{self, Standing};
use super::act::Acting;
use super::model::Case;
use super::{definition, store, told, transfer};
use ::store::Ctx;
use flow::process::Variables;
use kernel::{Result, Text};
use pack::item::{Item, PROCEDURE_VARIABLES, Told};
use pack::procedure::{TaskField, TaskForm};
use process::instance::owned;

/// What is asked with the acceptance of a case, with the answers the item has for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Beginning {
    /// What is asked.
    pub form: TaskForm,
    /// What holds unless it is answered otherwise.
    pub told: Variables,
}

/// What is asked of an officer who accepts a case of his agency; nothing where no procedure asks.
/// Errors: `not_found`.
pub async fn beginning(ctx: &mut Ctx, id: &str) -> Result<Option<Beginning>> {
    let case = store::get(ctx, id).await?;
    if !transfer::offered(ctx, &case) {
        access::require(ctx, &case, Standing::Officer).await?;
    }
    let item = definition::item(ctx, &case).await?;
    of_case(ctx, &case, &item).await
}

pub(super) async fn of_case(ctx: &mut Ctx, case: &Case, item: &Item) -> Result<Option<Beginning>> {
    let Some(named) = &item.procedure else { return Ok(None) };
    let form = match owned::start_form(ctx, &named.id).await {
        Ok(form) => form,
        // Nothing of it is deployed: the acceptance itself will say so.
        Err(error) if error.code == "process.unknown" => None,
        Err(error) => return Err(error),
    };
    let Some(mut form) = form else { return Ok(None) };
    form.fields.retain(|field| asked(field, &named.tells));
    if form.fields.is_empty() {
        return Ok(None);
    }
    let told: Vec<Told> = named.tells.iter().filter(|told| told.asked).cloned().collect();
    let told = told::besides(ctx, case, &told).await?;
    Ok(Some(Beginning { form, told }))
}

fn asked(field: &TaskField, tells: &[Told]) -> bool {
    let told = tells.iter().any(|told| told.id == field.id && !told.asked);
    !field.read_only && !told && !PROCEDURE_VARIABLES.contains(&field.id.as_str())
}

/// The answers given with an acceptance as variables of the procedure. Errors: `process.answers`
/// with a field for each fault.
pub(super) async fn accepted(
    ctx: &mut Ctx,
    acting: &Acting,
    answers: Variables,
) -> Result<Variables> {
    let begins = of_case(ctx, &acting.case, &acting.item).await?;
    let nothing = || {
        let form =
            TaskForm { id: String::new(), title: Text::default(), hint: None, fields: vec![] };
        Beginning { form, told: Variables::new() }
    };
    let Beginning { form, mut told } = begins.unwrap_or_else(nothing);
    told.extend(answers);
    owned::accepted(ctx, &form, &told).await
}
