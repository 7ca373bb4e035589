//! Rules about what a workload reaches, who reaches it, and where it is put.

pub(super) mod host_access;
pub(super) mod powerful_exposed;
pub(super) mod ungoverned_placement;
