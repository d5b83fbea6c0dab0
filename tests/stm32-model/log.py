"""What firmware logs by defmt over RTT, out of its memory, in the words of its ELF file."""

import json
import re
import struct

CHANNEL = 24  # Of the first one that goes up, in the block.


def unpacked(packed):
    """One frame without its zeros packed: reverse zero-compressing COBS, which is read from its end on."""
    octets, rest = bytearray(), list(packed)
    while rest:
        code = rest.pop()
        if code == 0xFF:
            octets += bytes(rest.pop() for _ in range(134))
        elif code >= 0x80:
            octets.append(0)
            octets += bytes(rest.pop() for _ in range(code - 0x80 + 7))
        else:
            # A bit for each of seven octets: those that are zero are not there.
            for bit in range(6, -1, -1):
                octets.append(0 if code >> bit & 1 else rest.pop())
    return bytes(reversed(octets))


class Log:
    """The log of a program whose memory `read(address, length)` and `write(address, octets)` reach."""

    def __init__(self, elf, read, write):
        symbols = [symbol for symbol in elf.get_section_by_name(".symtab").iter_symbols()]
        self.block = next(symbol["st_value"] for symbol in symbols if symbol.name == "_SEGGER_RTT")
        words = ((symbol["st_value"] & 0xFFFF, symbol.name) for symbol in symbols if symbol.name.startswith("{"))
        self.words = {index: json.loads(name)["data"] for index, name in words}
        self.read, self.write = read, write
        self.rest = b""

    def lines(self):
        """What was logged since the last call."""
        _, buffer, size, end, start = struct.unpack("<5I", self.read(self.block + CHANNEL, 20))
        if not size:
            return []
        octets = bytes(self.read(buffer, size))
        self.write(self.block + CHANNEL + 16, struct.pack("<I", end))
        self.rest += octets[start:end] if start <= end else octets[start:] + octets[:end]
        *frames, self.rest = self.rest.split(b"\0")
        return [self.told(unpacked(frame)) for frame in frames if frame]

    def told(self, frame):
        self.frame = frame
        words = self.words[self.number("<H")]
        micros = self.number("<Q")
        return f"{micros} {self.filled(words)}"

    def number(self, form):
        size = struct.calcsize(form)
        (value,), self.frame = struct.unpack(form, self.frame[:size]), self.frame[size:]
        return value

    def filled(self, words):
        return re.sub(r"{([^}]*)}", lambda place: self.value(place[1]), words)

    def value(self, kind):
        if kind == "=str":
            length = self.number("<I")
            text, self.frame = self.frame[:length], self.frame[length:]
            return text.decode()
        if kind == "=__internal_Display":
            text, _, self.frame = self.frame.partition(b"\xff")
            return text.decode()
        if kind == "":
            return self.filled(self.words[self.number("<H")])
        raise ValueError(f"a kind that is not read here: {kind}")
