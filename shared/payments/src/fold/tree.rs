//! The objects of a payment as a tree: an order has authorisations, an authorisation has captures, a capture refunds.

use std::collections::BTreeMap;

use super::node::Node;
use super::sum::Sum;
use crate::{Class, Id, Kind};

/// The parts of a payment and what each of them belongs to.
pub(super) struct Tree<'a> {
    root: Id,
    nodes: &'a BTreeMap<(Class, Id), Node>,
    /// All parts of class payment but the root: the deepest first, each with what it belongs to.
    upwards: Vec<(&'a Id, Id)>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(root: Id, nodes: &'a BTreeMap<(Class, Id), Node>) -> Tree<'a> {
        let mut tree = Tree { root, nodes, upwards: Vec::new() };
        let parts = nodes.keys().filter(|(class, id)| *class == Class::Payment && *id != tree.root);
        let mut with_depth: Vec<_> = parts.map(|(_, id)| (tree.depth(id), id, tree.parent(id))).collect();
        with_depth.sort_unstable_by(|a, b| b.cmp(a));
        tree.upwards = with_depth.into_iter().map(|(_, id, parent)| (id, parent)).collect();
        tree
    }

    /// What a part belongs to: the root if it does not say, if no event is about what it says, or if that leads
    /// round in a circle.
    fn parent(&self, id: &Id) -> Id {
        let said = self.said(id).filter(|_| self.depth(id).is_some());
        said.unwrap_or(&self.root).clone()
    }

    fn said(&self, id: &Id) -> Option<&'a Id> {
        let parent = self.nodes.get(&(Class::Payment, id.clone()))?.parent()?;
        self.nodes.contains_key(&(Class::Payment, parent.clone())).then_some(parent)
    }

    /// Steps up to a part that says nothing more; `None` on a way that does not end.
    fn depth(&self, id: &Id) -> Option<usize> {
        let mut at = id;
        for steps in 0..=self.nodes.len() {
            match self.said(at).filter(|_| *at != self.root) {
                Some(parent) => at = parent,
                None => return Some(steps),
            }
        }
        None
    }

    /// What all parts say of `kind`. A part and its own parts tell of the same money.
    pub(super) fn total(&self, kind: Kind) -> Sum {
        self.climb(|node| node.sum(kind), BTreeMap::new())
    }

    /// What was given back, from the refunds themselves and from totals.
    pub(super) fn refunded(&self) -> Sum {
        let mut refunds: BTreeMap<Id, Sum> = BTreeMap::new();
        for ((class, _), node) in self.nodes {
            if *class == Class::Refund && matches!(node.state(), Some((_, Kind::RefundSucceeded, _))) {
                let known =
                    node.parent().filter(|id| self.nodes.contains_key(&(Class::Payment, (*id).clone())));
                let parent = known.unwrap_or(&self.root).clone();
                refunds.entry(parent).or_default().add(&node.amount(Kind::RefundSucceeded));
            }
        }
        self.climb(|node| node.sum(Kind::PaymentRefunded), refunds)
    }

    /// What is in disputes that are open or lost.
    pub(super) fn disputed(&self) -> Sum {
        let mut sum = Sum::default();
        for ((class, _), node) in self.nodes {
            if let (Class::Dispute, Some((_, kind, _))) = (class, node.state())
                && !matches!(kind, Kind::DisputeWon | Kind::DisputeClosed)
            {
                sum.add(&node.amount(kind));
            }
        }
        sum
    }

    /// Adds up from the deepest parts to the root, beginning with `parts`.
    fn climb(&self, own: impl Fn(&Node) -> Sum, mut parts: BTreeMap<Id, Sum>) -> Sum {
        let own = |id: &Id| self.nodes.get(&(Class::Payment, id.clone())).map(&own).unwrap_or_default();
        for (id, parent) in &self.upwards {
            let sum = Sum::or_more(own(id), parts.remove(*id).unwrap_or_default());
            if !sum.is_empty() {
                parts.entry(parent.clone()).or_default().add_all(&sum);
            }
        }
        Sum::or_more(own(&self.root), parts.remove(&self.root).unwrap_or_default())
    }
}
