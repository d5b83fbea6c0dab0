//! Slave event monitoring as others send and read it. IEEE 1588-2019 16.11.

use syntone::wire::tlvs::SlaveEvents;
use syntone::wire::{ClockIdentity, PortIdentity, TlvData, WireTimestamp};

/// What `slave_event_monitor` of ptp4l 3.1.1 received, at the seventh Sync and the twelfth Delay_Resp of a run over veth.
const PTP4L_SYNC: &str = "0c02005c00000000000000000000000000000000569414fffe1f15740000000f057fffffffffffffffffffff\
    8004002c4a56aefffeb13cdf0001001000006b0714d80440256a00000000000000000000000000006b0714d804402a8a";
const PTP4L_DELAY: &str = "0c02005800000000000000000000000000000000569414fffe1f15740000000c057fffffffffffffffffffff\
    7f0000284a56aefffeb13cdf0001000c00006b0714d70d679c00000000000000000000006b0714d70d67a460";
/// What a slave of ours sent in the simulator, and pmc 3.1.1 printed as below.
const OURS: &str = "0c1200c200000000000000000000000000000000020000fffe00000200010005057fffffffffffffffffffff\
    80040092020000fffe0000010001000500006553f10b0411602100000000000000000000000000006553f10b0419608300\
    0700006553f10d0411602100000000000000000000000000006553f10d04116bd8000900006553f10f04116021000000000000000000000000\
    00006553f10f04116bd8000b00006553f1110411602100000000000000000000000000006553f11104116bd9";

fn octets(hex: &str) -> Vec<u8> {
    hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn identity(octets: [u8; 8]) -> PortIdentity {
    PortIdentity::new(ClockIdentity::from_octets(octets), 1)
}

/// The one TLV of a message, which is written as it was read.
fn only(octets: &[u8]) -> (PortIdentity, TlvData<'_>) {
    let events = SlaveEvents::parse(octets).unwrap().unwrap();
    let mut data = events.iter();
    let only = data.next().unwrap().unwrap();
    assert!(data.next().is_none());
    let mut again = [0; 256];
    let length = only.emit(&mut again).unwrap();
    assert_eq!(again[..length], octets[44..]);
    (events.slave, only)
}

#[test]
fn what_ptp4l_sends_of_a_sync_is_read() {
    let octets = octets(PTP4L_SYNC);
    let (slave, TlvData::SlaveRxSyncTimingData(data)) = only(&octets) else { panic!("another TLV") };
    // It sends them by its local socket, which it counts as port 0.
    let expected = identity([0x56, 0x94, 0x14, 0xFF, 0xFE, 0x1F, 0x15, 0x74]);
    assert_eq!(slave, PortIdentity { port_number: 0, ..expected });
    assert_eq!(data.sync_source_port_identity, identity([0x4A, 0x56, 0xAE, 0xFF, 0xFE, 0xB1, 0x3C, 0xDF]));
    let events: Vec<_> = data.list.iter().collect();
    assert_eq!((events.len(), events[0].sequence_id), (1, 16));
    // The way over veth.
    let times = [events[0].sync_origin_timestamp, events[0].sync_event_ingress_timestamp];
    assert_eq!(times.map(|time| time.seconds), [0x6B07_14D8; 2]);
    assert_eq!(times[1].nanoseconds - times[0].nanoseconds, 0x520);
}

#[test]
fn what_ptp4l_sends_of_a_delay_exchange_is_read() {
    let octets = octets(PTP4L_DELAY);
    let (_, TlvData::SlaveDelayTimingData(data)) = only(&octets) else { panic!("another TLV") };
    let events: Vec<_> = data.list.iter().collect();
    assert_eq!((events.len(), events[0].sequence_id), (1, 12));
    let times = [events[0].delay_origin_timestamp, events[0].delay_response_timestamp];
    assert_eq!(times[1].nanoseconds - times[0].nanoseconds, 0x860);
}

#[test]
fn pmc_reads_in_our_messages_what_we_do() {
    let octets = octets(OURS);
    let (slave, TlvData::SlaveRxSyncTimingData(data)) = only(&octets) else { panic!("another TLV") };
    assert_eq!(slave, identity([2, 0, 0, 0xFF, 0xFE, 0, 0, 2]));
    assert_eq!(data.sync_source_port_identity, identity([2, 0, 0, 0xFF, 0xFE, 0, 0, 1]));
    let at = |seconds, nanoseconds| WireTimestamp { seconds, nanoseconds };
    let printed = [
        (5, at(1_700_000_011, 68_247_585), at(1_700_000_011, 68_771_971)),
        (7, at(1_700_000_013, 68_247_585), at(1_700_000_013, 68_250_584)),
        (9, at(1_700_000_015, 68_247_585), at(1_700_000_015, 68_250_584)),
        (11, at(1_700_000_017, 68_247_585), at(1_700_000_017, 68_250_585)),
    ];
    let read = data.list.iter();
    assert!(read.map(|it| (it.sequence_id, it.sync_origin_timestamp, it.sync_event_ingress_timestamp)).eq(printed));
}

#[test]
fn other_messages_tell_of_no_events() {
    let mut sync = octets(PTP4L_SYNC);
    sync[0] = 0;
    sync.truncate(44);
    sync[3] = 44;
    assert_eq!(SlaveEvents::parse(&sync), Ok(None));
    assert!(SlaveEvents::parse(&octets(PTP4L_SYNC)[..91]).is_err());
}
