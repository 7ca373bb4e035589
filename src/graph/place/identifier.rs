//! Names of the parts of a room: cheap to copy, and none is taken for another.

use super::{Placed, PlacedBinding, Places, Runner};
use crate::source::SourceId;

impl SourceId {
    /// Its position among all.
    pub(in crate::graph) fn position(self) -> usize {
        self.0 as usize
    }
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $whole:ty, $list:ident, $item:ty $(, $life:lifetime)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            pub(in crate::graph) fn new(position: usize) -> Self {
                Self(position as u32)
            }

            /// Its position in the list of all.
            pub(crate) fn position(self) -> usize {
                self.0 as usize
            }
        }

        impl$(<$life>)? std::ops::Index<$name> for $whole {
            type Output = $item;

            fn index(&self, id: $name) -> &$item {
                &self.$list[id.position()]
            }
        }
    };
}

pub(in crate::graph) use identifier;

identifier! {
    /// Names an object.
    ObjectId, Places<'a>, objects, Placed<'a>, 'a
}

identifier! {
    /// Names a pod template.
    RunnerId, Places<'a>, runners, Runner<'a>, 'a
}

identifier! {
    /// Names a binding.
    BindingId, Places<'a>, bindings, PlacedBinding<'a>, 'a
}
