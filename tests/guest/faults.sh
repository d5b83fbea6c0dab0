#!/bin/sh
# What goes wrong with stamps, links and interfaces, under a pair of ours; then a boundary clock, and the system clock.
#lab: --param pairs=2 --param phc=0,1,1,2 --param drift_ppb=0,25000,-40000
#lab: --param delay_ns=700,700,300,300 --param jitter_ns=40,40,40,40
. /lab/lab.sh
. /lab/ours.sh

# over L2, end to end, in two steps: NAME NETNS ROLE CLOCK PORT...
clock() {
	c_name=$1 c_ns=$2 c_role=$3 c_clock=$4; shift 4
	ours "$c_name" "$c_ns" "$c_role" l2 E2E two "$c_clock" "$@"
}
alive() { kill -0 "$@" || lab_fail "a daemon died: $(tail -n 2 /out/*.log)"; }
locked() { lab_wait_offset "$@" > /dev/null; }
# how often a port of a daemon has left the state SLAVE
left_slave() { grep -c ': SLAVE →' /out/"$1".log; }

lab_ns A sim0
lab_ns B sim1 sim2
lab_ns C sim3
lab_wait 5 lab_carrier B sim1

clock gm A master phc sim0; gm=$LAB_PID
clock bc B boundary phc sim1 sim2; bc=$LAB_PID
clock oc C slave phc sim3; oc=$LAB_PID
lab_check "the boundary clock locks" locked 0 1 60 40
lab_check "the clock behind it locks" locked 0 2 100 60
grep -q "by the hardware's time stamps" /out/bc.log || lab_fail "no hardware stamps"

# ---- stamps lost and late: lost samples, no change of state
n=$(left_slave bc)$(left_slave oc)
lab_set drop_txts_permille 300,300,300,300; lab_set drop_rxts_permille 100,100,100,100; sleep 10
lab_set drop_txts_permille 0,0,0,0; lab_set drop_rxts_permille 0,0,0,0
lab_set txts_delay_us 50000,50000,50000,50000; sleep 10
lab_check "3 of 10 stamps lost, then all 50 ms late: locked" locked 0 1 60 10
lab_set txts_delay_us 10,10,10,10
lab_check "and no change of state" [ "$(left_slave bc)$(left_slave oc)" = "$n" ]
alive $gm $bc $oc

# ---- link down and up
ip -n A link set sim0 carrier off
lab_check "the master's port is told" lab_wait 3 grep -q '→ FAULTY' /out/gm.log
lab_check "the slave's port is told" lab_wait 3 grep -q '→ FAULTY' /out/bc.log
sleep 10
ip -n A link set sim0 carrier on
# a clock that hears nobody keeps pace for long: its state is what tells
follows() { grep '(sim1)' /out/bc.log | tail -n 1 | grep -q '→ SLAVE'; }
lab_check "down for 10 s, it follows again within 10 s" lab_wait 10 follows
lab_check "and is locked" locked 0 1 60 10

# ---- the interface is made anew, with another index and another clock: the module is loaded again
index() { ip -n A -o link show sim0 | cut -d: -f1; }
before=$(index)
lab_stop $oc $bc
clock slave B slave phc sim1; slave=$LAB_PID
locked 0 1 60 40 || lab_fail "the slave does not lock"
rmmod ptpsim
sleep 2
alive $gm $slave
insmod /lab/ptpsim.ko drift_ppb=0,30000 delay_ns=700,700
ip link set sim0 netns A; ip -n A link set sim0 up
ip link set sim1 netns B; ip -n B link set sim1 up
after=$(index)
lab_check "sim0 has another index: $before, $after" [ "$before" != "$after" ]
back=$(lab_wait_offset 0 1 60 60) || lab_fail "not locked by the new clocks: $(tail -n 5 /out/slave.log)"
lab_check "the same master and the same slave have new clocks: locked after $back ms" lab_between "$back" 0 10000
alive $gm $slave
lab_stop $gm $slave

# ---- the system clock by software stamps, against a master with a PHC
phc=/dev/ptp$(lab_phc 0)
linux-probe frequency $phc 100000 || lab_fail linux-probe
clock gm2 A master phc sim0; gm=$LAB_PID
# another program with the name of a time daemon
printf '#!/bin/sh\nsleep 1000\n' > /tmp/chronyd; chmod +x /tmp/chronyd; /tmp/chronyd & rival=$!
clock system B slave system sim1; system=$LAB_PID
lab_check "who may steer the system clock, too, is named" lab_wait 5 grep -q "chronyd (process $rival) runs, too" /out/system.log
# the system clock is 37 s behind in UTC, which is no error; 100 ppm are followed
sleep 60
alive $gm $system
grep -q "the system clock by the kernel's time stamps" /out/system.log || lab_fail "no software stamps"
set -- $(linux-probe compare $phc)
offset=$(($2 + 37000000000))
lab_check "the system clock follows, 37 s behind the PHC: $offset ns" lab_between $offset -40000 40000
lab_stop $gm $system
