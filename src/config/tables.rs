//! What the settings add to our tables.

use regex::RegexBuilder;

use super::read::{items, text, texts};
use super::shape::Mistake;
use crate::yaml::Node;

/// A prefix of tokens is no shorter: every text is searched for it.
const SHORTEST_PREFIX: usize = 3;

/// An expression takes no more memory than this, in bytes.
const LARGEST_EXPRESSION: usize = 1 << 20;

/// Images that read the value of a variable from the file that another one names (`tables.fileVariables`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileVariables {
    /// Ends of repository paths; `*` is one part of a path.
    pub images: Vec<String>,
    /// Names of variables; `*` is any run of characters.
    pub variables: Vec<String>,
    /// What is added to the name.
    pub suffix: String,
}

/// A format of tokens (`tables.tokenFormats`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFormat {
    /// What such a token is, in words: `a token of the billing service`.
    pub what: String,
    /// What tokens begin with.
    pub prefixes: Vec<String>,
    /// The whole token, with its prefix, as a regular expression.
    pub regex: String,
}

impl FileVariables {
    pub(super) fn all(tables: Node<'_>) -> Vec<Self> {
        let of = |node: Node<'_>| Self {
            images: texts(node, "images"),
            variables: texts(node, "variables"),
            suffix: text(node, "suffix").unwrap_or_else(|| "_FILE".to_owned()),
        };
        items(tables, "fileVariables").map(of).collect()
    }
}

impl TokenFormat {
    pub(super) fn all(tables: Node<'_>, mistakes: &mut Vec<Mistake>) -> Vec<Self> {
        let mut formats = Vec::new();
        for node in items(tables, "tokenFormats") {
            let format = Self {
                what: text(node, "what").unwrap_or_default(),
                prefixes: texts(node, "prefix"),
                regex: text(node, "regex").unwrap_or_default(),
            };
            let (prefix, regex) = (node.get("prefix"), node.get("regex"));
            if let Some(at) = prefix.filter(|_| format.prefixes.iter().any(|one| one.len() < SHORTEST_PREFIX))
            {
                let message =
                    format!("`prefix` has {SHORTEST_PREFIX} letters or more: every text is searched for it");
                mistakes.push(Mistake::new(at.span(), message));
                continue;
            }
            match (regex, problem(&format.regex)) {
                (Some(at), Some(problem)) => mistakes.push(Mistake::new(at.span(), problem)),
                _ => formats.push(format),
            }
        }
        formats
    }
}

/// Why a text is no expression for a token.
fn problem(regex: &str) -> Option<String> {
    // It stands in a group where it is used, which it must not end.
    match RegexBuilder::new(&format!(r"\A(?:{regex})")).size_limit(LARGEST_EXPRESSION).build() {
        Err(error) => {
            let last = error.to_string();
            let last = last.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            Some(format!("`regex` is no regular expression: {last}"))
        }
        Ok(regex) if regex.is_match("") => Some("`regex` fits an empty text".to_owned()),
        Ok(_) => None,
    }
}
