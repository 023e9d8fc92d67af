//! The shipped packs are sound, and each fault a pack can have is told by its own code.

mod application;
mod archive;
mod divisions;
mod faults;
mod laws;
mod shipped;
