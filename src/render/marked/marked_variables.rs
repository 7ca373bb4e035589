//! Variables that hold the text of a helper and are printed later: each gets a marked copy.
//!
//! `$labels := include "x" .` … `$labels | nindent 4`: conditions and checksums keep the first, what only prints takes
//! the second. It is declared and changed beside the first, so it is seen wherever that is.

use std::collections::{BTreeMap, BTreeSet};

use super::lexer::{self, Kind};
use super::parts::{Parts, Region};
use super::words::{call, commands, keeps_marks, words};

/// The variables of a region that have a marked copy.
#[derive(Default)]
pub(super) struct MarkedVariables {
    /// The assignment to the copy and the variable's name, by the token that assigns the variable.
    assigned: BTreeMap<u32, (String, String)>,
    /// The helper of each variable and the first token that assigns it.
    holders: BTreeMap<String, (String, u32)>,
}

impl MarkedVariables {
    /// Finds them. `known` says which helpers have a marked copy.
    pub(super) fn of(parts: &Parts<'_>, region: &Region, known: &dyn Fn(&str) -> bool) -> Self {
        let mut all = Self::default();
        let mut unclear = BTreeSet::new();
        for &token in &region.tokens {
            if parts.tokens[token as usize].kind != Kind::Control {
                continue;
            }
            let body = parts.body(token);
            let is_plain = body.starts_with('$');
            let at = body.find('$').unwrap_or(body.len());
            // `range`, `with` and `if` can declare as well: such a name is left alone.
            let Some(found) = lexer::assignment(&body[at..]).filter(|_| is_plain || body[..at].len() < 10)
            else {
                continue;
            };
            let helper = call(found.value)
                .filter(|call| is_plain && call.filters.iter().all(|filter| keeps_marks(filter)))
                .and_then(|call| call.name().filter(|name| known(name)).map(str::to_owned));
            match (found.names.as_slice(), helper) {
                ([name], Some(helper)) if *name != "$" => {
                    let sign = if found.declares { ":=" } else { "=" };
                    let text = format!("{name}NhMarked {sign} {}", found.value);
                    all.assigned.insert(token, (text, (*name).to_owned()));
                    let holder = all.holders.entry((*name).to_owned()).or_insert((helper.clone(), token));
                    if holder.0 != helper {
                        unclear.insert((*name).to_owned());
                    }
                }
                (names, _) => unclear.extend(names.iter().map(|name| (*name).to_owned())),
            }
        }
        all.holders.retain(|name, _| !unclear.contains(name));
        all.assigned.retain(|_, (_, name)| !unclear.contains(name));
        all
    }

    /// The assignment to the copy that follows the one of a token.
    pub(super) fn assigned(&self, token: u32) -> Option<&str> {
        self.assigned.get(&token).map(|(text, _)| text.as_str())
    }

    /// An action that only prints such a variable, printing the copy; the helper, and the token that calls it.
    pub(super) fn printed(&self, body: &str) -> Option<(String, String, u32)> {
        if !body.starts_with('$') || self.holders.is_empty() {
            return None;
        }
        let pipe = commands(body);
        let [name] = words(pipe.first()?)[..] else { return None };
        let (helper, token) = self.holders.get(name)?;
        // `trim` needs the rewriting that calls get.
        let prints = pipe[1..].iter().all(|filter| keeps_marks(filter) && *filter != "trim");
        prints.then(|| (format!("{name}NhMarked{}", &body[name.len()..]), helper.clone(), *token))
    }
}
