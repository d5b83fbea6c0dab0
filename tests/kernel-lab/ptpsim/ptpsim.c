// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * ptpsim: simulated Ethernet ports with PTP hardware clocks and hardware time stamps.
 *
 * Port 2k is wired to port 2k+1.  Every stamp is computed from one raw time base, never taken
 * when some code happens to run, so stamps are exact whatever the scheduling (or emulator) does:
 *
 *	tx stamp = phc(sender,   t)			t = CLOCK_MONOTONIC_RAW at transmit
 *	rx stamp = phc(receiver, t + delay + jitter)
 *
 * A PHC is  ns(raw) = base_ns + (raw - base_raw) * (1 + drift) * (1 + adj).
 *
 *	insmod ptpsim.ko pairs=1 phc=0,1 drift_ppb=0,25000 delay_ns=500,500 jitter_ns=20,20
 *
 * Contexts and locks
 *	sim_phc.lock	clock state and the two event timers (armed only under it, only if live)
 *	sim_port.lock	the two queues, their timers and "up"; taken in xmit and in softirq timers
 *	RTNL		open, stop, cable, time stamping configuration
 *	module param	lookups in phcs[] from sysfs (kernel_param_lock)
 * The two spinlocks are never nested.  64-bit kernels only (__int128).
 */
#include <linux/module.h>
#include <linux/version.h>
#include <linux/netdevice.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/net_tstamp.h>
#include <linux/ptp_clock_kernel.h>
#include <linux/ptp_classify.h>
#include <linux/hrtimer.h>
#include <linux/timekeeping.h>
#include <linux/math64.h>
#include <linux/random.h>
#include <linux/udp.h>
#include <net/checksum.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#define OLD_HWTSTAMP 1
#define kernel_hwtstamp_config hwtstamp_config
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define kernel_ethtool_ts_info ethtool_ts_info
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void sim_hrtimer_setup(struct hrtimer *t, enum hrtimer_restart (*fn)(struct hrtimer *),
				     clockid_t clk, enum hrtimer_mode mode)
{
	hrtimer_init(t, clk, mode);
	t->function = fn;
}
#define hrtimer_setup sim_hrtimer_setup
#endif

#define MAXPORT		16
#define FRAC		56		/* fractional bits of clock rates and of base_frac */
#define PTP_TWOSTEP	0x02		/* flagField[0] */

static int pairs = 1;
module_param(pairs, int, 0444);
MODULE_PARM_DESC(pairs, "number of cables: ports sim0-sim1, sim2-sim3, ...");

static int port_phc[MAXPORT] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
module_param_array_named(phc, port_phc, int, NULL, 0444);
MODULE_PARM_DESC(phc, "PHC used by each port; ports may share one (boundary clock)");

static int delay_ns[MAXPORT];
module_param_array(delay_ns, int, NULL, 0644);
MODULE_PARM_DESC(delay_ns, "one-way delay of frames sent by each port");

static int jitter_ns[MAXPORT];
module_param_array(jitter_ns, int, NULL, 0644);
MODULE_PARM_DESC(jitter_ns, "extra delay of frames sent by each port, uniform in 0..jitter");

static int drop_permille[MAXPORT];
module_param_array(drop_permille, int, NULL, 0644);
MODULE_PARM_DESC(drop_permille, "frames sent by each port that are lost");

static int drop_txts_permille[MAXPORT];
module_param_array(drop_txts_permille, int, NULL, 0644);
MODULE_PARM_DESC(drop_txts_permille, "transmit stamps of each port that are never reported");

static int drop_rxts_permille[MAXPORT];
module_param_array(drop_rxts_permille, int, NULL, 0644);
MODULE_PARM_DESC(drop_rxts_permille, "frames each port delivers without their receive stamp");

/* not 0: no adapter has the stamp ready before send() returns */
static int txts_delay_us[MAXPORT] = { [0 ... MAXPORT - 1] = 10 };
module_param_array(txts_delay_us, int, NULL, 0644);
MODULE_PARM_DESC(txts_delay_us, "each port reports transmit stamps this late (default 10)");

static int granularity_ns[MAXPORT];
module_param_array(granularity_ns, int, NULL, 0644);
MODULE_PARM_DESC(granularity_ns, "resolution of each PHC's time and stamps (0, 1: 1 ns)");

static int extts_src[MAXPORT] = { 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14 };
module_param_array(extts_src, int, NULL, 0644);
MODULE_PARM_DESC(extts_src, "PHC whose periodic output drives the external stamp input of each PHC");

static unsigned int seed = 1;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "random numbers: 0 from the kernel, other values are repeatable (default 1)");

static int cross = 2;
module_param(cross, int, 0444);
MODULE_PARM_DESC(cross, "cross time stamps: 2 precise and extended (default), 1 extended, 0 neither");

static int drift_ppb[MAXPORT];		/* written through drift_set() */

struct sim_phc {
	struct ptp_clock_info info;
	struct ptp_clock *clk;
	struct ptp_pin_desc pin[2];
	int idx;
	spinlock_t lock;
	bool live;			/* registered and not going away: timers may be armed */
	u64 base_raw;
	s64 base_ns;
	u64 base_frac;
	u64 mult;
	long scaled_ppm;
	long drift;			/* ppb */
	bool pps_on, extts_on, perout_on;
	s64 pps_next, perout_next, perout_period;
	struct hrtimer pps_tmr, perout_tmr;
};

/* Separate random streams, so that chatter of other protocols does not shift the faults PTP sees. */
enum { RND_OTHER, RND_PTP, RND_RX, RND_N };

