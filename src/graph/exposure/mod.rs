//! From where workloads can be reached, and what they are used for.

pub mod plane;
pub mod pod_security;
pub mod ways_in;
