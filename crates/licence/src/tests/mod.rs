//! The area as its callers and visitors see it.

mod acts;
mod authority;
mod authority_http;
mod chain;
mod codes;
mod credential;
mod http;
mod intake;
mod life;
mod link;
mod linked;
mod objection;
mod papers;
mod pkcs11;
mod pki;
mod prints;
mod request;
mod seals;
mod sheets;
mod twin;
mod types;
mod wallets;
mod world;
