//! Whether the wall clock can be believed. A clock that jumped would end packages and erase bytes years too early, so for
//! a day of running time after a jump nobody acts on it. Pure rules over two readings; nothing here reads a clock.
use std::sync::Mutex;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Clock;

/// The wall clock may move this far against the monotonic one: summer time does not touch UTC, and time servers
/// correct by less.
pub const JUMP: SignedDuration = SignedDuration::from_hours(1);
/// Running time after a jump until the wall clock is believed again: long enough for somebody to see the warning.
pub const DISTRUST: Duration = Duration::from_hours(24);

/// Both clocks at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    pub wall: Timestamp,
    /// Since this process began.
    pub monotonic: Duration,
}

impl Reading {
    pub fn of(clock: &dyn Clock) -> Self {
        Self { wall: clock.now(), monotonic: clock.monotonic() }
    }
}

/// What outlives the process, shared by all nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Remembered {
    /// The wall clock when it was last looked at.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub seen_at: Timestamp,
    /// Running time until the wall clock is believed again; 0 while it is.
    pub distrust_left_ms: u64,
    /// How many jumps were found so far, so that each node learns of those that others found.
    pub jumps: u64,
}

impl Remembered {
    pub fn distrust_left(&self) -> Duration {
        Duration::from_millis(self.distrust_left_ms)
    }
}

/// What this process makes of its clock. It begins by believing nothing, until [`Judgement::look`] was told what is
/// remembered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Judgement {
    /// The first reading, or the first after a jump: small steps add up.
    anchor: Option<Reading>,
    /// A jump that is not remembered yet, as how far the wall clock moved.
    jumped: Option<SignedDuration>,
    known: Option<Known>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    looked_at: Duration,
    left: Duration,
    jumps: u64,
}

/// What a look came to: what is to be remembered, and how far the wall clock jumped if it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub remember: Remembered,
    pub jumped: Option<SignedDuration>,
}

impl Judgement {
    /// Compares the reading with the anchor; a jump stays noticed until it is remembered.
    fn notice(&mut self, reading: Reading) {
        let anchor = *self.anchor.get_or_insert(reading);
        let passed = reading.monotonic.saturating_sub(anchor.monotonic);
        let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
        let moved = reading.wall.duration_since(anchor.wall).saturating_sub(passed);
        if moved.abs() > JUMP {
            self.jumped = Some(self.jumped.unwrap_or_default().saturating_add(moved));
            self.anchor = Some(reading);
        }
    }

    /// Takes what is remembered into account, and answers what is to be remembered from now on.
    fn look(&mut self, reading: Reading, stored: Option<Remembered>) -> Look {
        self.notice(reading);
        let stored = stored.unwrap_or(Remembered { seen_at: reading.wall, distrust_left_ms: 0, jumps: 0 });
        let left = match self.known {
            // Somebody else found a jump since.
            Some(known) if known.jumps != stored.jumps => stored.distrust_left(),
            // Each node counts its own running time, and the one that has run longest since the jump is believed.
            Some(known) => {
                let ran = reading.monotonic.saturating_sub(known.looked_at);
                known.left.saturating_sub(ran).min(stored.distrust_left())
            }
            None => {
                if stored.seen_at > reading.wall {
                    let back = reading.wall.duration_since(stored.seen_at);
                    self.jumped = Some(self.jumped.unwrap_or_default().saturating_add(back));
                }
                stored.distrust_left()
            }
        };
        let jumped = self.jumped.take();
        let (left, jumps) = match jumped {
            Some(_) => (DISTRUST, stored.jumps.saturating_add(1)),
            None => (left, stored.jumps),
        };
        self.known = Some(Known { looked_at: reading.monotonic, left, jumps });
        let left_ms = u64::try_from(left.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
        Look { remember: Remembered { seen_at: reading.wall, distrust_left_ms: left_ms, jumps }, jumped }
    }

    fn is_trusted(&self) -> bool {
        self.jumped.is_none() && self.known.is_some_and(|known| known.left.is_zero())
    }

    fn is_distrusted(&self) -> bool {
        self.jumped.is_some() || self.known.is_some_and(|known| !known.left.is_zero())
    }
}

/// The judgement of a running process, shared by everything that acts on the wall clock.
#[derive(Debug, Default)]
pub struct Trust(Mutex<Judgement>);

impl Trust {
    /// Whether a rule may end or erase something now. Ask after reading the time that the rule is given: a jump before
    /// that reading is noticed here, whoever else has looked.
    pub fn is_trusted(&self, clock: &dyn Clock) -> bool {
        let mut judgement = self.judgement();
        judgement.notice(Reading::of(clock));
        judgement.is_trusted()
    }

