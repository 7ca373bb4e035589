//! Who is granted what: bindings by subject, the rules of roles, and what an API server would answer.

pub mod authorizer;
pub mod followers;
pub mod roles;
pub mod subjects;
pub mod unowned;
