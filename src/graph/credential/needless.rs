//! The API tokens that provably nobody needs: the account is granted nothing, and nothing in the pod reads them.

use std::collections::HashSet;

use crate::graph::credential::Credentials;
use crate::graph::place::{AccountUse, ObjectId, Placed, Runner};
use crate::yaml::Node;

/// The field that decides about the injected token, on pods and on accounts.
pub const AUTOMOUNT: &str = "automountServiceAccountToken";

/// What could do without a token.
#[derive(Debug)]
pub struct Needless<'g, 'a> {
    /// Workloads, where the pod is the place to say so.
    pub runners: Vec<&'g Runner<'a>>,
    /// Accounts that ask for tokens: their `true`, they themselves, the workloads of each.
    pub accounts: Vec<(Node<'a>, &'g Placed<'a>, Vec<&'g Runner<'a>>)>,
}

impl<'a> Credentials<'a> {
    /// Every token that is mounted without need. Where an account asks for it and none of its pods needs it, the
    /// account is the place to mend, and its workloads are listed there only.
    #[must_use]
    pub fn needless_tokens(&self) -> Needless<'_, 'a> {
        let (mut needless, others): (Vec<&Runner<'a>>, Vec<&Runner<'a>>) =
            self.places.runners.iter().partition(|runner| self.is_needless(runner));
        let needing: HashSet<ObjectId> = others.iter().map(|runner| runner.object).collect();
        let mut accounts = Vec::new();
        let mut settled: HashSet<ObjectId> = HashSet::new();
        for account in &self.places.objects {
            let asked = account.object.node.get(AUTOMOUNT).filter(|value| value.as_bool() == Some(true));
            let Some(asked) = asked.filter(|_| account.object.is("", "ServiceAccount") && !account.partial)
            else {
                continue;
            };
            let name = &*account.object.name;
            let users = self.places.users_of(account, account.namespace.as_deref(), name);
            let decides =
                |user: &&Runner<'_>| user.workload.automount().is_none() && !needing.contains(&user.object);
            // In a namespace that is unknown, a workload may use the account that is not found here.
            let known = !users.is_empty() || !self.places.is_used(account);
            if known
                && users.iter().all(decides)
                && self.grants.holds_more_than_floor(account, name) == Some(false)
            {
                settled.extend(users.iter().map(|user| user.object));
                accounts.push((asked, account, users));
            }
        }
        needless.retain(|runner| !settled.contains(&runner.object));
        Needless { runners: needless, accounts }
    }

    /// Whether it is proven that a pod gets a token that it does not need.
    fn is_needless(&self, runner: &Runner<'_>) -> bool {
        let at = self.places.object_of(runner);
        let known = match &runner.account {
            AccountUse::Named { .. } => !self.places.accounts_of(runner).is_empty(),
            // The default account is there in every namespace; a pod that asks for its token gets it.
            AccountUse::Default { .. } => runner.workload.automount().is_some(),
            AccountUse::Unknown => false,
        };
        let name = runner.account.name().unwrap_or_default();
        known
            && !at.partial
            && !self.injected(runner).is_empty()
            && self.grants.holds_more_than_floor(at, name) == Some(false)
            && !self.reads_token(runner)
    }
}
