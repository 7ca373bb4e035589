//! Rules about what is allowed for once: access for emergencies. Exceptions have their own module.

pub(super) mod break_glass_unbounded;
