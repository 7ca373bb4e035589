//! Names of the parts of [`Places`]: cheap to copy, and none is taken for another.

use std::ops::Index;

use super::{Placed, PlacedBinding, Places, Runner};

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $item:ident, $list:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            pub(in crate::graph) fn new(position: usize) -> Self {
                Self(position as u32)
            }

            /// Its position in the list of all.
            pub(in crate::graph) fn position(self) -> usize {
                self.0 as usize
            }
        }

        impl<'a> Index<$name> for Places<'a> {
            type Output = $item<'a>;

            fn index(&self, id: $name) -> &$item<'a> {
                &self.$list[id.position()]
            }
        }
    };
}

identifier! {
    /// Names an object.
    ObjectId, Placed, objects
}

identifier! {
    /// Names a pod template.
    RunnerId, Runner, runners
}

identifier! {
    /// Names a binding.
    BindingId, PlacedBinding, bindings
}
