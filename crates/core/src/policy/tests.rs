//! The policy's rules: totality, order, their exact instants, and the sentence of every combination.
use jiff::tz::TimeZone;
use proptest::prelude::*;
use rstest::rstest;

use super::sentence::state;
use super::*;
use crate::text::{Language, Text};

const HOUR_MS: i64 = 3_600_000;
/// When the package of these tests is finalized.
const T0: i64 = 1_800_000_000_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

fn active(policy: Policy) -> Facts {
    Facts {
        direction: Direction::Outbound,
        kind: Kind::Package,
        policy,
        policy_set_at: at(T0),
        changed_at: at(T0),
        finalized_at: Some(at(T0)),
        last_download_at: None,
        usable_until: None,
        ended: None,
        revoked_at: None,
        deleted_at: None,
        erased_at: None,
    }
}

fn policy(expires_in_hours: u64, idle_hours: u64, max_downloads: u64) -> Policy {
    Policy { expires_in_hours, idle_hours, max_downloads }
}

#[test]
fn the_total_ends_a_package_at_its_very_millisecond() {
    let facts = active(policy(24, 0, 0));
    let end = T0 + 24 * HOUR_MS;
    assert_eq!(status(&facts, at(end - 1)), Status::Active);
    assert_eq!(link_end(&facts, at(end - 1)), None);
    for now in [end, end + 1] {
        assert_eq!(status(&facts, at(now)), Status::Expired);
        assert_eq!(link_end(&facts, at(now)), Some(LinkEnd::Expired { at: at(end) }));
    }
}

#[test]
fn the_idle_hours_start_with_the_first_download_and_restart_with_each() {
    let mut facts = active(policy(0, 2, 0));
    assert_eq!(next_end(&facts), None, "nothing was downloaded yet");
    assert_eq!(status(&facts, at(T0 + 10_000 * HOUR_MS)), Status::Active);
    for downloaded in [T0 + 5 * HOUR_MS, T0 + 6 * HOUR_MS] {
        facts.last_download_at = Some(at(downloaded));
        let end = downloaded + 2 * HOUR_MS;
        assert_eq!(next_end(&facts), Some((Rule::Idle, at(end))));
        assert_eq!(status(&facts, at(end - 1)), Status::Active);
        assert_eq!(status(&facts, at(end)), Status::Expired);
        assert_eq!(status(&facts, at(end + 1)), Status::Expired);
    }
}

#[test]
fn the_rule_that_is_reached_first_ends_it() {
    let mut facts = active(policy(10, 2, 0));
    facts.last_download_at = Some(at(T0 + HOUR_MS));
    assert_eq!(next_end(&facts), Some((Rule::Idle, at(T0 + 3 * HOUR_MS))));
    facts.last_download_at = Some(at(T0 + 9 * HOUR_MS));
    assert_eq!(next_end(&facts), Some((Rule::Total, at(T0 + 10 * HOUR_MS))));
}

#[test]
fn a_policy_changed_after_the_last_download_gives_its_idle_hours_anew() {
    let mut facts = active(policy(0, 2, 0));
    facts.last_download_at = Some(at(T0 + HOUR_MS));
    facts.policy_set_at = at(T0 + 100 * HOUR_MS);
    assert_eq!(next_end(&facts), Some((Rule::Idle, at(T0 + 102 * HOUR_MS))));
}

#[test]
fn at_the_same_instant_a_package_is_completed_before_it_is_expired() {
    let mut facts = active(policy(24, 0, 1));
    let end = at(T0 + 24 * HOUR_MS);
    facts.ended = Some((Rule::Limit, end));
    assert_eq!(status(&facts, end), Status::Completed);
    assert_eq!(link_end(&facts, end), Some(LinkEnd::Completed { at: end }));
}

#[test]
fn a_stored_end_stays_even_when_the_clock_goes_back() {
    let mut facts = active(policy(24, 0, 0));
    facts.ended = Some((Rule::Total, at(T0 + 24 * HOUR_MS)));
    assert_eq!(status(&facts, at(T0)), Status::Expired);
}

#[test]
fn without_any_rule_a_package_is_permanent() {
    let facts = active(policy(0, 0, 0));
    assert_eq!(next_end(&facts), None);
    assert_eq!(status(&facts, Timestamp::MAX), Status::Active);
    assert_eq!(erase_at(&facts, &Retention::default()), None);
}

#[test]
fn revoking_wins_over_every_other_end() {
    let mut facts = active(policy(1, 0, 0));
    facts.ended = Some((Rule::Limit, at(T0)));
    facts.revoked_at = Some(at(T0 + 5));
    assert_eq!(status(&facts, at(T0 + 10)), Status::Revoked);
    assert_eq!(link_end(&facts, at(T0 + 10)), Some(LinkEnd::Revoked { at: at(T0 + 5) }));
}

