//! The roots of a repository: what is rendered as a whole before it reaches a cluster, and what stands for itself.
//!
//! It finds them, with who refers to whom, and says which cannot be rendered and why. It reads texts that `load` has
//! read and checks where paths lead; it starts no program, fetches nothing and knows no rule.
//!
//! `root` is the result, `finder` what is known while searching. Then come the readers, one for each kind of root, and
//! last `find`, which runs them, and `link`, which compares all roots. A reader uses no other reader and never `find`.

mod root;

mod set_value;

mod data;

mod cluster_names;

mod finder;

mod bases;

mod kustomize;

mod helm;

mod helmfile;

mod inflation;

mod go_functions;

mod go_template;

mod template;

mod setting;

mod address;

mod argo_sources;

mod includes;

mod left_out;

mod named_sources;

mod own;

mod revisions;

mod application;

mod parameters;

mod clusters;

mod generators;

mod git_paths;

mod application_set;

mod argo_values;

mod argo_overrides;

mod changes;

mod argo;

mod flux_values;

mod flux;

mod link;

mod find;

pub use argo_sources::sources;
pub use bases::Named;
pub(in crate::render) use data::holds_values;
pub use find::{Known, deploys, find, may_hold_roots};
pub use finder::Nested;
pub(super) use helm::{MOST_FILES, is_of};
pub(in crate::render) use helmfile::Tool;
pub use root::{
    Change, Changes, Deploy, Deployed, Given, How, INLINE_OF_KUSTOMIZE, Inflated, Inline, Installation, Kind,
    Merge, NOT_FILLED, PRINTED, Part, Reason, Refusal, Root, Substitutes, Use, ValueSet,
};
