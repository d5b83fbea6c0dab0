#!/bin/sh
# The machine's time beside a hardware clock, a transparent clock by hardware, and what is kept from one start to the next.
#lab: --param pairs=2 --param phc=0,1,1,2 --param drift_ppb=0,25000,-40000
#lab: --param delay_ns=700,700,300,300 --param jitter_ns=40,40,40,40 --bin ptp4l
. /lab/lab.sh
. /lab/ours.sh

lab_ns A sim0
lab_ns B sim1 sim2
lab_ns C sim3
lab_wait 5 lab_carrier B sim1
phc0=/dev/ptp$(lab_phc 0) phc1=/dev/ptp$(lab_phc 1)
# how far the system clock is ahead of a PHC, of which it is 37 s behind by right
ahead() { set -- $(linux-probe compare "$1"); echo $(($2 + 37000000000)); }
# within NS of the PHC DEVICE
system_at() { s_o=$(ahead "$1"); [ ${s_o#-} -le "$2" ]; }
value() { linux-probe show "$1" | sed -n "s/^$2 //p"; }

# ---- the system clock follows the PHC of a slave
ours gm A master l2 E2E two phc sim0; gm=$LAB_PID
OURS="--system_clock follow --state_directory /tmp"; ours oc B slave l2 E2E two phc sim1; oc=$LAB_PID
lab_check "the slave locks" lab_wait_offset 0 1 40 60
lab_check "the system clock follows in the same process" lab_wait 30 system_at $phc1 200
grep -q 'the system clock was stepped by' /out/oc.log || lab_fail "the step is not said"

# ---- its frequency is kept
sleep 15
kept=$(cat /tmp/frequency-*)
lab_check "25 ppm are kept: $kept" lab_between "$kept" -1640000 -1637000
OURS=
kill -9 $oc; wait $oc 2> /dev/null
linux-probe frequency $phc1 0
OURS="--state_directory /tmp"; ours again B slave l2 E2E two phc sim1; oc=$LAB_PID
lab_wait 5 grep -q '→ LISTENING' /out/again.log
lab_check "after kill -9 the clock has it at once: $(value $phc1 frequency) ppb" lab_between "$(value $phc1 frequency)" -25100 -24900
lab_check "and locks again" lab_wait_offset 0 1 40 20

# ---- another program steps the clock
linux-probe step $phc1 1500000000
lab_check "a step of another program is told" lab_wait 5 grep -q 'another program has stepped the clock by 1[45]' /out/again.log
back=$(lab_wait_offset 0 1 100 60) || lab_fail "not locked again"
lab_check "and undone at once, with the frequency kept: locked again $back ms later" lab_between "$back" 0 1000
n=$(grep -c 'another program' /out/again.log)
lab_check "its own adjustments are none: $n" [ "$n" = 1 ]
lab_stop $oc
lab_check "ended by a signal, it leaves the clock at it: $(value $phc1 frequency) ppb" lab_between "$(value $phc1 frequency)" -25100 -24900

# ---- a clock that is only looked at is another's to step
OURS="--free_running 1"; ours free B slave l2 E2E two phc sim1; oc=$LAB_PID; OURS=
lab_wait 10 grep -q '→ UNCALIBRATED' /out/free.log || lab_fail "it hears nobody"
before=$(lab_true_offset 0 1)
linux-probe step $phc1 1500000000; sleep 5
moved=$(($(lab_true_offset 0 1) - before))
lab_check "free running it leaves a step of another program: $moved ns" lab_between $moved 1499000000 1501000000
grep -q 'another program' /out/free.log && lab_fail "and that is no news: the clock is another's"
lab_stop $oc $gm

# ---- the PHC of a grandmaster follows the system clock
linux-probe step $phc0 300000000
OURS="--system_clock lead"; ours lead A master l2 E2E two phc sim0; gm=$LAB_PID
lab_check "the PHC of a grandmaster is led" lab_wait 60 system_at $phc0 200
lab_stop $gm

# ---- a transparent clock by hardware stamps, between our master and ptp4l
OURS=; ours gm2 A master l2 E2E two phc sim0; gm=$LAB_PID
ours tc B through l2 E2E two phc sim1 sim2; tc=$LAB_PID
lab_ptp4l slave C "slaveOnly 1;network_transport L2;logSyncInterval -2;logMinDelayReqInterval -2" sim3; s=$LAB_PID
lab_check "behind our transparent clock ptp4l locks" lab_wait_offset 0 2 100 60
worst=$(lab_worst_offset 0 2 10)
lab_check "worst offset $worst ns through it" lab_between "$worst" 0 150
kill -0 $gm $tc $s || lab_fail "a daemon died"
lab_stop $gm $tc $s

# ---- as another user, with the rights that are needed and no other
mkdir -p /etc; echo "nobody:x:65534:65534::/:/bin/sh" > /etc/passwd; echo "nogroup:x:65534:" > /etc/group
OURS="--user nobody"; ours user A master l2 E2E two phc sim0; gm=$LAB_PID
lab_wait 10 grep -q '→ MASTER' /out/user.log || lab_fail "it is no master"
lab_check "it has given up its rights" grep -q '^Uid:.65534' /proc/$gm/status
lab_stop $gm
