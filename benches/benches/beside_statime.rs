//! Times the same work done by Syntone and by statime.
#![expect(missing_docs, reason = "criterion's macros make public functions")]

use criterion::{Criterion, criterion_group, criterion_main};
use std::time::{Duration, Instant};
use syntone_benches::{Side, WORK, Work};

fn beside_statime(criterion: &mut Criterion) {
    for (name, work) in WORK.into_iter().filter(|(_, work)| *work != Work::Nothing) {
        let mut group = criterion.benchmark_group(name);
        for (label, side) in [("syntone", Side::Ours), ("statime", Side::Peer)] {
            group.bench_function(label, |bencher| bencher.iter_custom(|rounds| time(work, side, rounds)));
        }
        group.finish();
    }
}

/// The time that `rounds` of the work take, without what makes their input.
fn time(work: Work, side: Side, rounds: u64) -> Duration {
    let mut total = Duration::ZERO;
    work.run(side, u32::try_from(rounds).unwrap_or(u32::MAX), &mut |work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        total += start.elapsed();
    });
    total
}

criterion_group!(benches, beside_statime);
criterion_main!(benches);
