//! Which bytes of an object were delivered: a set of byte intervals, bounded in size, with a compact form for the
//! database. It must never claim a byte that was not inserted.
use std::ops::Range;

use crate::limits::RANGE_INTERVALS_MAX;

/// First byte of the stored form, so that it can change one day.
const FORMAT: u8 = 1;

/// A set of bytes as half-open intervals: sorted, none empty, none touching the next, at most [`RANGE_INTERVALS_MAX`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RangeSet {
    intervals: Vec<Range<u64>>,
}

/// The change would need more than [`RANGE_INTERVALS_MAX`] intervals; the set is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {RANGE_INTERVALS_MAX} intervals")]
pub struct Full;

/// The stored form is not one that [`RangeSet::to_bytes`] makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored byte ranges are damaged")]
pub struct Damaged;

impl RangeSet {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `range` and answers how many of its bytes are new. An empty range adds nothing. Repeatable.
    pub fn insert(&mut self, range: Range<u64>) -> Result<u64, Full> {
        if range.is_empty() {
            return Ok(0);
        }
        let touched = self.touched_by(&range);
        if touched.is_empty() && self.intervals.len() == RANGE_INTERVALS_MAX {
            return Err(Full);
        }
        let before: u64 = self.intervals[touched.clone()].iter().map(length).sum();
        let merged = match (self.intervals[touched.clone()].first(), self.intervals[touched.clone()].last()) {
            (Some(first), Some(last)) => first.start.min(range.start)..last.end.max(range.end),
            _ => range,
        };
        let added = length(&merged) - before;
        self.intervals.splice(touched, [merged]);
        Ok(added)
    }

    /// As [`insert`](Self::insert); where there is no room for one more interval, the gap to the nearest one counts as
    /// inserted too: the set then holds more than came, never less.
    pub fn insert_in_doubt(&mut self, range: Range<u64>) {
        if self.insert(range.clone()).is_ok() {
            return;
        }
        let next = self.intervals.partition_point(|interval| interval.end < range.start);
        let before = next.checked_sub(1).and_then(|index| self.intervals.get(index)).map(|interval| interval.end);
        let after = self.intervals.get(next).map(|interval| interval.start);
        let joined = match (before, after) {
            (Some(end), Some(start)) if range.start - end > start - range.end => range.start..start,
            (Some(end), _) => end..range.end,
            (None, Some(start)) => range.start..start,
            (None, None) => range,
        };
        let inserted = self.insert(joined);
        debug_assert!(inserted.is_ok(), "it touches an interval");
    }

    /// Whether every beginning of `range` can be inserted: there is room, or an interval reaches to its start.
    pub fn has_room_for(&self, range: &Range<u64>) -> bool {
        let reached = self.intervals.partition_point(|interval| interval.end < range.start);
        let is_reached = self.intervals.get(reached).is_some_and(|interval| interval.start <= range.start);
        range.is_empty() || self.intervals.len() < RANGE_INTERVALS_MAX || is_reached
    }

    /// Takes `range` out again and answers how many of its bytes were there. [`Full`] (and nothing taken out) when that
    /// would split an interval of a set that already holds [`RANGE_INTERVALS_MAX`].
    ///
    /// To give back what was written ahead and not sent, remove only what [`gaps`](Self::gaps) named before the
    /// insertion: the rest had been delivered earlier.
    pub fn remove(&mut self, range: Range<u64>) -> Result<u64, Full> {
        let first = self.intervals.partition_point(|interval| interval.end <= range.start);
        let after = self.intervals.partition_point(|interval| interval.start < range.end);
        if range.is_empty() || first >= after {
            return Ok(0);
        }
        let affected = &self.intervals[first..after];
        let before: u64 = affected.iter().map(length).sum();
        let left = affected[0].start..range.start;
        let right = range.end..affected[affected.len() - 1].end;
        let kept: Vec<_> = [left, right].into_iter().filter(|part| !part.is_empty()).collect();
        if self.intervals.len() - (after - first) + kept.len() > RANGE_INTERVALS_MAX {
            return Err(Full);
        }
        let removed = before - kept.iter().map(length).sum::<u64>();
        self.intervals.splice(first..after, kept);
        Ok(removed)
    }

