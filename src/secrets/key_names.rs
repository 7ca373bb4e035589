//! Values of what is called a key that are none by its name: words of the name itself, and topics of messages.

use super::names::{BEFORE_KEY, ITSELF, Sort, contains, is_made_of_words, words};

/// Words before `key` of what encrypts or signs: the value itself, and no key of a Secret.
const SIGNING: &str = "cookie crypto decryption encrypt encryption fernet hmac jwt master session signing";
/// Words before `key` of what also tells messages, tenants and entries of stores apart.
const APART: &str = "integration routing service storage subscription webhook";
/// Words before `token` of what logs in.
const LOGIN: &str = "access admin auth bearer bootstrap gateway refresh root service";

/// Whether a value that looks like the name of a Secret is the credential: `my-encryption-key` of `ENCRYPTION_KEY`,
/// `admin-token` of `TOKEN`. A variable holds what the program takes; other fields also name Secrets and their keys.
pub(super) fn is_weak_credential(name: &str, sort: Sort, value: &str) -> bool {
    let (named, words) = (words(name), words(value));
    let is_words = value.contains('-') && !value.contains('.') && is_made_of_words(&without_numbers(value));
    let is_variable = name.bytes().any(|byte| byte.is_ascii_uppercase())
        && !name.bytes().any(|byte| byte.is_ascii_lowercase());
    let before = named.len().checked_sub(2).map_or("", |at| named[at].as_str());
    let ends = |ends: &[&str]| words.last().is_some_and(|last| ends.contains(&last.as_str()));
    let base = named.ends_with(&["key".to_owned(), "base".to_owned()]);
    is_words
        && match sort {
            Sort::Key => {
                (is_variable && !contains(APART, before) || base || contains(SIGNING, before))
                    && ends(&["key", "base"])
                    && !is_made_of_name(name, value)
            }
            // `NEXT_TOKEN` is where a list goes on.
            Sort::Token if ["continue", "next", "page"].contains(&before) => false,
            Sort::Token => (is_variable || contains(LOGIN, before)) && ends(&["key", "secret", "token"]),
            // Operators are told the name of the Secret of their webhook so.
            Sort::Secret => {
                let is_itself = contains(ITSELF, before) || is_of_auth_js(&named);
                is_variable && before != "webhook" && is_itself && ends(&["key", "secret"])
            }
            Sort::Password | Sort::Connection => false,
        }
}

/// A value without the parts that are small numbers: `my-32-character-secret`.
fn without_numbers(value: &str) -> String {
    let is_number =
        |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    value.split('-').filter(|part| !is_number(part)).collect::<Vec<_>>().join("-")
}

/// The variables from which Auth.js and its kin take what they sign with.
fn is_of_auth_js(named: &[String]) -> bool {
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    matches!(
        named.as_slice(),
        ["auth", "secret"] | [.., "nextauth", "secret"] | [.., "better" | "next", "auth", "secret"]
    )
}

/// Whether a value is no key where it stands under a name.
pub(super) fn is_of_name(name: &str, value: &str) -> bool {
    is_pointer(value) || is_made_of_name(name, value) || is_routing_key(name) && is_topic(value)
}

/// Whether a value stands for a key of AWS where an emulator takes any (`LocalStack`, "Credentials"). AWS makes keys of 16
/// signs and more, and stores with the same API take none of fewer than eight.
pub(super) fn is_stand_in(name: &str, value: &str) -> bool {
    const WORDS: &str = "dummy fake foo local localstack mock mocked test testing";
    let words = words(name);
    let is_of_aws = words.iter().any(|word| word == "aws")
        && matches!(words.as_slice(), [.., before, last] if last == "key" && ["access", "secret"].contains(&before.as_str()));
    is_of_aws && contains(WORDS, &value.to_ascii_lowercase())
}

/// `token`, `user.name`, `AWS_ACCESS_KEY_ID`: where in a Secret the key stands, or which variable holds it.
fn is_pointer(value: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || b".-_".contains(&byte);
    let is_variable = value.contains('_')
        && value.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
        && !value.starts_with('_');
    is_variable
        || value.bytes().all(allowed) && (["user", "username"].contains(&value) || Sort::of(value).is_some())
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
