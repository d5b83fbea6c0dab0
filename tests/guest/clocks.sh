#!/bin/sh
# Hardware clocks and the system clock, each operation with its effect: on PHC 0, without drift, and PHC 1, 1 ppm fast.
#lab: --param drift_ppb=0,1000
. /lab/lab.sh

value() { linux-probe show "$1" | sed -n "s/^$2 //p"; }

# ---- PHC: step, frequency, limits
lab_check "limit of the frequency" [ "$(value /dev/ptp1 max)" = 32767999 ]
before=$(lab_true_offset 0 1)
linux-probe step /dev/ptp1 -750000001 || lab_fail "step"
after=$(lab_true_offset 0 1)
lab_check "a step of -750000001 ns: $((after - before)) ns" lab_between $((after - before)) -750001000 -749999000
linux-probe frequency /dev/ptp1 -1000 || lab_fail "frequency"
lab_check "the frequency is found again" [ "$(value /dev/ptp1 frequency)" = -1000 ]
before=$(lab_true_offset 0 1); sleep 10; after=$(lab_true_offset 0 1)
lab_check "which takes the drift away: $((after - before)) ns in 10 s" lab_between $((after - before)) -100 100
before=$(lab_true_offset 0 1)
linux-probe frequency /dev/ptp1 30000000; sleep 1; linux-probe frequency /dev/ptp1 0
after=$(lab_true_offset 0 1)
lab_check "3 % is a frequency, too" lab_between $((after - before)) 30000000 40000000
linux-probe show /dev/null 2> /tmp/error && lab_fail "/dev/null is no clock"
lab_check "what is no clock is named" grep -q "/dev/null as a PTP hardware clock" /tmp/error

# ---- the system clock against a PHC
set -- $(linux-probe compare /dev/ptp0)
lab_check "the best way is taken: $1" [ "$1" = Precise ]
first=$2
linux-probe step /dev/ptp0 -1000000000
set -- $(linux-probe compare /dev/ptp0)
lab_check "the system clock is a second further ahead" lab_between $(($2 - first)) 999990000 1000010000

for way in 1-Extended 0-Basic; do
	rmmod ptpsim; insmod /lab/ptpsim.ko cross=${way%-*}
	set -- $(linux-probe compare /dev/ptp0)
	lab_check "where it is not offered, the next: $1, within $3 ns" [ "$1" = ${way#*-} ]
	first=$2
	linux-probe step /dev/ptp0 500000000
	set -- $(linux-probe compare /dev/ptp0)
	lab_check "it says by how much" lab_between $(($2 - first)) -500010000 -499990000
done
rmmod ptpsim; insmod /lab/ptpsim.ko

# ---- the system clock: offset to UTC, step, frequency, leap second
linux-probe system || lab_fail "system clock"