struct sim_port {
	struct net_device *dev;
	struct sim_port *peer;
	struct sim_phc *phc;
	int idx;
	struct kernel_hwtstamp_config cfg;
	bool cable;			/* plugged in; RTNL */
	u64 rnd[RND_N];			/* [RND_RX]: rx_fire(), others: sim_xmit() */

	spinlock_t lock;
	bool up;
	struct sk_buff_head rxq, tsq;	/* sorted by sim_cb.at */
	struct hrtimer rx_tmr, ts_tmr;

	struct {			/* last Pdelay_Req, for one-step Pdelay_Resp */
		bool valid;
		u8 id[10];
		__be16 seq;
		s64 stamp;
	} preq;
};

struct sim_cb {
	u64 at;				/* raw time at which to act */
	s64 stamp;
};

#define CB(skb) ((struct sim_cb *)(skb)->cb)

static struct sim_phc *phcs[MAXPORT];
static struct sim_port *ports[MAXPORT];

/* ---- clock ------------------------------------------------------------------------------- */

static void __phc_set_mult(struct sim_phc *p)
{
	__int128 m = 1LL << FRAC;

	m += ((__int128)p->drift * 18446744073LL) >> (64 - FRAC);		/* 2^64 / 1e9 */
	m += (((m * p->scaled_ppm) >> 16) * 18446744073709LL) >> 64;		/* 2^64 / 1e6 */
	p->mult = m;
}

static s64 __phc_at(struct sim_phc *p, u64 raw, u64 *frac)
{
	s64 d = raw - p->base_raw;
	__int128 v = (__int128)d * p->mult + p->base_frac;

	if (frac)
		*frac = (u64)v & ((1ULL << FRAC) - 1);
	return p->base_ns + (s64)(v >> FRAC);
}

static void __phc_rebase(struct sim_phc *p, u64 raw)
{
	u64 f;

	p->base_ns = __phc_at(p, raw, &f);
	p->base_frac = f;
	p->base_raw = raw;
}

/* What a user sees: the clock at raw time, in its resolution. */
static s64 phc_at(struct sim_phc *p, u64 raw)
{
	int g = READ_ONCE(granularity_ns[p->idx]);
	unsigned long fl;
	s64 v;

	spin_lock_irqsave(&p->lock, fl);
	v = __phc_at(p, raw, NULL);
	spin_unlock_irqrestore(&p->lock, fl);
	return g > 1 ? div_s64(v, g) * g : v;
}

/* Raw time at which the clock shows ns.  Each step shrinks the error by the rate's deviation from 1. */
static u64 __phc_when(struct sim_phc *p, s64 ns)
{
	u64 raw = p->base_raw + (ns - p->base_ns);
	int i;

	for (i = 0; i < 20; i++) {
		s64 err = ns - __phc_at(p, raw, NULL);

		if (!err)
			break;
		raw += err;
	}
	return raw;
}

static void __phc_arm(struct sim_phc *p, struct hrtimer *t, s64 next)
{
	s64 wait = __phc_when(p, next) - ktime_get_raw_ns();

	hrtimer_start(t, ns_to_ktime(max_t(s64, wait, 1000)), HRTIMER_MODE_REL);
}

/* first instant after now on the grid phase + n * period */
static s64 grid_next(s64 now, s64 phase, s64 period)
{
	s64 d = now - phase, n = div64_s64(d, period);

	if (n * period > d)
		n--;
	return phase + (n + 1) * period;
}

/* after the time or the set of wanted events has changed */
static void __phc_rearm(struct sim_phc *p)
{
	s64 now = __phc_at(p, ktime_get_raw_ns(), NULL);

	if (!p->live)
		return;
	if (p->pps_on) {
		p->pps_next = grid_next(now, 0, NSEC_PER_SEC);
		__phc_arm(p, &p->pps_tmr, p->pps_next);
	}
	if (p->perout_on) {
		p->perout_next = grid_next(now, p->perout_next, p->perout_period);
		__phc_arm(p, &p->perout_tmr, p->perout_next);
	}
}

#define to_phc(i) container_of(i, struct sim_phc, info)

static int sim_adjfine(struct ptp_clock_info *i, long scaled_ppm)
{
	struct sim_phc *p = to_phc(i);
	unsigned long fl;

	spin_lock_irqsave(&p->lock, fl);
	__phc_rebase(p, ktime_get_raw_ns());
	p->scaled_ppm = scaled_ppm;
	__phc_set_mult(p);
	spin_unlock_irqrestore(&p->lock, fl);
	return 0;
}

static int sim_adjtime(struct ptp_clock_info *i, s64 delta)
{
	struct sim_phc *p = to_phc(i);
	unsigned long fl;

	spin_lock_irqsave(&p->lock, fl);
	p->base_ns += delta;
	__phc_rearm(p);
	spin_unlock_irqrestore(&p->lock, fl);
	return 0;
}

/* A device with a servo of its own would slew; this one is there at once. */
static int sim_adjphase(struct ptp_clock_info *i, s32 phase)
{
	return sim_adjtime(i, phase);
}

static s32 __maybe_unused sim_getmaxphase(struct ptp_clock_info *i)
{
	return NSEC_PER_MSEC;
}

static int sim_gettimex(struct ptp_clock_info *i, struct timespec64 *ts, struct ptp_system_timestamp *sts)
{
	u64 raw;

	ptp_read_system_prets(sts);
	raw = ktime_get_raw_ns();
	ptp_read_system_postts(sts);
	*ts = ns_to_timespec64(phc_at(to_phc(i), raw));
	return 0;
}

static int sim_gettime(struct ptp_clock_info *i, struct timespec64 *ts)
{
	return sim_gettimex(i, ts, NULL);
}

