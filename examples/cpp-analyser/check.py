"""Compares what the program prints of a capture with what TShark reads of it (tests/data/captures.json)."""

import json
import pathlib
import re
import subprocess
import sys

program, data = sys.argv[1], pathlib.Path(sys.argv[2])


def identity(text):
    digits = text[2:]
    return f"{digits[:6]}.{digits[6:10]}.{digits[10:]}"


def told(ptp):
    """The fields of a line by TShark, those that it has."""
    get = lambda name: ptp.get("ptp.v2." + name)
    fields = {
        "seq": get("sequenceid"),
        "from": identity(get("clockidentity")) + "-" + get("sourceportid"),
        "domain": get("domainnumber"),
        "flags": get("flags"),
        "interval": str((int(get("logmessageperiod")) + 128) % 256 - 128),
        "sdo": "0x%01x%02x" % (int(get("majorsdoid"), 16), int(get("minorsdoid"), 0)),
    }
    if get("an.grandmasterclockidentity"):
        fields["grandmaster"] = identity(get("an.grandmasterclockidentity"))
        fields["priority1"] = get("an.priority1")
        fields["priority2"] = get("an.priority2")
        fields["steps"] = get("an.localstepsremoved")
        fields["class"] = get("an.grandmasterclockclass")
        fields["utc"] = get("an.origincurrentutcoffset")
    seconds = [value for name, value in ptp.items() if name.endswith("timestamp.seconds")]
    nanoseconds = [value for name, value in ptp.items() if name.endswith("timestamp.nanoseconds")]
    if seconds and nanoseconds:
        fields["time"] = f"{seconds[0]}.{int(nanoseconds[0]):09d}"
    return fields


compared = 0
for name, frames in json.loads((data / "captures.json").read_text()).items():
    run = subprocess.run([program, str(data / name)], capture_output=True, text=True)
    sys.stderr.write(run.stderr)
    if run.returncode != 0:
        sys.exit(f"{program} {name} ended with {run.returncode}")
    lines = dict(line.split(": ", 1) for line in run.stdout.splitlines())
    for frame in frames:
        line = lines.pop(frame["number"], None)
        if line is None:
            sys.exit(f"{name}, frame {frame['number']}: nothing is printed")
        ours = dict(re.findall(r"(\w+)=(\S+)", line))
        for field, value in told(frame["tshark"]).items():
            compared += 1
            if ours.get(field) != value:
                sys.exit(f"{name}, frame {frame['number']}: {field} is {value}, but: {line}")
    if lines:
        sys.exit(f"{name}: no message there, but printed: {lines}")
print(f"{compared} fields are as TShark reads them")
