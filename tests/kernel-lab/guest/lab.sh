# Helper functions for scripts that run in the guest:  . /lab/lab.sh
# Times are those of the guest; they pass faster than the host's when idle.

lab_fail() { echo "FAIL: $*"; exit 1; }

# lab_check TEXT CMD...: run CMD, print "ok TEXT", or fail
lab_check() {
	lab_t=$1; shift
	"$@" || lab_fail "$lab_t"
	echo "ok: $lab_t"
}

# lab_between N MIN MAX: N is an integer within MIN..MAX
lab_between() {
	case $1 in ''|-|*[!0-9-]*) echo "not a number: '$1'"; return 1 ;; esac
	[ "$1" -ge "$2" ] && [ "$1" -le "$3" ] && return 0
	echo "$1 is not within $2..$3"; return 1
}

# lab_ns NAME PORT[=ADDR/LEN]...: make network namespace NAME, move the ports there, bring them up
lab_ns() {
	lab_n=$1; shift
	[ -e /run/netns/"$lab_n" ] || ip netns add "$lab_n"
	# no duplicate address detection: it would keep IPv6 addresses unusable for a second or two
	lab_dad="net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0"
	# one program each for all ports: starting them is what takes time
	: > /tmp/lab_move; echo "link set lo up" > /tmp/lab_up
	for lab_p; do
		lab_d=${lab_p%%=*}
		lab_dad="$lab_dad net.ipv6.conf.$lab_d.accept_dad=0"
		echo "link set $lab_d netns $lab_n" >> /tmp/lab_move
		case $lab_p in *=*) echo "addr add ${lab_p#*=} dev $lab_d" >> /tmp/lab_up ;; esac
		echo "link set $lab_d up" >> /tmp/lab_up
		# otherwise 224.0.1.129 has no route
		case $lab_p in *=*.*) echo "route replace 224.0.0.0/4 dev $lab_d" >> /tmp/lab_up ;; esac
	done
	ip -batch /tmp/lab_move
	ip netns exec "$lab_n" sysctl -q -w $lab_dad
	ip -n "$lab_n" -batch /tmp/lab_up
}

# lab_in NAME CMD...: run CMD in network namespace NAME
lab_in() { lab_n=$1; shift; ip netns exec "$lab_n" "$@"; }

# lab_set PARAM V0,V1,...: change a parameter of ptpsim while it runs.  lab_get PARAM
lab_set() { echo "$2" > /sys/module/ptpsim/parameters/"$1"; }
lab_get() { cat /sys/module/ptpsim/parameters/"$1"; }

# lab_true_offset A B: PHC B minus PHC A in ns, read by the simulator at one instant, exact
lab_true_offset() { lab_offset "$1" "$2"; echo $lab_o; }

# the same into $lab_o: polling loops spare themselves the processes
lab_offset() {
	read -r lab_l < /sys/module/ptpsim/parameters/now
	lab_l="$lab_l " lab_a=${lab_l#* $1:} lab_b=${lab_l#* $2:}
	lab_o=$((${lab_b%% *} - ${lab_a%% *}))
}

# lab_extts_offset A B [N]: the same through the public interface, mean of N (3) edges: the 1 Hz output
# of PHC A stamped by the input of PHC B.  Rounds to the PHCs' resolution and takes N seconds.
lab_extts_offset() {
	# the wiring: inputs listen to PHC k^1 unless told otherwise
	lab_w=
	for lab_k in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		[ $lab_k = "$2" ] && lab_w=$lab_w$1, || lab_w=$lab_w$((lab_k ^ 1)),
	done
	lab_set extts_src "${lab_w%,}"
	labptp extts /dev/ptp"$(lab_phc "$1")" /dev/ptp"$(lab_phc "$2")" "${3:-3}"
}

# lab_phc K: N of /dev/ptpN of the simulator's PHC K
lab_phc() {
	for lab_d in /sys/class/ptp/ptp*; do
		[ "$(cat "$lab_d"/clock_name)" = "ptpsim$1" ] && { echo "${lab_d##*/ptp}"; return 0; }
	done
	return 1
}

# lab_ms: milliseconds since boot
lab_ms() { lab_clock; echo $lab_now; }
lab_clock() { read -r lab_u lab_v < /proc/uptime; lab_now=$((${lab_u%.*} * 1000 + 1${lab_u#*.} * 10 - 1000)); }

# lab_wait SECS CMD...: repeat CMD every 250 ms until it succeeds; 1 when it did not within SECS
lab_wait() {
	lab_end=$(($(lab_ms) + $1 * 1000)); shift
	until "$@" > /dev/null 2>&1; do
		[ "$(lab_ms)" -lt $lab_end ] || return 1
		sleep 0.25
	done
}

# lab_carrier NAME PORT: the port has a link (the kernel reports changes up to a second late)
lab_carrier() { ip -n "$1" link show "$2" | grep -q LOWER_UP; }
lab_no_carrier() { ! lab_carrier "$@"; }

# lab_wait_offset A B NS SECS [HOLD]: wait until PHC B stays within NS of PHC A for HOLD (5) seconds; prints how
# many ms it took until the beginning of that time; 1 when it did not within SECS
lab_wait_offset() {
	lab_from=$(lab_ms) lab_good=0 lab_hold=$((${5:-5} * 1000))
	while :; do
		lab_offset "$1" "$2"; lab_clock
		if [ ${lab_o#-} -gt "$3" ]; then
			lab_good=0
		elif [ $lab_good = 0 ]; then
			lab_good=$lab_now
		elif [ $((lab_now - lab_good)) -ge $lab_hold ]; then
			echo $((lab_good - lab_from))
			return 0
		fi
		if [ $((lab_now - lab_from)) -ge $(($4 * 1000)) ]; then
			echo "offset $lab_o ns after $4 s" >&2
			return 1
		fi
		sleep 0.1
	done
}

# lab_worst_offset A B SECS: largest |PHC B - PHC A| seen in SECS, sampled every 100 ms
lab_worst_offset() {
	lab_end=$(($(lab_ms) + $3 * 1000)) lab_w=0
	while lab_clock; [ $lab_now -lt $lab_end ]; do
		lab_offset "$1" "$2"; lab_o=${lab_o#-}
		[ "$lab_o" -gt $lab_w ] && lab_w=$lab_o
		sleep 0.1
	done
	echo $lab_w
}

# lab_start NAME CMD...: run CMD in the background, output to /out/NAME.log, process id in $LAB_PID. CMD is a program: of a
# function such as lab_in the process id would be that of a shell, whose end leaves the program running
lab_start() {
	lab_n=$1; shift
	"$@" > /out/"$lab_n".log 2>&1 &
	LAB_PID=$!
}

# lab_stop PID...: end processes and wait for them
lab_stop() { kill "$@" 2> /dev/null; wait "$@" 2> /dev/null; :; }

# lab_ptp4l NAME NETNS "OPTION VALUE;..." PORT...: start linuxptp's ptp4l, log in /out/NAME.log
lab_ptp4l() {
	lab_n=$1 lab_s=$2 lab_o=$3; shift 3
	lab_i=; for lab_p; do lab_i="$lab_i -i $lab_p"; done
	{
		echo '[global]'
		echo "uds_address /run/$lab_n"
		echo 'network_transport L2'
		echo 'tx_timestamp_timeout 50'
		echo 'summary_interval 0'
		echo "$lab_o" | tr ';' '\n'
	} > /tmp/"$lab_n".cfg
	ip netns exec "$lab_s" ptp4l -m -q -f /tmp/"$lab_n".cfg $lab_i > /out/"$lab_n".log 2>&1 &
	LAB_PID=$!
}
