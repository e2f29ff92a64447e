//! The rules of counting, one by one, and then all of them together: the model of one link, led through every interleaving
//! of a few visitors and through long stories.
use std::collections::HashSet;

use proptest::prelude::*;

use super::model::{Act, House};
use super::*;
use crate::download::ranges::RangeSet;

const T0: i64 = 1_800_000_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millisecond(T0 + seconds * 1_000).unwrap()
}

fn slots(limit: u64, counted: u64, reserved: u64) -> Slots {
    Slots { limit, counted, reserved, releases: 0 }
}

fn reservation(id: u32, started: i64, active: Option<i64>, progress: Progress) -> Reservation<u32> {
    let usable_until = usable_from(at(started));
    Reservation { id, started_at: at(started), usable_until, active_at: active.map(at), progress, is_spent: false }
}

#[test]
fn a_free_slot_is_reserved_and_a_used_up_limit_refuses() {
    assert_eq!(admit::<u32>(slots(2, 1, 0), &[], at(0)), Admission::Reserve);
    assert_eq!(admit::<u32>(slots(2, 2, 0), &[], at(0)), Admission::UsedUp);
    // A limit that was lowered below what was counted.
    assert_eq!(admit::<u32>(slots(1, 2, 1), &[], at(0)), Admission::UsedUp);
}

#[test]
fn the_reservation_that_was_idle_longest_is_taken_over_from_its_sixtieth_second_on() {
    let some = Progress::Some;
    let open = [reservation(1, 0, Some(30), some), reservation(2, 0, Some(20), some), reservation(3, 25, None, some)];
    let busy = |wait| Admission::Busy { retry_after: Duration::from_secs(wait) };
    assert_eq!(admit(slots(3, 0, 3), &open, at(79)), busy(1));
    assert_eq!(admit(slots(3, 0, 3), &open, at(50)), busy(30));
    assert_eq!(admit(slots(3, 0, 3), &open, at(80)), Admission::TakeOver(2));
    assert_eq!(admit(slots(3, 0, 3), &open[2..], at(85)), Admission::TakeOver(3));
    // The wall clock was set back by a year: nothing is busy for ever.
    assert_eq!(admit(slots(3, 0, 3), &open[..1], at(-31_536_000)), Admission::TakeOver(1));
}

#[test]
fn a_reservation_without_a_byte_is_dropped_after_a_minute() {
    let empty = reservation(1, 0, None, Progress::Nothing);
    assert_eq!(ending(slots(1, 0, 1), &empty, at(59)), None);
    assert_eq!(ending(slots(1, 0, 1), &empty, at(60)), Some(Ending::Dropped));
    let running = reservation(1, 0, Some(59), Progress::Nothing);
    assert_eq!(ending(slots(1, 0, 1), &running, at(118)), None, "its response runs");
}

#[test]
fn after_a_day_nearly_everything_counts_and_less_is_released_but_not_for_ever() {
    let day = 24 * 3_600;
    let of = |progress| reservation(1, 0, Some(100), progress);
    assert_eq!(ending(slots(2, 0, 1), &of(Progress::Some), at(day - 1)), None);
    assert_eq!(ending(slots(2, 0, 1), &of(Progress::Some), at(day)), Some(Ending::Released));
    assert_eq!(ending(slots(2, 0, 1), &of(Progress::NearlyWhole), at(day - 1)), None);
    assert_eq!(ending(slots(2, 0, 1), &of(Progress::NearlyWhole), at(day)), Some(Ending::Counted));
    let often = |releases| Slots { releases, ..slots(2, 0, 1) };
    assert_eq!(ending(often(9), &of(Progress::Some), at(day)), Some(Ending::Released));
    assert_eq!(ending(often(10), &of(Progress::Some), at(day)), Some(Ending::Counted), "five for each of two");
    let running = reservation(1, 0, Some(day - 30), Progress::Some);
    assert_eq!(ending(slots(2, 0, 1), &running, at(day)), None, "what runs may finish");
    let unlimited = Slots { releases: 7, ..slots(0, 0, 1) };
    assert_eq!(ending(unlimited, &of(Progress::Some), at(day)), Some(Ending::Released));
}

#[test]
fn nine_tenths_are_nearly_everything() {
    assert_eq!(Progress::of(0, 10), Progress::Nothing);
    assert_eq!(Progress::of(899, 1_000), Progress::Some);
    assert_eq!(Progress::of(900, 1_000), Progress::NearlyWhole);
    assert_eq!(Progress::of(u64::MAX / 2, u64::MAX), Progress::Some);
    assert_eq!(Progress::of(0, 0), Progress::Nothing);
}

#[test]
fn a_slot_serves_twice_the_content_and_a_mebibyte() {
    assert!(fits(0, 100, 200 + SPARE_BYTES));
    assert!(!fits(1, 100, 200 + SPARE_BYTES));
    assert!(!fits(u64::MAX, u64::MAX / 4, 1));
}

/// The next step of a response for a file of which this was covered.
fn step(covered: &RangeSet, size: u64, rest: Range<u64>, sent: u64) -> Step {
    next_step(&[Thing { place: 0..size, missing: covered.missing(size) }], rest, sent)
}

