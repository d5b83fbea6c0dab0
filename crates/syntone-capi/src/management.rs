//! Management: requests put together, answered by a clock in the same program, and answers taken apart.

use crate::clock::SyntoneClock;
use crate::event::SyntonePortIdentity;
use crate::pointer::{LONGEST, check, check_sized, read_sized, sized, slice, write};
use crate::result::{Checked, SyntoneResult, finish};
use crate::settings::access;
use crate::slot::on_clock;
use core::ffi::c_void;
use syntone::counters::Discard;
use syntone::management::{Access, Addressee, Outcome, Request, Response};
use syntone::wire::{ManagementAction, ManagementData, ManagementId, SdoId};

/// syntone_request.action: asks for a value.
pub const SYNTONE_ACTION_GET: u8 = 0;
/// syntone_request.action: changes a value.
pub const SYNTONE_ACTION_SET: u8 = 1;
/// syntone_request.action: has something done.
pub const SYNTONE_ACTION_COMMAND: u8 = 3;

/// syntone_response.outcome: the values that are in effect, in `data`.
pub const SYNTONE_OUTCOME_DATA: u8 = 0;
/// syntone_response.outcome: it was done.
pub const SYNTONE_OUTCOME_DONE: u8 = 1;
/// syntone_response.outcome: it was not done; error_id says why.
pub const SYNTONE_OUTCOME_REFUSED: u8 = 2;

/// Octets of a management message before the data of its TLV: header, body, and type, length and id of the TLV.
const BEFORE_DATA: usize = 54;
/// Octets before the type of the TLV.
const BEFORE_TLV: usize = 48;

/// A management request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneRequest {
    /// sizeof(syntone_request).
    pub struct_size: u32,
    /// managementId.
    pub management_id: u16,
    /// Tells the answers to this request from others.
    pub sequence_id: u16,
    /// Whom it is for; all ones for every port of every clock.
    pub target: SyntonePortIdentity,
    /// Who asks: any identity that no clock has.
    pub source: SyntonePortIdentity,
    /// sdoId of the domain, 0 to 0xFFF.
    pub sdo_id: u16,
    /// domainNumber.
    pub domain_number: u8,
    /// Boundary clocks that it may pass.
    pub boundary_hops: u8,
    /// One of SYNTONE_ACTION_...
    pub action: u8,
    /// 0.
    pub reserved: [u8; 3],
}
sized!(SyntoneRequest);

/// The answer to a management request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneResponse {
    /// sizeof(syntone_response); set it before the call.
    pub struct_size: u32,
    /// managementId.
    pub management_id: u16,
    /// That of the request.
    pub sequence_id: u16,
    /// Who answers; port 0 for the clock as a whole.
    pub source: SyntonePortIdentity,
    /// Who asked.
    pub target: SyntonePortIdentity,
    /// managementErrorId, for SYNTONE_OUTCOME_REFUSED; else 0.
    pub error_id: u16,
    /// domainNumber.
    pub domain_number: u8,
    /// One of SYNTONE_OUTCOME_...
    pub outcome: u8,
    /// The dataField, within the message that was decoded; NULL without SYNTONE_OUTCOME_DATA.
    pub data: *const u8,
    /// Its octets.
    pub data_length: usize,
}
sized!(SyntoneResponse);

/// Is handed the octets of an answer, which are valid until it returns; must not call functions of the same clock, throw or longjmp.
pub type SyntoneOnAnswer = Option<unsafe extern "C" fn(context: *mut c_void, answer: *const u8, length: usize)>;

/// Has the clock answer a management message of this program, or of another one on the same host, that came over no port: `allowed` is
/// 1 to ask and 2 to change, too. `on_answer` is called with `context` for each answer: one for the clock as a whole, whose port number
/// is 0, or one for each port that was asked. Each is made in `buffer` of `size` octets, of which 1500 are enough for all. The domain of
/// the message is not looked at.
///
/// SYNTONE_RESULT_NOT_ANSWERED: it is malformed, no request, or not for this clock.
///
/// # Safety
/// As syntone_clock_run_once(); `request` is NULL or points to `length` octets, `buffer` to `size` others; `on_answer` keeps to
/// what its type asks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_answer(
    clock: *mut SyntoneClock,
    allowed: u8,
    request: *const u8,
    length: usize,
    buffer: *mut u8,
    size: usize,
    on_answer: SyntoneOnAnswer,
    context: *mut c_void,
) -> SyntoneResult {
    let answer = || {
        let asked = Asked::new(allowed, (request, length), (buffer, size), (on_answer, context))?;
        // SAFETY: as promised.
        unsafe {
            on_clock!(clock, |machine| {
                let (clock, now) = machine.at();
                asked.answer(|access, request, buffer, hand_over| {
                    clock.handle_request(now, access, request, &mut (), buffer, hand_over)
                })
            })
        }
    };
    finish(answer())
}

/// A request, and where its answers go.
pub(crate) struct Asked {
    allowed: Access,
    request: (*const u8, usize),
    room: (*mut u8, usize),
    on_answer: unsafe extern "C" fn(*mut c_void, *const u8, usize),
    context: *mut c_void,
}

impl Asked {
    pub(crate) fn new(
        allowed: u8,
        request: (*const u8, usize),
        room: (*mut u8, usize),
        (on_answer, context): (SyntoneOnAnswer, *mut c_void),
    ) -> Checked<Self> {
        let on_answer = on_answer.ok_or(SyntoneResult::NullPointer)?;
        let allowed = access(allowed.into()).map_err(|_| SyntoneResult::OutOfRange)?;
        check(room.0)?;
        check(request.0)?;
        Ok(Self { allowed, request, room, on_answer, context })
    }

