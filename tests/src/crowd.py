"""Neighbours on one cable: `crowd INTERFACE STATION SECONDS FRAMES` sends so many frames a second in bursts of BURST, of which
the station wants none: it prints how many."""

import socket, struct, sys, time

BURST = 50
interface, seconds, rate = sys.argv[1], float(sys.argv[3]), int(sys.argv[4])
station = bytes.fromhex(sys.argv[2].replace(":", ""))
OURS, ALL = bytes.fromhex("020000000033"), b"\xff" * 6
cable = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
cable.bind((interface, 0))


def ipv4(protocol, payload, length=None, fragment=0):
    total = 20 + len(payload) if length is None else length
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, total, 0, fragment, 64, protocol, 0, b"\x0a\x4d\0\x33", b"\x0a\x4d\0\x60")
    rest = sum(struct.unpack("!10H", head))
    rest = (rest & 0xFFFF) + (rest >> 16)
    return head[:10] + struct.pack("!H", ~(rest + (rest >> 16)) & 0xFFFF) + head[12:] + payload


def udp(port, length, told=None):
    return struct.pack("!HHHH", port, port, 8 + length if told is None else told, 0) + b"\x5a" * length


def frame(kind, payload, destination=station):
    return destination + OURS + struct.pack("!H", kind) + payload


who_has = struct.pack("!HHBBH6s4s6s4s", 1, 0x800, 6, 4, 1, OURS, b"\x0a\x4d\0\x33", b"\0" * 6, b"\x0a\x4d\0\x7b")
sync = bytes.fromhex("0002002c") + b"\0" * 40
FRAMES = [
    # Broadcasts.
    frame(0x0806, who_has, ALL),
    frame(0x0800, ipv4(17, udp(9, 100)), ALL),
    frame(0x0800, ipv4(17, udp(9, 1400)), ALL),
    # Short ones, and such as end before they should.
    frame(0x0800, b""),
    frame(0x0806, who_has[:9]),
    frame(0x0800, ipv4(6, b"\0\7\0\7" * 3)),
    frame(0x0800, ipv4(17, udp(319, 4), length=900)),
    frame(0x88F7, sync[:20]),
    # Longer than PTP has room for, and the longest there are.
    frame(0x88F7, sync + b"\x11" * 1400),
    frame(0x0800, ipv4(17, udp(9, 1472))),
    frame(0x8100, b"\0\5\x08\0" + ipv4(17, udp(319, 1472))),
    # Tagged, foreign, in fragments.
    frame(0x8100, b"\0\5\x88\xf7" + sync),
    frame(0x88B5, bytes(range(200))),
    frame(0x0800, ipv4(17, udp(319, 64), fragment=0x2000)),
    frame(0x0800, ipv4(6, struct.pack("!HHIIHHHH", 7, 7, 1, 1, 0xF0FF, 0, 0, 0))),
]
sent, start = 0, time.monotonic()
while (now := time.monotonic() - start) < seconds:
    for _ in range(BURST):
        cable.send(FRAMES[sent % len(FRAMES)])
        sent += 1
    # Behind time, it goes on without a rest.
    time.sleep(max(0, sent / rate - (time.monotonic() - start)))
print(f"sent {sent}")
