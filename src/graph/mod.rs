//! Identities and what they are joined to: workload → account → binding → role, tokens, owners.
//!
//! Rooms stand in dependency order: each uses only rooms above it, and this is the order to read them in. A room is
//! built once, from earlier ones, and owns its own facts.
//!
//! It keeps clusters apart, and it knows what it does not know: a join that could be completed by something outside the
//! run is *unknown*, never *none*.

pub mod tables;

pub mod place;

pub mod grant;

pub mod credential;

pub mod cloud;

pub mod orphan;

pub mod exposure;

pub mod reach;

pub mod record;

use std::sync::Arc;

pub use cloud::Cloud;
pub use credential::{
    AccountToken, Credentials, Literal, Reference, SecretUse, Stored, ValueText, account_tokens,
};
pub use exposure::Exposure;
pub use grant::{Grant, Grants, Held, RoleFound, RoleUse, Signers};
pub use orphan::Orphans;
pub use place::{
    AccountUse, BindingId, DeclaredAccounts, Existence, Input, ObjectId, Parsed, Placed, PlacedBinding,
    Places, References, Runner, RunnerId, SourceId, Sources,
};
pub use reach::Reach;

/// Everything that is known of a run.
#[derive(Debug)]
pub struct Graph<'a> {
    /// Where objects stand.
    pub places: Arc<Places<'a>>,
    /// Who is granted what.
    pub grants: Arc<Grants<'a>>,
    /// Secrets, literals and tokens.
    pub credentials: Arc<Credentials<'a>>,
    /// Cloud identities.
    pub cloud: Arc<Cloud<'a>>,
    /// What nobody uses.
    pub orphans: Orphans<'a>,
    /// From where workloads are reached.
    pub exposure: Exposure<'a>,
}

impl<'a> Graph<'a> {
    /// Builds the graph of a run.
    #[must_use]
    pub fn build(input: Input<'a>) -> Self {
        let places = Arc::new(Places::of(input));
        let grants = Arc::new(Grants::of(&places));
        let credentials = Arc::new(Credentials::of(&places, &grants));
        let cloud = Arc::new(Cloud::of_run(&places));
        let orphans = Orphans::of(&places, &grants, &cloud);
        let exposure = Exposure::of(&places, &grants);
        Self { places, grants, credentials, cloud, orphans, exposure }
    }

    /// Finds what every identity can become. It takes all threads: who asks on several asks before.
    #[must_use]
    pub fn reach(&self) -> Reach<'a> {
        Reach::of(&self.places, &self.grants, &self.credentials, &self.cloud)
    }
}
