/*
 * The C interface of Syntone, an IEEE 1588-2019 (PTP) stack.
 *
 * Made by cbindgen from crates/syntone-capi: do not change it by hand. C11 and C++17.
 *
 * Use: fill in a syntone_config (syntone_config_init) and a syntone_hal, make a clock in storage of yours
 * (syntone_clock_init), call syntone_clock_run_once again and again: at the time that it asks for, and whenever the
 * board has received or stamped something. That is all that a slave takes; docs/c-api.md has it as a whole program. What
 * else there is, in this order: messages as octets and structs; status; grandmaster, holdover and UTC; settings;
 * management; storage that is lent, and what is kept there; performance; Signaling; transparent clocks; and, on Linux, a
 * board ready made.
 *
 * Calls: a struct that begins with struct_size is told its size before each call, by its _init function or by you; reserved
 * members are 0. Ports count from 0 (portNumber of the standard from 1). Texts are UTF-8 and end with NUL. The functions
 * of a library that was built without its features `full` or `boundary` are fewer: docs/c-api.md.
 *
 * Units: times in nanoseconds; finer ones (offsets, delays, latencies) in units of 2^-16 ns, as PTP carries them on the
 * wire; frequencies in units of 2^-16 ppm, as Linux counts them. Intervals are logarithms to base 2 of seconds.
 * Flags are octets, 0 or not 0.
 *
 * Two times: `monotonic` only counts, and says when to be called again; the PTP clock is what is stepped and steered, and
 * what makes the time stamps.
 *
 * Ownership: nothing is allocated but a syntone_linux, nothing is kept but the clock in the caller's storage; what is handed
 * over by pointer is copied, but for what is lent and for `context` pointers. Storage of a clock that is no longer used can
 * be used for something else without further ado.
 *
 * Threads: there is no global state. Different clocks can be used by different threads; one clock by one thread at a
 * time, and not from its own callbacks (they get SYNTONE_RESULT_BUSY).
 *
 * Results: 0 is success. Pointers that are NULL or misaligned, storage that is too small and versions that do not match
 * are results, not crashes. What no library can check stands under `Pointers` at each function, and is up to the caller.
 * Nothing unwinds out of a function, and callbacks must not throw.
 */

#ifndef SYNTONE_H
#define SYNTONE_H

#include <stddef.h>
#include <stdint.h>

// Octets that suffice for a clock with so many ports; syntone_clock_size() is exact.
#define SYNTONE_CLOCK_SIZE(ports) (SYNTONE_CLOCK_SIZE_BASE + (ports) * SYNTONE_CLOCK_SIZE_PORT)

// Octets that suffice for a transparent clock with so many ports; syntone_transparent_size() is exact.
#define SYNTONE_TRANSPARENT_SIZE(ports) (SYNTONE_TRANSPARENT_SIZE_BASE + (ports) * SYNTONE_TRANSPARENT_SIZE_PORT)

// Octets that suffice for the performance records of a clock with so many ports; syntone_performance_size() is exact.
#define SYNTONE_PERFORMANCE_SIZE(ports) (SYNTONE_PERFORMANCE_SIZE_BASE + (ports) * SYNTONE_PERFORMANCE_SIZE_PORT)

// syntone_address.kind: not known.
#define SYNTONE_ADDRESS_NONE 0

// syntone_address.kind: UDP/IPv4, 4 octets.
#define SYNTONE_ADDRESS_IPV4 1

// syntone_address.kind: UDP/IPv6, 16 octets.
#define SYNTONE_ADDRESS_IPV6 2

// syntone_address.kind: Ethernet, 6 octets.
#define SYNTONE_ADDRESS_ETHERNET 3

// Whom a message is for: 224.0.1.129, FF0X::181 or 01-1B-19-00-00-00.
#define SYNTONE_DESTINATION_PRIMARY 0

// Whom a message is for: 224.0.0.107, FF02::6B or 01-80-C2-00-00-0E.
#define SYNTONE_DESTINATION_PEER 1

// Whom a message is for: the node at the address beside it.
#define SYNTONE_DESTINATION_UNICAST 2

// Version of this interface. It changes with every change that a program must be compiled anew for.
#define SYNTONE_ABI_VERSION 2

// Returned by functions of the HAL: done.
#define SYNTONE_HAL_OK 0

// Returned by receive and poll_egress: there is one, and it was written.
#define SYNTONE_HAL_ONE 1

// Returned by functions of the HAL: no link, or the interface is gone.
#define SYNTONE_HAL_LINK_DOWN (-1)

// Returned by functions of the HAL: the transmit queue is full; this message is lost, the next may pass.
#define SYNTONE_HAL_BUSY (-2)

// Returned by receive: the message is longer than the buffer and was dropped.
#define SYNTONE_HAL_BUFFER_TOO_SMALL (-3)

// Returned by send: the destination is not served by this port.
#define SYNTONE_HAL_UNREACHABLE (-4)

// Returned by functions of the HAL: the hardware does not offer this.
#define SYNTONE_HAL_UNSUPPORTED (-5)

// Returned by functions of the HAL: the operating system refuses it.
#define SYNTONE_HAL_PERMISSION_DENIED (-6)

// Returned by set_frequency: beyond max_frequency; nothing was changed.
#define SYNTONE_HAL_OUT_OF_RANGE (-7)

// Returned by functions of the HAL: the hardware did not answer within its bound.
#define SYNTONE_HAL_TIMEOUT (-8)

// Returned by functions of the HAL: anything else.
#define SYNTONE_HAL_OTHER (-9)

// syntone_transmit.one_step: the message is sent as it is.
#define SYNTONE_ONE_STEP_NONE 0

// syntone_transmit.one_step: a Sync. As it leaves, the hardware writes its egress time stamp into originTimestamp (octets 34
// to 43), and adds what that has below a nanosecond to correctionField (octets 8 to 15). No stamp is given back.
#define SYNTONE_ONE_STEP_ORIGIN 1

// syntone_transmit.one_step: a Pdelay_Resp, or an event message that passes through a transparent clock. As it leaves, the hardware
// adds its egress time stamp, in units of 2^-16 ns since the epoch and modulo 2^64, to correctionField (octets 8 to 15). No stamp is
// given back.
#define SYNTONE_ONE_STEP_ELAPSED 2

// The most ports that a clock can have.
#define SYNTONE_MAX_PORTS 8

// Bit of time_flags, leap61: the last minute of the UTC day has 61 seconds.
#define SYNTONE_TIME_LEAP61 1

// Bit of time_flags, leap59: the last minute of the UTC day has 59 seconds.
#define SYNTONE_TIME_LEAP59 2

// Bit of time_flags, currentUtcOffsetValid.
#define SYNTONE_TIME_UTC_OFFSET_VALID 4

// Bit of time_flags, ptpTimescale: the epoch is that of PTP.
#define SYNTONE_TIME_PTP_TIMESCALE 8

// Bit of time_flags, timeTraceable.
#define SYNTONE_TIME_TRACEABLE 16

// Bit of time_flags, frequencyTraceable.
#define SYNTONE_TIME_FREQUENCY_TRACEABLE 32

// The default delay request-response profile: end-to-end.
#define SYNTONE_PROFILE_DEFAULT_E2E 1

// The default peer-to-peer profile.
#define SYNTONE_PROFILE_DEFAULT_P2P 2

// delay_mechanism: Delay_Req and Delay_Resp, through whatever is on the way.
#define SYNTONE_DELAY_END_TO_END 1

// delay_mechanism: Pdelay_Req and Pdelay_Resp, with the other end of the link.
#define SYNTONE_DELAY_PEER_TO_PEER 2

// delay_mechanism: none; the delay is not measured.
#define SYNTONE_DELAY_NONE 254

// syntone_event.kind: a port changed its state: port, state_before, state.
#define SYNTONE_EVENT_STATE 1

// syntone_event.kind: another parent or grandmaster, or other attributes of them: parent, grandmaster, master_before, master;
// the clock's own when it is grandmaster itself.
#define SYNTONE_EVENT_PARENT 2

// syntone_event.kind: locked, no longer locked, or holding over: lock.
#define SYNTONE_EVENT_LOCK 3

// syntone_event.kind: the clock was stepped: stepped.
#define SYNTONE_EVENT_STEPPED 4

// syntone_event.kind: the HAL reported an error that stops a port: port, error.
#define SYNTONE_EVENT_FAULT 5

// syntone_event.kind: several nodes answer the Pdelay_Reqs of a port, which is faulty therefore: port.
#define SYNTONE_EVENT_SEVERAL_RESPONDERS 6

// syntone_event.kind: the grandmaster says something else of its time: time_before, time.
#define SYNTONE_EVENT_TIME_PROPERTIES 7

// syntone_event.kind: events before this one are lost, as they came faster than they were taken: missed.
#define SYNTONE_EVENT_MISSED 8

// syntone_event.kind: something that this version of the interface has no words for.
#define SYNTONE_EVENT_OTHER 255

// syntone_message.message_type: Sync.
#define SYNTONE_MESSAGE_SYNC 0

// syntone_message.message_type: Delay_Req.
#define SYNTONE_MESSAGE_DELAY_REQ 1

// syntone_message.message_type: Pdelay_Req.
#define SYNTONE_MESSAGE_PDELAY_REQ 2

// syntone_message.message_type: Pdelay_Resp.
#define SYNTONE_MESSAGE_PDELAY_RESP 3

// syntone_message.message_type: Follow_Up.
#define SYNTONE_MESSAGE_FOLLOW_UP 8

// syntone_message.message_type: Delay_Resp.
#define SYNTONE_MESSAGE_DELAY_RESP 9

// syntone_message.message_type: Pdelay_Resp_Follow_Up.
#define SYNTONE_MESSAGE_PDELAY_RESP_FOLLOW_UP 10

// syntone_message.message_type: Announce.
#define SYNTONE_MESSAGE_ANNOUNCE 11

// syntone_message.message_type: Signaling.
#define SYNTONE_MESSAGE_SIGNALING 12

// syntone_message.message_type: Management.
#define SYNTONE_MESSAGE_MANAGEMENT 13

// syntone_tlv.tlv_type, SLAVE_RX_SYNC_TIMING_DATA: time stamps of Syncs.
#define SYNTONE_TLV_SLAVE_RX_SYNC_TIMING 32772

// syntone_tlv.tlv_type, SLAVE_RX_SYNC_COMPUTED_DATA: offset and delay as computed of Syncs.
#define SYNTONE_TLV_SLAVE_RX_SYNC_COMPUTED 32773

// syntone_tlv.tlv_type, SLAVE_TX_EVENT_TIMESTAMPS: when messages left.
#define SYNTONE_TLV_SLAVE_TX_EVENT_TIMESTAMPS 32774

// syntone_tlv.tlv_type, SLAVE_DELAY_TIMING_DATA_NP, which linuxptp adds: time stamps of delay exchanges.
#define SYNTONE_TLV_SLAVE_DELAY_TIMING 32512

// Bit of syntone_slave_event.computed: rate_offset holds.
#define SYNTONE_COMPUTED_RATE_OFFSET 1

// Bit of syntone_slave_event.computed: mean_path_delay holds.
#define SYNTONE_COMPUTED_MEAN_PATH_DELAY 2

// Bit of syntone_slave_event.computed: offset_from_master holds.
#define SYNTONE_COMPUTED_OFFSET_FROM_MASTER 4

// Places in syntone_port_status for kinds of messages; the index is messageType.
#define SYNTONE_MESSAGE_TYPES 16

// Places in syntone_port_status for reasons to discard; syntone_discard_name() says which are used.
#define SYNTONE_DISCARD_REASONS 32

// Alignment of the storage of a clock, in octets.
#define SYNTONE_CLOCK_ALIGN 16

// Storage of a clock without its ports, in octets.
#define SYNTONE_CLOCK_SIZE_BASE 4096

// Storage of each port of a clock, in octets.
#define SYNTONE_CLOCK_SIZE_PORT 3072

// Setting of a clock: defaultDS.priority1, 0 to 255.
#define SYNTONE_SETTING_PRIORITY1 1

// Setting of a clock: defaultDS.priority2, 0 to 255.
#define SYNTONE_SETTING_PRIORITY2 2

// Setting of a clock: defaultDS.domainNumber, 0 to 255. A change starts all ports anew.
#define SYNTONE_SETTING_DOMAIN_NUMBER 3

// Setting of a clock: defaultDS.slaveOnly, 0 or 1; for one port. clockClass becomes 255, or 248 again. A change starts the port anew.
#define SYNTONE_SETTING_SLAVE_ONLY 4

// Setting of a clock: defaultDS.externalPortConfigurationEnabled, 0 or 1: ports are what SYNTONE_SETTING_DESIRED_STATE says.
#define SYNTONE_SETTING_EXTERNAL_PORT_CONFIGURATION 5

// Setting of a clock: pathTraceDS.enable, 0 or 1.
#define SYNTONE_SETTING_PATH_TRACE 6

// Setting of a clock: octets that each Announce has at the least, by a PAD TLV: an even number, 64 to 1440. At first 0: no PAD.
#define SYNTONE_SETTING_ANNOUNCE_LENGTH 7

// Setting of a clock: performanceMonitoringDS.enable, 0 or 1; see syntone_clock_measure_performance().
#define SYNTONE_SETTING_PERFORMANCE_MONITORING 8

// Setting of a port: portDS.portEnable, 0 or 1.
#define SYNTONE_SETTING_PORT_ENABLE 32

// Setting of a port: portDS.logAnnounceInterval, -7 to 7.
#define SYNTONE_SETTING_LOG_ANNOUNCE_INTERVAL 33