static int sim_settime(struct ptp_clock_info *i, const struct timespec64 *ts)
{
	struct sim_phc *p = to_phc(i);
	unsigned long fl;

	spin_lock_irqsave(&p->lock, fl);
	p->base_raw = ktime_get_raw_ns();
	p->base_ns = timespec64_to_ns(ts);
	p->base_frac = 0;
	__phc_rearm(p);
	spin_unlock_irqrestore(&p->lock, fl);
	return 0;
}

static int sim_cross(struct ptp_clock_info *i, struct system_device_crosststamp *x)
{
	struct system_time_snapshot s;

	ktime_get_snapshot(&s);
	x->device = ns_to_ktime(phc_at(to_phc(i), ktime_to_ns(s.raw)));
	x->sys_realtime = s.real;
	x->sys_monoraw = s.raw;
	return 0;
}

/*
 * Timers re-arm themselves with hrtimer_start() under the lock and return NORESTART: forwarding
 * a timer that __phc_rearm() has meanwhile queued on another CPU would be an error.
 */
static enum hrtimer_restart sim_pps(struct hrtimer *t)
{
	struct sim_phc *p = container_of(t, struct sim_phc, pps_tmr);
	struct ptp_clock_event ev = { .type = PTP_CLOCK_PPS };
	bool due = false;
	unsigned long fl;

	spin_lock_irqsave(&p->lock, fl);
	if (p->live && p->pps_on) {
		due = __phc_at(p, ktime_get_raw_ns(), NULL) >= p->pps_next;
		if (due)
			p->pps_next += NSEC_PER_SEC;
		__phc_arm(p, t, p->pps_next);
	}
	spin_unlock_irqrestore(&p->lock, fl);
	if (due)
		ptp_clock_event(p->clk, &ev);
	return HRTIMER_NORESTART;
}

/* An edge at raw time on the output of p.  Called from a timer of p, so no PHC can be freed. */
static void sim_edge(struct sim_phc *p, u64 raw)
{
	int k;

	for (k = 0; k < MAXPORT; k++) {
		struct ptp_clock_event ev = { .type = PTP_CLOCK_EXTTS, .index = 0 };
		struct sim_phc *q = READ_ONCE(phcs[k]);

		if (!q || READ_ONCE(extts_src[k]) != p->idx || !READ_ONCE(q->live) || !READ_ONCE(q->extts_on))
			continue;
		ev.timestamp = phc_at(q, raw);
		ptp_clock_event(q->clk, &ev);
	}
}

static enum hrtimer_restart sim_perout(struct hrtimer *t)
{
	struct sim_phc *p = container_of(t, struct sim_phc, perout_tmr);
	bool due = false;
	unsigned long fl;
	u64 edge = 0;

	spin_lock_irqsave(&p->lock, fl);
	if (p->live && p->perout_on) {
		due = __phc_at(p, ktime_get_raw_ns(), NULL) >= p->perout_next;
		if (due) {
			edge = __phc_when(p, p->perout_next);
			p->perout_next += p->perout_period;
		}
		__phc_arm(p, t, p->perout_next);
	}
	spin_unlock_irqrestore(&p->lock, fl);
	if (due)
		sim_edge(p, edge);
	return HRTIMER_NORESTART;
}

static int sim_enable(struct ptp_clock_info *i, struct ptp_clock_request *rq, int on)
{
	struct ptp_perout_request *o = &rq->perout;
	unsigned int ext = rq->extts.flags;
	struct sim_phc *p = to_phc(i);
	s64 period = 0, start = 0, now;
	unsigned long fl;

	switch (rq->type) {
	case PTP_CLK_REQ_PPS:
		break;
	case PTP_CLK_REQ_EXTTS:
		/* rising edges only; the first ABI (no STRICT_FLAGS) lets a driver take what it has */
		if (on && (ext & PTP_STRICT_FLAGS) && (ext & PTP_EXTTS_EDGES) != PTP_RISING_EDGE)
			return -EOPNOTSUPP;
		break;
	case PTP_CLK_REQ_PEROUT:
		if (!on)
			break;
		if (o->flags & ~PTP_PEROUT_PHASE)
			return -EOPNOTSUPP;
		if (o->period.sec < 0 || o->period.sec > 3600 || o->start.sec < 0 || o->start.sec > KTIME_SEC_MAX / 2)
			return -ERANGE;
		period = o->period.sec * NSEC_PER_SEC + o->period.nsec;
		start = o->start.sec * NSEC_PER_SEC + o->start.nsec;	/* or phase: a union */
		if (period < NSEC_PER_MSEC)
			return -ERANGE;
		break;
	default:
		return -EOPNOTSUPP;
	}

	spin_lock_irqsave(&p->lock, fl);
	if (rq->type == PTP_CLK_REQ_PPS) {
		p->pps_on = on;
	} else if (rq->type == PTP_CLK_REQ_EXTTS) {
		p->extts_on = on;
	} else {
		p->perout_on = on;
		if (on) {
			p->perout_period = period;
			p->perout_next = start;
		}
	}
	now = __phc_at(p, ktime_get_raw_ns(), NULL);
	if (rq->type == PTP_CLK_REQ_PEROUT && on && start > now && p->live)
		__phc_arm(p, &p->perout_tmr, start);	/* not before the wanted start */
	else if (rq->type != PTP_CLK_REQ_EXTTS && on)
		__phc_rearm(p);
	spin_unlock_irqrestore(&p->lock, fl);
	return 0;
}

