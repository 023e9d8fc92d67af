//! The area as its callers and visitors see it.

mod acts;
mod authority;
mod authority_http;
mod chain;
mod codes;
mod http;
mod intake;
mod life;
mod pkcs11;
mod pki;
mod sheets;
mod types;
mod world;