// Setting of a port: portDS.announceReceiptTimeout, 2 to 255 announce intervals.
#define SYNTONE_SETTING_ANNOUNCE_RECEIPT_TIMEOUT 34

// Setting of a port: portDS.logSyncInterval, -7 to 7.
#define SYNTONE_SETTING_LOG_SYNC_INTERVAL 35

// Setting of a port: portDS.logMinPdelayReqInterval, -7 to 7.
#define SYNTONE_SETTING_LOG_MIN_PDELAY_REQ_INTERVAL 36

// Setting of a port: portDS.masterOnly, 0 or 1.
#define SYNTONE_SETTING_MASTER_ONLY 37

// Setting of a port: externalPortConfigurationPortDS.desiredState, 6 master, 7 passive or 9 slave; one slave at the most.
#define SYNTONE_SETTING_DESIRED_STATE 38

// Setting of a port: what management messages that come in by it may do: 0 nothing, 1 ask, 2 ask and change. At first 0.
#define SYNTONE_SETTING_MANAGEMENT_ACCESS 39

// Setting of a port: acceptableMasterPortDS.enable, 0 or 1: Announces are considered of those alone of
// syntone_clock_set_acceptable_masters().
#define SYNTONE_SETTING_ACCEPTABLE_MASTERS 40

// Setting of a port: alternateMasterPortDS.numberOfAlternateMasters, 0 to 4: so many of the best beside the master announce themselves, and
// this port may be one of them. 0: none is remembered either.
#define SYNTONE_SETTING_ALTERNATE_MASTERS 41

// Setting of a port: alternateMasterPortDS.transmitAlternateMulticastSync, 0 or 1.
#define SYNTONE_SETTING_ALTERNATE_SYNC 42

// Setting of a port: alternateMasterPortDS.logAlternateMulticastSyncInterval, -7 to 7.
#define SYNTONE_SETTING_LOG_ALTERNATE_SYNC_INTERVAL 43

// syntone_request.action: asks for a value.
#define SYNTONE_ACTION_GET 0

// syntone_request.action: changes a value.
#define SYNTONE_ACTION_SET 1

// syntone_request.action: has something done.
#define SYNTONE_ACTION_COMMAND 3

// syntone_response.outcome: the values that are in effect, in `data`.
#define SYNTONE_OUTCOME_DATA 0

// syntone_response.outcome: it was done.
#define SYNTONE_OUTCOME_DONE 1

// syntone_response.outcome: it was not done; error_id says why.
#define SYNTONE_OUTCOME_REFUSED 2

// Lent for the TLVs of the parent's Announces that a boundary clock hands on, and a slave reads: 1376 octets hold all.
#define SYNTONE_LEND_ANNOUNCE_TLVS 1

// Lent for the TLVs of organisations that come with Announces of the parent and with Signaling: see syntone_clock_take_tlvs().
#define SYNTONE_LEND_RECEIVED_TLVS 2

// Lent for the TLVs of syntone_clock_announce_tlvs(), of which there are none then.
#define SYNTONE_LEND_ANNOUNCED_TLVS 3

// Lent for acceptableMasterTableDS, SYNTONE_SIZE_ACCEPTABLE_MASTER octets for each; it holds nobody then.
#define SYNTONE_LEND_ACCEPTABLE_MASTERS 4

// Lent for alternateTimescaleOffsetsDS, SYNTONE_SIZE_ALTERNATE_TIMESCALE octets for each, 255 at the most.
#define SYNTONE_LEND_ALTERNATE_TIMESCALES 5

// Lent for faults, SYNTONE_SIZE_FAULT octets for each, which are remembered from then on; the newest takes the place of the oldest.
#define SYNTONE_LEND_FAULT_LOG 6

// Lent for a userDescription that management can set, 128 octets at the most. Describe the clock first.
#define SYNTONE_LEND_USER_DESCRIPTION 7

// Octets of an acceptable master in storage that is lent, as many or more.
#define SYNTONE_SIZE_ACCEPTABLE_MASTER 24

// Octets of an alternate timescale in storage that is lent, as many or more.
#define SYNTONE_SIZE_ALTERNATE_TIMESCALE 32

// Octets of a fault in storage that is lent, as many or more.
#define SYNTONE_SIZE_FAULT 2

// Octets of storage for syntone_clock_describe().
#define SYNTONE_SIZE_DESCRIPTION 384

// Asked of the host: nothing.
#define SYNTONE_HOST_NOTHING 0

// Asked of the host: keep what is set now, to start with it next time.
#define SYNTONE_HOST_SAVE 1

// Asked of the host: forget what was kept, to start as delivered next time.
#define SYNTONE_HOST_RESET 2

// Number of a record: the quarter of an hour that runs. Those that are over follow, the newest first.
#define SYNTONE_PERFORMANCE_CURRENT_QUARTER 0

// Number of a record: the oldest quarter of an hour.
#define SYNTONE_PERFORMANCE_OLDEST_QUARTER 96

// Number of a record: the day that runs.
#define SYNTONE_PERFORMANCE_CURRENT_DAY 97

// Number of a record: the day before.
#define SYNTONE_PERFORMANCE_PREVIOUS_DAY 98

// Of a value in a record: it was not measured.
#define SYNTONE_NOT_MEASURED 9223372036854775807

// Storage for performance records without those of ports, in octets.
#define SYNTONE_PERFORMANCE_SIZE_BASE 18432

// Storage for performance records of each port, in octets.
#define SYNTONE_PERFORMANCE_SIZE_PORT 11264

// Places in syntone_histogram for counts.
#define SYNTONE_HISTOGRAM_BUCKETS 24

// Places in syntone_histogram for bounds.
#define SYNTONE_HISTOGRAM_BOUNDS 23

// Bit of syntone_slave_monitoring.enable: SLAVE_RX_SYNC_TIMING_DATA, the time stamps of Syncs.
#define SYNTONE_MONITOR_RX_SYNC_TIMING 1

// Bit of syntone_slave_monitoring.enable: SLAVE_RX_SYNC_COMPUTED_DATA, offset and delay as computed of Syncs.
#define SYNTONE_MONITOR_RX_SYNC_COMPUTED 2

// Bit of syntone_slave_monitoring.enable: SLAVE_TX_EVENT_TIMESTAMPS, when Delay_Reqs or Pdelay_Reqs left.
#define SYNTONE_MONITOR_TX_EVENT_TIMESTAMPS 4

// An interval of syntone_interval_request: as it is.
#define SYNTONE_INTERVAL_NO_CHANGE (-128)

// An interval of syntone_interval_request: that before any request.
#define SYNTONE_INTERVAL_INITIAL 126

// An interval of syntone_interval_request: no such message any more. No clock of Syntone does that.
#define SYNTONE_INTERVAL_STOP 127

// Bit of syntone_interval_request.flags: the other end is to compute neighborRateRatio.
#define SYNTONE_INTERVAL_COMPUTE_RATE_RATIO 1

// Bit of syntone_interval_request.flags: the other end is to compute meanLinkDelay.
#define SYNTONE_INTERVAL_COMPUTE_LINK_DELAY 2

// Bit of syntone_interval_request.flags: Syncs in one step are understood here.
#define SYNTONE_INTERVAL_ONE_STEP_CAPABLE 4

// Storage of a transparent clock without its ports, in octets.
#define SYNTONE_TRANSPARENT_SIZE_BASE 8192

// Storage of each port of a transparent clock, in octets.
#define SYNTONE_TRANSPARENT_SIZE_PORT 1536

// Octets of syntone_linux_port.name.
#define SYNTONE_LINUX_NAME_SIZE 16

// syntone_linux_port.transport, with the number of the standard: UDP/IPv4.
#define SYNTONE_TRANSPORT_UDP_IPV4 1

// syntone_linux_port.transport, with the number of the standard: UDP/IPv6.
#define SYNTONE_TRANSPORT_UDP_IPV6 2

// syntone_linux_port.transport, with the number of the standard: Ethernet frames.
#define SYNTONE_TRANSPORT_ETHERNET 3

// syntone_linux_config.stamping: the time stamps of the kernel.
#define SYNTONE_STAMPING_SOFTWARE 0

// syntone_linux_config.stamping: those of the interfaces' hardware clock where they can be had, else those of the kernel.
#define SYNTONE_STAMPING_HARDWARE_IF_POSSIBLE 1

// syntone_linux_config.stamping: those of the interfaces' hardware clock (PHC), which all ports share.
#define SYNTONE_STAMPING_HARDWARE 2

// Octets of syntone_linux_error.text.
#define SYNTONE_LINUX_TEXT_SIZE 508

// What a function returns.
enum syntone_result
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Done.
    SYNTONE_RESULT_OK = 0,
    // A pointer that must not be NULL is NULL.
    SYNTONE_RESULT_NULL_POINTER = 1,
    // A pointer is not aligned as its type or SYNTONE_CLOCK_ALIGN asks.
    SYNTONE_RESULT_MISALIGNED = 2,
    // The storage is smaller than syntone_clock_size() or syntone_transparent_size() says, or a buffer is too small.
    SYNTONE_RESULT_STORAGE_TOO_SMALL = 3,
    // A struct_size is not the size that this library knows: it was not set, or header and library do not match.
    SYNTONE_RESULT_WRONG_SIZE = 4,
    // The abi_version is not the one of this library: header and library do not match.
    SYNTONE_RESULT_WRONG_VERSION = 5,
    // A function of the HAL that must be there is NULL.
    SYNTONE_RESULT_MISSING_FUNCTION = 6,
    // An option is outside its range; syntone_config_error names it.
    SYNTONE_RESULT_BAD_CONFIG = 7,
    // The storage holds no clock, or none of this kind: its init function was not called or did not succeed.
    SYNTONE_RESULT_NO_CLOCK = 8,
    // The clock is at work: the call came from one of its own callbacks.
    SYNTONE_RESULT_BUSY = 9,
    // The clock has no such port, or there is no such number.
    SYNTONE_RESULT_OUT_OF_RANGE = 10,
    // The operating system refuses it.
    SYNTONE_RESULT_SYSTEM = 11,
    // The board is not open.
    SYNTONE_RESULT_NOT_OPEN = 12,
    // The HAL refuses it.
    SYNTONE_RESULT_REFUSED = 13,
    // It is no management request that this clock answers.
    SYNTONE_RESULT_NOT_ANSWERED = 14,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum syntone_result syntone_result;
#else
typedef int32_t syntone_result;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// How well a clock follows its master.
enum syntone_lock
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Not within the threshold, or not yet for long enough; also a grandmaster.
    SYNTONE_LOCK_UNLOCKED = 0,
    // Within the threshold for several Syncs in a row.
    SYNTONE_LOCK_LOCKED = 1,
    // It was locked; the master is lost and the frequency is held.
    SYNTONE_LOCK_HOLDOVER = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum syntone_lock syntone_lock;
#else
typedef uint8_t syntone_lock;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// State of a port, with the numbers of the standard: IEEE 1588-2019 8.2.15.3.1.
enum syntone_port_state
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Starting; neither sends nor uses messages.
    SYNTONE_PORT_STATE_INITIALIZING = 1,
    // Out of service by a fault.
    SYNTONE_PORT_STATE_FAULTY = 2,
    // Out of service by management.
    SYNTONE_PORT_STATE_DISABLED = 3,
    // Waits for Announce messages.
    SYNTONE_PORT_STATE_LISTENING = 4,
    // Will be master soon, and is silent until then.
    SYNTONE_PORT_STATE_PRE_MASTER = 5,
    // Gives its time to the path.
    SYNTONE_PORT_STATE_MASTER = 6,
    // Neither: another is the better master on this path.
    SYNTONE_PORT_STATE_PASSIVE = 7,
    // Has a master and is not yet synchronised to it.
    SYNTONE_PORT_STATE_UNCALIBRATED = 8,
    // Synchronised to the master on this path.
    SYNTONE_PORT_STATE_SLAVE = 9,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum syntone_port_state syntone_port_state;
#else
typedef uint8_t syntone_port_state;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// A clock, in storage of the caller.
typedef struct syntone_clock syntone_clock;

// Sockets and clock of a board on Linux.
typedef struct syntone_linux syntone_linux;

// A transparent clock, in storage of the caller: it forwards PTP messages from port to port and corrects them by the time that
// they stayed.
typedef struct syntone_transparent syntone_transparent;

// Settings of one port. Intervals are the logarithm to base 2 of seconds: -3 is 1/8 s.
typedef struct syntone_port_config {
    // How much longer than the mean the way from the master takes, in units of 2^-16 ns. Default 0.
    int64_t delay_asymmetry;
    // Added to what the HAL knows of ingress latency, in units of 2^-16 ns. Default 0.
    int64_t ingress_latency;
    // Added to what the HAL knows of egress latency, in units of 2^-16 ns. Default 0.
    int64_t egress_latency;
    // Interval of Announce messages, -7 to 7. Default 1: every 2 s.
    int8_t log_announce_interval;
    // Interval of Sync messages, -7 to 7. Default 0: every second.
    int8_t log_sync_interval;
    // Least mean interval of Delay_Req messages that a master grants, -7 to 7. Default 0.
    int8_t log_min_delay_req_interval;
    // Announce intervals after which a silent master is given up, 2 to 255. Default 3.
    uint8_t announce_receipt_timeout;
    // Time after which a faulty port tries again, -3 to 7. Default 2: 4 s.
    int8_t log_fault_reset_interval;
    // Not 0: never a slave. Default 0.
    uint8_t master_only;
    // portDS.delayMechanism, one of SYNTONE_DELAY_... Default SYNTONE_DELAY_END_TO_END.
    uint8_t delay_mechanism;
    // Least interval of Pdelay_Req messages, -7 to 7. Default 0.
    int8_t log_min_pdelay_req_interval;
    // 0: Sync and Pdelay_Resp are completed in one step where syntone_port_capabilities says that the port can. Default 1.
    uint8_t two_step_flag;
    // Not 0: Delay_Req goes to the master alone, which answers to this port alone. Default 0.
    uint8_t hybrid;
    // 0.
    uint8_t reserved[14];
} syntone_port_config;