    /// Whether people should be told. Not before the first look: a process that just began knows nothing yet.
    pub fn is_distrusted(&self, clock: &dyn Clock) -> bool {
        let mut judgement = self.judgement();
        judgement.notice(Reading::of(clock));
        judgement.is_distrusted()
    }

    /// Looks at the clock with what is `stored`. The look counts once it is kept: [`Trust::keep`].
    pub(super) fn look(&self, clock: &dyn Clock, stored: Option<Remembered>) -> (Look, Pending) {
        let mut judgement = self.judgement().clone();
        let look = judgement.look(Reading::of(clock), stored);
        (look, Pending(judgement))
    }

    /// What was looked at is remembered now.
    pub(super) fn keep(&self, pending: Pending, clock: &dyn Clock) {
        let mut judgement = self.judgement();
        *judgement = pending.0;
        // A jump between the look and now would be lost with the judgement that was noticed in between.
        judgement.notice(Reading::of(clock));
    }

    fn judgement(&self) -> std::sync::MutexGuard<'_, Judgement> {
        self.0.lock().expect("no holder of this lock panics")
    }
}

/// A judgement that waits until what it is based on is durable.
#[derive(Debug)]
pub(super) struct Pending(Judgement);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR_MS: i64 = 3_600_000;
    const T0: i64 = 1_800_000_000_000;

    fn reading(wall_ms: i64, monotonic_ms: u64) -> Reading {
        let wall = Timestamp::from_millisecond(wall_ms).unwrap();
        Reading { wall, monotonic: Duration::from_millis(monotonic_ms) }
    }

    /// Time as the world has it, a wall clock that is off by `error_ms`, and a process over one memory.
    #[derive(Debug)]
    struct World {
        true_ms: i64,
        error_ms: i64,
        started_ms: i64,
        judgement: Judgement,
        stored: Option<Remembered>,
    }

    impl World {
        fn new() -> Self {
            let mut world =
                Self { true_ms: T0, error_ms: 0, started_ms: T0, judgement: Judgement::default(), stored: None };
            world.look();
            world
        }

        fn reading(&self) -> Reading {
            reading(self.true_ms + self.error_ms, u64::try_from(self.true_ms - self.started_ms).unwrap())
        }

        fn look(&mut self) -> Option<SignedDuration> {
            let look = self.judgement.look(self.reading(), self.stored);
            self.stored = Some(look.remember);
            look.jumped
        }

        fn is_trusted(&mut self) -> bool {
            let reading = self.reading();
            self.judgement.notice(reading);
            self.judgement.is_trusted()
        }

        /// A new process over the same memory, after `off_ms` without any.
        fn restart(&mut self, off_ms: i64) {
            self.true_ms += off_ms;
            self.started_ms = self.true_ms;
            self.judgement = Judgement::default();
        }
    }

    #[test]
    fn a_process_believes_nothing_before_its_first_look_and_tells_nobody() {
        let judgement = Judgement::default();
        assert!(!judgement.is_trusted() && !judgement.is_distrusted());
    }

    #[test]
    fn an_hour_is_believed_and_a_millisecond_more_is_a_jump_in_either_direction() {
        for sign in [1, -1] {
            let mut world = World::new();
            world.error_ms = sign * HOUR_MS;
            assert!(world.is_trusted());
            world.error_ms += sign;
            assert!(!world.is_trusted(), "noticed at once, before anybody looks");
            assert_eq!(world.look(), Some(SignedDuration::from_millis(sign * (HOUR_MS + 1))));
            assert!(!world.is_trusted());
        }
    }

    #[test]
    fn small_steps_add_up_to_a_jump() {
        let mut world = World::new();
        for _ in 0..4 {
            world.true_ms += 1_000;
            world.error_ms += HOUR_MS / 4;
            assert_eq!(world.look(), None);
        }
        world.error_ms += 1;
        assert!(world.look().is_some());
    }

    #[test]
    fn distrust_lasts_a_day_of_running_time_to_the_millisecond_and_restarts_do_not_shorten_it() {
        let mut world = World::new();
        world.error_ms = 400 * 24 * HOUR_MS;
        assert!(world.look().is_some());
        world.true_ms += 10 * HOUR_MS;
        world.look();
        world.restart(90 * 24 * HOUR_MS);
        assert!(!world.judgement.is_trusted());
        world.look();
        assert!(!world.is_trusted(), "a day switched off is no day of running");
        world.true_ms += 14 * HOUR_MS - 1;
        world.look();
        assert!(!world.is_trusted());
        world.true_ms += 1;
        assert!(!world.is_trusted(), "only a look ends it");
        world.look();
        assert!(world.is_trusted());
    }

    #[test]
    fn a_start_before_the_last_stored_time_is_a_jump_and_one_at_it_is_not() {
        let mut world = World::new();
        world.restart(0);
        assert_eq!(world.look(), None);
        assert!(world.is_trusted());
        world.restart(0);
        world.error_ms = -1;
        assert_eq!(world.look(), Some(SignedDuration::from_millis(-1)));
        assert!(!world.is_trusted());
        world.restart(0);
        assert_eq!(world.look(), None, "one jump is told once");
        assert!(!world.is_trusted());
    }

    #[test]
    fn a_jump_that_one_node_finds_is_distrusted_by_all_for_the_same_day() {
        let (mut one, mut other) = (World::new(), World::new());
        other.look();
        one.error_ms = 400 * 24 * HOUR_MS;
        one.look();
        other.stored = one.stored;
        other.look();
        assert!(!other.is_trusted());
        // Both count the same day, not half of it each.
        for hour in 1..=24 {
            for world in [&mut one, &mut other] {
                world.true_ms += HOUR_MS;
            }
            one.stored = other.stored.or(one.stored);
            one.look();
            other.stored = one.stored;
            other.look();
            assert_eq!((one.is_trusted(), other.is_trusted()), (hour == 24, hour == 24), "after {hour} hours");
        }
    }

    #[derive(Debug, Clone)]
    enum Step {
        Pass(i64),
        Jump(i64),
        Look,
        Restart { off_ms: i64, jump_ms: i64 },
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let day = 24 * HOUR_MS;
        let jump = move || prop_oneof![-400 * day..400 * day, -HOUR_MS..=HOUR_MS, Just(400 * day), Just(-400 * day)];
        let step = prop_oneof![
            4 => (0..6 * HOUR_MS).prop_map(Step::Pass),
            1 => jump().prop_map(Step::Jump),
            4 => Just(Step::Look),
            1 => (0..3 * day, jump()).prop_map(|(off_ms, jump_ms)| Step::Restart { off_ms, jump_ms }),
        ];
        proptest::collection::vec(step, 1..60)
    }

    proptest! {
        #[test]
        fn it_is_trusted_only_after_a_day_of_running_without_any_jump_that_can_be_seen(steps in steps()) {
            let mut world = World::new();
            // By a model that knows the truth: running time since the last jump that can be seen, and since the look that
            // found it, as it was at the last look.
            let (mut ran_ms, mut moved_ms) = (24 * HOUR_MS, 0);
            let (mut found_ms, mut looked_ms) = (Some(24 * HOUR_MS), 0);
            for step in steps {
                match step {
                    Step::Pass(ms) => {
                        world.true_ms += ms;
                        ran_ms += ms;
                        found_ms = found_ms.map(|found| found + ms);
                    }
                    Step::Jump(ms) => {
                        world.error_ms += ms;
                        moved_ms += ms;
                        // A step there and back that nobody asked about in between was never seen.
                        world.is_trusted();
                        if moved_ms.abs() > HOUR_MS {
                            (ran_ms, moved_ms, found_ms, looked_ms) = (0, 0, None, 0);
                        }
                    }
                    Step::Look => {
                        world.look();
                        looked_ms = *found_ms.get_or_insert(0);
                    }
                    Step::Restart { off_ms, jump_ms } => {
                        // What was noticed and not yet remembered would go with the process; the worker looks at once.
                        world.look();
                        let found = *found_ms.get_or_insert(0);
                        let last = world.stored.unwrap().seen_at.as_millisecond();
                        world.restart(off_ms);
                        world.error_ms += jump_ms;
                        moved_ms = 0;
                        let is_seen = world.reading().wall.as_millisecond() < last;
                        world.look();
                        (ran_ms, looked_ms) = if is_seen { (0, 0) } else { (ran_ms, found) };
                        found_ms = Some(looked_ms);
                    }
                }
                let trusted = world.is_trusted();
                prop_assert!(!trusted || ran_ms >= 24 * HOUR_MS, "trusted after {ran_ms} ms");
                // And it recovers with the first look after that day.
                prop_assert!(trusted || looked_ms < 24 * HOUR_MS, "not trusted after {looked_ms} ms");
            }
        }
    }
}
