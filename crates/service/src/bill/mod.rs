//! Bills of the fees an item charges (非税收入收缴和电子票据): a payment notice, the payment as it is
//! recorded, the e-receipt, and its reversal.
//!
//! Nouns: [`Bill`] what a case owes, with its notice; [`Payment`] how it was paid; [`EReceipt`] blue
//! for what was paid, red for what was taken back; [`Statement`] a bank's file of payments, taken
//! line by line; [`BillDay`] what one day comes to, with every difference named.
//!
//! Invariants
//! - The platform moves no money: a payment is recorded by the counter or from the bank's statement.
//! - A case has one bill, made when its item is granted; what must be paid first holds the delivery,
//!   not the decision. Until then the time to deliver stands still, by the article that charges it.
//! - A bill is paid once, with the amount it names, and has one blue receipt; the red one that
//!   reverses it bears the same amount below zero, a reason, and another person's name.
//! - Numbers of receipts run without gaps under their code.
//! - Who pays is told when a bill is made, paid and reversed; a message says which item and where to
//!   look, nothing of amounts or persons.
//!
//! Neighbours: tells `bill.receipted`; `case` asks whether a grant may be delivered ([`settled`]) and is told when it may.
//! Must not know: how a case is decided.

mod api;
#[allow(clippy::module_inception)] // The verbs' file carries the module's name.
mod bill;
mod model;
mod number;
mod pages;
mod paper;
mod statement;
mod store;
#[cfg(test)]
pub(crate) mod tests;

pub use bill::{day, get, list, of_case, record, reverse};
pub use model::{
    Bill, BillDay, BillFee, BillPage, Difference, EReceipt, How, Payment, Statement, StatementLine,
};
pub use statement::take;

pub(crate) use bill::settled;

use ::store::{Handler, JobSpec};
use webkit::{Module, Rail};

/// May see the agency's bills and what a day comes to.
pub const READ: &str = "bill.read";
/// May record payments and take in statements.
pub const RECORD: &str = "bill.record";
/// May reverse a receipt.
pub const REVERSE: &str = "bill.reverse";

/// Routes and the job that has a paid case delivered.
pub(crate) fn module() -> Module {
    let mut routes = pages::routes();
    routes.extend(api::routes());
    Module {
        name: "service.bill",
        routes,
        jobs: vec![JobSpec {
            name: bill::JOB,
            handler: Handler::Within(|ctx, payload| Box::pin(bill::run(ctx, payload))),
        }],
        subscriptions: Vec::new(),
        rail: vec![Rail {
            group: "service.rail.bills",
            path: "/bills",
            label: "service.bill.title",
            icon: "money",
            permission: READ,
        }],
    }
}