// Settings of a clock. Fill in the defaults with syntone_config_init_profile() or syntone_config_init(), then change what is to be different.
typedef struct syntone_config {
    // sizeof(syntone_config); set by syntone_config_init().
    uint32_t struct_size;
    // Ports, 1 to SYNTONE_MAX_PORTS: one makes an ordinary clock, several a boundary clock. Default 1.
    uint8_t port_count;
    // defaultDS.domainNumber. Default 0.
    uint8_t domain_number;
    // defaultDS.sdoId, 0 to 0xFFF. Default 0.
    uint16_t sdo_id;
    // defaultDS.clockIdentity in network order; neither all zeros nor all ones. No default: set it. From a MAC address
    // a-b-c-d-e-f it is a, b, c, 0xFF, 0xFE, d, e, f.
    uint8_t clock_identity[8];
    // defaultDS.priority1; lower is better. Default 128.
    uint8_t priority1;
    // defaultDS.priority2; lower is better. Default 128.
    uint8_t priority2;
    // defaultDS.clockQuality.clockClass. Default 248.
    uint8_t clock_class;
    // defaultDS.clockQuality.clockAccuracy. Default 0xFE: unknown.
    uint8_t clock_accuracy;
    // defaultDS.clockQuality.offsetScaledLogVariance. Default 0xFFFF: unknown.
    uint16_t offset_scaled_log_variance;
    // Not 0: never a master; for one port. Default 0.
    uint8_t slave_only;
    // defaultDS.maxStepsRemoved, 2 to 255. Default 255.
    uint8_t max_steps_removed;
    // minorVersionPTP of what is sent, 0 or 1; both are received. Default 1.
    uint8_t minor_version_ptp;
    // timePropertiesDS.timeSource as grandmaster. Default 0xA0: internal oscillator.
    uint8_t time_source;
    // timePropertiesDS.currentUtcOffset as grandmaster, in seconds. Default 37.
    int16_t current_utc_offset;
    // SYNTONE_TIME_... as grandmaster. Default SYNTONE_TIME_PTP_TIMESCALE.
    uint16_t time_flags;
    // Syncs in a row within lock_threshold that make the lock, 1 to 255. Default 4.
    uint8_t lock_count;
    // 0.
    uint8_t reserved[1];
    // The frequency is kept within this and within max_frequency of the HAL, in units of 2^-16 ppm. Default 500 ppm.
    int32_t max_frequency;
    // Seed of the random spacing of messages; mix in something that differs from device to device. Default 0.
    uint64_t seed;
    // An offset beyond this is stepped away at the first opportunity, in units of 2^-16 ns; 0: never. Default 20 us.
    int64_t first_step_threshold;
    // An offset beyond this is stepped away at any later time, in units of 2^-16 ns; 0: never. Default 0.
    int64_t step_threshold;
    // Locked means offsets within this, in units of 2^-16 ns. Default 0: 1 us with hardware stamps, 50 us with software.
    int64_t lock_threshold;
    // The ports; the first port_count count. All have the defaults of the default profile.
    struct syntone_port_config ports[SYNTONE_MAX_PORTS];
} syntone_config;

// A port of a clock.
typedef struct syntone_port_identity {
    // clockIdentity, in network order.
    uint8_t clock_identity[8];
    // portNumber, from 1; 0 for the clock as a whole.
    uint16_t port_number;
} syntone_port_identity;

// A PTP message: IEEE 1588-2019 13.3 to 13.12. message_type tells which members of the body count; the others are zero.
typedef struct syntone_message {
    // sizeof(syntone_message); set it before the call.
    uint32_t struct_size;
    // messageTypeSpecific.
    uint32_t message_type_specific;
    // correctionField, in units of 2^-16 ns.
    int64_t correction_field;
    // sdoId: majorSdoId and minorSdoId, 12 bits.
    uint16_t sdo_id;
    // messageLength: what the message says when decoded; computed when encoded.
    uint16_t message_length;
    // flagField, octet 0 of it in the high octet.
    uint16_t flags;
    // sequenceId.
    uint16_t sequence_id;
    // sourcePortIdentity.
    struct syntone_port_identity source;
    // messageType, one of SYNTONE_MESSAGE_...
    uint8_t message_type;
    // versionPTP: 2.
    uint8_t version_ptp;
    // minorVersionPTP, 0 to 15: 1 in the edition of 2019, 0 in that of 2008.
    uint8_t minor_version_ptp;
    // domainNumber.
    uint8_t domain_number;
    // controlField.
    uint8_t control_field;
    // logMessageInterval.
    int8_t log_message_interval;
    // timeSource of Announce.
    uint8_t time_source;
    // grandmasterPriority1 of Announce.
    uint8_t grandmaster_priority1;
    // grandmasterPriority2 of Announce.
    uint8_t grandmaster_priority2;
    // grandmasterClockQuality.clockClass of Announce.
    uint8_t clock_class;
    // grandmasterClockQuality.clockAccuracy of Announce.
    uint8_t clock_accuracy;
    // startingBoundaryHops of Management.
    uint8_t starting_boundary_hops;
    // boundaryHops of Management.
    uint8_t boundary_hops;
    // actionField of Management: 0 GET, 1 SET, 2 RESPONSE, 3 COMMAND, 4 ACKNOWLEDGE.
    uint8_t action_field;
    // grandmasterClockQuality.offsetScaledLogVariance of Announce.
    uint16_t offset_scaled_log_variance;
    // currentUtcOffset of Announce, in seconds.
    int16_t current_utc_offset;
    // stepsRemoved of Announce.
    uint16_t steps_removed;
    // grandmasterIdentity of Announce, in network order.
    uint8_t grandmaster[8];
    // requestingPortIdentity of the answers to delay requests; targetPortIdentity of Signaling and Management.
    struct syntone_port_identity addressed;
    // Nanoseconds of the time stamp in the body, as they are on the wire: also values from 10^9 on.
    uint32_t nanoseconds;
    // Seconds of the time stamp in the body, below 2^48: originTimestamp, preciseOriginTimestamp, receiveTimestamp,
    // requestReceiptTimestamp or responseOriginTimestamp.
    uint64_t seconds;
    // The octets of its TLVs, for syntone_tlv_next(); decoded, they lie in the octets that were decoded. May be NULL if
    // there is none.
    const uint8_t *tlvs;
    // How many octets its TLVs have.
    size_t tlvs_length;
} syntone_message;

// Why octets are no PTP message.
typedef struct syntone_parse_error {
    // The first field that is wrong, by the standard's name; ends with NUL.
    char field[64];
    // What is wrong, in words; ends with NUL.
    char reason[64];
    // Where the field begins, in octets from the start.
    uint32_t offset;
} syntone_parse_error;

// A TLV: IEEE 1588-2019 14.1.
typedef struct syntone_tlv {
    // Its lengthField octets, in those that syntone_tlv_next() was given.
    const uint8_t *value;
    // lengthField.
    uint16_t length;
    // tlvType.
    uint16_t tlv_type;
} syntone_tlv;

// A moment of the PTP clock: time since the epoch of its timescale, 1970-01-01 00:00:00 TAI for PTP's own.
typedef struct syntone_timestamp {
    // Seconds, below 2^48.
    uint64_t seconds;
    // Nanoseconds, below 10^9. A time stamp beyond these ranges counts as lost.
    uint32_t nanoseconds;
    // Fraction of a nanosecond in units of 2^-16 ns; 0 where the hardware has none.
    uint16_t subnanoseconds;
} syntone_timestamp;

// One measurement that a slave tells of. IEEE 1588-2019 16.11.4. The tlv_type tells which members count; the others are zero.
typedef struct syntone_slave_event {
    // sizeof(syntone_slave_event); set it before the call.
    uint32_t struct_size;
    // One of SYNTONE_TLV_SLAVE_...
    uint16_t tlv_type;
    // sequenceId of the Sync, or of what the slave sent.
    uint16_t sequence_id;
    // RX_SYNC_TIMING: who sent the Syncs. DELAY_TIMING: who answered. Else the slave, which syntone_message.source tells for all.
    struct syntone_port_identity source;
    // TX_EVENT_TIMESTAMPS: which message, one of SYNTONE_MESSAGE_...
    uint8_t message_type;
    // RX_SYNC_COMPUTED: what holds, SYNTONE_COMPUTED_... or-ed.
    uint8_t computed;
    // RX_SYNC_TIMING: scaledCumulativeRateOffset; RX_SYNC_COMPUTED: scaledNeighborRateRatio: the ratio of rates less 1, in units of
    // 2^-41.
    int32_t rate_offset;
    // When the message left, as it is on the wire. Not of RX_SYNC_COMPUTED.
    struct syntone_timestamp sent;
    // When it came, as it is on the wire. RX_SYNC_TIMING and DELAY_TIMING.
    struct syntone_timestamp received;
    // All its corrections, in units of 2^-16 ns. RX_SYNC_TIMING and DELAY_TIMING.
    int64_t correction;
    // The slave's time less the master's, in units of 2^-16 ns. RX_SYNC_COMPUTED.
    int64_t offset_from_master;
    // The delay that was taken for it, in units of 2^-16 ns. RX_SYNC_COMPUTED.
    int64_t mean_path_delay;
} syntone_slave_event;

// The address of a node, below PTP.
typedef struct syntone_address {
    // One of SYNTONE_ADDRESS_...
    uint8_t kind;
    // The address in network order, from the first octet on.
    uint8_t octets[16];
} syntone_address;

// What the HAL tells of a message that it received.
typedef struct syntone_received {
    // Octets in the buffer, from the first octet of the PTP header on; padding behind the message is allowed.
    size_t length;
    // When it arrived, on the PTP clock, not corrected for latency; counts only with has_stamp.
    struct syntone_timestamp stamp;
    // Not 0: stamp is set. Leave it 0 for general messages, and where the hardware lost the stamp.
    uint8_t has_stamp;
    // The port that it came in by, from 0.
    uint8_t port;
    // Not 0: destination is set. Only a transparent clock asks, which forwards what was for one node if it is told for which.
    uint8_t has_destination;
    // Whom it was for, one of SYNTONE_DESTINATION_..., if the transport tells.
    uint8_t destination;
    // The sender, if the transport tells; else leave it zero.
    struct syntone_address source;
    // The receiver, for SYNTONE_DESTINATION_UNICAST.
    struct syntone_address destination_address;
} syntone_received;

// What the HAL is to do with a message.
typedef struct syntone_transmit {
    // Of an event message that is not completed in one step: the number under which poll_egress gives back its time stamp.
    uint32_t ticket;
    // 1: an event message (UDP port 319), its time stamp is wanted unless one_step says what to do with it. 0: a general
    // message (UDP port 320).
    uint8_t is_event;
    // The port that it leaves by, from 0.
    uint8_t port;
    // One of SYNTONE_DESTINATION_...
    uint8_t destination;
    // One of SYNTONE_ONE_STEP_...; not 0 only where syntone_port_capabilities says that the port can.
    uint8_t one_step;
    // The receiver, for SYNTONE_DESTINATION_UNICAST.
    struct syntone_address address;
} syntone_transmit;

// The egress time stamp of an event message.
typedef struct syntone_egress_stamp {
    // When it left, on the PTP clock, not corrected for latency; counts only with has_stamp.
    struct syntone_timestamp stamp;
    // syntone_transmit.ticket of the message.
    uint32_t ticket;
    // Not 0: stamp is set. 0: the hardware is known to have lost it.
    uint8_t has_stamp;
} syntone_egress_stamp;

// What a port can do. All zero is a port with software time stamps of unknown resolution.
typedef struct syntone_port_capabilities {
    // The step of the time stamps in units of 2^-16 ns; 0 if unknown.
    int64_t resolution;
    // Time from the medium to where ingress stamps are taken, in units of 2^-16 ns.
    int64_t ingress_latency;
    // Time from where egress stamps are taken to the medium, in units of 2^-16 ns.
    int64_t egress_latency;
    // Not 0: stamps are taken by hardware. 0: by software.
    uint8_t hardware_stamps;
    // Not 0: the hardware can write the egress time into a Sync as it leaves.
    uint8_t one_step_sync;
    // Not 0: the hardware can write the turnaround time into a Pdelay_Resp as it leaves.
    uint8_t one_step_pdelay_resp;
    // Not 0: the hardware can do SYNTONE_ONE_STEP_ELAPSED to any event message, and so add the time that it stayed to one that
    // passes through. Only a transparent clock asks.
    uint8_t one_step_residence;
} syntone_port_capabilities;

