//! The values of expressions.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;

use super::key::Key;

/// A value. Copies are cheap: what is large is shared.
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number that is not negative.
    Uint(u64),
    /// Any number.
    Double(f64),
    /// A string.
    Text(Arc<str>),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A list.
    List(Arc<Vec<Value>>),
    /// A map; its keys are looped over in their order.
    Map(Arc<BTreeMap<Key, Value>>),
    /// A length of time in nanoseconds.
    Duration(i64),
    /// A moment.
    Timestamp(Timestamp),
    /// A value that may be missing.
    Optional(Option<Arc<Value>>),
    /// A type.
    Type(&'static str),
    /// What Kubernetes adds.
    Other(Arc<Other>),
}

/// The types that Kubernetes adds.
#[derive(Clone, Debug, PartialEq)]
pub enum Other {
    /// A resource quantity, in billionths.
    Quantity(Quantity),
    /// A semantic version.
    Version(Version),
    /// An address.
    Ip(IpAddr),
    /// A range of addresses.
    Cidr(IpAddr, u8),
    /// A URL.
    Url(Url),
    /// A named format.
    Format(&'static str),
}

/// A resource quantity.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    /// Billionths.
    pub billionths: i128,
    /// Whether it is written in whole units: `1000m` is none for Kubernetes.
    pub is_whole: bool,
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.billionths == other.billionths
    }
}

/// A semantic version. What follows a `+` is no part of its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Major, minor and patch.
    pub numbers: [u64; 3],
    /// The words after `-`.
    pub pre: Vec<String>,
}

/// A URL in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// The whole.
    pub text: String,
    /// Before the colon.
    pub scheme: String,
    /// With its port.
    pub host: String,
    /// The path as it is written.
    pub path: String,
    /// What follows the `?`.
    pub query: String,
}

impl Value {
    /// A string.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(Arc::from(text.as_ref()))
    }

    /// How many there are of something.
    pub(super) fn count(number: usize) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }

    /// A list.
    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }

    /// A map.
    #[must_use]
    pub fn map(entries: BTreeMap<Key, Self>) -> Self {
        Self::Map(Arc::new(entries))
    }

    /// A map of names.
    #[must_use]
    pub fn named<const N: usize>(entries: [(&str, Self); N]) -> Self {
        Self::map(entries.into_iter().map(|(name, value)| (Key::Text(Arc::from(name)), value)).collect())
    }

    pub(super) fn other(other: Other) -> Self {
        Self::Other(Arc::new(other))
    }

    /// A value that is there.
    pub(super) fn some(value: Self) -> Self {
        Self::Optional(Some(Arc::new(value)))
    }

    /// What its type is called.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::Text(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Duration(_) => "google.protobuf.Duration",
            Self::Timestamp(_) => "google.protobuf.Timestamp",
            Self::Optional(_) => "optional_type",
            Self::Type(_) => "type",
            Self::Other(other) => match &**other {
                Other::Quantity(_) => "kubernetes.Quantity",
                Other::Version(_) => "kubernetes.Semver",
                Other::Ip(_) => "net.IP",
                Other::Cidr(..) => "net.CIDR",
                Other::Url(_) => "kubernetes.URL",
                Other::Format(_) => "kubernetes.NamedFormat",
            },
        }
    }

    /// Its type in a sentence: `an int`.
    #[must_use]
    pub fn described(&self) -> String {
        described(self.type_name())
    }

    /// Whether it is what `optional.ofNonZeroValue` takes for nothing.
    pub(super) fn is_zero(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(value) => !value,
            Self::Int(number) => *number == 0,
            Self::Uint(number) => *number == 0,
            Self::Double(number) => *number == 0.0,
            Self::Text(text) => text.is_empty(),
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Map(entries) => entries.is_empty(),
            Self::Duration(nanoseconds) => *nanoseconds == 0,
            Self::Timestamp(moment) => *moment == Timestamp::UNIX_EPOCH,
            Self::Optional(value) => value.is_none(),
            Self::Type(_) | Self::Other(_) => false,
        }
    }

    /// The key that it is in a map.
    pub(super) fn key(&self) -> Option<Key> {
        match self {
            Self::Bool(value) => Some(Key::Bool(*value)),
            Self::Int(number) => Some(Key::Int(*number)),
            Self::Uint(number) => Some(Key::unsigned(*number)),
            Self::Double(number) => Key::double(*number),
            Self::Text(text) => Some(Key::Text(Arc::clone(text))),
            _ => None,
        }
    }
}

/// The name of a type in a sentence.
pub(super) fn described(type_name: &str) -> String {
    let article = if type_name.starts_with(['i', 'o']) { "an" } else { "a" };
    format!("{article} {type_name}")
}

impl From<&Key> for Value {
    fn from(key: &Key) -> Self {
        match key {
            Key::Bool(value) => Self::Bool(*value),
            Key::Int(number) => Self::Int(*number),
            Key::Uint(number) => Self::Uint(*number),
            Key::Text(text) => Self::Text(Arc::clone(text)),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
