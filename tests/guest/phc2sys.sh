#!/bin/sh
# phc2sys of linuxptp follows the port states of our daemon, unchanged: what it asks for, and what it is told.
#lab: --param drift_ppb=0,25000 --param delay_ns=700,700 --param jitter_ns=40,40 --bin ptp4l --bin phc2sys --bin pmc
. /lab/lab.sh
. /lab/ours.sh

lab_ns A sim0
lab_ns B sim1
lab_wait 5 lab_carrier B sim1
phc1=/dev/ptp$(lab_phc 1)
# how far the system clock is ahead of the PHC, of which it is 37 s behind by right
ahead() { set -- $(linux-probe compare "$1"); echo $(($2 + 37000000000)); }
system_at() { s_o=$(ahead "$1"); [ ${s_o#-} -le "$2" ]; }
said() { grep -q "$1" /out/phc2sys.log; }

OURS="--timeSource 0x20"; ours gm A master l2 E2E two phc sim0; gm=$LAB_PID
OURS=; ours oc B slave l2 E2E two phc sim1; oc=$LAB_PID
lab_start phc2sys ip netns exec B phc2sys -a -r -m -l 7 -z /tmp/oc.sock; p=$LAB_PID
lab_check "phc2sys finds the clock of our port" lab_wait 20 said "selecting sim1 as the master clock"
lab_check "and steers the system clock" lab_wait 10 said "selecting CLOCK_REALTIME for synchronization"
lab_check "the slave locks" lab_wait_offset 0 1 40 60
lab_check "the system clock follows by phc2sys" lab_wait 60 system_at "$phc1" 2000
ip netns exec B pmc -u -b 0 -s /tmp/oc.sock -i /tmp/pmc "GET PORT_PROPERTIES_NP" > /out/pmc.log
lab_check "pmc reads of the port that it stamps in hardware" grep -q 'timestamping *HARDWARE' /out/pmc.log
lab_stop $gm
lab_check "the port without its master is told" lab_wait 20 said "port .*-1 changed state"
lab_check "and phc2sys steers no more" lab_wait 10 sh -c '[ $(grep -c "not ready" /out/phc2sys.log) -ge 2 ]'
OURS="--timeSource 0x20"; ours gm2 A master l2 E2E two phc sim0
lab_check "until there is a master again" lab_wait 30 sh -c '[ $(grep -c "selecting sim1 as the master" /out/phc2sys.log) -ge 2 ]'
lab_stop $p
# ---- one clock by name, as soon as there is a port that follows
lab_start waits ip netns exec B phc2sys -w -s sim1 -m -l 7 -z /tmp/oc.sock; p=$LAB_PID
lab_check "phc2sys -w waits for our port and begins" lab_wait 30 sh -c '[ $(grep -c "CLOCK_REALTIME phc offset" /out/waits.log) -ge 5 ]'
lab_check "with the offset to UTC that our daemon tells" system_at "$phc1" 2000
lab_stop $p
lab_stop $oc