static int sim_verify(struct ptp_clock_info *i, unsigned int pin, enum ptp_pin_function f, unsigned int chan)
{
	if (f == PTP_PF_NONE || (f == PTP_PF_EXTTS && pin == 0) || (f == PTP_PF_PEROUT && pin == 1))
		return 0;
	return -EOPNOTSUPP;
}

/* ---- parameters with a meaning of their own ------------------------------------------------ */

/* drift_ppb takes effect at once.  Callers (insmod, sysfs) hold kernel_param_lock. */
static int drift_set(const char *val, const struct kernel_param *kp)
{
	int v[MAXPORT], n = 0, k, r;
	char buf[256], *s = buf, *t;

	if (strscpy(buf, val, sizeof(buf)) < 0)
		return -EINVAL;
	while ((t = strsep(&s, ","))) {
		if (n == MAXPORT)
			return -EINVAL;
		r = kstrtoint(strim(t), 0, &v[n]);
		if (r)
			return r;
		if (abs(v[n++]) > 100000000)
			return -ERANGE;
	}
	for (k = 0; k < n; k++) {
		struct sim_phc *p = phcs[k];
		unsigned long fl;

		drift_ppb[k] = v[k];
		if (!p)
			continue;
		spin_lock_irqsave(&p->lock, fl);
		__phc_rebase(p, ktime_get_raw_ns());
		p->drift = v[k];
		__phc_set_mult(p);
		spin_unlock_irqrestore(&p->lock, fl);
	}
	return 0;
}

static int drift_get(char *b, const struct kernel_param *kp)
{
	int k, n = 0;

	for (k = 0; k < MAXPORT; k++)
		n += sysfs_emit_at(b, n, "%s%d", k ? "," : "", drift_ppb[k]);
	return n + sysfs_emit_at(b, n, "\n");
}

static const struct kernel_param_ops drift_ops = { .set = drift_set, .get = drift_get };
module_param_cb(drift_ppb, &drift_ops, NULL, 0644);
MODULE_PARM_DESC(drift_ppb, "rate error of each PHC's oscillator");

/* The truth, for tests: raw time and what every PHC shows at that very instant, in full resolution. */
static int now_get(char *b, const struct kernel_param *kp)
{
	u64 raw = ktime_get_raw_ns();
	int k, n = sysfs_emit_at(b, 0, "%llu", raw);

	for (k = 0; k < MAXPORT; k++) {
		unsigned long fl;
		s64 v;

		if (!phcs[k])
			continue;
		spin_lock_irqsave(&phcs[k]->lock, fl);
		v = __phc_at(phcs[k], raw, NULL);
		spin_unlock_irqrestore(&phcs[k]->lock, fl);
		n += sysfs_emit_at(b, n, " %d:%lld", k, v);
	}
	return n + sysfs_emit_at(b, n, "\n");
}

/* insmod would call it even though the file is read only */
static int now_set(const char *val, const struct kernel_param *kp)
{
	return -EPERM;
}

static const struct kernel_param_ops now_ops = { .set = now_set, .get = now_get };
module_param_cb(now, &now_ops, NULL, 0444);
MODULE_PARM_DESC(now, "read only: 'raw phc:ns phc:ns ...' at one instant");

/* ---- network ------------------------------------------------------------------------------- */

static u32 rnd_below(struct sim_port *p, int stream, u32 n)
{
	u64 v;

	if (!seed)
		return ((u64)get_random_u32() * n) >> 32;
	v = p->rnd[stream] += 0x9e3779b97f4a7c15ULL;		/* splitmix64 */
	v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9ULL;
	v = (v ^ (v >> 27)) * 0x94d049bb133111ebULL;
	v ^= v >> 31;
	return ((v >> 32) * n) >> 32;
}

static bool hit(struct sim_port *p, int stream, int permille)
{
	return permille > 0 && rnd_below(p, stream, 1000) < permille;
}

/* PTP header of a frame whose data starts at the MAC header, or NULL. */
static struct ptp_header *find_ptp(struct sk_buff *skb, unsigned int *cls)
{
	skb_reset_mac_header(skb);
	*cls = ptp_classify_raw(skb);
	return *cls == PTP_CLASS_NONE ? NULL : ptp_parse_header(skb, *cls);
}

static void arm_head(struct sk_buff_head *q, struct hrtimer *t)
{
	struct sk_buff *h = skb_peek(q);
	u64 now = ktime_get_raw_ns();

	if (h)
		hrtimer_start(t, ns_to_ktime(CB(h)->at > now ? CB(h)->at - now : 0), HRTIMER_MODE_REL_SOFT);
}

/* false: the port is down, the caller keeps the skb */
static bool enqueue(struct sim_port *p, struct sk_buff_head *q, struct hrtimer *t, struct sk_buff *skb)
{
	struct sk_buff *pos;
	unsigned long fl;
	bool up;

	spin_lock_irqsave(&p->lock, fl);
	up = p->up;
	if (up) {
		skb_queue_reverse_walk(q, pos)
			if (CB(pos)->at <= CB(skb)->at)
				break;
		__skb_queue_after(q, pos, skb);
		arm_head(q, t);
	}
	spin_unlock_irqrestore(&p->lock, fl);
	return up;
}

static struct sk_buff *dequeue_due(struct sim_port *p, struct sk_buff_head *q, struct hrtimer *t)
{
	struct sk_buff *h;
	unsigned long fl;

	spin_lock_irqsave(&p->lock, fl);
	h = skb_peek(q);
	if (h && CB(h)->at <= ktime_get_raw_ns()) {
		__skb_unlink(h, q);
	} else {
		arm_head(q, t);
		h = NULL;
	}
	spin_unlock_irqrestore(&p->lock, fl);
	return h;
}

/*
 * The receive filter of the MAC.  Without it a program that forgot to join its multicast group
 * would work here and fail on an adapter.
 */
