//! Pages and REST on HTTP: routes as data, the guard at every door, forms, views, components.
//!
//! Invariants
//! - A route cannot exist without saying who may call it ([`route::Access`]).
//! - Pages work without JavaScript and carry no inline script or style.
//! - Every error leaves as a sentence in the caller's language with a stable code.
//!
//! Must not know: any area, any table.

pub mod app;
pub mod call;
pub mod chart;
pub mod errors;
pub mod fault;
pub mod fetch;
pub mod form;
pub mod guard;
mod kept;
pub mod listen;
pub mod openapi;
pub mod route;
pub mod sent;
mod unread;
pub mod view;

pub use app::{Answer, Authenticate, Module, Rail, Visitor, Web};
pub use call::Call;
pub use fault::Fault;
pub use form::{Body, Form, Papers, Upload};
pub use route::{Access, Route, delete, get, post, put};
pub use sent::Sent;
