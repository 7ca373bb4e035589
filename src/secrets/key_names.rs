//! Values of what is called a key that are none by its name: words of the name itself, and topics of messages.

use super::names::{BEFORE_KEY, contains, is_made_of_words, words};

/// Whether a value is no key where it stands under a name.
pub(super) fn is_of_name(name: &str, value: &str) -> bool {
    is_made_of_name(name, value) || is_routing_key(name) && is_topic(value)
}

/// `authKey: auth`, `apiKey: api-key`: nothing but words of its own name that say what sort of key it is. Others are
/// defaults that run, as `minio` of `MINIO_SECRET_KEY`.
fn is_made_of_name(name: &str, value: &str) -> bool {
    let named = words(name);
    let is_sort = |word: &str| word == "key" || contains(BEFORE_KEY, word);
    let mut words = value.split(['-', '.']);
    words.all(|word| is_sort(word) && named.iter().any(|own| own == word))
}

/// `ROUTING_KEY`: the key of an account of `PagerDuty`, or the topic of a message (`RabbitMQ`, "Topics").
fn is_routing_key(name: &str) -> bool {
    matches!(words(name).as_slice(), [.., before, last] if before == "routing" && last == "key")
}

/// `orders.created`, `orders.#`: words and wildcards with dots between.
fn is_topic(value: &str) -> bool {
    let is_part = |part: &str| ["*", "#"].contains(&part) || is_made_of_words(&part.replace('_', "-"));
    value.contains('.') && value.split('.').all(is_part)
}
