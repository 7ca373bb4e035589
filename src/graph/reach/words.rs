//! Paths in words, the same in findings and drawings.

use super::net::{Node, NodeId, Via};
use super::{Reach, Standing, Step};

impl Reach<'_> {
    /// `shop/ci`, or what something strong is called.
    #[must_use]
    pub fn name_of(&self, node: impl Into<NodeId>) -> String {
        match &self.net[node.into()] {
            Node::Identity(identity) => format!("`{}`", self.net[*identity].named()),
            Node::Strong(what, _) => what.clone(),
            Node::Control(..) | Node::Machine(_) => "its machine".to_owned(),
        }
    }

    /// Whether a step leads to no other identity: it is the strongest permission of the last one.
    #[must_use]
    pub fn is_end(&self, step: &Step) -> bool {
        self.net.ends.contains(&step.to)
    }

    /// What makes a step possible, as the end of a sentence about whoever takes it.
    #[must_use]
    pub fn does(&self, step: &Step) -> String {
        match step.via {
            Via::Power(power) => self.net[power].words(),
            Via::Host(_) | Via::There => "shares a machine, which its pod reaches, with others".to_owned(),
        }
    }

    /// The end of the path, as an order.
    #[must_use]
    pub fn goal(&self, standing: &Standing) -> String {
        match self.path(standing).last() {
            Some(last) if self.is_end(last) => {
                let does = self.does(last);
                let does = does.trim_end_matches(" in the whole cluster");
                format!("become {}, which {does}", self.name_of(last.from))
            }
            Some(last) => format!("reach {}", self.name_of(last.to)),
            None => String::new(),
        }
    }

    /// The steps in a row, and what is reached.
    #[must_use]
    pub fn way(&self, standing: &Standing) -> String {
        let steps =
            self.path(standing).iter().map(|step| format!("{} {}", self.name_of(step.from), self.does(step)));
        let end = self.path(standing).last().map(|step| self.name_of(step.to));
        steps.chain(end).collect::<Vec<_>>().join(" → ")
    }
}
