//! How much an identity may do, in five tiers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How much an identity may do. The stronger sorts first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "u8")]
pub enum Tier {
    /// Critical: as good as `cluster-admin`, or one request away from it.
    T0,
    /// Strong: much of the cluster, or all of a namespace.
    T1,
    /// Notable: other workloads or secrets of a namespace.
    T2,
    /// Little: reads beyond its own, writes that the API server guards.
    T3,
    /// Nothing that is anybody else's.
    T4,
}

impl Tier {
    /// Every tier, the strongest first.
    pub const ALL: [Self; 5] = [Self::T0, Self::T1, Self::T2, Self::T3, Self::T4];

    /// What the tier means, as a noun.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::T0 => "as good as cluster-admin",
            Self::T1 => "much of the cluster, or all of a namespace",
            Self::T2 => "workloads or secrets of others in a namespace",
            Self::T3 => "little beyond its own",
            Self::T4 => "nothing of anybody else",
        }
    }

    /// The next weaker one.
    pub(super) fn lowered(self) -> Self {
        match self {
            Self::T0 => Self::T1,
            Self::T1 => Self::T2,
            Self::T2 => Self::T3,
            Self::T3 | Self::T4 => Self::T4,
        }
    }
}

impl TryFrom<u8> for Tier {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        let known = Self::ALL.get(usize::from(number)).copied();
        known.ok_or_else(|| format!("`{number}` is no tier; there are 0 to 4"))
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "T{}", *self as u8)
    }
}
