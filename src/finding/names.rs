//! Names of objects and identities, as all outputs show them.

use std::fmt;

use serde::{Serialize, Serializer};

/// The Kubernetes object that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName {
    /// `apps/v1`; empty where the document has none.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// As resolved; `None` where it is unknown or the kind is cluster-scoped.
    pub namespace: Option<String>,
    /// `metadata.name`; empty where the document has none.
    pub name: String,
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {}/{}", self.kind, namespace, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

/// The name of an identity: whoever may ask the API server for something.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdentityName {
    /// Its cluster, where the run has several.
    pub cluster: Option<String>,
    /// Who it is there.
    pub principal: Principal,
}

/// Who an identity is in its cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// A `ServiceAccount`.
    Account {
        /// As resolved; `None` where it is unknown.
        namespace: Option<String>,
        /// Its name.
        name: String,
    },
    /// A user, a group, or a pattern that several accounts match.
    Other(String),
}

impl IdentityName {
    /// The name of a `ServiceAccount`.
    #[must_use]
    pub fn account(namespace: Option<&str>, name: &str) -> Self {
        let (namespace, name) = (namespace.map(str::to_owned), name.to_owned());
        Self { cluster: None, principal: Principal::Account { namespace, name } }
    }

    /// The name of anything else.
    #[must_use]
    pub fn other(name: &str) -> Self {
        Self { cluster: None, principal: Principal::Other(name.to_owned()) }
    }

    /// The name with its cluster.
    #[must_use]
    pub fn in_cluster(self, cluster: Option<&str>) -> Self {
        Self { cluster: cluster.map(str::to_owned), ..self }
    }

    /// The name without cluster and namespace.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.principal {
            Principal::Account { name, .. } | Principal::Other(name) => name,
        }
    }

    /// The namespace of an account, where it is known.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        match &self.principal {
            Principal::Account { namespace, .. } => namespace.as_deref(),
            Principal::Other(_) => None,
        }
    }
}

impl fmt::Display for IdentityName {
    /// `cluster:namespace/account`, with `?` for a namespace that is unknown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(cluster) = &self.cluster {
            write!(f, "{cluster}:")?;
        }
        match &self.principal {
            Principal::Account { namespace, name } => {
                write!(f, "{}/{name}", namespace.as_deref().unwrap_or("?"))
            }
            Principal::Other(name) => f.write_str(name),
        }
    }
}

impl Serialize for IdentityName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
