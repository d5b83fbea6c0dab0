//! What happens next.

use crate::SimTime;
use core::cmp::Ordering;
use std::collections::BinaryHeap;

/// Things to come, in the order of their times; at the same time in the order in which they were put in.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    heap: BinaryHeap<Entry<T>>,
    count: u64,
}

impl<T> Queue<T> {
    pub(crate) const fn new() -> Self {
        Self { heap: BinaryHeap::new(), count: 0 }
    }

    pub(crate) fn push(&mut self, at: SimTime, what: T) {
        self.heap.push(Entry { at, order: self.count, what });
        self.count += 1;
    }

    /// The next thing that happens not later than `until`.
    pub(crate) fn pop_until(&mut self, until: SimTime) -> Option<(SimTime, T)> {
        if self.heap.peek()?.at > until {
            return None;
        }
        self.heap.pop().map(|entry| (entry.at, entry.what))
    }
}

#[derive(Debug)]
struct Entry<T> {
    at: SimTime,
    order: u64,
    what: T,
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        // The heap gives its greatest first.
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Entry<T> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ns;

    #[test]
    fn things_at_the_same_time_come_in_the_order_they_were_put_in() {
        let mut queue = Queue::new();
        for (at, what) in [(5, 'c'), (1, 'a'), (5, 'd'), (2, 'b'), (5, 'e')] {
            queue.push(SimTime::after(ns(at)), what);
        }
        let until = SimTime::after(ns(5));
        let all: String = core::iter::from_fn(|| queue.pop_until(until)).map(|(_, what)| what).collect();
        assert_eq!(all, "abcde");
    }

    #[test]
    fn nothing_comes_before_its_time() {
        let mut queue = Queue::new();
        queue.push(SimTime::after(ns(5)), ());
        assert!(queue.pop_until(SimTime::after(ns(4))).is_none());
        assert_eq!(queue.pop_until(SimTime::after(ns(5))), Some((SimTime::after(ns(5)), ())));
    }
}
