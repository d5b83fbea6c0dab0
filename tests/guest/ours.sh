# ours NAME NETNS ROLE TRANSPORT MECHANISM STEPS CLOCK PORT...: starts `syntone run`; log in /out/NAME.log, process id in $LAB_PID.
# ROLE: master, slave, boundary, through; TRANSPORT: l2, udp4, udp6; MECHANISM: E2E, P2P; STEPS: one, two;
# CLOCK: phc, system, software. More options, if any, in $OURS.
# Management at /tmp/NAME.sock.
ours() {
	o_name=$1 o_netns=$2 o_role=$3 o_transport=$4 o_mechanism=$5 o_steps=$6 o_clock=$7; shift 7
	case $o_transport in l2) o_args=-2 ;; udp4) o_args=-4 ;; udp6) o_args=-6 ;; esac
	case $o_role in
	master) o_args="$o_args --priority1 10" ;;
	slave) o_args="$o_args -s" ;;
	through) o_args="$o_args --clock_type ${o_mechanism}_TC" ;;
	esac
	case $o_clock-$o_steps-$o_mechanism in
	phc-one-E2E) o_args="$o_args --time_stamping onestep" ;;
	phc-one-P2P) o_args="$o_args --time_stamping p2p1step" ;;
	phc-*) o_args="$o_args -H" ;;
	*) o_args="$o_args --clock $o_clock" ;;
	esac
	for o_port; do o_args="$o_args -i $o_port"; done
	lab_start "$o_name" ip netns exec "$o_netns" syntone run $o_args --delay_mechanism "$o_mechanism" \
		--logSyncInterval -2 --logMinDelayReqInterval -2 --logMinPdelayReqInterval -2 --logAnnounceInterval 0 \
		--fault_reset_interval 0 --uds_address "/tmp/$o_name.sock" --uds_ro_address "/tmp/$o_name.ro" $OURS
}