static bool mac_wants(struct net_device *dev, const u8 *to)
{
	struct netdev_hw_addr *ha;
	bool ok = false;

	if (is_broadcast_ether_addr(to) || ether_addr_equal(to, dev->dev_addr) || (dev->flags & IFF_PROMISC))
		return true;
	if (is_multicast_ether_addr(to) && (dev->flags & IFF_ALLMULTI))
		return true;
	netif_addr_lock(dev);
	if (is_multicast_ether_addr(to)) {
		netdev_for_each_mc_addr(ha, dev)
			ok = ok || ether_addr_equal(to, ha->addr);
	} else {
		netdev_for_each_uc_addr(ha, dev)
			ok = ok || ether_addr_equal(to, ha->addr);
	}
	netif_addr_unlock(dev);
	return ok;
}

/* A frame arrives.  Its stamp belongs to the instant "at", however late this timer runs. */
static void receive(struct sim_port *p, struct sk_buff *skb)
{
	int filter = READ_ONCE(p->cfg.rx_filter);
	struct net_device *dev = p->dev;
	u64 at = CB(skb)->at;
	struct ptp_header *h = NULL;
	unsigned int cls;
	bool stamp;

	memset(skb->cb, 0, sizeof(skb->cb));
	if (!mac_wants(dev, skb->data)) {
		kfree_skb(skb);
		return;
	}
	if (filter != HWTSTAMP_FILTER_NONE)
		h = find_ptp(skb, &cls);
	if (h && ptp_get_msgtype(h, cls) > PTP_MSGTYPE_PDELAY_RESP)
		h = NULL;					/* a general message */
	stamp = filter == HWTSTAMP_FILTER_ALL || h;
	if (stamp && hit(p, RND_RX, READ_ONCE(drop_rxts_permille[p->idx])))
		stamp = false;
	if (stamp) {
		s64 ns = phc_at(p->phc, at);

		skb_hwtstamps(skb)->hwtstamp = ns_to_ktime(ns);
		if (h && ptp_get_msgtype(h, cls) == PTP_MSGTYPE_PDELAY_REQ) {
			unsigned long fl;

			spin_lock_irqsave(&p->lock, fl);
			memcpy(p->preq.id, &h->source_port_identity, sizeof(p->preq.id));
			p->preq.seq = h->sequence_id;
			p->preq.stamp = ns;
			p->preq.valid = true;
			spin_unlock_irqrestore(&p->lock, fl);
		}
	}
	skb->protocol = eth_type_trans(skb, dev);
	dev->stats.rx_packets++;
	dev->stats.rx_bytes += skb->len;
	if (skb->pkt_type == PACKET_MULTICAST)
		dev->stats.multicast++;
	netif_rx(skb);
}

static enum hrtimer_restart rx_fire(struct hrtimer *t)
{
	struct sim_port *p = container_of(t, struct sim_port, rx_tmr);
	struct sk_buff *skb;

	while ((skb = dequeue_due(p, &p->rxq, t)))
		receive(p, skb);
	return HRTIMER_NORESTART;
}

static enum hrtimer_restart ts_fire(struct hrtimer *t)
{
	struct sim_port *p = container_of(t, struct sim_port, ts_tmr);
	struct sk_buff *skb;

	while ((skb = dequeue_due(p, &p->tsq, t))) {
		struct skb_shared_hwtstamps h = { .hwtstamp = ns_to_ktime(CB(skb)->stamp) };

		skb_tstamp_tx(skb, &h);
		consume_skb(skb);
	}
	return HRTIMER_NORESTART;
}

/* Overwrite bytes of a PTP message and keep the UDP checksum right. */
static void patch(struct ptp_header *h, unsigned int cls, u8 *at, const u8 *with, int len)
{
	__wsum old = csum_partial(at, len, 0);
	struct udphdr *u = (struct udphdr *)((u8 *)h - sizeof(*u));

	memcpy(at, with, len);
	cls &= PTP_CLASS_PMASK;
	if ((cls == PTP_CLASS_IPV4 || cls == PTP_CLASS_IPV6) && u->check) {
		csum_replace_by_diff(&u->check, csum_sub(csum_partial(at, len, 0), old));
		if (!u->check)
			u->check = CSUM_MANGLED_0;
	}
}

/*
 * One-step transmission: insert the origin time into a Sync, or the time between request and
 * response into the correction of a Pdelay_Resp.  True: done, no stamp goes to the user.
 */
static bool onestep(struct sim_port *p, int tx_type, struct sk_buff *out, struct ptp_header *h, unsigned int cls,
		    s64 now)
{
	u8 *body = (u8 *)(h + 1), b[10], type = ptp_get_msgtype(h, cls);

	if (h->flag_field[0] & PTP_TWOSTEP)
		return false;
	if (type == PTP_MSGTYPE_SYNC && tx_type >= HWTSTAMP_TX_ONESTEP_SYNC && body + 10 <= skb_tail_pointer(out)) {
		u32 nsec;
		u64 sec = div_u64_rem(now, NSEC_PER_SEC, &nsec);
		__be64 s = cpu_to_be64(sec << 16);
		__be32 n = cpu_to_be32(nsec);

		memcpy(b, &s, 6);
		memcpy(b + 6, &n, 4);
		patch(h, cls, body, b, 10);
		return true;
	}
	if (type == PTP_MSGTYPE_PDELAY_RESP && tx_type == HWTSTAMP_TX_ONESTEP_P2P &&
	    body + 20 <= skb_tail_pointer(out)) {
		unsigned long fl;
		s64 turnaround;
		__be64 c;
		bool ok;

		spin_lock_irqsave(&p->lock, fl);
		ok = p->preq.valid && p->preq.seq == h->sequence_id && !memcmp(p->preq.id, body + 10, 10);
		turnaround = now - p->preq.stamp;
		spin_unlock_irqrestore(&p->lock, fl);
		if (!ok)
			return false;
		memcpy(&c, &h->correction, 8);
		c = cpu_to_be64(be64_to_cpu(c) + ((u64)turnaround << 16));
		patch(h, cls, (u8 *)&h->correction, (u8 *)&c, 8);
		return true;
	}
	return false;
}

