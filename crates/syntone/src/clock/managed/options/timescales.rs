//! The alternate timescales of a grandmaster, seen and set by management (IEEE 1588-2019 16.3.4).

use super::Clock;
use crate::attached::{AlternateTimescale, DisplayName};
use crate::management::exactly;
use crate::servo::Servo;
use crate::wire::layout::PtpText;
use crate::wire::management::{AlternateTimeOffsetName, AlternateTimeOffsetProperties};
use crate::wire::{Element, Emitter, Layout, ManagementErrorId, ManagementId};

/// keyField of all timescales.
const ALL: u8 = 0xFF;

/// The ids of timescales. They are NOT_SUPPORTED until the host lends room for one; a keyField beyond the room is WRONG_VALUE. A GET
/// says in its first octet of which timescale; of the first one where it is empty.
impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    pub(super) fn get_of_timescales(
        &self,
        id: ManagementId,
        key: u8,
        to: &mut Emitter<'_>,
    ) -> Result<bool, ManagementErrorId> {
        let Some(max_key) = self.max_key() else { return Ok(false) };
        match id {
            ManagementId::ALTERNATE_TIME_OFFSET_MAX_KEY => to.put(&[max_key, 0]),
            ManagementId::ALTERNATE_TIME_OFFSET_ENABLE if key == ALL => {
                to.put(&[key, self.own_alternate_timescales().iter().all(|timescale| timescale.enable).into()]);
            }
            ManagementId::ALTERNATE_TIME_OFFSET_ENABLE => to.put(&[key, self.timescale(key)?.enable.into()]),
            ManagementId::ALTERNATE_TIME_OFFSET_NAME => {
                key.write(to);
                PtpText(self.timescale(key)?.display_name.octets()).write(to);
            }
            ManagementId::ALTERNATE_TIME_OFFSET_PROPERTIES => {
                let indicator = self.timescale(key)?.indicator(key);
                AlternateTimeOffsetProperties {
                    key_field: key,
                    current_offset: indicator.current_offset,
                    jump_seconds: indicator.jump_seconds,
                    time_of_next_jump: indicator.time_of_next_jump,
                }
                .emit_into(to);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn set_of_timescales(&mut self, id: ManagementId, data: &[u8]) -> Result<bool, ManagementErrorId> {
        if self.max_key().is_none() {
            return Ok(false);
        }
        let wrong_length = |_| ManagementErrorId::WRONG_LENGTH;
        match id {
            ManagementId::ALTERNATE_TIME_OFFSET_ENABLE => {
                let [key, flags] = exactly(data)?;
                self.set_timescale_enable(key, flags & 1 != 0)?;
            }
            ManagementId::ALTERNATE_TIME_OFFSET_NAME => {
                let told = AlternateTimeOffsetName::parse_exact(data).map_err(wrong_length)?;
                let name = told.display_name.as_str().and_then(DisplayName::new);
                let display_name = name.ok_or(ManagementErrorId::WRONG_VALUE)?;
                let timescale = AlternateTimescale { display_name, ..*self.timescale(told.key_field)? };
                self.set_alternate_timescale(told.key_field, timescale)?;
            }
            ManagementId::ALTERNATE_TIME_OFFSET_PROPERTIES => {
                let told = AlternateTimeOffsetProperties::parse(&exactly::<16>(data)?).map_err(wrong_length)?;
                let timescale = AlternateTimescale {
                    current_offset: told.current_offset,
                    jump_seconds: told.jump_seconds,
                    time_of_next_jump: told.time_of_next_jump.0,
                    ..*self.timescale(told.key_field)?
                };
                self.set_alternate_timescale(told.key_field, timescale)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn set_timescale_enable(&mut self, key: u8, enable: bool) -> Result<(), ManagementErrorId> {
        if key == ALL {
            self.instance.attached.timescales.iter_mut().for_each(|timescale| timescale.enable = enable);
            return Ok(());
        }
        let timescale = AlternateTimescale { enable, ..*self.timescale(key)? };
        Ok(self.set_alternate_timescale(key, timescale)?)
    }

    fn timescale(&self, key: u8) -> Result<&AlternateTimescale, ManagementErrorId> {
        let timescale = self.own_alternate_timescales().get(usize::from(key));
        timescale.filter(|_| key != ALL).ok_or(ManagementErrorId::WRONG_VALUE)
    }

    /// The last keyField for which there is room.
    fn max_key(&self) -> Option<u8> {
        let last = self.own_alternate_timescales().len().checked_sub(1)?;
        Some(u8::try_from(last).unwrap_or(u8::MAX).min(254))
    }
}