#[test]
fn a_deleted_draft_has_no_link_and_a_deleted_package_a_revoked_one() {
    let mut facts = active(policy(1, 0, 0));
    facts.deleted_at = Some(at(T0 + 7));
    assert_eq!(link_end(&facts, at(T0 + 7)), Some(LinkEnd::Revoked { at: at(T0 + 7) }));
    let draft = Facts { finalized_at: None, ..active(policy(1, 0, 0)) };
    assert_eq!(link_end(&draft, at(T0)), Some(LinkEnd::Unknown));
    assert_eq!(status(&draft, at(T0 + 1_000 * HOUR_MS)), Status::Draft, "a draft's time has not begun");
}

/// Hours after finalize when the bytes go, for each way to end; the total ends after 24 hours.
#[rstest]
#[case::a_package_has_its_grace(Direction::Outbound, Kind::Package, None, 24 + 72)]
#[case::a_ticket_has_none(Direction::Outbound, Kind::Ticket, None, 24)]
#[case::what_arrived_by_a_grant_goes_like_a_ticket(Direction::Inbound, Kind::Received, None, 24)]
#[case::what_arrived_on_a_request_stays_thirty_days(Direction::Inbound, Kind::Package, None, 24 + 30 * 24)]
#[case::a_used_up_limit_waits_for_nothing_but_downloads(Direction::Outbound, Kind::Package, Some(Rule::Limit), 3)]
#[case::a_closed_request_keeps_what_arrived(Direction::Inbound, Kind::Package, Some(Rule::Closed), 3 + 30 * 24)]
fn bytes_go_when_promised(
    #[case] direction: Direction,
    #[case] kind: Kind,
    #[case] ended: Option<Rule>,
    #[case] hours: i64,
) {
    let mut facts = Facts { direction, kind, ..active(policy(24, 0, 0)) };
    facts.ended = ended.map(|rule| (rule, at(T0 + 3 * HOUR_MS)));
    assert_eq!(erase_at(&facts, &Retention::default()), Some(at(T0 + hours * HOUR_MS)));
}

#[test]
fn revoked_and_deleted_bytes_go_at_once_and_a_customers_files_do_not() {
    let retention = Retention::default();
    let mut facts = active(policy(24, 0, 0));
    facts.revoked_at = Some(at(T0 + 5));
    assert_eq!(erase_at(&facts, &retention), Some(at(T0 + 5)));
    facts.direction = Direction::Inbound;
    assert_eq!(erase_at(&facts, &retention), Some(at(T0 + 5 + 30 * 24 * HOUR_MS)));
    facts.deleted_at = Some(at(T0 + 9));
    assert_eq!(erase_at(&facts, &retention), Some(at(T0 + 9 + 10_000)), "after the undo time");
    let draft = Facts { finalized_at: None, ..active(policy(24, 0, 0)) };
    assert_eq!(erase_at(&draft, &retention), Some(at(T0 + 30 * 24 * HOUR_MS)));
}

#[test]
fn each_kind_takes_the_hours_that_suit_it_up_to_the_limit_and_not_one_more() {
    let outbound = |kind, policy: Policy| policy.check(Direction::Outbound, kind, 90);
    for good in [policy(1, 0, 0), policy(90 * 24, limits::POLICY_HOURS_MAX, limits::POLICY_COUNT_MAX)] {
        outbound(Kind::Package, good).unwrap();
    }
    for bad in [
        policy(0, 0, 0),
        policy(90 * 24 + 1, 0, 0),
        policy(1, limits::POLICY_HOURS_MAX + 1, 0),
        policy(1, 0, limits::POLICY_COUNT_MAX + 1),
    ] {
        assert!(matches!(outbound(Kind::Package, bad), Err(Error::Invalid(fields)) if fields.len() == 1), "{bad:?}");
    }
    outbound(Kind::Ticket, policy(0, 0, 0)).unwrap();
    outbound(Kind::Ticket, policy(limits::POLICY_HOURS_MAX, 0, 0)).unwrap();
    outbound(Kind::Ticket, policy(limits::POLICY_HOURS_MAX + 1, 0, 0)).unwrap_err();
    let request = |policy: Policy| policy.check(Direction::Inbound, Kind::Package, 90);
    request(policy(24, 0, 0)).unwrap();
    let refused = request(policy(24, 1, 1)).unwrap_err();
    assert!(matches!(refused, Error::Invalid(fields) if fields.len() == 2));
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let moment = || (T0 - 100 * HOUR_MS)..(T0 + 100 * HOUR_MS);
    let maybe = move || proptest::option::of(moment().prop_map(at));
    let rule = prop_oneof![Just(Rule::Total), Just(Rule::Idle), Just(Rule::Limit), Just(Rule::Closed)];
    let small = || prop_oneof![Just(0_u64), 1_u64..200, Just(limits::POLICY_HOURS_MAX)];
    let kinds = (
        prop_oneof![Just(Direction::Outbound), Just(Direction::Inbound)],
        prop_oneof![Just(Kind::Package), Just(Kind::Ticket), Just(Kind::Received)],
        (small(), small(), small()).prop_map(|(a, b, c)| policy(a, b, c)),
    );
    let times =
        (moment(), moment(), maybe(), maybe(), proptest::option::of((rule, moment())), maybe(), maybe(), maybe());
    (kinds, times).prop_map(|((direction, kind, policy), times)| {
        let (set, changed, finalized_at, last_download_at, ended, revoked_at, deleted_at, erased_at) = times;
        Facts {
            direction,
            kind,
            policy,
            policy_set_at: at(set),
            changed_at: at(changed),
            finalized_at,
            last_download_at,
            usable_until: last_download_at,
            ended: ended.map(|(rule, ms)| (rule, at(ms))),
            revoked_at,
            deleted_at,
            erased_at,
        }
    })
}

