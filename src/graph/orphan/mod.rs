//! Accounts and subjects that nothing uses.

pub mod left_over;
pub mod mention;