    /// Has `work` answer it.
    ///
    /// # Safety
    /// The pointers lead to so many octets, and those of the room to others.
    pub(crate) unsafe fn answer(
        &self,
        work: impl FnOnce(Access, &[u8], &mut [u8], &mut dyn FnMut(&[u8])) -> Result<(), Discard>,
    ) -> Checked {
        // SAFETY: as promised; a shorter buffer is within the longer one.
        let (request, room) = unsafe {
            let room = core::slice::from_raw_parts_mut(self.room.0, self.room.1.min(LONGEST));
            (slice(self.request.0, self.request.1)?, room)
        };
        // SAFETY: the function keeps to what its type asks.
        let mut hand_over = |answer: &[u8]| unsafe { (self.on_answer)(self.context, answer.as_ptr(), answer.len()) };
        work(self.allowed, request, room, &mut hand_over).map_err(|_| SyntoneResult::NotAnswered)
    }
}

/// Writes a request to `buffer`, at most `size` octets, and its length to `*length`. `data` are the `data_length` octets of the
/// dataField, in the layout that the id has on the wire; none for SYNTONE_ACTION_GET.
///
/// SYNTONE_RESULT_OUT_OF_RANGE: a member is outside its range, or the data do not fit the id.
///
/// # Safety
/// Each pointer is NULL or points to what its type says, `data` to `data_length` octets and `buffer` to `size` others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_request_encode(
    request: *const SyntoneRequest,
    data: *const u8,
    data_length: usize,
    buffer: *mut u8,
    size: usize,
    length: *mut usize,
) -> SyntoneResult {
    let encode = || {
        check(buffer)?;
        // SAFETY: as promised.
        unsafe {
            write(length, 0)?;
            let request = read_sized(request)?;
            let data = if data_length == 0 { &[] } else { slice(data, data_length)? };
            let request = request.checked(data).ok_or(SyntoneResult::OutOfRange)?;
            let buffer = core::slice::from_raw_parts_mut(buffer, size.min(LONGEST));
            write(length, request.emit(buffer).map_err(|_| SyntoneResult::StorageTooSmall)?)
        }
    };
    finish(encode())
}

/// Takes the answer to a request apart. SYNTONE_RESULT_OUT_OF_RANGE: it is no answer, or it cannot be understood.
///
/// # Safety
/// `octets` is NULL or points to `length` octets; `response` is NULL or points to a syntone_response whose struct_size is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_response_decode(
    octets: *const u8,
    length: usize,
    response: *mut SyntoneResponse,
) -> SyntoneResult {
    let decode = || -> Checked {
        // SAFETY: as promised.
        unsafe {
            check_sized(response)?;
            let octets = slice(octets, length)?;
            write(response, SyntoneResponse::new(octets).ok_or(SyntoneResult::OutOfRange)?)
        }
    };
    finish(decode())
}

impl SyntoneRequest {
    fn checked<'a>(&self, data: &'a [u8]) -> Option<Request<'a>> {
        let management_id = ManagementId(self.management_id);
        let action = match self.action {
            SYNTONE_ACTION_GET if data.is_empty() => ManagementAction::GET,
            SYNTONE_ACTION_SET => ManagementAction::SET,
            SYNTONE_ACTION_COMMAND => ManagementAction::COMMAND,
            _ => return None,
        };
        let data = if data.is_empty() { None } else { Some(ManagementData::parse(management_id, data).ok()?) };
        Some(Request {
            addressee: Addressee {
                target_port_identity: self.target.checked(),
                domain_number: self.domain_number,
                sdo_id: SdoId::new(self.sdo_id)?,
                boundary_hops: self.boundary_hops,
            },
            source_port_identity: self.source.checked(),
            sequence_id: self.sequence_id,
            action,
            management_id,
            data,
        })
    }
}

impl SyntoneResponse {
    fn new(octets: &[u8]) -> Option<Self> {
        let response = Response::parse(octets)?;
        let (outcome, error_id) = match response.outcome {
            Outcome::Data(_) => (SYNTONE_OUTCOME_DATA, 0),
            Outcome::Done => (SYNTONE_OUTCOME_DONE, 0),
            Outcome::Refused(error) => (SYNTONE_OUTCOME_REFUSED, error.0),
        };
        let data = if outcome == SYNTONE_OUTCOME_DATA { data_of(octets)? } else { &[] };
        Some(Self {
            struct_size: <Self as crate::pointer::Sized32>::SIZE,
            management_id: response.management_id.0,
            sequence_id: response.sequence_id,
            source: SyntonePortIdentity::new(response.source_port_identity),
            target: SyntonePortIdentity::new(response.target_port_identity),
            error_id,
            domain_number: response.domain_number,
            outcome,
            data: if data.is_empty() { core::ptr::null() } else { data.as_ptr() },
            data_length: data.len(),
        })
    }
}

/// The dataField of the first TLV.
fn data_of(octets: &[u8]) -> Option<&[u8]> {
    let [_, _, high, low, ..] = octets.get(BEFORE_TLV..)? else { return None };
    // The length counts the id, too.
    let length = usize::from(u16::from_be_bytes([*high, *low])).checked_sub(2)?;
    octets.get(BEFORE_DATA..)?.get(..length)
}
