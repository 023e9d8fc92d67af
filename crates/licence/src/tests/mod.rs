//! The area as its callers and visitors see it.

mod codes;
mod http;
mod life;
mod sheets;
mod world;
