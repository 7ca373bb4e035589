pub(super) mod missing_owner;
