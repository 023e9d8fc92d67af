//! The area as its callers and visitors see it.

mod acts;
mod chain;
mod codes;
mod http;
mod intake;
mod life;
mod sheets;
mod types;
mod world;
