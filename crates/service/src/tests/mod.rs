//! What the tests of the pages over the case kernel share.

pub(crate) mod world;