/*
 * What goes over the cable is octets: a fresh buffer, padded as a MAC does, that carries no socket,
 * route, mark or connection of the sender's network namespace.  The original is left to wait for
 * its time stamp.
 */
static struct sk_buff *wire_copy(struct sk_buff *skb, struct net_device *to, struct ptp_header **h, unsigned int *cls)
{
	int pad = skb->len < ETH_ZLEN ? ETH_ZLEN - skb->len : 0;
	struct sk_buff *out = netdev_alloc_skb_ip_align(to, skb->len + pad);

	if (!out)
		return NULL;
	if (skb_copy_bits(skb, 0, skb_put(out, skb->len), skb->len)) {
		kfree_skb(out);
		return NULL;
	}
	*h = find_ptp(out, cls);
	skb_put_zero(out, pad);
	return out;
}

static netdev_tx_t sim_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct sim_port *p = netdev_priv(dev), *q = p->peer;
	int jitter = READ_ONCE(jitter_ns[p->idx]), delay = READ_ONCE(delay_ns[p->idx]);
	int tx_type = READ_ONCE(p->cfg.tx_type), late = READ_ONCE(txts_delay_us[p->idx]);
	unsigned int len = skb->len, cls = PTP_CLASS_NONE;
	struct ptp_header *h = NULL;
	struct sk_buff *out;
	bool want, lost;
	u64 t, at;
	s64 now;
	int rnd;

	out = wire_copy(skb, q->dev, &h, &cls);
	if (!out) {
		dev->stats.tx_dropped++;
		dev_kfree_skb_any(skb);
		return NETDEV_TX_OK;
	}
	rnd = h ? RND_PTP : RND_OTHER;
	t = ktime_get_raw_ns();
	now = phc_at(p->phc, t);
	want = tx_type != HWTSTAMP_TX_OFF && (skb_shinfo(skb)->tx_flags & SKBTX_HW_TSTAMP);
	if (want && h && onestep(p, tx_type, out, h, cls, now))
		want = false;
	/* before skb_tx_timestamp(): the flag suppresses a software stamp, as with real drivers */
	if (want)
		skb_shinfo(skb)->tx_flags |= SKBTX_IN_PROGRESS;
	skb_tx_timestamp(skb);
	if (want && !hit(p, rnd, READ_ONCE(drop_txts_permille[p->idx]))) {
		CB(skb)->stamp = now;
		CB(skb)->at = t + 1000ULL * max(late, 0);
		if (!enqueue(p, &p->tsq, &p->ts_tmr, skb_get(skb)))
			kfree_skb(skb);
	}
	dev_consume_skb_any(skb);
	dev->stats.tx_packets++;
	dev->stats.tx_bytes += len;

	lost = !READ_ONCE(p->cable) || hit(p, rnd, READ_ONCE(drop_permille[p->idx]));
	at = t + max(delay, 0) + (jitter > 0 ? rnd_below(p, rnd, jitter + 1) : 0);
	CB(out)->at = at;
	if (lost || !enqueue(q, &q->rxq, &q->rx_tmr, out)) {
		dev->stats.tx_dropped++;
		kfree_skb(out);
	}
	return NETDEV_TX_OK;
}

/* Both ends see the link when both are up and the cable is plugged in. */
static void update_link(struct sim_port *p)
{
	struct sim_port *q = p->peer;

	ASSERT_RTNL();
	if (p->up && q->up && p->cable) {
		netif_carrier_on(p->dev);
		netif_carrier_on(q->dev);
	} else {
		netif_carrier_off(p->dev);
		netif_carrier_off(q->dev);
	}
}

static int sim_open(struct net_device *dev)
{
	struct sim_port *p = netdev_priv(dev);

	spin_lock_irq(&p->lock);
	p->up = true;
	spin_unlock_irq(&p->lock);
	netif_start_queue(dev);
	update_link(p);
	return 0;
}

static int sim_stop(struct net_device *dev)
{
	struct sim_port *p = netdev_priv(dev);
	struct sk_buff_head gone;

	netif_stop_queue(dev);
	__skb_queue_head_init(&gone);
	/* From here on nothing is queued, so nothing re-arms the timers behind the cancel. */
	spin_lock_irq(&p->lock);
	p->up = false;
	p->preq.valid = false;
	skb_queue_splice_init(&p->rxq, &gone);
	skb_queue_splice_tail_init(&p->tsq, &gone);
	spin_unlock_irq(&p->lock);
	hrtimer_cancel(&p->rx_tmr);
	hrtimer_cancel(&p->ts_tmr);
	__skb_queue_purge(&gone);
	update_link(p);
	return 0;
}

/* ip link set simN carrier off|on: pull and plug the cable, both ports stay administratively up */
static int sim_carrier(struct net_device *dev, bool on)
{
	struct sim_port *p = netdev_priv(dev);

	WRITE_ONCE(p->cable, on);
	WRITE_ONCE(p->peer->cable, on);
	update_link(p);
	return 0;
}

/* mac_wants() reads the lists themselves; without this hook the core would fall back to promiscuous mode */
static void sim_rx_mode(struct net_device *dev)
{
}