// The board: what a clock runs on. Copied by syntone_clock_init() and syntone_transparent_init().
//
// Every function gets `context` first, is called only from within functions of that clock, must return soon (none may
// wait for the network or the hardware), and must not call functions of the same clock, throw or longjmp. Pointers that it
// gets are valid until it returns.
typedef struct syntone_hal {
    // sizeof(syntone_hal).
    uint32_t struct_size;
    // SYNTONE_ABI_VERSION.
    uint32_t abi_version;
    // Handed to every function; may be NULL. What it points to must live as long as the clock is used.
    void *context;
    // Writes the next received PTP message of any port to `buffer`, at most `capacity` octets, and what is known of it
    // to `received`, which is all zero before. Returns SYNTONE_HAL_ONE, SYNTONE_HAL_OK if there is none, or an error.
    int32_t (*receive)(void *context, uint8_t *buffer, size_t capacity, struct syntone_received *received);
    // Sends the `length` octets of one PTP message, without transport headers. Returns SYNTONE_HAL_OK or an error: then
    // the message did not leave and no stamp will come.
    int32_t (*send)(void *context, const struct syntone_transmit *transmit, const uint8_t *message, size_t length);
    // Sends a message that came in by another port of a transparent clock on its way: as send, but under the address `source` of
    // its sender, which is all zero where it is not known, if the port can do so. NULL: send does it.
    int32_t (*forward)(void *context,
                       const struct syntone_transmit *transmit,
                       const struct syntone_address *source,
                       const uint8_t *message,
                       size_t length);
    // Whether a port has a link: 0 if not. NULL: always.
    uint8_t (*link_up)(void *context, uint8_t port);
    // Writes the next egress time stamp that has become known, of any port and in any order, to `stamp`, which is all
    // zero before. Returns SYNTONE_HAL_ONE, SYNTONE_HAL_OK if there is none, or an error.
    int32_t (*poll_egress)(void *context, struct syntone_egress_stamp *stamp);
    // Writes what a port can do to `capabilities`, which is all zero before. NULL: all zero for every port.
    void (*capabilities)(void *context, uint8_t port, struct syntone_port_capabilities *capabilities);
    // Nanoseconds since some fixed moment; never goes back, not affected by steps and steering of the PTP clock.
    uint64_t (*monotonic)(void *context);
    // Reads the PTP clock, the one that stamps the messages. Returns SYNTONE_HAL_OK or an error.
    int32_t (*now)(void *context, struct syntone_timestamp *now);
    // Adds nanoseconds, which may be negative, to the PTP clock at once. Returns SYNTONE_HAL_OK or an error. NULL: the
    // clock cannot step.
    int32_t (*step)(void *context, int64_t nanoseconds);
    // Makes the PTP clock run faster than its oscillator by itself would, by `frequency` in units of 2^-16 ppm (negative:
    // slower); absolute, not added to what was set before. Returns SYNTONE_HAL_OK or an error.
    int32_t (*set_frequency)(void *context, int32_t frequency);
    // The largest frequency that set_frequency takes, either way, in units of 2^-16 ppm; not negative.
    int32_t max_frequency;
} syntone_hal;

// Which option is outside its range.
typedef struct syntone_config_error {
    // The option, by the standard's name where it has one; ends with NUL. Empty if no option is wrong.
    char option[64];
    // What was given.
    int64_t value;
    // The smallest allowed value.
    int64_t minimum;
    // The largest allowed value.
    int64_t maximum;
} syntone_config_error;

// A parent and its grandmaster: parentDS, and currentDS.stepsRemoved.
typedef struct syntone_master {
    // parentDS.parentPortIdentity.
    struct syntone_port_identity parent;
    // parentDS.grandmasterIdentity, in network order.
    uint8_t grandmaster[8];
    // currentDS.stepsRemoved.
    uint16_t steps_removed;
    // parentDS.grandmasterClockQuality.offsetScaledLogVariance.
    uint16_t offset_scaled_log_variance;
    // parentDS.grandmasterClockQuality.clockClass.
    uint8_t clock_class;
    // parentDS.grandmasterClockQuality.clockAccuracy.
    uint8_t clock_accuracy;
    // parentDS.grandmasterPriority1.
    uint8_t priority1;
    // parentDS.grandmasterPriority2.
    uint8_t priority2;
} syntone_master;

// timePropertiesDS.
typedef struct syntone_time_properties {
    // currentUtcOffset in seconds.
    int16_t current_utc_offset;
    // SYNTONE_TIME_...
    uint16_t time_flags;
    // timeSource.
    uint8_t time_source;
} syntone_time_properties;

// Something that happened. Members that do not belong to the kind are zero.
typedef struct syntone_event {
    // Nanoseconds that the clock was stepped by.
    int64_t stepped;
    // parentDS.parentPortIdentity.
    struct syntone_port_identity parent;
    // parentDS.grandmasterIdentity, in network order.
    uint8_t grandmaster[8];
    // SYNTONE_HAL_..., negative.
    int32_t error;
    // One of SYNTONE_EVENT_...
    uint8_t kind;
    // The port, from 0.
    uint8_t port;
    // syntone_port_state before.
    uint8_t state_before;
    // syntone_port_state now.
    uint8_t state;
    // syntone_lock.
    uint8_t lock;
    // How many events are lost.
    uint16_t missed;
    // What it was before.
    struct syntone_master master_before;
    // What it is now.
    struct syntone_master master;
    // What it was before.
    struct syntone_time_properties time_before;
    // What it is now.
    struct syntone_time_properties time;
} syntone_event;

// Is told of events, from within syntone_clock_run_once(); must not call functions of the same clock, throw or longjmp.
// `event` is valid until it returns.
typedef void (*syntone_on_event)(void *context, const struct syntone_event *event);

// The data sets of a clock, and how it follows its master.
typedef struct syntone_status {
    // sizeof(syntone_status); set it before the call.
    uint32_t struct_size;
    // Syncs that were used so far; offset_from_master is new whenever this has changed. Wraps after 2^32.
    uint32_t syncs;
    // currentDS.offsetFromMaster in units of 2^-16 ns: this clock less its master, as last measured.
    int64_t offset_from_master;
    // currentDS.meanDelay in units of 2^-16 ns.
    int64_t mean_delay;
    // The frequency that keeps pace with the master, in units of 2^-16 ppm.
    int32_t frequency;
    // currentDS.stepsRemoved.
    uint16_t steps_removed;
    // defaultDS.numberPorts.
    uint8_t port_count;
    // syntone_lock.
    uint8_t lock;
    // defaultDS.clockIdentity, in network order.
    uint8_t clock_identity[8];
    // parentDS.parentPortIdentity; port 0 of this clock if it is the grandmaster.
    struct syntone_port_identity parent;
    // parentDS.grandmasterIdentity, in network order.
    uint8_t grandmaster[8];
    // parentDS.grandmasterPriority1.
    uint8_t grandmaster_priority1;
    // parentDS.grandmasterPriority2.
    uint8_t grandmaster_priority2;
    // parentDS.grandmasterClockQuality.clockClass.
    uint8_t grandmaster_clock_class;
    // parentDS.grandmasterClockQuality.clockAccuracy.
    uint8_t grandmaster_clock_accuracy;
    // parentDS.grandmasterClockQuality.offsetScaledLogVariance.
    uint16_t grandmaster_offset_scaled_log_variance;
    // timePropertiesDS.currentUtcOffset in seconds.
    int16_t current_utc_offset;
    // timePropertiesDS, SYNTONE_TIME_...
    uint16_t time_flags;
    // timePropertiesDS.timeSource.
    uint8_t time_source;
} syntone_status;

// The data set of a port, and what it received, sent and discarded. Counters wrap after 2^32.
typedef struct syntone_port_status {
    // sizeof(syntone_port_status); set it before the call.
    uint32_t struct_size;
    // portDS.portIdentity.portNumber.
    uint16_t port_number;
    // portDS.portState, syntone_port_state.
    uint8_t state;
    // 1: the port has a link.
    uint8_t link_up;
    // portDS.logAnnounceInterval.
    int8_t log_announce_interval;
    // portDS.logSyncInterval.
    int8_t log_sync_interval;
    // portDS.logMinDelayReqInterval; as a slave, what its master asks for.
    int8_t log_min_delay_req_interval;
    // portDS.announceReceiptTimeout.
    uint8_t announce_receipt_timeout;
    // portDS.delayMechanism, one of SYNTONE_DELAY_...
    uint8_t delay_mechanism;
    // portDS.logMinPdelayReqInterval.
    int8_t log_min_pdelay_req_interval;
    // 0.
    uint8_t reserved[2];
    // portDS.meanLinkDelay in units of 2^-16 ns; 0 until it is measured.
    int64_t mean_link_delay;
    // Messages received and accepted, by messageType.
    uint32_t received[SYNTONE_MESSAGE_TYPES];
    // Messages handed to the HAL, by messageType.
    uint32_t sent[SYNTONE_MESSAGE_TYPES];
    // What was not used, by reason; syntone_discard_name() names them.
    uint32_t discarded[SYNTONE_DISCARD_REASONS];
} syntone_port_status;

// What a clock says of itself as grandmaster; the members are those of syntone_config.
typedef struct syntone_grandmaster {
    // sizeof(syntone_grandmaster); set it before the call.
    uint32_t struct_size;
    // defaultDS.clockQuality.clockClass.
    uint8_t clock_class;
    // defaultDS.clockQuality.clockAccuracy.
    uint8_t clock_accuracy;
    // defaultDS.clockQuality.offsetScaledLogVariance.
    uint16_t offset_scaled_log_variance;
    // timePropertiesDS.currentUtcOffset, in seconds.
    int16_t current_utc_offset;
    // SYNTONE_TIME_... A leap flag means the end of the present UTC day; the clock makes the leap then and takes it back.
    uint16_t time_flags;
    // timePropertiesDS.timeSource.
    uint8_t time_source;
    // 0.
    uint8_t reserved[3];
} syntone_grandmaster;

// What a clock is while it serves with its holdover, after it was locked to a grandmaster of clockClass 6 or 13 and has lost it.
typedef struct syntone_holdover_upgrade {
    // sizeof(syntone_holdover_upgrade); set it before each call.
    uint32_t struct_size;
    // holdoverUpgradeDS.enable: 0 or not 0; management may set it.
    uint8_t enable;
    // Its clockClass after specification: not 0, 52 or 58, which follows no other master; 0, 187 or 193, which follows a better one.
    uint8_t never_slave;
    // clockAccuracy while it keeps its promise.
    uint8_t clock_accuracy;
    // Told alone: 1, the clock is upgraded now. What is set does not matter.
    uint8_t upgraded;
    // How long its oscillator keeps what it promises, from the loss of the grandmaster on, in nanoseconds; 0: it promises nothing.
    uint64_t specification;
    // offsetScaledLogVariance while it keeps its promise.
    uint16_t offset_scaled_log_variance;
    // 0.
    uint8_t reserved[6];
} syntone_holdover_upgrade;

// A moment of UTC.
typedef struct syntone_utc {
    // Year of the Gregorian calendar.
    int32_t year;
    // Nanoseconds, below 10^9.
    uint32_t nanoseconds;
    // 1 to 12.
    uint8_t month;
    // 1 to 31.
    uint8_t day;
    // 0 to 23.
    uint8_t hour;
    // 0 to 59.
    uint8_t minute;
    // 0 to 60: an inserted leap second is 60.
    uint8_t second;
    // 1: the grandmaster vouches for it now. 0: somebody did before.
    uint8_t current;
} syntone_utc;

// Is handed the octets of an answer, which are valid until it returns; must not call functions of the same clock, throw or longjmp.
typedef void (*syntone_on_answer)(void *context, const uint8_t *answer, size_t length);

// A management request.
typedef struct syntone_request {
    // sizeof(syntone_request).
    uint32_t struct_size;
    // managementId.
    uint16_t management_id;
    // Tells the answers to this request from others.
    uint16_t sequence_id;
    // Whom it is for; all ones for every port of every clock.
    struct syntone_port_identity target;
    // Who asks: any identity that no clock has.
    struct syntone_port_identity source;
    // sdoId of the domain, 0 to 0xFFF.
    uint16_t sdo_id;
    // domainNumber.
    uint8_t domain_number;
    // Boundary clocks that it may pass.
    uint8_t boundary_hops;
    // One of SYNTONE_ACTION_...
    uint8_t action;
    // 0.
    uint8_t reserved[3];
} syntone_request;

// The answer to a management request.
typedef struct syntone_response {
    // sizeof(syntone_response); set it before the call.
    uint32_t struct_size;
    // managementId.
    uint16_t management_id;
    // That of the request.
    uint16_t sequence_id;
    // Who answers; port 0 for the clock as a whole.
    struct syntone_port_identity source;
    // Who asked.
    struct syntone_port_identity target;
    // managementErrorId, for SYNTONE_OUTCOME_REFUSED; else 0.
    uint16_t error_id;
    // domainNumber.
    uint8_t domain_number;
    // One of SYNTONE_OUTCOME_...
    uint8_t outcome;
    // The dataField, within the message that was decoded; NULL without SYNTONE_OUTCOME_DATA.
    const uint8_t *data;
    // Its octets.
    size_t data_length;
} syntone_response;

// A TLV of an organisation, and what it came with.
typedef struct syntone_received_tlv {
    // Its lengthField octets, valid until the callback returns: organizationId, organizationSubType, and what follows them.
    const uint8_t *value;
    // lengthField.
    uint16_t length;
    // tlvType: 0x0003, 0x4000 or 0x8000.
    uint16_t tlv_type;
    // Who sent the message, as it says: with Signaling anybody may say anything.
    struct syntone_port_identity source;
    // The port that received it, from 0.
    uint8_t port;
    // messageType: 11 Announce, 12 Signaling.
    uint8_t message_type;
} syntone_received_tlv;

// Is handed TLVs, from within syntone_clock_take_tlvs(); must not call functions of the same clock, throw or longjmp. `tlv` is valid
// until it returns.
typedef void (*syntone_on_tlv)(void *context, const struct syntone_received_tlv *tlv);