    /// Whether every byte of `range` is in the set; an empty range always is.
    pub fn covers(&self, range: Range<u64>) -> bool {
        if range.is_empty() {
            return true;
        }
        let candidate = self.intervals.partition_point(|interval| interval.end <= range.start);
        self.intervals.get(candidate).is_some_and(|interval| interval.start <= range.start && range.end <= interval.end)
    }

    /// The parts of `range` that are not in the set, in order.
    pub fn gaps(&self, range: Range<u64>) -> Vec<Range<u64>> {
        let mut gaps = Vec::new();
        let mut at = range.start;
        let first = self.intervals.partition_point(|interval| interval.end <= range.start);
        for interval in self.intervals[first..].iter().take_while(|interval| interval.start < range.end) {
            if at < interval.start {
                gaps.push(at..interval.start);
            }
            at = interval.end;
        }
        if at < range.end {
            gaps.push(at..range.end);
        }
        gaps
    }

    /// What is missing of an object of `size_bytes`, in order.
    pub fn missing(&self, size_bytes: u64) -> Vec<Range<u64>> {
        self.gaps(0..size_bytes)
    }

    /// How many bytes are in the set.
    pub fn len(&self) -> u64 {
        self.intervals.iter().map(length).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.intervals.is_empty()
    }

    /// The intervals in order; no two touch.
    pub fn intervals(&self) -> &[Range<u64>] {
        &self.intervals
    }

    /// The stored form: a format byte, the number of intervals, and for each the gap before it and its length, as LEB128.
    /// Equal sets give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(2 + self.intervals.len() * 8);
        out.push(FORMAT);
        let count = u64::try_from(self.intervals.len()).expect("a count in memory fits into 64 bits");
        put_varint(&mut out, count);
        let mut at = 0;
        for interval in &self.intervals {
            put_varint(&mut out, interval.start - at);
            put_varint(&mut out, length(interval));
            at = interval.end;
        }
        out
    }

    /// The set that [`to_bytes`](Self::to_bytes) made `stored` from; anything else is [`Damaged`].
    pub fn from_bytes(stored: &[u8]) -> Result<Self, Damaged> {
        let Some((&FORMAT, mut rest)) = stored.split_first() else { return Err(Damaged) };
        let count = usize::try_from(take_varint(&mut rest)?).map_err(|_| Damaged)?;
        if count > RANGE_INTERVALS_MAX {
            return Err(Damaged);
        }
        let mut intervals: Vec<Range<u64>> = Vec::with_capacity(count);
        let mut at: u64 = 0;
        for _ in 0..count {
            let gap = take_varint(&mut rest)?;
            if gap == 0 && !intervals.is_empty() {
                return Err(Damaged);
            }
            let start = at.checked_add(gap).ok_or(Damaged)?;
            let length = take_varint(&mut rest)?;
            at = start.checked_add(length).filter(|&end| end > start).ok_or(Damaged)?;
            intervals.push(start..at);
        }
        if rest.is_empty() { Ok(Self { intervals }) } else { Err(Damaged) }
    }

    /// The positions of the intervals that overlap or touch `range`.
    fn touched_by(&self, range: &Range<u64>) -> Range<usize> {
        let first = self.intervals.partition_point(|interval| interval.end < range.start);
        let after = self.intervals.partition_point(|interval| interval.start <= range.end);
        first..after
    }
}

fn length(interval: &Range<u64>) -> u64 {
    interval.end - interval.start
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = u8::try_from(value & 0x7f).expect("seven bits fit into a byte");
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Reads one number in its shortest form, so that one set has one stored form.
fn take_varint(rest: &mut &[u8]) -> Result<u64, Damaged> {
    let mut value: u64 = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let (&byte, after) = rest.split_first().ok_or(Damaged)?;
        *rest = after;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 || byte == 0 && shift > 0 {
            return Err(Damaged);
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Damaged)
}

#[cfg(test)]
mod tests;
