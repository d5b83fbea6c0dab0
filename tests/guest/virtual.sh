#!/bin/sh
# Interfaces over others, whose stamps are those of the port below: a VLAN, a bond and its active member, a VLAN over a bond.
#lab: --module 8021q --module bonding --bin ptp4l --param pairs=2 --param drift_ppb=0,25000,0,-40000
#lab: --param delay_ns=700,700,700,700 --param jitter_ns=40,40,40,40
. /lab/lab.sh
. /lab/ours.sh

lab_ns A sim0 sim2
lab_ns B sim1 sim3
lab_wait 5 lab_carrier B sim3
modprobe 8021q && modprobe bonding || lab_fail modules

# ---- VLAN
for k in 0 1; do
	ns=$([ $k = 0 ] && echo A || echo B)
	ip -n $ns link add link sim$k name vlan$k type vlan id 5 && ip -n $ns link set vlan$k up || lab_fail vlan
done
ours gm A master l2 E2E two phc vlan0; gm=$LAB_PID
ours oc B slave l2 E2E two phc vlan1; oc=$LAB_PID
locked() { lab_wait_offset "$@" > /dev/null; }
lab_check "ours locks over a VLAN" locked 0 1 20 40
lab_stop $oc
lab_ptp4l theirs B "slaveOnly 1;network_transport L2;logSyncInterval -2;logMinDelayReqInterval -2" vlan1; oc=$LAB_PID
linux-probe step /dev/ptp$(lab_phc 1) 70000000
lab_check "ptp4l follows ours over a VLAN" locked 0 1 30 40
lab_stop $gm $oc

# ---- a bond whose members have a clock each: PHC 1, 25 ppm fast, and PHC 3, 40 ppm slow. PHC 0 leads PHC 2, so that the time is one
# a VLAN of the member would take the frames
ip -n B link del vlan1
ip -n B link add bond0 type bond mode active-backup miimon 100 || lab_fail bond
for port in sim1 sim3; do
	ip -n B link set $port down && ip -n B link set $port master bond0 || lab_fail member
done
ip -n B link set bond0 up
lab_wait 5 lab_carrier B bond0
is_active() { [ "$(ip netns exec B cat /sys/class/net/bond0/bonding/active_slave)" = "$1" ]; }
lab_wait 5 is_active sim1 || lab_fail "no active member"

OURS="--boundary_clock_jbod 1"; ours gm A boundary l2 E2E two phc sim0 sim2; gm=$LAB_PID; OURS=
ours bond B slave l2 E2E two phc bond0; oc=$LAB_PID
lab_check "a bond locks by the clock of its active member" locked 0 1 20 40
lab_check "and its masters' clocks are one" locked 0 2 20 40
steps_before=$(grep -c 'was stepped by -\?[0-9]\{1,6\} ns' /out/bond.log)
faults=$(grep -c FAULTY /out/bond.log)
ip -n B link set sim1 carrier off
lab_wait 5 is_active sim3 || lab_fail "the other member does not become active"
lab_check "it is told that the clock is another" lab_wait 5 grep -q "the clock is /dev/ptp$(lab_phc 3)" /out/bond.log
back=$(lab_wait_offset 0 3 60 40) || lab_fail "not locked by the other: $(cat /out/bond.log)"
lab_check "locked by the clock of the other member after $back ms" lab_between "$back" 0 10000
steps=$(grep -c 'was stepped by -\?[0-9]\{1,6\} ns' /out/bond.log)
lab_check "it has taken over the time: what was left was less than a millisecond" [ "$steps" = $((steps_before + 1)) ]
lab_check "its port has stayed up" [ "$(grep -c FAULTY /out/bond.log)" = "$faults" ]
lab_stop $oc $gm

# ---- a VLAN over the bond
ip -n A link add link sim2 name vlan2 type vlan id 5 && ip -n A link set vlan2 up || lab_fail vlan
ip -n B link add link bond0 name bond0.5 type vlan id 5 && ip -n B link set bond0.5 up || lab_fail vlan
OURS="--boundary_clock_jbod 1"; ours gm A boundary l2 E2E two phc vlan0 vlan2; gm=$LAB_PID; OURS=
ours over B slave l2 E2E two phc bond0.5; oc=$LAB_PID
lab_check "over a bond that has changed it locks, too" locked 0 3 60 40
ip -n B link set sim1 carrier on
sleep 2
ip -n B link set sim3 carrier off
lab_check "and back" lab_wait 5 grep -q "the clock is /dev/ptp$(lab_phc 1)" /out/over.log
back=$(lab_wait_offset 0 1 20 40) || lab_fail "not locked by the first again: $(cat /out/over.log)"
lab_check "locked after $back ms" lab_between "$back" 0 10000
lab_stop $oc $gm