proptest! {
    #[test]
    fn once_ended_by_time_a_package_never_comes_back(facts in any_facts(), now in 0..200_i64, later in 0..10_000_i64) {
        let (now, later) = (at(T0 + now * HOUR_MS), at(T0 + (now + later) * HOUR_MS));
        let over = |s: Status| matches!(s, Status::Expired | Status::Completed | Status::Revoked);
        if over(status(&facts, now)) {
            prop_assert_eq!(status(&facts, later), status(&facts, now));
        }
    }

    #[test]
    fn a_link_opens_exactly_while_its_package_is_active(facts in any_facts(), now in -200..200_i64) {
        let now = at(T0 + now * HOUR_MS);
        let opens = link_end(&facts, now).is_none();
        prop_assert_eq!(opens, status(&facts, now) == Status::Active && facts.deleted_at.is_none());
    }

    #[test]
    fn bytes_never_go_before_the_end(facts in any_facts()) {
        let retention = Retention::default();
        let Some(erase) = erase_at(&facts, &retention) else { return Ok(()) };
        let ended = match (facts.deleted_at, facts.finalized_at, facts.revoked_at) {
            (Some(at), _, _) | (None, Some(_), Some(at)) => Some(at),
            (None, None, _) => Some(facts.changed_at),
            (None, Some(_), None) => facts.ended.or_else(|| next_end(&facts)).map(|(_, at)| at),
        };
        prop_assert!(ended.is_some_and(|ended| erase >= ended));
    }

    #[test]
    fn the_stored_end_decides_as_the_rule_does(facts in any_facts(), now in -200..200_i64) {
        // What lists compare in SQL: `ends_at`, stored at each change, beside an end that was stored.
        let now = at(T0 + now * HOUR_MS);
        let by_sql = facts.ended.is_some() || next_end(&facts).is_some_and(|(_, at)| at <= now);
        prop_assert_eq!(by_sql, end(&facts, now).is_some());
    }

    #[test]
    fn there_is_a_whole_sentence_for_everything(facts in any_facts(), now in -200..200_i64, left in proptest::option::of(0..5_u64)) {
        let now = at(T0 + now * HOUR_MS);
        for language in Language::ALL {
            let said = state(&facts, &Retention::default(), left, now, Text::new(language), &TimeZone::UTC);
            prop_assert!(said.sentence.ends_with('.'), "{said:?}");
            prop_assert!(!said.sentence.contains("policy-") && !said.sentence.contains('{'), "{said:?}");
            prop_assert!(!said.sentence.contains("  "), "{said:?}");
            prop_assert_eq!(said.ended, matches!(status(&facts, now), Status::Expired | Status::Completed | Status::Revoked));
            if said.ended {
                prop_assert!(said.at.is_some());
            }
        }
    }
}

#[test]
fn the_sentence_says_when_and_why() {
    let say = |facts: &Facts, now: i64| {
        let words = Text::new(Language::English);
        state(facts, &Retention::default(), None, at(now), words, &TimeZone::UTC)
    };
    let facts = active(policy(24, 0, 0));
    let before = say(&facts, T0);
    insta::assert_snapshot!(before.sentence, @"Ends on 16 January 2027, 08:00 UTC. Its files are erased at most 3 days after it ends.");
    assert_eq!((before.rule, before.at, before.ended), (Some(Rule::Total), Some(at(T0 + 24 * HOUR_MS)), false));
    insta::assert_snapshot!(say(&facts, T0 + 24 * HOUR_MS).sentence, @"Expired on 16 January 2027, 08:00 UTC. Its files are erased on 19 January 2027, 08:00 UTC.");
    let mut revoked = facts;
    revoked.revoked_at = Some(at(T0 + HOUR_MS));
    let after = say(&revoked, T0 + HOUR_MS);
    insta::assert_snapshot!(after.sentence, @"Withdrawn on 15 January 2027, 09:00 UTC. Its files are being erased.");
    assert_eq!((after.rule, after.at, after.ended), (None, Some(at(T0 + HOUR_MS)), true), "no rule ended it");
    revoked.erased_at = Some(at(T0 + 2 * HOUR_MS));
    insta::assert_snapshot!(say(&revoked, T0 + 3 * HOUR_MS).sentence, @"Withdrawn on 15 January 2027, 09:00 UTC. Its files were erased on 15 January 2027, 10:00 UTC.");
}
