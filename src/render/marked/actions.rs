//! One template's raw text: who called whom, and what an action there names.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::chart::{self, Place as FilePlace};
use super::emit::Mark;
use super::expr::{Reader, Thing, Things, paths};
use super::guard::{Wanted, asked, guard, is_vague};
use super::key_paths::KeyPath;
use super::lexer::{self, Word};
use super::raw::Raw;
use super::scope::{Walk, condition};
use super::text_lines::TextLines;
use super::values::{Found, Key, Values};
use super::words::call;
use super::{Marked, Template};
use crate::finding::Label;
use crate::source::Span;
use crate::yaml::Node;

/// Longer chains of calls are cut.
const LONGEST_CHAIN: usize = 30;

/// No more values are named that switch one line on.
const MOST_GUARDS: usize = 3;

/// Template, region, and the break of its call.
type Place = (u32, u32, Option<u32>);

/// The branches of the scopes around a place, and the turns of the loops.
type Turns = (Place, Vec<(u32, bool)>, Vec<Option<String>>);

/// A template's raw text and what is known of its actions.
pub(super) struct Actions<'a, 's> {
    pub(super) marked: &'a Marked<'a, 's>,
    pub(super) values: &'a Values<'s>,
    pub(super) raw: &'a Raw,
    /// The names of the charts around its chart, the outermost left out.
    pub(super) scope: Vec<String>,
    pub(super) budget: &'a Cell<u64>,
    walks: HashMap<Place, Walk>,
    /// Files of the chart that were printed, by path.
    files: HashMap<String, TextLines>,
    /// The folder of the chart.
    folder: Option<&'a str>,
    arguments: HashMap<u32, Things>,
    /// What switches on what stands in a scope, by the scope and the turns of the loops around it.
    guards: HashMap<Turns, Rc<Vec<Label>>>,
}

impl<'a, 's> Actions<'a, 's> {
    pub(super) fn new(
        marked: &'a Marked<'a, 's>,
        values: &'a Values<'s>,
        raw: &'a Raw,
        source: &str,
        budget: &'a Cell<u64>,
    ) -> Self {
        let chart = source.split("/templates/").next().unwrap_or_default();
        let scope = chart.split("/charts/").skip(1).map(str::to_owned).collect();
        let folder = marked.chart.path_of(source).and_then(chart::template).map(|(folder, _)| folder);
        let (walks, files, arguments) = (HashMap::new(), HashMap::new(), HashMap::new());
        let guards = HashMap::new();
        Self { marked, values, raw, scope, budget, walks, files, folder, arguments, guards }
    }

