//! What `.` and the variables are at an action: `with`, `range` with its turn, assignments.

use std::rc::Rc;

use super::expr::{Env, Reader, Thing, Things, field};
use super::lexer::{self, Assignment, Kind, Token, Word};
use super::parts::Parts;
use super::values::Key;

/// A walk through a region, which goes on from where it was.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Position in the region's tokens of the next to read.
    next: usize,
    scopes: Vec<Scope>,
    env: Env,
}

#[derive(Debug)]
struct Scope {
    token: u32,
    /// The turn of a loop that was counted on.
    turn: Option<String>,
    outer: Things,
    /// How many variables there are in each branch at its beginning, and behind the scope.
    inside: usize,
    before: usize,
}

/// The key of the turn that a loop is in, by its token.
pub(super) type Turn<'a> = &'a dyn Fn(u32) -> Option<String>;

/// What stands behind the word of a control action.
fn behind_word(body: &str) -> &str {
    let start = body.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(body.len());
    body[start..].trim_matches(lexer::BLANKS)
}

/// The expression of `if`, `with` or `range`.
pub(super) fn condition(body: &str) -> &str {
    let rest = behind_word(body);
    lexer::assignment(rest).map_or(rest, |found| found.value)
}

impl Walk {
    /// A walk from the beginning of a region that was given `dot`.
    pub(super) fn new(dot: &Things) -> Self {
        let env = Env { dot: Rc::clone(dot), variables: vec![("$".to_owned(), Rc::clone(dot))] };
        Self { next: 0, scopes: Vec::new(), env }
    }

    /// Whether it has not passed `token` yet, and the loops that it stands in are in the same turns.
    pub(super) fn leads_to(&self, parts: &Parts<'_>, region: u32, token: u32, turn: Turn<'_>) -> bool {
        let tokens = &parts.regions[region as usize].tokens;
        let passed = self.next > 0 && tokens[self.next - 1] >= token;
        let same = |scope: &Scope| match parts.tokens[scope.token as usize].word {
            Word::Range => scope.turn == turn(scope.token),
            _ => true,
        };
        !passed && self.scopes.iter().all(same)
    }

    /// Walks on to an action.
    pub(super) fn env(
        &mut self,
        parts: &Parts<'_>,
        region: u32,
        token: u32,
        reader: &Reader<'_>,
        turn: Turn<'_>,
    ) -> &Env {
        let region = &parts.regions[region as usize];
        while let Some(&at) = region.tokens.get(self.next).filter(|at| **at < token) {
            let Some(left) = reader.budget.get().checked_sub(1) else { break };
            reader.budget.set(left);
            self.next += 1;
            let found = &parts.tokens[at as usize];
            if found.kind != Kind::Control {
                continue;
            }
            // A scope that is over has changed nothing, unless it could.
            if found.word.opens() && !region.changes && parts.end_of(at) < token {
                let end = parts.end_of(at);
                self.next = region.tokens.partition_point(|token| *token <= end);
                continue;
            }
            self.step(at, found, parts.body(at), reader, turn);
        }
        &self.env
    }

    fn step(&mut self, at: u32, token: &Token, body: &str, reader: &Reader<'_>, turn: Turn<'_>) {
        match token.word {
            Word::If | Word::With | Word::Range => self.open(at, token.word, body, reader, turn),
            Word::Else => {
                let Some(scope) = self.scopes.last() else { return };
                self.env.variables.truncate(scope.inside);
                self.env.dot = Rc::clone(&scope.outer);
                let rest = body["else".len()..].trim_start_matches(lexer::BLANKS);
                if let Some(with) = rest.strip_prefix("with") {
                    self.env.dot = reader.read(with, &self.env);
                }
            }
            Word::End => {
                if let Some(scope) = self.scopes.pop() {
                    self.env.variables.truncate(scope.before);
                    self.env.dot = scope.outer;
                }
            }
            Word::None => {
                if let Some(found) = lexer::assignment(body) {
                    self.assign(&found, reader);
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, at: u32, word: Word, body: &str, reader: &Reader<'_>, turn: Turn<'_>) {
        let assigned = lexer::assignment(behind_word(body));
        let mut things = reader.read(condition(body), &self.env);
        let before = self.env.variables.len();
        let outer = Rc::clone(&self.env.dot);
        let key = if word == Word::Range { turn(at) } else { None };
        if word == Word::Range {
            let name = key.clone().map_or(Key::Any, Key::Name);
            things = Rc::new(field(&things, &name));
        }
        let names = assigned.map(|found| found.names).unwrap_or_default();
        if let [name, _] = names[..] {
            let path = things.iter().find_map(|thing| match thing {
                Thing::Path(path) => Some(Rc::clone(path)),
                _ => None,
            });
            let key = key.as_deref().map(|key| Thing::Turn(key.into(), path.unwrap_or_default()));
            self.env.variables.push((name.to_owned(), Rc::new(key.into_iter().collect())));
        }
        if let Some(value) = names.last() {
            self.env.variables.push(((*value).to_owned(), Rc::clone(&things)));
        }
        if word != Word::If {
            self.env.dot = things;
        }
        self.scopes.push(Scope { token: at, turn: key, outer, inside: self.env.variables.len(), before });
    }

    /// A variable that is changed may be either, as nobody knows which branch was taken.
    fn assign(&mut self, found: &Assignment<'_>, reader: &Reader<'_>) {
        let [name] = found.names.as_slice() else { return };
        let things = reader.read(found.value, &self.env);
        if found.declares {
            self.env.variables.push(((*name).to_owned(), things));
        } else if let Some(known) = self.env.variables.iter_mut().rev().find(|(known, _)| known == name) {
            let mut both = known.1.to_vec();
            both.extend(things.iter().filter(|thing| !known.1.contains(thing)).cloned());
            both.truncate(40);
            known.1 = Rc::new(both);
        }
    }
}