// An alternate timescale, such as local time.
typedef struct syntone_alternate_timescale {
    // sizeof(syntone_alternate_timescale); set it before each call.
    uint32_t struct_size;
    // Seconds that it is ahead of the grandmaster's time. Of a local time zone, its offset to UTC less that of TAI.
    int32_t current_offset;
    // Seconds by which that will grow; 0: no jump is known.
    int32_t jump_seconds;
    // keyField: which of several.
    uint8_t key_field;
    // Not 0: it is announced.
    uint8_t enable;
    // 0.
    uint8_t reserved[2];
    // When it jumps: the second of the grandmaster's time that is the first after the jump, below 2^48.
    uint64_t time_of_next_jump;
    // What it is called: up to 10 octets of UTF-8, with a NUL at the end.
    char display_name[16];
} syntone_alternate_timescale;

// What is known of the errors of a time: for each cause the largest, in units of 2^-16 ns, and the variance in s^2.
typedef struct syntone_accuracy_metrics {
    // sizeof(syntone_accuracy_metrics); set it before each call.
    uint32_t struct_size;
    // Boundary clocks that have added theirs. What is set does not matter.
    uint8_t bc_hop_count;
    // Transparent clocks that have added theirs. What is set does not matter.
    uint8_t tc_hop_count;
    // 0.
    uint8_t reserved[2];
    // Of the grandmaster.
    int64_t max_gm_inaccuracy;
    // Of the grandmaster.
    double var_gm_inaccuracy;
    // Of transients.
    int64_t max_transient_inaccuracy;
    // Of transients.
    double var_transient_inaccuracy;
    // Of what changes all the time.
    int64_t max_dynamic_inaccuracy;
    // Of what changes all the time.
    double var_dynamic_inaccuracy;
    // Of what is constant in the clocks.
    int64_t max_static_instance_inaccuracy;
    // Of what is constant in the clocks.
    double var_static_instance_inaccuracy;
    // Of what is constant on the way.
    int64_t max_static_medium_inaccuracy;
    // Of what is constant on the way.
    double var_static_medium_inaccuracy;
} syntone_accuracy_metrics;

// A sender of Announces that is acceptable.
typedef struct syntone_acceptable_master {
    // acceptablePortIdentity.
    struct syntone_port_identity identity;
    // alternatePriority1: compared in place of the announced priority1; 0: that is.
    uint8_t alternate_priority1;
    // 0.
    uint8_t reserved;
} syntone_acceptable_master;

// An alternate master that a port has heard of late.
typedef struct syntone_alternate_master {
    // sizeof(syntone_alternate_master); set it before the call.
    uint32_t struct_size;
    // 1: it was heard more than once.
    uint8_t qualified;
    // 0.
    uint8_t reserved[3];
    // What it announces; parent is the alternate master itself, and steps_removed what a slave of it would have.
    struct syntone_master master;
} syntone_alternate_master;

// What a clock tells of itself to people. Texts are UTF-8 and end with NUL.
typedef struct syntone_description {
    // sizeof(syntone_description); set by syntone_description_init().
    uint32_t struct_size;
    // OUI or CID of the manufacturer.
    uint8_t manufacturer_identity[3];
    // The PTP profile. Default: that of the default delay request-response profile.
    uint8_t profile_identity[6];
    // 0.
    uint8_t reserved[3];
    // Manufacturer, model and instance, with semicolons between them. Default ";;".
    char product_description[65];
    // Hardware, firmware and software, with semicolons between them. Default ";;".
    char revision_data[33];
    // Name and place, as its owner says. Default empty.
    char user_description[129];
    // The physical layer, such as "IEEE 802.3". Default empty.
    char physical_layer_protocol[33];
} syntone_description;

// Something that stopped a port.
typedef struct syntone_fault {
    // SYNTONE_HAL_..., negative: what its HAL reported.
    int32_t error;
    // The port, from 0.
    uint8_t port;
    // 0.
    uint8_t reserved[3];
} syntone_fault;

// What a record tells of one quantity in its period, each in units of 2^-16 ns or SYNTONE_NOT_MEASURED.
typedef struct syntone_spread {
    // The average.
    int64_t average;
    // The smallest.
    int64_t minimum;
    // The largest.
    int64_t maximum;
    // The standard deviation of the population.
    int64_t standard_deviation;
} syntone_spread;

// What was measured in one period while the clock was locked.
typedef struct syntone_performance {
    // sizeof(syntone_performance); set it before the call.
    uint32_t struct_size;
    // pmTime: when it began, by monotonic of the HAL in units of 10 ms. Wraps after 497 days.
    uint32_t pm_time;
    // 1: something was measured.
    uint8_t measurement_valid;
    // 1: it is over, and was monitored throughout.
    uint8_t period_complete;
    // 0.
    uint8_t reserved[6];
    // t2 - t1 less corrections.
    struct syntone_spread master_slave_delay;
    // t4 - t3 less corrections.
    struct syntone_spread slave_master_delay;
    // meanPathDelay, each exchange by itself.
    struct syntone_spread mean_path_delay;
    // offsetFromMaster.
    struct syntone_spread offset_from_master;
} syntone_performance;

// What was measured and counted on one port in one period.
typedef struct syntone_port_performance {
    // sizeof(syntone_port_performance); set it before the call.
    uint32_t struct_size;
    // Announces sent.
    uint32_t announce_tx;
    // Announces received from the parent.
    uint32_t announce_rx;
    // Announces received from other masters.
    uint32_t announce_foreign_master_rx;
    // Syncs sent.
    uint32_t sync_tx;
    // Syncs received.
    uint32_t sync_rx;
    // Follow_Ups sent.
    uint32_t follow_up_tx;
    // Follow_Ups received.
    uint32_t follow_up_rx;
    // Delay_Reqs sent.
    uint32_t delay_req_tx;
    // Delay_Reqs received.
    uint32_t delay_req_rx;
    // Delay_Resps sent.
    uint32_t delay_resp_tx;
    // Delay_Resps received.
    uint32_t delay_resp_rx;
    // Pdelay_Reqs sent.
    uint32_t pdelay_req_tx;
    // Pdelay_Reqs received.
    uint32_t pdelay_req_rx;
    // Pdelay_Resps sent.
    uint32_t pdelay_resp_tx;
    // Pdelay_Resps received.
    uint32_t pdelay_resp_rx;
    // Pdelay_Resp_Follow_Ups sent.
    uint32_t pdelay_resp_follow_up_tx;
    // Pdelay_Resp_Follow_Ups received.
    uint32_t pdelay_resp_follow_up_rx;
    // meanLinkDelay.
    struct syntone_spread mean_link_delay;
} syntone_port_performance;

// How often a value was how large. Bucket `i` counts values up to bound `i` and above the bound before; the last bucket counts those
// above the last bound. Bounds rise.
typedef struct syntone_histogram {
    // The bounds, in units of 2^-16 ns; as many as there are buckets, less one. The others are 0.
    int64_t bounds[SYNTONE_HISTOGRAM_BOUNDS];
    // The counts, one of each bucket; wrap after 2^32. The others are 0.
    uint32_t counts[SYNTONE_HISTOGRAM_BUCKETS];
    // How many buckets there are, 1 to SYNTONE_HISTOGRAM_BUCKETS.
    uint32_t buckets;
    // 0.
    uint8_t reserved[4];
} syntone_histogram;

// What was measured in one day while the clock was locked.
typedef struct syntone_histograms {
    // sizeof(syntone_histograms); set it before the call.
    uint32_t struct_size;
    // 0.
    uint8_t reserved[4];
    // Of offsetFromMaster. Bounds: 0, and 10 ns to 1 ms either way, three a decade.
    struct syntone_histogram offset_from_master;
    // Of meanPathDelay, each exchange by itself. Bounds: 10 ns to 10 ms, three a decade.
    struct syntone_histogram mean_path_delay;
} syntone_histograms;

// slaveMonitoringPortDS: what a slave tells of its measurements, by Signaling messages to whoever collects them. IEEE 1588-2019
// 16.11.6.
typedef struct syntone_slave_monitoring {
    // sizeof(syntone_slave_monitoring); set it before each call.
    uint32_t struct_size;
    // What is sent, SYNTONE_MONITOR_... or-ed. At first 0: nothing.
    uint8_t enable;
    // Syncs in a SLAVE_RX_SYNC_TIMING_DATA, 1 to 8. At first 1, as all that follow.
    uint8_t events_per_rx_sync_timing_tlv;
    // Syncs in a SLAVE_RX_SYNC_COMPUTED_DATA, 1 to 8.
    uint8_t events_per_rx_sync_computed_tlv;
    // Messages in a SLAVE_TX_EVENT_TIMESTAMPS, 1 to 8.
    uint8_t events_per_tx_timestamps_tlv;
    // Which messages: SYNTONE_MESSAGE_DELAY_REQ or SYNTONE_MESSAGE_PDELAY_REQ.
    uint8_t tx_event_type;
    // Every so many-th Sync is in a SLAVE_RX_SYNC_TIMING_DATA, 1 to 255.
    uint8_t rx_sync_timing_tlv_message_m;
    // Every so many-th Sync is in a SLAVE_RX_SYNC_COMPUTED_DATA, 1 to 255.
    uint8_t rx_sync_computed_tlv_message_m;
    // Every so many-th message is in a SLAVE_TX_EVENT_TIMESTAMPS, 1 to 255.
    uint8_t tx_timestamps_tlv_message_m;
    // Where the Signaling messages go, one of SYNTONE_DESTINATION_... At first SYNTONE_DESTINATION_PRIMARY.
    uint8_t destination;
    // 0.
    uint8_t reserved[3];
    // For SYNTONE_DESTINATION_UNICAST: the address that collects them.
    struct syntone_address address;
} syntone_slave_monitoring;

// The message intervals that others may ask a port for, each from a smallest to a largest: the logarithm to base 2 of seconds, -7 to
// 7.
typedef struct syntone_accepted_intervals {
    // sizeof(syntone_accepted_intervals); set it before the call.
    uint32_t struct_size;
    // portDS.logAnnounceInterval, smallest.
    int8_t log_announce_interval_min;
    // portDS.logAnnounceInterval, largest.
    int8_t log_announce_interval_max;
    // portDS.logSyncInterval, smallest.
    int8_t log_sync_interval_min;
    // portDS.logSyncInterval, largest.
    int8_t log_sync_interval_max;
    // portDS.logMinPdelayReqInterval, smallest.
    int8_t log_min_pdelay_req_interval_min;
    // portDS.logMinPdelayReqInterval, largest.
    int8_t log_min_pdelay_req_interval_max;
    // 0.
    uint8_t reserved[2];
} syntone_accepted_intervals;

// A request for other message intervals: each the logarithm to base 2 of seconds, or one of SYNTONE_INTERVAL_NO_CHANGE, _INITIAL and
// _STOP. Zero is a second.
typedef struct syntone_interval_request {
    // sizeof(syntone_interval_request); set it before the call.
    uint32_t struct_size;
    // Of its Announces.
    int8_t log_announce_interval;
    // Of its Syncs.
    int8_t log_sync_interval;
    // Of its Pdelay_Reqs.
    int8_t log_pdelay_req_interval;
    // SYNTONE_INTERVAL_COMPUTE_... and SYNTONE_INTERVAL_ONE_STEP_CAPABLE, or-ed.
    uint8_t flags;
} syntone_interval_request;

// Settings of one port of a transparent clock.
typedef struct syntone_transparent_port_config {
    // How much longer than the mean the way to this port takes, in units of 2^-16 ns. Default 0.
    int64_t delay_asymmetry;
    // Added to what the HAL knows of ingress latency, in units of 2^-16 ns. Default 0.
    int64_t ingress_latency;
    // Added to what the HAL knows of egress latency, in units of 2^-16 ns. Default 0.
    int64_t egress_latency;
    // Not 0: begins blocked, as a spanning tree protocol wants it; see syntone_transparent_set_forwarding(). Default 0.
    uint8_t blocked;
    // Least interval of Pdelay_Req messages of a peer-to-peer clock, -7 to 7: the logarithm to base 2 of seconds. Default 0.
    int8_t log_min_pdelay_req_interval;
    // domainNumber of the Pdelay_Reqs of this port; those of others are answered in theirs. Default 0.
    uint8_t domain_number;
    // 0.
    uint8_t reserved[5];
} syntone_transparent_port_config;

// Settings of a transparent clock. Fill in the defaults with syntone_transparent_config_init(), then change what is to be different.
typedef struct syntone_transparent_config {
    // sizeof(syntone_transparent_config); set by syntone_transparent_config_init().
    uint32_t struct_size;
    // Ports, 2 to SYNTONE_MAX_PORTS. Default 2.
    uint8_t port_count;
    // SYNTONE_DELAY_END_TO_END or SYNTONE_DELAY_PEER_TO_PEER. Default SYNTONE_DELAY_END_TO_END.
    uint8_t delay_mechanism;
    // Not 0: residence times are added in hardware where syntone_port_capabilities says that a port can. Hardware does not correct
    // them by the rate: where they are long and the clock is not syntonised, two steps are better. Default 1.
    uint8_t one_step;
    // Not 0: the frequency of the clock is steered to that of the grandmaster of syntonised_domain, its time is not. 0: it runs
    // free, the rate is measured, and residence times are corrected by it. Default 0.
    uint8_t syntonised;
    // Its identity, in network order; neither all zeros nor all ones. No default: set it, as that of syntone_config.
    uint8_t clock_identity[8];
    // domainNumber, of sdoId 0. Default 0.
    uint8_t syntonised_domain;
    // 0.
    uint8_t reserved[7];
    // The ports; the first port_count count.
    struct syntone_transparent_port_config ports[SYNTONE_MAX_PORTS];
} syntone_transparent_config;

