use proptest::prelude::*;

use super::*;

fn set(ranges: &[Range<u64>]) -> RangeSet {
    let mut set = RangeSet::new();
    for range in ranges {
        set.insert(range.clone()).unwrap();
    }
    set
}

/// A set with as many intervals as fit: 0..1, 2..3, 4..5 and so on.
fn full() -> RangeSet {
    let mut set = RangeSet::new();
    for n in 0..u64::try_from(RANGE_INTERVALS_MAX).unwrap() {
        set.insert(2 * n..2 * n + 1).unwrap();
    }
    set
}

#[test]
fn ranges_that_overlap_or_touch_become_one() {
    assert_eq!(set(&[0..5, 5..10, 20..21]).intervals(), [0..10, 20..21]);
    assert_eq!(set(&[20..21, 5..10, 0..5]).intervals(), [0..10, 20..21]);
    assert_eq!(set(&[0..2, 4..6, 8..10, 20..21, 1..9]).intervals(), [0..10, 20..21]);
    assert_eq!(set(&[0..2, 3..4]).intervals(), [0..2, 3..4]);
}

#[test]
fn inserting_answers_how_many_bytes_are_new() {
    let mut set = set(&[0..10, 20..30]);
    assert_eq!(set.insert(5..25), Ok(10));
    assert_eq!(set.insert(5..25), Ok(0));
    assert_eq!(set.insert(7..7), Ok(0));
    assert_eq!(set.len(), 30);
}

#[test]
fn a_set_takes_1024_intervals_and_ignores_the_next() {
    let mut set = full();
    let before = set.clone();
    assert!(!set.has_room_for(&(5_000..5_001)));
    assert_eq!(set.insert(5_000..5_001), Err(Full));
    assert_eq!(set, before);
    assert!(set.has_room_for(&(1..2)), "joining two intervals needs no room");
    assert_eq!(set.insert(1..2), Ok(1));
    assert_eq!(set.insert(5_000..5_001), Ok(1));
}

#[test]
fn taking_out_the_middle_of_a_full_set_is_refused() {
    let mut set = full();
    set.insert(1..2).unwrap();
    set.insert(9_000..9_010).unwrap();
    let before = set.clone();
    assert_eq!(set.remove(9_002..9_003), Err(Full));
    assert_eq!(set, before);
    assert_eq!(set.remove(9_005..9_010), Ok(5));
}

#[test]
fn what_was_written_ahead_can_be_given_back_without_losing_what_came_before() {
    let mut set = set(&[0..100, 120..130]);
    let ahead = set.gaps(50..150);
    assert_eq!(ahead, [100..120, 130..150]);
    set.insert(50..150).unwrap();
    // Sent up to 110: of what was new, 110 and beyond goes back.
    for gap in ahead {
        set.remove(gap.start.max(110)..gap.end).unwrap();
    }
    assert_eq!(set.intervals(), [0..110, 120..130]);
}

#[test]
fn an_object_is_covered_when_nothing_is_missing() {
    let set = set(&[0..5, 7..10]);
    assert!(set.covers(0..5) && set.covers(8..9) && set.covers(6..6));
    assert!(!set.covers(4..6) && !set.covers(4..8) && !set.covers(0..10) && !set.covers(10..11));
    assert_eq!(set.missing(12), [5..7, 10..12]);
    assert!(RangeSet::new().covers(0..0));
}

#[test]
fn the_ends_of_the_number_range_are_held() {
    let mut set = RangeSet::new();
    assert_eq!(set.insert(0..u64::MAX), Ok(u64::MAX));
    assert_eq!(set.len(), u64::MAX);
    assert_eq!(RangeSet::from_bytes(&set.to_bytes()), Ok(set));
}

#[test]
fn the_stored_form_is_small_and_pinned() {
    assert_eq!(RangeSet::new().to_bytes(), [1, 0]);
    assert_eq!(set(&[0..300, 301..302]).to_bytes(), [1, 2, 0, 0xac, 2, 1, 1]);
    assert!(full().to_bytes().len() < 2_100);
}

#[test]
fn a_damaged_stored_form_is_refused() {
    for damaged in [
        &[][..],
        &[2, 0],                                                            // unknown format
        &[1],                                                               // no count
        &[1, 1, 0],                                                         // cut
        &[1, 0, 0],                                                         // something behind
        &[1, 1, 0, 0],                                                      // empty interval
        &[1, 2, 0, 1, 0, 1],                                                // touching intervals
        &[1, 0x81, 0, 0, 1],                                                // number not in its shortest form
        &[1, 0x81, 8],                                                      // 1,025 intervals
        &[1, 1, 1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],         // beyond 64 bits
        &[1, 1, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2],         // a number beyond 64 bits
        &[1, 1, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 1], // a number without end
    ] {
        assert_eq!(RangeSet::from_bytes(damaged), Err(Damaged), "{damaged:?}");
    }
}

const OBJECT: u64 = 64;

/// One change: insert or take out a range of a small object.
fn change() -> impl Strategy<Value = (bool, Range<u64>)> {
    (prop::bool::weighted(0.7), 0..OBJECT, 0..=12_u64).prop_map(|(add, at, n)| (add, at..(at + n).min(OBJECT)))
}

proptest! {
    #[test]
    fn a_set_is_what_a_bitmap_is(changes in prop::collection::vec(change(), 0..60), asked in (0..OBJECT, 0..=OBJECT)) {
        let mut set = RangeSet::new();
        let mut bitmap = [false; 64];
        for (add, range) in changes {
            let slots = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
            let differing = u64::try_from(bitmap[slots.clone()].iter().filter(|bit| **bit != add).count()).unwrap();
            let answer = if add { set.insert(range) } else { set.remove(range) };
            bitmap[slots].fill(add);
            prop_assert_eq!(answer, Ok(differing));
        }
        let holds = |byte: u64| bitmap[usize::try_from(byte).unwrap()];
        let expected: Vec<u64> = (0..OBJECT).filter(|byte| holds(*byte)).collect();
        let bytes: Vec<u64> = set.intervals().iter().cloned().flatten().collect();
        prop_assert_eq!(&bytes, &expected);
        prop_assert_eq!(set.len(), u64::try_from(expected.len()).unwrap());
        prop_assert!(set.intervals().windows(2).all(|pair| pair[0].end < pair[1].start));
        let asked = asked.0..asked.1;
        prop_assert_eq!(set.covers(asked.clone()), asked.clone().all(holds));
        let gaps: Vec<u64> = set.gaps(asked.clone()).into_iter().flatten().collect();
        prop_assert_eq!(gaps, asked.filter(|byte| !holds(*byte)).collect::<Vec<_>>());
        prop_assert_eq!(RangeSet::from_bytes(&set.to_bytes()), Ok(set));
    }

    #[test]
    fn only_the_stored_form_of_a_set_is_read(stored in prop::collection::vec(any::<u8>(), 0..40), small in prop::collection::vec(0..4_u8, 0..12)) {
        for bytes in [stored, [vec![1], small].concat()] {
            if let Ok(set) = RangeSet::from_bytes(&bytes) {
                prop_assert_eq!(set.to_bytes(), bytes);
            }
        }
    }
}