    pub(super) fn mark(&self, at: u32) -> &'a Mark {
        &self.marked.marks[self.raw.breaks[at as usize].1 as usize]
    }

    /// The template that a mark stands in.
    pub(super) fn template(&self, at: u32) -> &'a Template<'a, 's> {
        &self.marked.templates[self.mark(at).template as usize]
    }

    /// A break and the calls that led there, nearest first.
    pub(super) fn chain(&self, at: u32) -> Vec<u32> {
        let up = |at: &u32| self.raw.callers[*at as usize];
        std::iter::successors(Some(at), up).take(LONGEST_CHAIN).collect()
    }

    /// What `.` is where a mark's template or helper begins.
    pub(super) fn dot(&mut self, at: u32) -> Things {
        if self.mark(at).region == 0 {
            return Rc::new(vec![Thing::Root]);
        }
        self.raw.callers[at as usize].map(|caller| self.argument(caller)).unwrap_or_default()
    }

    /// What a call hands to the helper.
    fn argument(&mut self, at: u32) -> Things {
        if let Some(known) = self.arguments.get(&at) {
            return Rc::clone(known);
        }
        let mark = self.mark(at);
        let parts = &self.template(at).parts;
        let token = mark.calls.as_ref().map_or(mark.token, |calls| calls.token);
        let body = parts.body(token);
        let body = lexer::assignment(body).map_or(body, |found| found.value);
        let argument = call(body).and_then(|call| call.words.get(2).copied());
        let things = argument.map(|argument| self.read(at, argument)).unwrap_or_default();
        self.arguments.insert(at, Rc::clone(&things));
        things
    }

    /// What an expression may be where a mark stands.
    pub(super) fn read(&mut self, at: u32, text: &str) -> Things {
        let mark = self.mark(at);
        let dot = self.dot(at);
        let marked = self.marked;
        let parts = &self.template(at).parts;
        let place = (mark.template, mark.region, self.raw.callers[at as usize]);
        let raw = self.raw;
        let turn = |token: u32| {
            let number = marked.loops.get(&(mark.template, token))?;
            raw.turn(*number, at).map(str::to_owned)
        };
        let (values, scope) = (self.values, &self.scope);
        let scalar = |path: &[Key]| values.find(scope, path, "").filter(|found| found.missing == 0)?.text;
        let reader = Reader { scalar: &scalar, budget: self.budget };
        let mut walk = self.walks.remove(&place).unwrap_or_else(|| Walk::new(&dot));
        if !walk.leads_to(parts, mark.region, mark.token, &turn) {
            walk = Walk::new(&dot);
        }
        let things = reader.read(text, walk.env(parts, mark.region, mark.token, &reader, &turn));
        self.walks.insert(place, walk);
        things
    }

    /// The values that switch on what a break prints, the nearest first: those of its own scopes, and of its callers'.
    pub(super) fn guards(&mut self, at: u32) -> Vec<Label> {
        let mut found = Vec::new();
        for link in self.chain(at) {
            found.extend(self.guards_of(link).iter().cloned());
        }
        found.extend(self.conditions());
        // What is known of a value says more than that it is asked for.
        let known = found.iter().filter(|label| !is_vague(label)).map(|label| label.span);
        let known: HashSet<Span> = known.collect();
        let mut shown = HashSet::new();
        found.retain(|label| !(is_vague(label) && known.contains(&label.span)) && shown.insert(label.span));
        found.truncate(MOST_GUARDS);
        found
    }

    /// The values that switch on the chart, and the charts around it, as dependencies.
    fn conditions(&self) -> Vec<Label> {
        let (chart, mut folder) = (self.marked.chart, self.folder);
        let mut found = Vec::new();
        for (depth, own) in self.scope.iter().enumerate().rev() {
            let Some((above, _)) = folder.and_then(chart::parent) else { break };
            let around = &self.scope[..depth];
            let by_condition = chart.conditions(above, own).find_map(|condition| {
                let path: Vec<Key> = condition.split('.').map(|name| Key::Name(name.to_owned())).collect();
                guard(&path, &self.values.find(around, &path, "")?, Wanted::Truth(true))
            });
            // Helm reads the tags of all charts from the values of the outermost (`processDependencyTags`).
            let by_tag = || {
                chart.tags(above, own).iter().find_map(|tag| {
                    let path = [Key::Name("tags".to_owned()), Key::Name(tag.clone())];
                    let found = self.values.find(&[], &path, "")?;
                    found.text.as_deref().filter(|text| *text == "true")?;
                    guard(&path, &found, Wanted::Truth(true))
                })
            };
            found.extend(by_condition.or_else(by_tag));
            folder = Some(above);
        }
        found
    }

    fn guards_of(&mut self, at: u32) -> Rc<Vec<Label>> {
        let mark = self.mark(at);
        let (marked, raw, values) = (self.marked, self.raw, self.values);
        let parts = &self.template(at).parts;
        let token = mark.calls.as_ref().map_or(mark.token, |calls| calls.token);
        let branches: Vec<(u32, bool)> = parts.branches(token).collect();
        if branches.is_empty() {
            return Rc::default();
        }
        let place = (mark.template, mark.region, raw.callers[at as usize]);
        let turn = |token: u32| {
            let number = marked.loops.get(&(mark.template, token))?;
            raw.turn(*number, at).map(str::to_owned)
        };
        let loops = parts.around(token).filter(|opening| parts.tokens[*opening as usize].word == Word::Range);
        let key = (place, branches.clone(), loops.map(turn).collect());
        if let Some(known) = self.guards.get(&key) {
            return Rc::clone(known);
        }
        let dot = self.dot(at);
        let scope = &self.scope;
        let scalar = |path: &[Key]| values.find(scope, path, "").filter(|found| found.missing == 0)?.text;
        let reader = Reader { scalar: &scalar, budget: self.budget };
        let mut found = Vec::new();
        for (opening, holds) in branches {
            let mut walk = Walk::new(&dot);
            let env = walk.env(parts, mark.region, opening, &reader, &turn);
            for (part, wanted) in asked(condition(parts.body(opening)), holds) {
                let things = reader.read(part, env);
                let named = paths(&things).into_iter().filter(|(path, is_key)| !is_key && !path.is_empty());
                found.extend(named.filter_map(|(path, _)| {
                    let mut place = Vec::clone(&path);
                    let printed = if let Wanted::Item(text) = wanted {
                        place.push(Key::Any);
                        text
                    } else {
                        ""
                    };
                    guard(&path, &values.find(scope, &place, printed)?, wanted)
                }));
            }
        }
        let found = Rc::new(found);
        self.guards.insert(key, Rc::clone(&found));
        found
    }

    /// The place of a key of a document that was read from a file of the chart: of the object of this kind and name.
    pub(super) fn part_of_file(
        &self,
        name: &str,
        below: &KeyPath,
        (kind, own): (&str, &str),
    ) -> Option<Found> {
        let file = self.marked.chart.files.get(&chart::below(self.folder?, name))?;
        let FilePlace::File(_, documents) = file.place else { return None };
        let text = |node: Option<Node<'_>>, word: &str| node.and_then(Node::text).as_deref() == Some(word);
        let mut roots = documents.iter().filter_map(|document| document.doc().root());
        let root =
            roots.find(|root| text(root.get("kind"), kind) && text(root.at(&["metadata", "name"]), own))?;
        let (mut node, mut at) = (root, None);
        for key in below.iter() {
            let number = key.parse::<usize>().ok().filter(|_| node.is_seq());
            let next = match number {
                Some(number) => node.items().nth(number).map(|item| (item.span(), item)),
                None => node.entry(key).map(|entry| (entry.key.span(), entry.value)),
            };
            let Some((span, value)) = next else { break };
            (node, at) = (value, Some(span));
        }
        let key = at.or_else(|| Some(root.get("kind")?.span()))?;
        let value = if at.is_some() && node.is_scalar() { node.span() } else { key };
        Some(Found::entry(key, value))
    }

    /// The place of a printed line in a file of the chart: `.Files.Get`, or `.Files.Glob` and the name of one.
    pub(super) fn line_of_file(&mut self, name: &str, below: &KeyPath, line: &str) -> Option<Found> {
        let folder = self.folder?;
        let path = match name.find(['*', '?', '[', '{']) {
            None => chart::below(folder, name),
            Some(end) => {
                let around =
                    chart::below(folder, name[..end].rsplit_once('/').map_or("", |(above, _)| above));
                let own = below.first()?;
                let around = around.trim_end_matches('/');
                let start = if around.is_empty() { String::new() } else { format!("{around}/") };
                let files = self.marked.chart.files.range(start.clone()..).map(|(path, _)| path);
                let mut files = files.take_while(|path| path.starts_with(&start));
                files.find(|path| path.rsplit('/').next() == Some(own))?.clone()
            }
        };
        let file = self.marked.chart.files.get(&path)?;
        let FilePlace::File(id, _) = file.place else { return None };
        let lines = self.files.entry(path).or_insert_with(|| TextLines::new(file.text, 0));
        let place = lines.find(file.text, line)?;
        Some(Found::elsewhere(Span::new(id, place.start, place.end)))
    }
}
