//! Recording offsets while the world runs.

use crate::world::{EPOCH, Event};
use crate::{Frame, NodeId, Passage, Series, Span, World};

/// A record of offsets that a world takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordId(usize);

pub(crate) struct Recorder {
    node: NodeId,
    reference: NodeId,
    sampling: Sampling,
    series: Series,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sampling {
    Every(Span),
    AtSync,
}

const SYNC: u8 = 0;

impl World {
    /// How far the PTP clock of `node` is ahead of that of `reference` now, exactly (to the picosecond; limited to
    /// ± 53 days).
    pub fn offset(&mut self, node: NodeId, reference: NodeId) -> Span {
        self.bring_up_to_date(node);
        self.bring_up_to_date(reference);
        self.nodes[node.0].hal.clock().ahead_of(self.nodes[reference.0].hal.clock())
    }

    /// How far the PTP clock of `node` is ahead of true time now.
    pub fn error(&mut self, node: NodeId) -> Span {
        self.bring_up_to_date(node);
        self.nodes[node.0].hal.clock().ahead_of_true_time(EPOCH)
    }

    /// How much too fast the PTP clock of `node` runs now, in ppb.
    pub fn frequency_error(&mut self, node: NodeId) -> f64 {
        self.bring_up_to_date(node);
        self.nodes[node.0].hal.clock().ptp_ppb()
    }

    /// How much too fast the oscillator of `node` runs now by itself, in ppb.
    pub fn oscillator_error(&mut self, node: NodeId) -> f64 {
        self.bring_up_to_date(node);
        self.nodes[node.0].hal.clock().oscillator_ppb()
    }

    /// What the oscillator of `node` by itself has gained on true time since the world began, in nanoseconds.
    pub fn oscillator_gain(&mut self, node: NodeId) -> f64 {
        self.bring_up_to_date(node);
        self.nodes[node.0].hal.clock().oscillator_gain()
    }

    /// Records the offset of `node` from `reference` every `span` from now on.
    pub fn record(&mut self, node: NodeId, reference: NodeId, every: Span) -> RecordId {
        let id = self.add_recorder(node, reference, Sampling::Every(every));
        self.queue.push(self.now + every, Event::Sample(id.0));
        id
    }

    /// Records the offset of `node` from `reference` at each Sync that `node` receives, at the moment it is stamped.
    pub fn record_at_sync(&mut self, node: NodeId, reference: NodeId) -> RecordId {
        self.add_recorder(node, reference, Sampling::AtSync)
    }

    /// What was recorded so far.
    #[must_use]
    pub fn series(&self, record: RecordId) -> &Series {
        &self.recorders[record.0].series
    }

    /// Writes down every message that passes a node's port from now on.
    pub fn tap(&mut self) {
        self.tap.get_or_insert_with(Vec::new);
    }

    /// What the tap has seen.
    #[must_use]
    pub fn passages(&self) -> &[Passage] {
        self.tap.as_deref().unwrap_or_default()
    }

    /// One number for every message sent and every adjustment made so far, with their true times: equal numbers are equal
    /// runs.
    #[must_use]
    pub const fn digest(&self) -> u64 {
        self.digest.value()
    }

    pub(crate) fn sample(&mut self, recorder: usize) {
        self.take(recorder);
        if let Sampling::Every(span) = self.recorders[recorder].sampling {
            self.queue.push(self.now + span, Event::Sample(recorder));
        }
    }

    pub(crate) fn sample_at_sync(&mut self, node: NodeId, frame: &Frame) {
        if frame.message_type() != Some(SYNC) {
            return;
        }
        for index in 0..self.recorders.len() {
            if self.recorders[index].node == node && self.recorders[index].sampling == Sampling::AtSync {
                self.take(index);
            }
        }
    }

    fn take(&mut self, recorder: usize) {
        let Recorder { node, reference, .. } = self.recorders[recorder];
        let offset = self.offset(node, reference);
        self.recorders[recorder].series.push(self.now, offset);
    }

    fn add_recorder(&mut self, node: NodeId, reference: NodeId, sampling: Sampling) -> RecordId {
        self.recorders.push(Recorder { node, reference, sampling, series: Series::default() });
        RecordId(self.recorders.len() - 1)
    }
}
