#!/bin/sh
# Ours with ours, and ours with ptp4l either way, lock by hardware stamps: PHC 1, 25 ppm fast, follows PHC 0.
# Offsets are the simulator's truth, not what a daemon believes.
#lab: --module 8021q --bin ptp4l --param drift_ppb=0,25000 --param delay_ns=700,700 --param jitter_ns=40,40
. /lab/lab.sh
. /lab/ours.sh

lab_ns A sim0=10.0.0.1/24
lab_ns B sim1=10.0.0.2/24
lab_wait 5 lab_carrier B sim1

# by hardware stamps, with the arguments of theirs
ours_phc() { ours "$1" "$2" "$3" "$4" "$5" "$6" phc "$7"; }
# theirs NAME NETNS ROLE TRANSPORT MECHANISM STEPS PORT
theirs() {
	case $4 in l2) t=L2 ;; udp4) t=UDPv4 ;; udp6) t=UDPv6 ;; esac
	case $3 in master) r="priority1 10" ;; slave) r="slaveOnly 1" ;; esac
	case $6-$5 in
	one-E2E) s="time_stamping onestep;twoStepFlag 0" ;;
	one-P2P) s="time_stamping p2p1step;twoStepFlag 0" ;;
	*) s="" ;;
	esac
	lab_ptp4l "$1" "$2" "$r;$s;network_transport $t;delay_mechanism $5;logSyncInterval -2;logMinDelayReqInterval -2;logMinPdelayReqInterval -2" "$7"
}

# pair MASTER SLAVE TRANSPORT MECHANISM STEPS LIMIT: worst offset over 10 s, after 20 s
pair() {
	name=$1-$2-$3-$4-$5
	# wrong by 70 ms and by the drift
	linux-probe frequency /dev/ptp1 0 && linux-probe step /dev/ptp1 70000000 || lab_fail linux-probe
	"$1" "$name-master" A master "$3" "$4" "$5" $port0; m=$LAB_PID
	"$2" "$name-slave" B slave "$3" "$4" "$5" $port1; s=$LAB_PID
	lab_wait_offset 0 1 200 40 1 > /dev/null || lab_fail "$name does not lock: $(tail -n 3 /out/$name-slave.log)"
	sleep 15
	kill -0 $m && kill -0 $s || lab_fail "$name: a daemon died: $(tail -n 2 /out/$name-master.log /out/$name-slave.log)"
	worst=$(lab_worst_offset 0 1 10)
	lab_check "$name: worst offset $worst ns, limit $6" lab_between "$worst" 0 "$6"
	lab_stop $m $s
}

port0=sim0 port1=sim1
pair ours_phc ours_phc l2 E2E two 20
pair ours_phc theirs l2 P2P two 30
pair theirs ours_phc l2 P2P one 20
pair ours_phc ours_phc udp4 P2P one 20
pair ours_phc theirs udp4 E2E one 30
pair theirs ours_phc udp4 E2E two 20
pair ours_phc ours_phc udp6 E2E one 20
pair ours_phc theirs udp6 P2P one 30
pair theirs ours_phc udp6 P2P two 20

# over a VLAN interface, whose stamps are those of the port below
modprobe 8021q || lab_fail 8021q
for k in 0 1; do
	ns=$([ $k = 0 ] && echo A || echo B)
	ip -n $ns link add link sim$k name vlan$k type vlan id 5 && ip -n $ns link set vlan$k up || lab_fail vlan
done
port0=vlan0 port1=vlan1
pair ours_phc theirs l2 E2E two 30
