//! Limits on guessing: passwords by address and by account, tokens and links by address, passwords of links by address
//! and link. Kept in memory of this node. Nobody is ever locked out because of what somebody elsewhere does.
mod strikes;

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::access::Origin;
use crate::error::{Error, Result};
use crate::ids::LinkId;
use strikes::{Allowance, Strikes};

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, DefaultClock>;

/// Counts guesses per guesser and per target.
#[derive(Debug)]
pub struct Guesses {
    sign_in_by_address: Limiter<Option<IpAddr>>,
    sign_in_by_account: Limiter<String>,
    tokens_by_address: Limiter<Option<IpAddr>>,
    links_by_address: Limiter<Option<IpAddr>>,
    asks_by_address: Limiter<Option<IpAddr>>,
    link_passwords_by_address: Strikes<Option<IpAddr>>,
    link_passwords_by_address_and_link: Strikes<(Option<IpAddr>, LinkId)>,
}

/// A guess at a link's password that is being looked at; it counts as a wrong one until it is taken back.
#[derive(Debug)]
pub struct LinkGuess {
    network: Option<IpAddr>,
    link: LinkId,
}

/// How many tries in a row, and how many a minute afterwards.
#[derive(Debug, Clone, Copy)]
pub struct GuessLimits {
    pub sign_in_by_address: (u32, u32),
    pub sign_in_by_account: (u32, u32),
    pub tokens_by_address: (u32, u32),
    pub links_by_address: (u32, u32),
    pub asks_by_address: (u32, u32),
    pub link_passwords_by_address: (u32, u32),
    pub link_passwords_by_address_and_link: (u32, u32),
}

impl Default for GuessLimits {
    fn default() -> Self {
        // A whole office may sit behind one address; one account is one person.
        Self {
            sign_in_by_address: (30, 10),
            sign_in_by_account: (10, 5),
            tokens_by_address: (60, 30),
            links_by_address: (120, 60),
            asks_by_address: (10, 1),
            link_passwords_by_address: (60, 20),
            link_passwords_by_address_and_link: (10, 5),
        }
    }
}

impl Guesses {
    pub fn new(limits: GuessLimits) -> Self {
        Self {
            sign_in_by_address: limiter(limits.sign_in_by_address),
            sign_in_by_account: limiter(limits.sign_in_by_account),
            tokens_by_address: limiter(limits.tokens_by_address),
            links_by_address: limiter(limits.links_by_address),
            asks_by_address: limiter(limits.asks_by_address),
            link_passwords_by_address: Strikes::new(allowance(limits.link_passwords_by_address)),
            link_passwords_by_address_and_link: Strikes::new(allowance(limits.link_passwords_by_address_and_link)),
        }
    }

    /// Before a password is looked at.
    pub fn check_sign_in(&self, origin: &Origin, account_key: &str) -> Result<()> {
        check(&self.sign_in_by_address, &network(origin))?;
        check(&self.sign_in_by_account, &account_key.to_owned())
    }

    /// After an unknown API token.
    pub fn check_token(&self, origin: &Origin) -> Result<()> {
        check(&self.tokens_by_address, &network(origin))
    }

    /// After an unknown link token.
    pub fn check_link(&self, origin: &Origin) -> Result<()> {
        check(&self.links_by_address, &network(origin))
    }

    /// Before the owner of an ended package is mailed on behalf of a visitor.
    pub fn check_ask(&self, origin: &Origin) -> Result<()> {
        check(&self.asks_by_address, &network(origin))
    }

    /// Before a link's password is looked at; `now` is of the monotonic clock. The guess is booked first, so that many at
    /// once are no way around, and given back by [`Guesses::was_right`]: only wrong ones count, by address and link and
    /// by address over all links. What others do at the same link does not matter.
    pub fn guess_at_link(&self, origin: &Origin, link: LinkId, now: Duration) -> Result<LinkGuess> {
        let network = network(origin);
        let too_many = |wait| Error::TooMany { retry_after_s: seconds_up(wait) };
        self.link_passwords_by_address_and_link.strike((network, link), now).map_err(too_many)?;
        if let Err(wait) = self.link_passwords_by_address.strike(network, now) {
            self.link_passwords_by_address_and_link.take_back(&(network, link));
            return Err(too_many(wait));
        }
        Ok(LinkGuess { network, link })
    }

    /// The guess was none.
    pub fn was_right(&self, LinkGuess { network, link }: LinkGuess) {
        self.link_passwords_by_address.take_back(&network);
        self.link_passwords_by_address_and_link.take_back(&(network, link));
    }

    /// Forgets guessers who have all their tries again; called now and then.
    pub fn forget_old(&self, now: Duration) {
        self.sign_in_by_address.retain_recent();
        self.sign_in_by_account.retain_recent();
        self.tokens_by_address.retain_recent();
        self.links_by_address.retain_recent();
        self.asks_by_address.retain_recent();
        self.link_passwords_by_address.forget_old(now);
        self.link_passwords_by_address_and_link.forget_old(now);
    }
}

