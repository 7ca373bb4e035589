//! nhilint, the identity gate for GitOps: finds what is wrong with the non-human identities in Kubernetes manifests.
//!
//! Modules stand in dependency order: each uses only modules above it, and this is the order to read them in.
//!
//! Invariants (the first five are tests):
//!
//! 1. Layer order holds, in folders too; files have at most 400 lines, a rule file 120, a function 60.
//! 2. `miette` is named only in `report/text.rs`, `clap` only in `cli/`, `std::fs` only in `load`, `render/child/`
//!    and `cli/`. Programs are started only in `render/child/`, and `git` in `load/revision.rs`.
//! 3. Output is a function of the input: the same bytes for any number of threads and any order of arguments.
//! 4. Spans end inside their file; the format never changes the exit code.
//! 5. What a deployer or an argument names is judged as it would be applied, or the run does not pass (`tests/it/law`).
//! 6. Broken YAML is a finding; the other documents of the file and the other files are still linted.
//! 7. Rules take `&`, return nothing, and cannot fail, print, mutate or read files.
//! 8. Absence is claimed only in a closed world. Unknown is never "none".
//! 9. A finding on rendered text says so. Never a made-up line 1.
//! 10. Secret values never leave the process: no value in any output, source snippets included.
//! 11. Only `annotate` touches the network, and it stands behind a feature of its name.

/// Gives each variant of an enum the word by which reports and flags name it.
macro_rules! words {
    ($kind:ident { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $kind {
            /// The word for it in reports and flags.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    };
}

pub mod source;

pub mod yaml;

pub mod finding;

pub mod cel;

pub mod catalog;

pub mod config;

pub mod load;

pub mod k8s;

pub mod render;

pub mod secrets;

pub mod graph;

pub mod rules;

pub mod exceptions;

pub mod baseline;

pub mod fix;

pub mod lint;

pub mod inventory;

pub mod diff;

pub mod report;

#[cfg(feature = "annotate")]
pub mod annotate;

pub mod cli;
