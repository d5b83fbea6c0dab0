// Prints every PTP message of a capture, a line each: over Ethernet, UDP/IPv4 and UDP/IPv6, with VLAN tags or without. The
// exit status is 0 unless the file cannot be read; what is no message is said and passed over.
//
//     main FILE.pcap

#include <syntone.hpp>

#include <pcap/pcap.h>

#include <array>
#include <cinttypes>
#include <cstdio>
#include <string>

namespace {

using Octets = syntone::Span<const std::uint8_t>;

std::uint16_t word(Octets octets, std::size_t at) {
    return static_cast<std::uint16_t>(octets[at] << 8 | octets[at + 1]);
}

Octets from(Octets octets, std::size_t at) {
    return at < octets.size() ? Octets(octets.data() + at, octets.size() - at) : Octets();
}

// The payload of a UDP datagram to one of PTP's ports; empty if it is not.
Octets payload_of_udp(Octets udp) {
    constexpr std::size_t header = 8;
    if (udp.size() < header || (word(udp, 2) != 319 && word(udp, 2) != 320)) {
        return {};
    }
    return from(udp, header);
}

// The PTP message in an Ethernet frame; empty if there is none.
Octets message_of(Octets frame) {
    std::size_t at = 12;
    while (frame.size() >= at + 4 && (word(frame, at) == 0x8100 || word(frame, at) == 0x88A8)) {
        at += 4;
    }
    if (frame.size() < at + 2) {
        return {};
    }
    const Octets content = from(frame, at + 2);
    switch (word(frame, at)) {
    case 0x88F7:
        return content;
    case 0x0800:
        return content.size() >= 20 && content[9] == 17 ? payload_of_udp(from(content, (content[0] & 0xFu) * 4u)) : Octets();
    case 0x86DD:
        return content.size() >= 40 && content[6] == 17 ? payload_of_udp(from(content, 40)) : Octets();
    default:
        return {};
    }
}

std::string identity(const std::uint8_t (&octets)[8]) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%02x%02x%02x.%02x%02x.%02x%02x%02x", octets[0], octets[1], octets[2],
                  octets[3], octets[4], octets[5], octets[6], octets[7]);
    return text.data();
}

std::string port(const syntone_port_identity &port) {
    return identity(port.clock_identity) + "-" + std::to_string(port.port_number);
}

void print_time(const syntone_message &message) {
    std::printf(" time=%" PRIu64 ".%09" PRIu32, message.seconds, message.nanoseconds);
}

void print_body(const syntone_message &message) {
    switch (message.message_type) {
    case SYNTONE_MESSAGE_ANNOUNCE:
        print_time(message);
        std::printf(" grandmaster=%s priority1=%d class=%d accuracy=0x%02x variance=0x%04x priority2=%d steps=%d utc=%d source=0x%02x",
                    identity(message.grandmaster).c_str(), message.grandmaster_priority1, message.clock_class,
                    message.clock_accuracy, message.offset_scaled_log_variance, message.grandmaster_priority2,
                    message.steps_removed, message.current_utc_offset, message.time_source);
        break;
    case SYNTONE_MESSAGE_PDELAY_RESP:
    case SYNTONE_MESSAGE_DELAY_RESP:
    case SYNTONE_MESSAGE_PDELAY_RESP_FOLLOW_UP:
        print_time(message);
        std::printf(" for=%s", port(message.addressed).c_str());
        break;
    case SYNTONE_MESSAGE_MANAGEMENT:
        std::printf(" to=%s action=%d hops=%d/%d", port(message.addressed).c_str(), message.action_field,
                    message.boundary_hops, message.starting_boundary_hops);
        break;
    case SYNTONE_MESSAGE_SIGNALING:
        std::printf(" to=%s", port(message.addressed).c_str());
        break;
    default:
        print_time(message);
        break;
    }
}

void print(const syntone_message &message) {
    std::printf("%s seq=%d from=%s domain=%d sdo=0x%03x flags=0x%04x interval=%d correction=%" PRId64 "/65536",
                syntone::message_name(message.message_type), message.sequence_id, port(message.source).c_str(),
                message.domain_number, message.sdo_id, message.flags, message.log_message_interval,
                message.correction_field);
    print_body(message);
    for (const syntone_tlv &tlv : syntone::Tlvs(message)) {
        std::printf(" tlv=0x%04x:%d", tlv.tlv_type, tlv.length);
    }
}

} // namespace

int main(int count, char **arguments) {
    if (count != 2) {
        std::fprintf(stderr, "usage: %s FILE.pcap\n", arguments[0]);
        return 2;
    }
    std::array<char, PCAP_ERRBUF_SIZE> error{};
    pcap_t *capture = pcap_open_offline(arguments[1], error.data());
    if (capture == nullptr) {
        std::fprintf(stderr, "%s\n", error.data());
        return 1;
    }
    if (pcap_datalink(capture) != DLT_EN10MB) {
        std::fprintf(stderr, "%s: not of Ethernet\n", arguments[1]);
        pcap_close(capture);
        return 1;
    }
    pcap_pkthdr *header = nullptr;
    const std::uint8_t *octets = nullptr;
    for (int number = 1; pcap_next_ex(capture, &header, &octets) == 1; ++number) {
        const Octets message = message_of(Octets(octets, header->caplen));
        if (message.empty()) {
            continue;
        }
        std::printf("%d: ", number);
        syntone_parse_error why{};
        if (const auto decoded = syntone::decode(message, &why)) {
            print(*decoded);
        } else {
            std::printf("no message: %s at octet %" PRIu32 ": %s", why.field, why.offset, why.reason);
        }
        std::printf("\n");
    }
    pcap_close(capture);
    return 0;
}
