//! Synchronisation of the physical layer (IEEE 1588-2019 annex L).

use super::TlvValue;
use crate::wire::layout::{Element, Emitter, Layout, Parser, Visitor, flag_octet, layout};
use crate::wire::{ParseError, TlvType, WireTimestamp};
use syntone_hal::TimeInterval;

flag_octet! {
    /// What a port wants.
    L1SyncRequired {
        /// It shall transmit coherently.
        TX_COHERENT = 0, "txCoherentIsRequired";
        /// It shall receive coherently.
        RX_COHERENT = 1, "rxCoherentIsRequired";
        /// Both directions shall be congruent.
        CONGRUENT = 2, "congruentIsRequired";
        /// The optional parameters follow.
        OPT_PARAMS_ENABLED = 3, "optParamsEnabled";
    }

    /// What a port has.
    L1SyncReached {
        /// It transmits coherently.
        TX_COHERENT = 0, "isTxCoherent";
        /// It receives coherently.
        RX_COHERENT = 1, "isRxCoherent";
        /// Both directions are congruent.
        CONGRUENT = 2, "isCongruent";
    }

    /// Which of the optional parameters hold.
    L1SyncValid {
        /// Egress time stamps are corrected for the phase offset.
        TIMESTAMPS_CORRECTED_TX = 0, "timestampsCorrectedTx";
        /// The phase offset is known.
        PHASE_OFFSET_TX = 1, "phaseOffsetTxValid";
        /// The frequency offset is known.
        FREQUENCY_OFFSET_TX = 2, "frequencyOffsetTxValid";
    }
}

layout! {
    /// The optional parameters of an L1_SYNC TLV.
    L1SyncOptParams {
        /// Which of them hold.
        valid: L1SyncValid => Flags;
        /// Phase of the transmitted signal to the clock.
        phase_offset_tx: TimeInterval => PhaseOffsetTx;
        /// When that was.
        phase_offset_tx_timestamp: WireTimestamp => PhaseOffsetTxTimestamp;
        /// By how much the phase offset changes in a second.
        frequency_offset_tx: TimeInterval => FrequencyOffsetTx;
        /// When that was.
        frequency_offset_tx_timestamp: WireTimestamp => FrequencyOffsetTxTimestamp, 1 reserved;
    }
}

/// L1_SYNC (annex L of IEEE 1588-2019).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct L1Sync {
    /// What the port wants. Whether optional parameters follow is told by `opt_params`, whatever is set here.
    pub required: L1SyncRequired,
    /// What the port has.
    pub reached: L1SyncReached,
    /// The optional parameters.
    pub opt_params: Option<L1SyncOptParams>,
}

impl L1Sync {
    fn flags(&self) -> L1SyncRequired {
        let mut required = self.required;
        required.set(L1SyncRequired::OPT_PARAMS_ENABLED, self.opt_params.is_some());
        required
    }
}

impl<'a> Layout<'a> for L1Sync {
    fn parse_from(parser: &mut Parser<'a>) -> Result<Self, ParseError> {
        let required = L1SyncRequired::read(parser, crate::wire::Field::Flags)?;
        let reached = L1SyncReached::read(parser, crate::wire::Field::Flags)?;
        let follow = required.contains(L1SyncRequired::OPT_PARAMS_ENABLED);
        let opt_params = if follow { Some(L1SyncOptParams::parse_from(parser)?) } else { None };
        Ok(Self { required, reached, opt_params })
    }

    fn emit_into(&self, emitter: &mut Emitter<'_>) {
        self.flags().write(emitter);
        self.reached.write(emitter);
        if let Some(opt_params) = &self.opt_params {
            opt_params.emit_into(emitter);
        }
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        self.flags().tell(crate::wire::Field::Flags, visitor);
        self.reached.tell(crate::wire::Field::Flags, visitor);
        if let Some(opt_params) = &self.opt_params {
            opt_params.visit(visitor);
        }
    }
}

impl TlvValue<'_> for L1Sync {
    const TLV_TYPE: TlvType = TlvType::L1_SYNC;
}
