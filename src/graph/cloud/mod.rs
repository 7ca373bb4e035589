//! Cloud identities, who holds them and who shares them.

pub mod identity;
pub mod sharing;