static int sim_hw_get(struct net_device *dev, struct kernel_hwtstamp_config *c)
{
	struct sim_port *p = netdev_priv(dev);

	*c = p->cfg;
	return 0;
}

static int sim_hw_set(struct net_device *dev, struct kernel_hwtstamp_config *c, struct netlink_ext_ack *ea)
{
	struct sim_port *p = netdev_priv(dev);

	switch (c->tx_type) {
	case HWTSTAMP_TX_OFF:
	case HWTSTAMP_TX_ON:
	case HWTSTAMP_TX_ONESTEP_SYNC:
	case HWTSTAMP_TX_ONESTEP_P2P:
		break;
	default:
		return -ERANGE;
	}
	switch (c->rx_filter) {
	case HWTSTAMP_FILTER_NONE:
	case HWTSTAMP_FILTER_ALL:
		break;
	case HWTSTAMP_FILTER_PTP_V2_L4_EVENT ... HWTSTAMP_FILTER_PTP_V2_DELAY_REQ:
		c->rx_filter = HWTSTAMP_FILTER_PTP_V2_EVENT;
		break;
	default:
		return -ERANGE;
	}
	WRITE_ONCE(p->cfg.tx_type, c->tx_type);
	WRITE_ONCE(p->cfg.rx_filter, c->rx_filter);
	return 0;
}

#ifdef OLD_HWTSTAMP
static int sim_ioctl(struct net_device *dev, struct ifreq *ifr, int cmd)
{
	struct hwtstamp_config c;
	int r;

	switch (cmd) {
	case SIOCGHWTSTAMP:
		r = sim_hw_get(dev, &c);
		break;
	case SIOCSHWTSTAMP:
		if (copy_from_user(&c, ifr->ifr_data, sizeof(c)))
			return -EFAULT;
		r = sim_hw_set(dev, &c, NULL);
		break;
	default:
		return -EOPNOTSUPP;
	}
	if (!r && copy_to_user(ifr->ifr_data, &c, sizeof(c)))
		return -EFAULT;
	return r;
}
#endif

static int sim_ts_info(struct net_device *dev, struct kernel_ethtool_ts_info *i)
{
	struct sim_port *p = netdev_priv(dev);

	i->so_timestamping = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE |
		SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE;
	i->phc_index = ptp_clock_index(p->phc->clk);
	i->tx_types = BIT(HWTSTAMP_TX_OFF) | BIT(HWTSTAMP_TX_ON) | BIT(HWTSTAMP_TX_ONESTEP_SYNC) |
		BIT(HWTSTAMP_TX_ONESTEP_P2P);
	i->rx_filters = BIT(HWTSTAMP_FILTER_NONE) | BIT(HWTSTAMP_FILTER_ALL) | BIT(HWTSTAMP_FILTER_PTP_V2_EVENT);
	return 0;
}

static int sim_link_settings(struct net_device *dev, struct ethtool_link_ksettings *k)
{
	bool up = netif_carrier_ok(dev);

	k->base.speed = up ? SPEED_1000 : SPEED_UNKNOWN;
	k->base.duplex = up ? DUPLEX_FULL : DUPLEX_UNKNOWN;
	k->base.port = PORT_TP;
	return 0;
}

static void sim_drvinfo(struct net_device *dev, struct ethtool_drvinfo *i)
{
	strscpy(i->driver, KBUILD_MODNAME, sizeof(i->driver));
}

static const struct net_device_ops sim_ndo = {
	.ndo_open = sim_open,
	.ndo_stop = sim_stop,
	.ndo_start_xmit = sim_xmit,
	.ndo_change_carrier = sim_carrier,
	.ndo_set_rx_mode = sim_rx_mode,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
#ifdef OLD_HWTSTAMP
	.ndo_eth_ioctl = sim_ioctl,
#else
	.ndo_hwtstamp_get = sim_hw_get,
	.ndo_hwtstamp_set = sim_hw_set,
#endif
};

static const struct ethtool_ops sim_eth = {
	.get_drvinfo = sim_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = sim_link_settings,
	.get_ts_info = sim_ts_info,
};

/* ---- coming and going ------------------------------------------------------------------------ */

static void sim_teardown(void)
{
	LIST_HEAD(gone);
	int i;

	/* Ports first: they use the PHCs.  One batch: sim_stop() touches the carrier of the peer. */
	rtnl_lock();
	for (i = 0; i < MAXPORT; i++)
		if (ports[i] && ports[i]->dev->reg_state == NETREG_REGISTERED)
			unregister_netdevice_queue(ports[i]->dev, &gone);
	unregister_netdevice_many(&gone);
	rtnl_unlock();
	for (i = 0; i < MAXPORT; i++) {
		if (ports[i])
			free_netdev(ports[i]->dev);
		ports[i] = NULL;
	}

	/* All timers stop before the first PHC goes: an output reaches into other PHCs. */
	for (i = 0; i < MAXPORT; i++) {
		if (!phcs[i])
			continue;
		spin_lock_irq(&phcs[i]->lock);
		phcs[i]->live = false;
		spin_unlock_irq(&phcs[i]->lock);
	}
	for (i = 0; i < MAXPORT; i++) {
		if (!phcs[i])
			continue;
		hrtimer_cancel(&phcs[i]->pps_tmr);
		hrtimer_cancel(&phcs[i]->perout_tmr);
	}
	/* Open /dev/ptpN do not pin this module; after unregistering they only return ENODEV. */
	for (i = 0; i < MAXPORT; i++)
		if (phcs[i] && phcs[i]->clk)
			ptp_clock_unregister(phcs[i]->clk);
	/* Parameter files outlive this function. */
	kernel_param_lock(THIS_MODULE);
	for (i = 0; i < MAXPORT; i++) {
		kfree(phcs[i]);
		phcs[i] = NULL;
	}
	kernel_param_unlock(THIS_MODULE);
}