#[test]
fn the_last_missing_slice_waits_until_it_is_counted() {
    const M: u64 = 1 << 20;
    let size = 10 * M;
    let empty = RangeSet::new();
    let last = size - LAST_SLICE_BYTES;
    assert_eq!(step(&empty, size, 0..size, 0), Step::Ahead { to: 4 * M, settles_next: false });
    let covered = |range: Range<u64>| {
        let mut set = RangeSet::new();
        set.insert(range).unwrap();
        set
    };
    assert_eq!(step(&covered(0..4 * M), size, 4 * M..size, 4 * M), Step::Ahead { to: 8 * M, settles_next: false });
    let eight = covered(0..8 * M);
    assert_eq!(step(&eight, size, 8 * M..size, 8 * M), Step::Ahead { to: last, settles_next: true });
    assert_eq!(step(&covered(0..last), size, last..size, last), Step::Settle { to: size });
    // The missing part lies in the middle of what is asked for.
    let mut ends = covered(0..M);
    ends.insert(2 * M..size).unwrap();
    let slice = 2 * M - LAST_SLICE_BYTES;
    assert_eq!(step(&ends, size, 0..size, 0), Step::Ahead { to: slice, settles_next: true });
    ends.insert(0..slice).unwrap();
    assert_eq!(step(&ends, size, slice..size, slice), Step::Settle { to: slice + 4 * M });
    // Something else is missing elsewhere: this response completes nothing.
    assert_eq!(step(&covered(M..2 * M), size, 2 * M..size, 64 * M), Step::Ahead { to: size, settles_next: false });
    // Everything was delivered before: it counts now, or was counted and there is nothing left to watch.
    assert_eq!(step(&covered(0..size), size, 0..size, 64 * M), Step::Settle { to: size });
    assert_eq!(next_step(&[], 0..size, 64 * M), Step::Ahead { to: size, settles_next: false });
    // Of several things the one that is whole first.
    let thing = |place: Range<u64>| Thing { missing: vec![place.clone()], place };
    let two = [thing(0..size), thing(M..2 * M), thing(0..size + 1)];
    assert_eq!(next_step(&two, 0..size, 64 * M), Step::Ahead { to: slice, settles_next: true });
    assert_eq!(step(&empty, 5, 0..5, 0), Step::Settle { to: 5 }, "small files are all last slice");
    let huge = 1_000 * M;
    assert_eq!(step(&empty, huge, 0..huge, 900 * M), Step::Ahead { to: 64 * M, settles_next: false });
}

proptest! {
    #[test]
    fn no_way_of_asking_for_ranges_brings_all_bytes_uncounted(
        size in 1_u64..(300 << 20),
        asked in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_u32..4), 1..12),
    ) {
        let whole = usize::try_from(size).unwrap();
        let (mut covered, mut counted) = (RangeSet::new(), false);
        for (from, to, give_up_after) in asked {
            let (a, b) = (from.index(whole), to.index(whole));
            let (a, b) = (crate::account::count(a.min(b)), crate::account::count(a.max(b)) + 1);
            let mut position = a;
            for n in 0.. {
                if position == b || n > give_up_after * 3 {
                    break;
                }
                // Once it counts, nothing is left to watch.
                let missing = covered.missing(size);
                let things = if counted { vec![] } else { vec![Thing { place: 0..size, missing }] };
                let step = next_step(&things, position..b, position - a);
                let to = match step {
                    Step::Ahead { to, .. } => to,
                    Step::Settle { to } => { counted = true; to }
                };
                prop_assert!(to > position && to <= b, "{step:?} moves on and stays inside");
                prop_assert!(to - position <= STEP_BYTES_MAX);
                covered.insert(position..to).unwrap();
                position = to;
                prop_assert!(counted || !covered.covers(0..size));
            }
        }
    }
}

/// Every interleaving of these visitors' scripts, each state looked at once.
fn explore(limit: u64, scripts: &[&[Act]]) -> usize {
    let mut seen = HashSet::new();
    let mut open = vec![(vec![0_usize; scripts.len()], House::new(limit, 3, scripts.len()))];
    while let Some((done, house)) = open.pop() {
        if !seen.insert((done.clone(), house.clone())) {
            continue;
        }
        house.check();
        if done.iter().zip(scripts).all(|(n, script)| *n == script.len()) {
            house.clone().no_slot_is_lost();
        }
        for (visitor, script) in scripts.iter().enumerate() {
            let Some(act) = script.get(done[visitor]) else { continue };
            let (mut done, mut house) = (done.clone(), house.clone());
            done[visitor] += 1;
            house.act(visitor, *act);
            open.push((done, house));
        }
    }
    seen.len()
}

#[test]
fn over_every_interleaving_the_limit_holds_and_no_slot_is_lost() {
    use Act::{Crash, Day, End, Minute, Press, Step};
    let fetches: &[Act] = &[Press, Step, Step, Step, End];
    let breaks_off: &[Act] = &[Press, Step, End, Press, Step, Step];
    let only_presses: &[Act] = &[Press, Minute, Press];
    let world: &[Act] = &[Minute, Crash, Day, Minute];
    let mut states = 0;
    for limit in 1..=2 {
        states += explore(limit, &[fetches, breaks_off, only_presses]);
        states += explore(limit, &[fetches, breaks_off, world]);
        states += explore(limit, &[breaks_off, only_presses, world]);
        states += explore(limit, &[fetches, fetches, fetches]);
    }
    assert!(states > 5_000, "{states} states are not every interleaving");
}

proptest! {
    #[test]
    fn over_any_long_story_the_limit_holds_and_no_slot_is_lost(
        limit in 1_u64..4,
        story in prop::collection::vec((0_usize..5, prop_oneof![
            4 => Just(Act::Press), 8 => Just(Act::Step), 3 => Just(Act::End), 1 => Just(Act::Crash),
            2 => Just(Act::Minute), 1 => Just(Act::Day),
        ]), 1..120),
    ) {
        let mut house = House::new(limit, 3, 5);
        for (visitor, act) in story {
            house.act(visitor, act);
            house.check();
        }
        house.no_slot_is_lost();
    }
}