fn allowance((burst, per_minute): (u32, u32)) -> Allowance {
    Allowance { burst: burst.max(1), interval: Duration::from_mins(1) / per_minute.max(1) }
}

/// Whole seconds, rounded up: whoever waits so long has waited long enough.
fn seconds_up(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

fn limiter<K: std::hash::Hash + Eq + Clone>((burst, per_minute): (u32, u32)) -> Limiter<K> {
    let at_least_one = |n: u32| NonZeroU32::new(n.max(1)).expect("the maximum with 1 is not 0");
    RateLimiter::dashmap(Quota::per_minute(at_least_one(per_minute)).allow_burst(at_least_one(burst)))
}

fn check<K: std::hash::Hash + Eq + Clone>(limiter: &Limiter<K>, key: &K) -> Result<()> {
    limiter.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now());
        Error::TooMany { retry_after_s: wait.as_secs() + 1 }
    })
}

/// One guesser: an IPv4 address, or the /64 that an IPv6 user owns as a whole.
fn network(origin: &Origin) -> Option<IpAddr> {
    origin.ip.map(|ip| match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(v6) => {
            let mut segments = v6.segments();
            segments[4..].fill(0);
            IpAddr::from(segments)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(ip: &str) -> Origin {
        Origin { ip: Some(ip.parse().unwrap()), user_agent: None }
    }

    #[test]
    fn the_next_guess_after_the_burst_has_to_wait_and_others_do_not() {
        let limits = GuessLimits { sign_in_by_account: (3, 1), ..GuessLimits::default() };
        let guesses = Guesses::new(limits);
        for _ in 0..3 {
            guesses.check_sign_in(&from("192.0.2.1"), "ann").unwrap();
        }
        let refused = guesses.check_sign_in(&from("192.0.2.9"), "ann").unwrap_err();
        assert!(matches!(refused, Error::TooMany { retry_after_s: 1..=61 }), "{refused:?}");
        guesses.check_sign_in(&from("192.0.2.1"), "bob").unwrap();
    }

    #[test]
    fn only_wrong_guesses_at_a_link_count_and_only_for_their_guesser() {
        let limits = GuessLimits { link_passwords_by_address_and_link: (3, 6), ..GuessLimits::default() };
        let guesses = Guesses::new(limits);
        let (link, other) = (LinkId(uuid::Uuid::from_u128(1)), LinkId(uuid::Uuid::from_u128(2)));
        let at = Duration::from_secs;
        for _ in 0..100 {
            let guess = guesses.guess_at_link(&from("192.0.2.1"), link, at(5)).unwrap();
            guesses.was_right(guess);
        }
        for _ in 0..3 {
            guesses.guess_at_link(&from("192.0.2.1"), link, at(5)).unwrap();
        }
        let refused = guesses.guess_at_link(&from("192.0.2.1"), link, at(5)).unwrap_err();
        assert!(matches!(refused, Error::TooMany { retry_after_s: 10 }), "{refused:?}");
        guesses.guess_at_link(&from("192.0.2.2"), link, at(5)).unwrap();
        guesses.guess_at_link(&from("192.0.2.1"), other, at(5)).unwrap();
        assert!(guesses.guess_at_link(&from("192.0.2.1"), link, Duration::from_millis(14_999)).is_err());
        guesses.guess_at_link(&from("192.0.2.1"), link, at(15)).unwrap();
        guesses.guess_at_link(&from("192.0.2.1"), link, at(15)).unwrap_err();
        guesses.forget_old(at(16));
        guesses.guess_at_link(&from("192.0.2.1"), link, at(16)).unwrap_err();
    }

    #[test]
    fn many_links_are_no_way_around_the_limit_of_an_address() {
        let limits = GuessLimits { link_passwords_by_address: (4, 1), ..GuessLimits::default() };
        let guesses = Guesses::new(limits);
        let link = |n| LinkId(uuid::Uuid::from_u128(n));
        for n in 0..4 {
            guesses.guess_at_link(&from("192.0.2.1"), link(n), Duration::ZERO).unwrap();
        }
        let refused = guesses.guess_at_link(&from("192.0.2.1"), link(9), Duration::ZERO).unwrap_err();
        assert!(matches!(refused, Error::TooMany { retry_after_s: 60 }), "{refused:?}");
        guesses.guess_at_link(&from("192.0.2.7"), link(9), Duration::ZERO).unwrap();
    }

    #[test]
    fn a_whole_ipv6_network_is_one_guesser() {
        let guesses = Guesses::new(GuessLimits { tokens_by_address: (1, 1), ..GuessLimits::default() });
        guesses.check_token(&from("2001:db8::1")).unwrap();
        guesses.check_token(&from("2001:db8::2")).unwrap_err();
        guesses.check_token(&from("2001:db8:0:1::1")).unwrap();
    }
}