// A port of a transparent clock, and what it received, sent and discarded. Counters wrap after 2^32.
typedef struct syntone_transparent_port {
    // sizeof(syntone_transparent_port); set it before the call.
    uint32_t struct_size;
    // portNumber, from 1.
    uint16_t port_number;
    // 1: the port has a link.
    uint8_t link_up;
    // 1: it forwards. 0: it is blocked.
    uint8_t forwarding;
    // meanLinkDelay of a peer-to-peer clock in units of 2^-16 ns; 0 until it is measured.
    int64_t mean_link_delay;
    // Messages received and accepted, by messageType.
    uint32_t received[SYNTONE_MESSAGE_TYPES];
    // Messages handed to the HAL, by messageType.
    uint32_t sent[SYNTONE_MESSAGE_TYPES];
    // What was not used, by reason; syntone_discard_name() names them.
    uint32_t discarded[SYNTONE_DISCARD_REASONS];
} syntone_transparent_port;

// One port: multicast on an interface, or unicast from a local address to one peer.
typedef struct syntone_linux_port {
    // The interface, such as "eth0", ended by NUL. Empty: unicast over UDP/IPv4 from `address` to `peer_address`.
    char name[SYNTONE_LINUX_NAME_SIZE];
    // One of SYNTONE_TRANSPORT_... Default SYNTONE_TRANSPORT_UDP_IPV4.
    uint8_t transport;
    // What the hardware completes as it leaves: 0 nothing, 1 Sync, 2 Sync and Pdelay_Resp. Default 0.
    uint8_t one_step;
    // UDP: how many routers a multicast message may pass, 1 to 255. Default 1.
    uint8_t ttl;
    // UDP/IPv6: scope of the primary group, 1 to 15 (2 the link, 5 the site, 14 the world). Default 14.
    uint8_t scope;
    // UDP: code point of differentiated services of event messages, 0 to 63. Default 0.
    uint8_t event_dscp;
    // UDP: the same of general messages. Default 0.
    uint8_t general_dscp;
    // Not 0: `priority` counts. Default 0.
    uint8_t has_priority;
    // The priority by which the machine queues what is sent (SO_PRIORITY), 0 to 15.
    uint8_t priority;
    // UDP port of event messages. Default 319.
    uint16_t event_port;
    // UDP port of general messages. Default 320.
    uint16_t general_port;
    // Without `name`: the local IPv4 address, in network order.
    uint8_t address[4];
    // Without `name`: the IPv4 address of the peer, in network order.
    uint8_t peer_address[4];
    // Without `name`: UDP port of event messages at the peer. Default 319.
    uint16_t peer_event_port;
    // Without `name`: UDP port of general messages at the peer. Default 320.
    uint16_t peer_general_port;
} syntone_linux_port;

// What to open. Fill in the defaults with syntone_linux_config_init(), then name the interfaces.
typedef struct syntone_linux_config {
    // sizeof(syntone_linux_config); set by syntone_linux_config_init().
    uint32_t struct_size;
    // Ports, 1 to SYNTONE_MAX_PORTS. Default 1.
    uint8_t port_count;
    // One of SYNTONE_STAMPING_... Default SYNTONE_STAMPING_HARDWARE_IF_POSSIBLE.
    uint8_t stamping;
    // With software stamps. 0: a clock of this program alone, which begins with the machine's time of day and never touches it.
    // Not 0: the machine's time of day itself; needs CAP_SYS_TIME. Default 0.
    uint8_t system_clock;
    // 0.
    uint8_t reserved;
    // How far the PTP time of the system clock is ahead of UTC, in seconds. Default 37.
    int32_t tai_offset;
    // How much faster than the machine's time the clock of this program alone runs at first, in units of 2^-16 ppm; for
    // trials. Default 0.
    int32_t frequency_error;
    // How far the clock of this program alone is ahead of the machine's time at first, in nanoseconds. Default 0.
    int64_t offset;
    // The ports; the first port_count count.
    struct syntone_linux_port ports[SYNTONE_MAX_PORTS];
} syntone_linux_config;

// What the system refused.
typedef struct syntone_linux_error {
    // SYNTONE_HAL_..., negative; 0: nothing.
    int32_t kind;
    // The cause and its cure, in English; ends with NUL. Empty: nothing.
    char text[SYNTONE_LINUX_TEXT_SIZE];
} syntone_linux_error;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// A result in words: English, static, never NULL, for any number.
const char *syntone_result_text(int32_t result);

// Fills in the defaults of a profile, one of SYNTONE_PROFILE_..., for a clock with one port. `struct_size` is
// sizeof(syntone_config). SYNTONE_RESULT_OUT_OF_RANGE: no such profile.
//
// Pointers:
// `config` is NULL or points to a syntone_config, which need not be initialised.
syntone_result syntone_config_init_profile(struct syntone_config *config, uint32_t struct_size, uint8_t profile);

// As syntone_config_init_profile() with SYNTONE_PROFILE_DEFAULT_E2E: fills in the default profile for a clock with one port. `struct_size` is sizeof(syntone_config).
//
// Pointers:
// `config` is NULL or points to a syntone_config, which need not be initialised.
syntone_result syntone_config_init(struct syntone_config *config,
                                   uint32_t struct_size);

// Decodes the PTP message at the start of `size` octets, which begin with its header; what follows its messageLength is
// ignored. Writes it to `message`, whose struct_size is set. SYNTONE_RESULT_OUT_OF_RANGE: it is none, and `error`, which may
// be NULL, tells why.
//
// Pointers:
// Each pointer is NULL or points to what its type says, `octets` to `size` octets.
syntone_result syntone_message_decode(const uint8_t *octets,
                                      size_t size,
                                      struct syntone_message *message,
                                      struct syntone_parse_error *error);

// Encodes a message to `buffer` of `size` octets and sets `*length` to its messageLength.
// SYNTONE_RESULT_STORAGE_TOO_SMALL: the buffer is too small for it. SYNTONE_RESULT_OUT_OF_RANGE: message_type is none of
// SYNTONE_MESSAGE_..., version_ptp is not 2, minor_version_ptp above 15 or sdo_id above 0xFFF, the TLVs are not whole or too long, or
// they lie in the buffer.
//
// Pointers:
// Each pointer is NULL or points to what its type says, `buffer` to `size` octets, `message->tlvs` to as many octets as
// `message->tlvs_length` says.
syntone_result syntone_message_encode(const struct syntone_message *message,
                                      uint8_t *buffer,
                                      size_t size,
                                      size_t *length);

// Goes through the TLVs of a message: writes the one that begins at octet `*position` to `tlv` and moves `*position`, at
// first 0, behind it. SYNTONE_RESULT_OUT_OF_RANGE: there is none, and nothing is written.
//
// Pointers:
// Each pointer is NULL or points to what its type says, `tlvs` to `length` octets.
syntone_result syntone_tlv_next(const uint8_t *tlvs,
                                size_t length,
                                size_t *position,
                                struct syntone_tlv *tlv);

// Writes the `index`th, from 0, of the measurements in a TLV of a Signaling message of a slave to `event`; the TLV is one that
// syntone_tlv_next() wrote. SYNTONE_RESULT_OUT_OF_RANGE: it is none of SYNTONE_TLV_SLAVE_..., it is malformed, or it has not so many.
//
// Pointers:
// `tlv` is NULL or points to what its type says, and its value to as many octets as its length says; `event` is NULL or points to what its
// type says, with its struct_size set.
syntone_result syntone_slave_event_decode(const struct syntone_tlv *tlv,
                                          size_t index,
                                          struct syntone_slave_event *event);

// Writes the name of a reason to discard (the index in syntone_port_status.discarded) to `name`, at most `size` octets
// with the NUL at the end; a name that does not fit is cut off. SYNTONE_RESULT_OUT_OF_RANGE: no such reason.
//
// Pointers:
// `name` is NULL or points to `size` octets.
syntone_result syntone_discard_name(uint32_t reason, char *name, size_t size);

// The SYNTONE_ABI_VERSION that this library was built with.
uint32_t syntone_abi_version(void);

// How many octets a clock with `ports` ports needs, aligned to SYNTONE_CLOCK_ALIGN; 0 if this library cannot have so many
// ports. SYNTONE_CLOCK_SIZE(ports) is as much or more, and a constant.
size_t syntone_clock_size(uint8_t ports);

// Makes a clock in `storage` of `size` octets and sets `*clock` to it. It starts with the first
// syntone_clock_run_once(). What the storage held before is not looked at, and nothing needs to be released.
//
// The storage belongs to the clock as long as it is used, and does not move. `config` and `hal` are copied. With
// SYNTONE_RESULT_BAD_CONFIG, `error`, which may be NULL, names the option. If no clock is made, `*clock` is NULL.
//
// Pointers:
// Each pointer is NULL or points to what its type says; `storage` to `size` octets; `config` and `hal` are initialised;
// the functions of `hal` keep to what its members ask.
syntone_result syntone_clock_init(void *storage,
                                  size_t size,
                                  const struct syntone_config *config,
                                  const struct syntone_hal *hal,
                                  struct syntone_clock **clock,
                                  struct syntone_config_error *error);

// Does everything that is due: takes what the HAL has received and stamped, sends, steers the clock, tells of events.
// Never waits. Sets `*next`, unless `next` is NULL, to the monotonic time in nanoseconds when it is to be called again at
// the latest; earlier as soon as the HAL has something received or stamped.
//
// Pointers:
// `clock` is NULL or came from syntone_clock_init(), its storage is still there, and no other thread uses it now.
syntone_result syntone_clock_run_once(struct syntone_clock *clock,
                                      uint64_t *next);

// Has `on_event` called with `context` for every event from now on; NULL: nobody is told.
//
// Pointers:
// As syntone_clock_run_once(); `on_event` keeps to what its type asks, and `context` to what it needs, as long as the
// clock is used.
syntone_result syntone_clock_on_event(struct syntone_clock *clock, syntone_on_event on_event, void *context);

// Tells the clock that the program itself, not the clock, has stepped the PTP clock by `nanoseconds`, forward if positive. What was
// stamped before is not compared with what is stamped afterwards.
//
// Pointers:
// As syntone_clock_run_once().
syntone_result syntone_clock_stepped(struct syntone_clock *clock,
                                     int64_t nanoseconds);

// Writes the data sets of the clock to `status`, whose struct_size is set.
//
// Pointers:
// As syntone_clock_run_once(); `status` is NULL or points to a syntone_status whose struct_size is set.
syntone_result syntone_clock_status(struct syntone_clock *clock, struct syntone_status *status);

// Writes the data set and the counters of a port, from 0, to `status`, whose struct_size is set.
//
// Pointers:
// As syntone_clock_run_once(); `status` is NULL or points to a syntone_port_status whose struct_size is set.
syntone_result syntone_clock_port_status(struct syntone_clock *clock, uint8_t port, struct syntone_port_status *status);

// Changes what the clock says of itself as grandmaster, while it runs. With SYNTONE_RESULT_BAD_CONFIG nothing changes, and
// `error`, which may be NULL, names the rule that is broken.
//
// Pointers:
// As syntone_clock_run_once(); `grandmaster` and `error` are NULL or point to what their types say.
syntone_result syntone_clock_set_grandmaster(struct syntone_clock *clock,
                                             const struct syntone_grandmaster *grandmaster,
                                             struct syntone_config_error *error);

// Lets a clock that was locked to a grandmaster of clockClass 6 or 13 and has lost it be grandmaster itself with what its oscillator holds:
// as clockClass 7 or 14 within its specification and degraded after it, as long as that makes it the best of all that are heard. IEEE
// 1588-2019 16.4. With SYNTONE_RESULT_BAD_CONFIG it is slaveOnly, and nothing changes.
//
// Pointers:
// As syntone_clock_run_once(); `upgrade` and `error` are NULL or point to what their types say.
syntone_result syntone_clock_set_holdover_upgrade(struct syntone_clock *clock,
                                                  const struct syntone_holdover_upgrade *upgrade,
                                                  struct syntone_config_error *error);

// Writes the settings of the upgrade, and whether it is in effect, to `upgrade`. SYNTONE_RESULT_OUT_OF_RANGE: it was never set.
//
// Pointers:
// As syntone_clock_run_once(); `upgrade` is NULL or points to what its type says, with its struct_size set.
syntone_result syntone_clock_holdover_upgrade_state(struct syntone_clock *clock,
                                                    struct syntone_holdover_upgrade *upgrade);

// Sets `*utc` to UTC at PTP time `time`, by what the grandmaster announces: right on each second, also in and around leap
// seconds. SYNTONE_RESULT_OUT_OF_RANGE: no grandmaster has told it yet, or its timescale is arbitrary; or `time` is not in the
// range of a clock.
//
// Pointers:
// As syntone_clock_run_once(); `time` and `utc` are NULL or point to what their types say.
syntone_result syntone_clock_utc(struct syntone_clock *clock,
                                 const struct syntone_timestamp *time,
                                 struct syntone_utc *utc);

// Changes a setting while the clock runs: `setting` is one of SYNTONE_SETTING_..., `port` counts from 0 and matters to settings
// of a port alone. With SYNTONE_RESULT_BAD_CONFIG nothing changes, and `error`, which may be NULL, names option, value and range.
// SYNTONE_RESULT_OUT_OF_RANGE: no such setting. clockQuality and time properties: syntone_clock_set_grandmaster().
//
// Pointers:
// As syntone_clock_run_once(); `error` is NULL or points to what its type says.
syntone_result syntone_clock_set(struct syntone_clock *clock,
                                 uint16_t setting,
                                 uint8_t port,
                                 int64_t value,
                                 struct syntone_config_error *error);

