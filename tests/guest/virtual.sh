#!/bin/sh
# Interfaces over others: a VLAN, whose stamps are those of the port below, and bonds, whose stamps are those of the active member.
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
lab_check "ours locks over a VLAN" lab_wait_offset 0 1 20 40
lab_stop $oc
lab_ptp4l theirs B "slaveOnly 1;network_transport L2;logSyncInterval -2;logMinDelayReqInterval -2" vlan1; oc=$LAB_PID
linux-probe step /dev/ptp$(lab_phc 1) 70000000
lab_check "ptp4l follows ours over a VLAN" lab_wait_offset 0 1 30 40
lab_stop $gm $oc

# ---- bonds: PHC 0 and 2 are one time, so that the master is the same by either cable
bond() {
	ip -n $1 link add bond0 type bond mode active-backup miimon 100 || lab_fail bond
	for port in $2 $3; do ip -n $1 link set $port down && ip -n $1 link set $port master bond0 || lab_fail member; done
	ip -n $1 link set bond0 up
}
bond B sim1 sim3
lab_wait 5 lab_carrier B bond0
active() { ip netns exec B cat /sys/class/net/bond0/bonding/active_slave; }
echo "active: $(active) $(cat /sys/class/net/bond0/operstate 2>/dev/null)"
lab_in B labptp tsinfo bond0
ours gm0 A master l2 E2E two phc sim0; gm0=$LAB_PID
ours gm2 A master l2 E2E two phc sim2; gm2=$LAB_PID
ours bond B slave l2 E2E two phc bond0; oc=$LAB_PID
lab_check "a bond locks by the clock of its active member" lab_wait_offset 0 1 20 40
ip -n B link set sim1 carrier off
lab_wait 5 sh -c '[ "$(ip netns exec B cat /sys/class/net/bond0/bonding/active_slave)" = sim3 ]'
echo "active: $(active)"
lab_in B labptp tsinfo bond0
sleep 20
cat /out/bond.log
lab_check "and by that of the other when it has become active" lab_wait_offset 2 3 20 40
