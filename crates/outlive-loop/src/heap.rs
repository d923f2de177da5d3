//! A heap of four branches, of what comes at which time. Whoever is in it is told where, so that it can be taken out.

use crate::clock::Nanos;

/// How many come below each. Four of them fill a cache line.
const BRANCHES: usize = 4;

/// What is due, and when; of two that are due at one time, the one with the lower `order` is first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Due {
    pub(crate) at: Nanos,
    pub(crate) order: u32,
    pub(crate) index: u32,
}

#[derive(Default)]
pub(crate) struct Heap(Vec<Due>);

/// Each function calls `moved` with what has got another place, and that place.
impl Heap {
    pub(crate) fn first(&self) -> Option<Due> {
        self.0.first().copied()
    }

    /// The time under which something is at a place.
    pub(crate) fn at(&self, place: u32) -> Nanos {
        self.0[place as usize].at
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn push(&mut self, due: Due, moved: impl FnMut(u32, u32)) {
        self.0.push(due);
        self.up(self.0.len() - 1, moved);
    }

    /// Puts `due` where something else was, or the same with another time.
    pub(crate) fn replace(&mut self, place: u32, due: Due, moved: impl FnMut(u32, u32)) {
        let place = place as usize;
        let is_earlier = due < self.0[place];
        self.0[place] = due;
        if is_earlier { self.up(place, moved) } else { self.down(place, moved) }
    }

    pub(crate) fn remove(&mut self, place: u32, moved: impl FnMut(u32, u32)) {
        let Some(last) = self.0.pop() else { return };
        if (place as usize) < self.0.len() {
            self.replace(place, last, moved);
        }
    }

    fn up(&mut self, mut place: usize, mut moved: impl FnMut(u32, u32)) {
        let due = self.0[place];
        while place > 0 {
            let above = (place - 1) / BRANCHES;
            if self.0[above] <= due {
                break;
            }
            self.0[place] = self.0[above];
            moved(self.0[place].index, place as u32);
            place = above;
        }
        self.0[place] = due;
        moved(due.index, place as u32);
    }

    fn down(&mut self, mut place: usize, mut moved: impl FnMut(u32, u32)) {
        let due = self.0[place];
        loop {
            let first = place * BRANCHES + 1;
            let end = self.0.len().min(first + BRANCHES);
            let least = (first..end).min_by_key(|below| self.0[*below]);
            let Some(below) = least.filter(|below| self.0[*below] < due) else { break };
            self.0[place] = self.0[below];
            moved(self.0[place].index, place as u32);
            place = below;
        }
        self.0[place] = due;
        moved(due.index, place as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// The heap, where each of its elements is, and what should be in it.
    #[derive(Default)]
    struct World {
        heap: Heap,
        places: [u32; 32],
        model: BTreeSet<Due>,
    }

    impl World {
        /// Gives `index` a time, or takes it out.
        fn set(&mut self, index: u32, at: Option<Nanos>) {
            let World { heap, places, model } = self;
            let place = places[index as usize];
            let was_in = model.iter().find(|due| due.index == index).copied();
            let moved = |index: u32, place| places[index as usize] = place;
            let due = at.map(|at| Due { at, order: 0, index });
            match (was_in, due) {
                (None, Some(due)) => heap.push(due, moved),
                (Some(_), Some(due)) => heap.replace(place, due, moved),
                (Some(_), None) => heap.remove(place, moved),
                (None, None) => {}
            }
            was_in.map(|due| model.remove(&due));
            model.extend(due);
        }
    }

    proptest! {
        #[test]
        fn the_first_is_the_earliest_and_each_knows_its_place(
            steps in prop::collection::vec((0..32u32, prop::option::of(0..40u64)), 1..300)
        ) {
            let mut world = World::default();
            for (index, at) in steps {
                world.set(index, at);
                prop_assert_eq!(world.heap.first(), world.model.first().copied());
                for due in &world.model {
                    let place = world.places[due.index as usize];
                    prop_assert_eq!(world.heap.0[place as usize], *due);
                }
            }
            prop_assert_eq!(world.heap.is_empty(), world.model.is_empty());
        }
    }
}