static int make_phc(int k)
{
	struct sim_phc *p = kzalloc(sizeof(*p), GFP_KERNEL);
	struct ptp_clock_info *i;

	if (!p)
		return -ENOMEM;
	p->idx = k;
	spin_lock_init(&p->lock);
	p->base_raw = ktime_get_raw_ns();
	p->base_ns = ktime_get_real_ns() + k * 123456789LL;
	hrtimer_setup(&p->pps_tmr, sim_pps, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	hrtimer_setup(&p->perout_tmr, sim_perout, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	strscpy(p->pin[0].name, "in", sizeof(p->pin[0].name));
	p->pin[0].func = PTP_PF_EXTTS;
	strscpy(p->pin[1].name, "out", sizeof(p->pin[1].name));
	p->pin[1].index = 1;
	p->pin[1].func = PTP_PF_PEROUT;

	i = &p->info;
	i->owner = THIS_MODULE;
	snprintf(i->name, sizeof(i->name), "ptpsim%d", k);
	i->max_adj = 100000000;
	i->n_ext_ts = 1;
	i->n_per_out = 1;
	i->pps = 1;
	i->n_pins = 2;
	i->pin_config = p->pin;
	i->verify = sim_verify;
	i->adjfine = sim_adjfine;
	i->adjtime = sim_adjtime;
	i->adjphase = sim_adjphase;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	i->getmaxphase = sim_getmaxphase;
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
	i->supported_extts_flags = PTP_RISING_EDGE | PTP_STRICT_FLAGS;
	i->supported_perout_flags = PTP_PEROUT_PHASE;
#endif
	if (cross >= 1)
		i->gettimex64 = sim_gettimex;
	else
		i->gettime64 = sim_gettime;
	i->settime64 = sim_settime;
	if (cross >= 2)
		i->getcrosststamp = sim_cross;
	i->enable = sim_enable;

	kernel_param_lock(THIS_MODULE);
	p->drift = drift_ppb[k];
	__phc_set_mult(p);
	phcs[k] = p;
	kernel_param_unlock(THIS_MODULE);

	p->clk = ptp_clock_register(i, NULL);
	if (IS_ERR_OR_NULL(p->clk)) {
		int r = p->clk ? PTR_ERR(p->clk) : -ENODEV;	/* NULL: kernel without PTP */

		p->clk = NULL;
		return r;
	}
	/* /dev/ptpN could be used before p->clk was known; timers wait until here. */
	spin_lock_irq(&p->lock);
	p->live = true;
	__phc_rearm(p);
	spin_unlock_irq(&p->lock);
	return 0;
}

static int make_port(int i)
{
	/* 00-00-5e-00-53-xx is set aside for documentation: a universal address nobody owns */
	u8 mac[ETH_ALEN] = { 0x00, 0x00, 0x5e, 0x00, 0x53, i + 1 };
	struct net_device *dev;
	struct sim_port *p;
	int s;

	dev = alloc_netdev(sizeof(*p), "sim%d", NET_NAME_ENUM, ether_setup);
	if (!dev)
		return -ENOMEM;
	p = netdev_priv(dev);
	p->dev = dev;
	p->idx = i;
	p->phc = phcs[port_phc[i]];
	p->cable = true;
	for (s = 0; s < RND_N; s++)
		p->rnd[s] = ((u64)seed << 32) ^ (i * RND_N + s) * 0xd1342543de82ef95ULL;
	spin_lock_init(&p->lock);
	__skb_queue_head_init(&p->rxq);
	__skb_queue_head_init(&p->tsq);
	hrtimer_setup(&p->rx_tmr, rx_fire, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	hrtimer_setup(&p->ts_tmr, ts_fire, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	dev->netdev_ops = &sim_ndo;
	dev->ethtool_ops = &sim_eth;
	dev->dev_port = i;
	dev->max_mtu = 9000;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE | IFF_UNICAST_FLT;
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;		/* sim_xmit() keeps skbs and uses their cb */
	eth_hw_addr_set(dev, mac);
	netif_carrier_off(dev);
	ports[i] = p;
	return 0;
}

static int __init sim_init(void)
{
	bool used[MAXPORT] = {};
	int i, r = 0;

	BUILD_BUG_ON(sizeof(struct sim_cb) > sizeof_field(struct sk_buff, cb));
	if (pairs < 1 || pairs > MAXPORT / 2)
		return -EINVAL;
	for (i = 0; i < 2 * pairs; i++) {
		if (port_phc[i] < 0 || port_phc[i] >= MAXPORT)
			return -EINVAL;
		used[port_phc[i]] = true;
	}
	for (i = 0; i < MAXPORT && !r; i++)
		if (used[i])
			r = make_phc(i);
	for (i = 0; i < 2 * pairs && !r; i++)
		r = make_port(i);
	for (i = 0; i < 2 * pairs && !r; i++)
		ports[i]->peer = ports[i ^ 1];
	for (i = 0; i < 2 * pairs && !r; i++)
		r = register_netdev(ports[i]->dev);
	if (r)
		sim_teardown();
	return r;
}

static void __exit sim_exit(void)
{
	sim_teardown();
}

module_init(sim_init);
module_exit(sim_exit);
MODULE_DESCRIPTION("Simulated Ethernet ports with PTP hardware clocks");
MODULE_LICENSE("Dual MIT/GPL");