// Sets `*value` to a setting as it is now. SYNTONE_RESULT_OUT_OF_RANGE: no such setting or port.
//
// Pointers:
// As syntone_clock_run_once(); `value` is NULL or points to what its type says.
syntone_result syntone_clock_get(struct syntone_clock *clock, uint16_t setting, uint8_t port, int64_t *value);

// Starts all ports anew, as after power-up.
//
// Pointers:
// As syntone_clock_run_once().
syntone_result syntone_clock_initialize(struct syntone_clock *clock);

// Starts from a frequency that was saved, in units of 2^-16 ppm: sets it by set_frequency of the HAL, and has the servo begin with it
// instead of 0. Before the first Sync; later it changes what is set until the next Sync, and nothing else. What to save is
// syntone_status.frequency while syntone_status.lock is SYNTONE_LOCK_LOCKED.
//
// SYNTONE_RESULT_REFUSED: the HAL refuses it, and nothing was changed.
//
// Pointers:
// As syntone_clock_run_once().
syntone_result syntone_clock_start_from(struct syntone_clock *clock,
                                        int32_t frequency);

// Has the clock answer a management message of this program, or of another one on the same host, that came over no port: `allowed` is
// 1 to ask and 2 to change, too. `on_answer` is called with `context` for each answer: one for the clock as a whole, whose port number
// is 0, or one for each port that was asked. Each is made in `buffer` of `size` octets, of which 1500 are enough for all. The domain of
// the message is not looked at.
//
// SYNTONE_RESULT_NOT_ANSWERED: it is malformed, no request, or not for this clock.
//
// Pointers:
// As syntone_clock_run_once(); `request` is NULL or points to `length` octets, `buffer` to `size` others; `on_answer` keeps to
// what its type asks.
syntone_result syntone_clock_answer(struct syntone_clock *clock,
                                    uint8_t allowed,
                                    const uint8_t *request,
                                    size_t length,
                                    uint8_t *buffer,
                                    size_t size,
                                    syntone_on_answer on_answer,
                                    void *context);

// Writes a request to `buffer`, at most `size` octets, and its length to `*length`. `data` are the `data_length` octets of the
// dataField, in the layout that the id has on the wire; none for SYNTONE_ACTION_GET.
//
// SYNTONE_RESULT_OUT_OF_RANGE: a member is outside its range, or the data do not fit the id.
//
// Pointers:
// Each pointer is NULL or points to what its type says, `data` to `data_length` octets and `buffer` to `size` others.
syntone_result syntone_request_encode(const struct syntone_request *request,
                                      const uint8_t *data,
                                      size_t data_length,
                                      uint8_t *buffer,
                                      size_t size,
                                      size_t *length);

// Takes the answer to a request apart. SYNTONE_RESULT_OUT_OF_RANGE: it is no answer, or it cannot be understood.
//
// Pointers:
// `octets` is NULL or points to `length` octets; `response` is NULL or points to a syntone_response whose struct_size is set.
syntone_result syntone_response_decode(const uint8_t *octets,
                                       size_t length,
                                       struct syntone_response *response);

// Lends `size` octets, aligned to 8, for one of SYNTONE_LEND_... Until then the clock does without. They belong to the clock as long
// as it is used, and what they hold is nobody's business. What is lent for the same again takes the place of what was lent before.
//
// SYNTONE_RESULT_STORAGE_TOO_SMALL: they hold not even one. SYNTONE_RESULT_OUT_OF_RANGE: no such purpose.
//
// Pointers:
// As syntone_clock_run_once(); `storage` is NULL or points to `size` octets that nobody else uses as long as the clock is used.
syntone_result syntone_clock_lend(struct syntone_clock *clock,
                                  uint16_t purpose,
                                  void *storage,
                                  size_t size);

// Hands over the TLVs of organisations that have come, in their order, and forgets them. Without SYNTONE_LEND_RECEIVED_TLVS there are
// none; call it after each syntone_clock_run_once(), or what has no room is lost and counted. Each takes its octets and 16 more.
//
// Pointers:
// As syntone_clock_run_once(); `on_tlv` keeps to what its type asks.
syntone_result syntone_clock_take_tlvs(struct syntone_clock *clock,
                                       syntone_on_tlv on_tlv,
                                       void *context);

// Sends these TLVs, whole and one after the other in `length` octets, with each Announce from now on in place of those before. They are
// copied to what was lent as SYNTONE_LEND_ANNOUNCED_TLVS; with SYNTONE_RESULT_BAD_CONFIG there is no room for them there, and nothing
// changes. SYNTONE_RESULT_OUT_OF_RANGE: they are not whole.
//
// Pointers:
// As syntone_clock_run_once(); `tlvs` is NULL, with a length of 0, or points to `length` octets; `error` is NULL or points to what its
// type says.
syntone_result syntone_clock_announce_tlvs(struct syntone_clock *clock,
                                           const uint8_t *tlvs,
                                           size_t length,
                                           struct syntone_config_error *error);

// Copies to `buffer` of `size` octets those TLVs of the parent's newest Announce that a boundary clock hands on, and sets `*length` to
// their octets; see syntone_tlv_next(). Without SYNTONE_LEND_ANNOUNCE_TLVS there are none. SYNTONE_RESULT_STORAGE_TOO_SMALL: `*length` is
// more than `size`, and nothing was copied.
//
// Pointers:
// As syntone_clock_run_once(); `buffer` is NULL or points to `size` octets, `length` to what its type says.
syntone_result syntone_clock_parent_tlvs(struct syntone_clock *clock,
                                         uint8_t *buffer,
                                         size_t size,
                                         size_t *length);

// Writes pathTraceDS.list, the clocks from the grandmaster to the parent, to `identities`, at most `capacity`, and their number to
// `*count`. It is empty unless SYNTONE_SETTING_PATH_TRACE is on and SYNTONE_LEND_ANNOUNCE_TLVS is lent.
// SYNTONE_RESULT_STORAGE_TOO_SMALL: `*count` is more than `capacity`, and nothing was written.
//
// Pointers:
// As syntone_clock_run_once(); `identities` is NULL or points to `capacity` times 8 octets, `count` to what its type says.
syntone_result syntone_clock_path_trace(struct syntone_clock *clock,
                                        uint8_t *identities,
                                        size_t capacity,
                                        size_t *count);

// Sets one of the alternate timescales that the clock announces as grandmaster: key_field is its place in what was lent as
// SYNTONE_LEND_ALTERNATE_TIMESCALES. After a jump the program sets it anew. With SYNTONE_RESULT_BAD_CONFIG nothing changes, and `error`,
// which may be NULL, names the member. SYNTONE_RESULT_OUT_OF_RANGE: the name is longer than 10 octets or not UTF-8.
//
// Pointers:
// As syntone_clock_run_once(); `timescale` and `error` are NULL or point to what their types say.
syntone_result syntone_clock_set_alternate_timescale(struct syntone_clock *clock,
                                                     const struct syntone_alternate_timescale *timescale,
                                                     struct syntone_config_error *error);

// Writes the `index`th, from 0, of the alternate timescales that the grandmaster announces, which may be this clock, to `timescale`. Those of
// another one are known by SYNTONE_LEND_ANNOUNCE_TLVS. SYNTONE_RESULT_OUT_OF_RANGE: there are not so many.
//
// Pointers:
// As syntone_clock_run_once(); `timescale` is NULL or points to what its type says, with its struct_size set.
syntone_result syntone_clock_alternate_timescale(struct syntone_clock *clock,
                                                 size_t index,
                                                 struct syntone_alternate_timescale *timescale);

// Tells of the errors of the clock's time with its Announces, by ENHANCED_ACCURACY_METRICS: as grandmaster `own`; as boundary clock what the
// parent announces, with `own` but what is of a grandmaster added, which needs 88 octets of SYNTONE_LEND_ANNOUNCE_TLVS. NULL, as at
// first: what the parent announces is handed on as it is.
//
// Pointers:
// As syntone_clock_run_once(); `own` is NULL or points to what its type says, with its struct_size set.
syntone_result syntone_clock_set_accuracy_metrics(struct syntone_clock *clock,
                                                  const struct syntone_accuracy_metrics *own);

// Writes the errors of the time that the clock has, from the grandmaster up to itself, to `metrics`; only up to its parent if its own were
// not set. SYNTONE_RESULT_OUT_OF_RANGE: they are not known. Needs SYNTONE_LEND_ANNOUNCE_TLVS.
//
// Pointers:
// As syntone_clock_run_once(); `metrics` is NULL or points to what its type says, with its struct_size set.
syntone_result syntone_clock_accuracy_metrics(struct syntone_clock *clock,
                                              struct syntone_accuracy_metrics *metrics);

// Puts a list of `count` masters in place of acceptableMasterTableDS. It counts on ports where SYNTONE_SETTING_ACCEPTABLE_MASTERS is on; a
// parent that is not acceptable is left at once. With SYNTONE_RESULT_BAD_CONFIG what was lent as SYNTONE_LEND_ACCEPTABLE_MASTERS is too
// small for it, and nothing changes.
//
// Pointers:
// As syntone_clock_run_once(); `list` is NULL, with a count of 0, or points to `count` of them; `error` is NULL or points to what its type
// says.
syntone_result syntone_clock_set_acceptable_masters(struct syntone_clock *clock,
                                                    const struct syntone_acceptable_master *list,
                                                    size_t count,
                                                    struct syntone_config_error *error);

// Writes the `index`th, from 0, of acceptableMasterTableDS to `master`. SYNTONE_RESULT_OUT_OF_RANGE: there are not so many.
//
// Pointers:
// As syntone_clock_run_once(); `master` is NULL or points to what its type says.
syntone_result syntone_clock_acceptable_master(struct syntone_clock *clock,
                                               size_t index,
                                               struct syntone_acceptable_master *master);

// Writes the `index`th, from 0, of the alternate masters that a port, from 0, has heard in the last four announce intervals to `master`: the
// best four at the most, in no order. They are remembered where SYNTONE_SETTING_ALTERNATE_MASTERS is not 0. SYNTONE_RESULT_OUT_OF_RANGE:
// there are not so many, or there is no such port.
//
// Pointers:
// As syntone_clock_run_once(); `master` is NULL or points to what its type says, with its struct_size set.
syntone_result syntone_clock_alternate_master(struct syntone_clock *clock,
                                              uint8_t port,
                                              size_t index,
                                              struct syntone_alternate_master *master);

// Fills in the defaults: of a clock of which nothing is known. `struct_size` is sizeof(syntone_description).
//
// Pointers:
// `description` is NULL or points to a syntone_description, which need not be initialised.
syntone_result syntone_description_init(struct syntone_description *description, uint32_t struct_size);

// Says what CLOCK_DESCRIPTION and USER_DESCRIPTION tell. It is copied to `storage` of `size` octets, SYNTONE_SIZE_DESCRIPTION or more and
// aligned to 8, which belong to the clock as long as it is used, and can be used for the same again.
// SYNTONE_RESULT_OUT_OF_RANGE: a text has no NUL, or is not UTF-8.
//
// Pointers:
// As syntone_clock_run_once(); `description` is NULL or points to what its type says; `storage` is NULL or points to `size` octets that
// nobody else uses as long as the clock is used.
syntone_result syntone_clock_describe(struct syntone_clock *clock,
                                      const struct syntone_description *description,
                                      void *storage,
                                      size_t size);

// Writes userDescription, as it was described or as management has set it, to `text`, at most `size` octets with the NUL at the end; what
// does not fit is cut off.
//
// Pointers:
// As syntone_clock_run_once(); `text` is NULL or points to `size` octets.
syntone_result syntone_clock_user_description(struct syntone_clock *clock,
                                              char *text,
                                              size_t size);

// Writes the `index`th, from 0 and the newest first, of the faults that are remembered to `fault`; see SYNTONE_LEND_FAULT_LOG.
// SYNTONE_RESULT_OUT_OF_RANGE: there are not so many.
//
// Pointers:
// As syntone_clock_run_once(); `fault` is NULL or points to what its type says.
syntone_result syntone_clock_fault(struct syntone_clock *clock,
                                   size_t index,
                                   struct syntone_fault *fault);

// Sets `*request` to what management asked of the host since the last call, one of SYNTONE_HOST_... Only from the first call on can it ask
// for that: call it after each syntone_clock_run_once() and syntone_clock_answer(), or never.
//
// Pointers:
// As syntone_clock_run_once(); `request` is NULL or points to what its type says.
syntone_result syntone_clock_take_host_request(struct syntone_clock *clock,
                                               uint8_t *request);

// How many octets syntone_clock_measure_performance() needs for a clock with `ports` ports, aligned to SYNTONE_CLOCK_ALIGN; 0 if this
// library cannot have so many ports. SYNTONE_PERFORMANCE_SIZE(ports) is as much or more, and a constant.
size_t syntone_performance_size(uint8_t ports);

// Measures from now on how well the clock follows its master, in quarters of an hour, of which 96 are kept, and days. `passed` is how many
// nanoseconds of the operator's day have passed: periods end with those of that day; 0: a day begins now. Without this nothing is
// measured. The storage of `size` octets belongs to the clock as long as it is used; for a moment as much stack may be needed.
//
// Pointers:
// As syntone_clock_run_once(); `storage` is NULL or points to `size` octets that nobody else uses as long as the clock is used.
syntone_result syntone_clock_measure_performance(struct syntone_clock *clock,
                                                 void *storage,
                                                 size_t size,
                                                 uint64_t passed);

