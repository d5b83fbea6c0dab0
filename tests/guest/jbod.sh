#!/bin/sh
# A boundary clock whose two ports have a hardware clock each: the one of its master port follows the one of its slave port, and
# the other way round.
#lab: --param pairs=2 --param phc=0,1,2,3 --param drift_ppb=0,25000,-40000,15000
#lab: --param delay_ns=700,700,300,300 --param jitter_ns=40,40,40,40 --bin ptp4l
. /lab/lab.sh
. /lab/ours.sh

lab_ns A sim0
lab_ns B sim1 sim2
lab_ns C sim3
lab_wait 5 lab_carrier B sim1

# the clock on which the master port stamps is a companion
ours gm A master l2 E2E two phc sim0; gm=$LAB_PID
OURS="--boundary_clock_jbod 1"; ours bc B boundary l2 E2E two phc sim1 sim2; bc=$LAB_PID; OURS=
lab_ptp4l slave C "slaveOnly 1;network_transport L2;logSyncInterval -2;logMinDelayReqInterval -2" sim3; s=$LAB_PID
lab_check "the clock of the slave port locks" lab_wait_offset 0 1 60 60
lab_check "that of the master port follows it in the process" lab_wait_offset 1 2 60 60
lab_check "and ptp4l behind follows that" lab_wait_offset 0 3 100 60
sleep 10
worst=$(lab_worst_offset 0 2 10)
lab_check "worst offset of the second clock: $worst ns" lab_between "$worst" 0 100

# another program steps the companion
linux-probe step /dev/ptp$(lab_phc 2) 5000000
lab_check "a step of the second clock is made up" lab_wait_offset 0 2 60 60
lab_stop $gm $bc $s

# the clock on which the slave port stamps is a companion; both are wrong by their drift, and not by the same time
for k in 1 2; do linux-probe frequency /dev/ptp$(lab_phc $k) 0 && linux-probe step /dev/ptp$(lab_phc $k) ${k}70000000; done
lab_ptp4l master A "priority1 10;network_transport L2;logSyncInterval -2" sim0; gm=$LAB_PID
OURS="--boundary_clock_jbod 1"; ours turned B boundary l2 E2E two phc sim2 sim1; bc=$LAB_PID; OURS=
lab_check "stamps of a companion steer the clock" lab_wait_offset 0 2 100 60
lab_check "which it follows in turn" lab_wait_offset 0 1 100 60
kill -0 $gm $bc || lab_fail "a daemon died"
lab_stop $gm $bc

# without the option
lab_start refused ip netns exec B syntone run -H -2 -i sim1 -i sim2 --uds_address "" --uds_ro_address ""
lab_check "two clocks by mistake are refused" lab_wait 5 grep -q 'sim2 has no hardware time stamps' /out/refused.log
grep -q 'boundary_clock_jbod 1' /out/refused.log || lab_fail "what helps is not said"
wait $LAB_PID && lab_fail "it ended well"
:
