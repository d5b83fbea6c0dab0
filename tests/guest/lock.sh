#!/bin/sh
# Ours with ours, ours with ptp4l either way, and ptp4l with ptp4l lock by hardware stamps: over each transport, by each mechanism, in two
# steps and in one. In each pair the second PHC, 25 ppm fast, follows the first. The truth is what the hardware says: edges of the
# one, stamped by the other.
#lab: --bin ptp4l --param pairs=8 --param drift_ppb=0,25000,0,25000,0,25000,0,25000,0,25000,0,25000,0,25000,0,25000
#lab: --param delay_ns=700,700,700,700,700,700,700,700,700,700,700,700,700,700,700,700
#lab: --param jitter_ns=40,40,40,40,40,40,40,40,40,40,40,40,40,40,40,40
. /lab/lab.sh
. /lab/ours.sh

# theirs NAME NETNS ROLE TRANSPORT MECHANISM STEPS CLOCK PORT, as ours
theirs() {
	case $4 in l2) t=L2 ;; udp4) t=UDPv4 ;; udp6) t=UDPv6 ;; esac
	case $3 in master) r="priority1 10" ;; slave) r="slaveOnly 1" ;; esac
	case $6-$5 in
	one-E2E) s="time_stamping onestep;twoStepFlag 0" ;;
	one-P2P) s="time_stamping p2p1step;twoStepFlag 0" ;;
	*) s="" ;;
	esac
	lab_ptp4l "$1" "$2" "$r;$s;network_transport $t;delay_mechanism $5;logAnnounceInterval 0;logSyncInterval -2;logMinDelayReqInterval -2;logMinPdelayReqInterval -2" "$8"
}

# two cables for each kind of pair; all programs of a kind and side are in one namespace, as one host with many ports
phcs= odd= k=0
for kind in ours-ours ours-theirs theirs-ours theirs-theirs; do
	for port in $((4 * k)) $((4 * k + 2)); do
		odd="$odd /dev/ptp$(lab_phc $((port + 1)))"
		phcs="$phcs /dev/ptp$(lab_phc $port) /dev/ptp$(lab_phc $((port + 1)))"
	done
	lab_ns ${kind%-*}A sim$((4 * k))=10.0.$k.1/24 sim$((4 * k + 2))=10.1.$k.1/24
	lab_ns ${kind#*-}B sim$((4 * k + 1))=10.0.$k.2/24 sim$((4 * k + 3))=10.1.$k.2/24
	k=$((k + 1))
done
lab_wait 5 lab_carrier theirsB sim15

# pair MASTER SLAVE PORT TRANSPORT MECHANISM STEPS
pair() {
	name=$1-$2-$4-$5-$6
	"$1" "$name-master" $1A master "$4" "$5" "$6" phc sim$3; daemons="$daemons $LAB_PID"
	"$2" "$name-slave" $2B slave "$4" "$5" "$6" phc sim$(($3 + 1)); daemons="$daemons $LAB_PID"
	names="$names $name"
}

# 1/10 ns squared, per follower
ours=0 theirs=0
# judge NAME: a line of `labptp truth`
judge() {
	read -r _ mean _ rms _ worst
	tenths=${rms%.*}${rms#*.}
	case $1 in
	*-ours-*) limit=20 ours=$((ours + tenths * tenths)) ;;
	*) limit=30 theirs=$((theirs + tenths * tenths)) ;;
	esac
	lab_check "$1: mean $mean, rms $rms, worst $worst ns, limit $limit" lab_between "$worst" 0 "$limit"
}

# round TRANSPORT STEPS: all kinds of pairs by both mechanisms at once
round() {
	# wrong by 70 ms and by the drift
	labptp upset 70000000 $odd || lab_fail upset
	daemons= names= port=0
	for both in "ours ours" "ours theirs" "theirs ours" "theirs theirs"; do
		for mechanism in E2E P2P; do
			pair $both $port "$1" $mechanism "$2"
			port=$((port + 2))
		done
	done
	sleep 20
	kill -0 $daemons || lab_fail "a daemon died: $(tail -n 2 /out/*.log)"
	labptp truth 50 120 $phcs > /tmp/truth || lab_fail truth
	lab_stop $daemons
	{ for name in $names; do judge "$name"; done; } < /tmp/truth
}

for steps in two one; do
	for transport in l2 udp4 udp6; do round $transport $steps; done
done
# squares of rms, in percent: what is below 100 is better than theirs
lab_check "rms of ours to that of ptp4l, squared: $((ours * 100 / theirs)) %" lab_between "$ours" 0 "$theirs"