// Writes a record by its number, one of SYNTONE_PERFORMANCE_... or between, to `record`. SYNTONE_RESULT_OUT_OF_RANGE: it is not there, or not
// yet, or nothing is measured.
//
// Pointers:
// As syntone_clock_run_once(); `record` is NULL or points to what its type says, with its struct_size set.
syntone_result syntone_clock_performance(struct syntone_clock *clock,
                                         uint16_t number,
                                         struct syntone_performance *record);

// Writes what a record tells of a port, from 0, to `record`. SYNTONE_RESULT_OUT_OF_RANGE: as syntone_clock_performance(), or there is no such
// port.
//
// Pointers:
// As syntone_clock_run_once(); `record` is NULL or points to what its type says, with its struct_size set.
syntone_result syntone_clock_port_performance(struct syntone_clock *clock,
                                              uint8_t port,
                                              uint16_t number,
                                              struct syntone_port_performance *record);

// Writes how often offset and path delay were how large in a day, SYNTONE_PERFORMANCE_CURRENT_DAY or
// SYNTONE_PERFORMANCE_PREVIOUS_DAY, to `histograms`. SYNTONE_RESULT_OUT_OF_RANGE: `number` is neither of them, that day is not there
// yet, or nothing is measured; see syntone_clock_measure_performance().
//
// Pointers:
// As syntone_clock_run_once(); `histograms` is NULL or points to what its type says, with its struct_size set.
syntone_result syntone_clock_histograms(struct syntone_clock *clock,
                                        uint16_t number,
                                        struct syntone_histograms *histograms);

// Has a port, from 0, tell of its measurements while it is a slave; what was collected under other settings is not sent. Ask
// syntone_clock_slave_monitoring() for the settings, change them, and set them. With SYNTONE_RESULT_BAD_CONFIG nothing changes, and
// `error`, which may be NULL, names the member. SYNTONE_RESULT_OUT_OF_RANGE: no such port.
//
// Pointers:
// As syntone_clock_run_once(); `monitoring` is NULL or points to what its type says, with its struct_size set; `error` is NULL or points
// to what its type says.
syntone_result syntone_clock_set_slave_monitoring(struct syntone_clock *clock,
                                                  uint8_t port,
                                                  const struct syntone_slave_monitoring *monitoring,
                                                  struct syntone_config_error *error);

// Writes what a port, from 0, tells of its measurements as a slave to `monitoring`. SYNTONE_RESULT_OUT_OF_RANGE: no such port.
//
// Pointers:
// As syntone_clock_run_once(); `monitoring` is NULL or points to what its type says, with its struct_size set.
syntone_result syntone_clock_slave_monitoring(struct syntone_clock *clock,
                                              uint8_t port,
                                              struct syntone_slave_monitoring *monitoring);

// Says which message intervals others may ask a port, from 0, for; NULL, as at first: none, and what was granted stays. A master grants
// all three, other ports that of Pdelay_Reqs; when it is no master any more, its own intervals are back. What is asked for beyond
// `accepted` is counted (see syntone_discard_name()) and leaves all as it is. With SYNTONE_RESULT_BAD_CONFIG nothing changes, and
// `error`, which may be NULL, names the interval. SYNTONE_RESULT_OUT_OF_RANGE: no such port.
//
// Pointers:
// As syntone_clock_run_once(); `accepted` is NULL or points to what its type says, with its struct_size set; `error` is NULL or points to
// what its type says.
syntone_result syntone_clock_accept_interval_requests(struct syntone_clock *clock,
                                                      uint8_t port,
                                                      const struct syntone_accepted_intervals *accepted,
                                                      struct syntone_config_error *error);

// Has a port, from 0, ask the master that it follows, or with peer-to-peer delay the other end of its link, for other message intervals,
// once, with the next syntone_clock_run_once(). There is no answer: what comes of it is seen by the messages that come.
// SYNTONE_RESULT_OUT_OF_RANGE: no such port.
//
// Pointers:
// As syntone_clock_run_once(); `request` is NULL or points to what its type says, with its struct_size set.
syntone_result syntone_clock_request_intervals(struct syntone_clock *clock,
                                               uint8_t port,
                                               const struct syntone_interval_request *request);

// Fills in the defaults, for a transparent clock with two ports. `struct_size` is sizeof(syntone_transparent_config).
//
// Pointers:
// `config` is NULL or points to a syntone_transparent_config, which need not be initialised.
syntone_result syntone_transparent_config_init(struct syntone_transparent_config *config, uint32_t struct_size);

// How many octets a transparent clock with `ports` ports needs, aligned to SYNTONE_CLOCK_ALIGN; 0 if this library cannot have so
// many ports. SYNTONE_TRANSPARENT_SIZE(ports) is as much or more, and a constant.
size_t syntone_transparent_size(uint8_t ports);

// Makes a transparent clock in `storage` of `size` octets and sets `*clock` to it. All is as with syntone_clock_init().
//
// Pointers:
// As syntone_clock_init().
syntone_result syntone_transparent_init(void *storage,
                                        size_t size,
                                        const struct syntone_transparent_config *config,
                                        const struct syntone_hal *hal,
                                        struct syntone_transparent **clock,
                                        struct syntone_config_error *error);

// Does everything that is due: takes what the HAL has received and stamped, forwards it, steers the frequency if it is syntonised.
// All is as with syntone_clock_run_once().
//
// Pointers:
// `clock` is NULL or came from syntone_transparent_init(), its storage is still there, and no other thread uses it now; `next` is NULL
// or points to what its type says.
syntone_result syntone_transparent_run_once(struct syntone_transparent *clock,
                                            uint64_t *next);

// Tells the clock that the program has stepped the PTP clock: what is under way cannot be corrected.
//
// Pointers:
// As syntone_transparent_run_once().
syntone_result syntone_transparent_stepped(struct syntone_transparent *clock);

// Lets a port, from 0, forward (not 0) or blocks it (0), as the protocol that keeps the network free of loops decides. Nothing is
// forwarded from or to a port that is blocked. SYNTONE_RESULT_OUT_OF_RANGE: no such port.
//
// Pointers:
// As syntone_transparent_run_once().
syntone_result syntone_transparent_set_forwarding(struct syntone_transparent *clock,
                                                  uint8_t port,
                                                  uint8_t forwarding);

// Writes what is known of a port, from 0, to `status`, whose struct_size is set. SYNTONE_RESULT_OUT_OF_RANGE: no such port.
//
// Pointers:
// As syntone_transparent_run_once(); `status` is NULL or points to a syntone_transparent_port whose struct_size is set.
syntone_result syntone_transparent_port_status(struct syntone_transparent *clock,
                                               uint8_t port,
                                               struct syntone_transparent_port *status);

// Sets `*rate` to how much faster (negative: slower) than this clock the master of a domain runs, in units of 2^-16 ppm. It is taken
// from the Syncs that pass. SYNTONE_RESULT_OUT_OF_RANGE: it is not measured yet, or `sdo_id` is beyond 0xFFF.
//
// Pointers:
// As syntone_transparent_run_once(); `rate` is NULL or points to what its type says.
syntone_result syntone_transparent_rate(struct syntone_transparent *clock,
                                        uint16_t sdo_id,
                                        uint8_t domain_number,
                                        int32_t *rate);

// Says what management messages that come in by a port, from 0, may do: 0 nothing, 1 ask, 2 ask and change. At first 0. They are forwarded
// all the same, unless they are for this clock alone. SYNTONE_RESULT_OUT_OF_RANGE: no such port or access.
//
// Pointers:
// As syntone_transparent_run_once().
syntone_result syntone_transparent_set_management_access(struct syntone_transparent *clock,
                                                         uint8_t port,
                                                         uint8_t allowed);

// As syntone_clock_answer(), of a transparent clock.
//
// Pointers:
// As syntone_transparent_run_once() and syntone_clock_answer().
syntone_result syntone_transparent_answer(struct syntone_transparent *clock,
                                          uint8_t allowed,
                                          const uint8_t *request,
                                          size_t length,
                                          uint8_t *buffer,
                                          size_t size,
                                          syntone_on_answer on_answer,
                                          void *context);

// As syntone_clock_describe(), of a transparent clock.
//
// Pointers:
// As syntone_transparent_run_once() and syntone_clock_describe().
syntone_result syntone_transparent_describe(struct syntone_transparent *clock,
                                            const struct syntone_description *description,
                                            void *storage,
                                            size_t size);

// As syntone_clock_lend(), of a transparent clock, for SYNTONE_LEND_FAULT_LOG and SYNTONE_LEND_USER_DESCRIPTION.
// SYNTONE_RESULT_OUT_OF_RANGE: it has no other purpose.
//
// Pointers:
// As syntone_transparent_run_once() and syntone_clock_lend().
syntone_result syntone_transparent_lend(struct syntone_transparent *clock,
                                        uint16_t purpose,
                                        void *storage,
                                        size_t size);

// Fills in the defaults: one port over UDP/IPv4, without a name yet. `struct_size` is sizeof(syntone_linux_config).
//
// Pointers:
// `config` is NULL or points to a syntone_linux_config, which need not be initialised.
syntone_result syntone_linux_config_init(struct syntone_linux_config *config, uint32_t struct_size);

// Opens sockets and clock, and sets `*board`, which belongs to the program until syntone_linux_close(). With
// SYNTONE_RESULT_SYSTEM, `error`, which may be NULL, says what the system refused, and `*board` is NULL. After success
// it says why time stamps are the kernel's where those of the hardware were wished for; it is empty if there is nothing to say.
//
// Only on Linux, as all functions whose name begins with syntone_linux_.
//
// Pointers:
// Each pointer is NULL or points to what its type says; `config` is initialised.
syntone_result syntone_linux_open(const struct syntone_linux_config *config,
                                  struct syntone_linux **board,
                                  struct syntone_linux_error *error);

// Closes sockets and clock. No clock that runs on them may be used any more, except to look at its status. NULL is done at once.
//
// Pointers:
// `board` is NULL or came from syntone_linux_open() and was not closed; no other thread uses it.
syntone_result syntone_linux_close(struct syntone_linux *board);

// Fills in `hal` for syntone_clock_init(). `struct_size` is sizeof(syntone_hal). One clock at a time runs on a board, in the
// thread that uses the board.
//
// Pointers:
// As syntone_linux_close(); `hal` is NULL or points to a syntone_hal, which need not be initialised.
syntone_result syntone_linux_hal(struct syntone_linux *board,
                                 struct syntone_hal *hal,
                                 uint32_t struct_size);

// Waits until something is received or stamped, until `until` on the monotonic time (the `next` of syntone_clock_run_once()),
// or until a signal comes; it may also return earlier.
//
// Pointers:
// As syntone_linux_close().
syntone_result syntone_linux_wait(struct syntone_linux *board,
                                  uint64_t until);

// For a program that waits in an event loop of its own: writes the sockets of the board to `descriptors`, at most `capacity`,
// and their number to `*count`. Wait for POLLIN and POLLPRI on each, and until `*until` at the latest: that is the `next` of
// syntone_clock_run_once() before the call, and may be earlier afterwards. Then call syntone_clock_run_once().
//
// An interface that comes back gets other sockets: ask before each wait. SYNTONE_RESULT_STORAGE_TOO_SMALL: `*count` is more than
// `capacity`, and no descriptor was written.
//
// Pointers:
// As syntone_linux_close(); each pointer is NULL or points to what its type says, `descriptors` to `capacity` of them.
syntone_result syntone_linux_descriptors(struct syntone_linux *board,
                                         int *descriptors,
                                         size_t capacity,
                                         size_t *count,
                                         uint64_t *until);

// Makes a clock identity of the hardware address of a port, from 0. SYNTONE_RESULT_OUT_OF_RANGE: it has none, or there is no such
// port.
//
// Pointers:
// As syntone_linux_close(); `identity` is NULL or points to 8 octets.
syntone_result syntone_linux_clock_identity(struct syntone_linux *board,
                                            uint8_t port,
                                            uint8_t *identity);

// Writes to `error` why a port, from 0, has no link, where that is known: an interface that has come back and cannot be used, for
// example. It is empty if there is nothing to say.
//
// Pointers:
// As syntone_linux_close(); `error` is NULL or points to what its type says.
syntone_result syntone_linux_trouble(struct syntone_linux *board,
                                     uint8_t port,
                                     struct syntone_linux_error *error);

// Writes to `*nanoseconds` how far another program has stepped the clock since this was asked last; 0 if it has not. Tell it to
// the clock by syntone_clock_stepped().
//
// Pointers:
// As syntone_linux_close(); `nanoseconds` is NULL or points to what its type says.
syntone_result syntone_linux_stepped_by_others(struct syntone_linux *board,
                                               int64_t *nanoseconds);

// Sets `*replaced` to 1 if a hardware clock has taken the place of that of the board since this was asked last, since its interface was
// made anew, or is a bond with another active member; else to 0. It goes on from the time of the one before, as far as that is known, so
// there is nothing to do; but its oscillator is another, and a frequency that was saved for syntone_clock_start_from() is not its own.
//
// Pointers:
// As syntone_linux_close(); `replaced` is NULL or points to what its type says.
syntone_result syntone_linux_take_replaced_clock(struct syntone_linux *board,
                                                 uint8_t *replaced);

// Fills in the defaults: one port over UDP/IPv4, without a name yet. `struct_size` is sizeof(syntone_linux_config).
//
// Pointers:
// `config` is NULL or points to a syntone_linux_config, which need not be initialised.
syntone_result syntone_linux_config_init(struct syntone_linux_config *config, uint32_t struct_size);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SYNTONE_H */
