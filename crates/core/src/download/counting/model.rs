//! A small house of one link under a limit, moved by the rules of counting alone: what the database is compared with, and
//! what is led through every interleaving of a few visitors.
use std::collections::BTreeSet;

use super::*;

/// When its time begins.
const T0: i64 = 1_800_000_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millisecond(T0 + seconds * 1_000).unwrap()
}

/// What visitors do, one step at a time. An object is made of units; a unit is what one step brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Act {
    Press,
    /// One more unit is written down, counted if it is the last one, and sent.
    Step,
    /// The response ends by itself or is broken off; what was written down stays or, unsent, is given back.
    End,
    /// The server is killed: nothing is given back, nothing runs any more.
    Crash,
    /// A minute passes for everybody.
    Minute,
    /// A day passes for everybody.
    Day,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Slot {
    holder: usize,
    started: i64,
    active: Option<i64>,
    covered: u8,
    confirmed: bool,
    over: Option<&'static str>,
    /// A running response: the next unit to send.
    running: Option<u8>,
}

/// One link with a limit, as the database would hold it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct House {
    pub(crate) limit: u64,
    /// Of which an object is made.
    units: u8,
    /// Seconds since the beginning.
    pub(crate) now: i64,
    pub(crate) counted: u64,
    pub(crate) releases: u64,
    downloads: Vec<Slot>,
    /// Units each visitor really got.
    got: Vec<BTreeSet<u8>>,
}

impl House {
    pub(crate) fn new(limit: u64, units: u8, visitors: usize) -> Self {
        let got = vec![BTreeSet::new(); visitors];
        Self { limit, units, now: 0, counted: 0, releases: 0, downloads: Vec::new(), got }
    }

    pub(crate) fn open(&self) -> Vec<usize> {
        (0..self.downloads.len())
            .filter(|n| !self.downloads[*n].confirmed && self.downloads[*n].over.is_none())
            .collect()
    }

    fn slots(&self) -> Slots {
        let reserved = crate::account::count(self.open().len());
        Slots { limit: self.limit, counted: self.counted, reserved, releases: self.releases }
    }

    fn reservation(&self, n: usize) -> Reservation<usize> {
        let slot = &self.downloads[n];
        let active = if slot.running.is_some() { Some(self.now) } else { slot.active };
        Reservation {
            id: n,
            started_at: at(slot.started),
            usable_until: usable_from(at(slot.started)),
            active_at: active.map(at),
            progress: Progress::of(u64::from(slot.covered), u64::from(self.units)),
            is_spent: false,
        }
    }

    fn end_what_is_over(&mut self) {
        for n in self.open() {
            match ending(self.slots(), &self.reservation(n), at(self.now)) {
                None => {}
                Some(Ending::Dropped) => self.downloads[n].over = Some("dropped"),
                Some(Ending::Released) => {
                    self.releases += 1;
                    self.downloads[n].over = Some("released");
                }
                Some(Ending::Counted) => {
                    self.counted += 1;
                    self.downloads[n].confirmed = true;
                    self.downloads[n].over = Some("counted");
                }
            }
        }
    }

    /// The visitor's own download that can still be used.
    fn own(&self, visitor: usize) -> Option<usize> {
        let usable = |slot: &Slot| slot.over.is_none() && at(self.now) < usable_from(at(slot.started));
        (0..self.downloads.len()).rev().find(|n| self.downloads[*n].holder == visitor && usable(&self.downloads[*n]))
    }

    /// The download that the visitor has a response of; it may finish after its day.
    fn running(&self, visitor: usize) -> Option<usize> {
        self.downloads.iter().rposition(|slot| slot.holder == visitor && slot.running.is_some() && slot.over.is_none())
    }

    pub(crate) fn act(&mut self, visitor: usize, act: Act) {
        match act {
            Act::Press => self.press(visitor),
            Act::Step => self.step(visitor),
            Act::End => {
                let now = self.now;
                if let Some(n) = self.running(visitor) {
                    self.downloads[n].running = None;
                    self.downloads[n].active = Some(now);
                }
            }
            Act::Crash => {
                for slot in &mut self.downloads {
                    if slot.running.take().is_some() {
                        slot.active = Some(self.now);
                    }
                }
            }
            Act::Minute => self.now += 60,
            Act::Day => self.now += 24 * 3_600,
        }
    }

    fn press(&mut self, visitor: usize) {
        if self.own(visitor).is_some() {
            return;
        }
        // While a slot is free, what is over can wait.
        if self.slots().free() == 0 {
            self.end_what_is_over();
        }
        let open: Vec<_> = self.open().into_iter().map(|n| self.reservation(n)).collect();
        match admit(self.slots(), &open, at(self.now)) {
            Admission::Reserve => self.downloads.push(Slot {
                holder: visitor,
                started: self.now,
                active: None,
                covered: 0,
                confirmed: false,
                over: None,
                running: None,
            }),
            Admission::TakeOver(n) => {
                let slot = &mut self.downloads[n];
                (slot.holder, slot.started, slot.active) = (visitor, self.now, None);
                assert!(slot.running.is_none(), "nobody loses what he is fetching");
            }
            Admission::End(_) => unreachable!("the limit of a house stays"),
            Admission::Busy { .. } | Admission::UsedUp => {}
        }
    }

    /// A response goes on from the first unit that is missing; it writes down, counts, and sends.
    fn step(&mut self, visitor: usize) {
        let Some(n) = self.running(visitor).or_else(|| self.own(visitor)) else { return };
        let units = self.units;
        let slot = &mut self.downloads[n];
        let unit = slot.running.unwrap_or(slot.covered.min(units - 1));
        if unit == units {
            return;
        }
        slot.covered = slot.covered.max(unit + 1);
        let completes = slot.covered == units && !slot.confirmed;
        slot.running = Some(unit + 1);
        if completes {
            slot.confirmed = true;
            self.counted += 1;
        }
        self.got[visitor].insert(unit);
    }

    pub(super) fn check(&self) {
        assert!(self.counted + crate::account::count(self.open().len()) <= self.limit, "more than the limit: {self:?}");
        let confirmed = self.downloads.iter().filter(|slot| slot.confirmed).count();
        assert_eq!(crate::account::count(confirmed), self.counted, "counted once each: {self:?}");
        for (visitor, got) in self.got.iter().enumerate() {
            if got.len() == usize::from(self.units) {
                let counted = self.downloads.iter().any(|slot| slot.holder == visitor && slot.confirmed);
                assert!(counted || self.counted == self.limit, "{visitor} has everything uncounted: {self:?}");
            }
        }
    }

    /// Whether the limit can still be used up by people who come and fetch: no slot is lost.
    pub(super) fn no_slot_is_lost(mut self) {
        self.act(0, Act::Crash);
        self.now += 24 * 3_600 + 60;
        for _ in 0..self.limit {
            self.got.push(BTreeSet::new());
            let visitor = self.got.len() - 1;
            self.act(visitor, Act::Press);
            for _ in 0..self.units {
                self.act(visitor, Act::Step);
            }
            self.act(visitor, Act::End);
        }
        assert_eq!(self.counted, self.limit, "a slot was lost: {self:?}");
    }
}
