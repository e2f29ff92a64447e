//! Limits on guessing: passwords by address and by account, tokens and links by address. Kept in memory of this node.
use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::access::Origin;
use crate::error::{Error, Result};

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, DefaultClock>;

/// Counts guesses per guesser and per target.
#[derive(Debug)]
pub struct Guesses {
    sign_in_by_address: Limiter<Option<IpAddr>>,
    sign_in_by_account: Limiter<String>,
    tokens_by_address: Limiter<Option<IpAddr>>,
    links_by_address: Limiter<Option<IpAddr>>,
}

/// How many tries in a row, and how many a minute afterwards.
#[derive(Debug, Clone, Copy)]
pub struct GuessLimits {
    pub sign_in_by_address: (u32, u32),
    pub sign_in_by_account: (u32, u32),
    pub tokens_by_address: (u32, u32),
    pub links_by_address: (u32, u32),
}

impl Default for GuessLimits {
    fn default() -> Self {
        // A whole office may sit behind one address; one account is one person.
        Self {
            sign_in_by_address: (30, 10),
            sign_in_by_account: (10, 5),
            tokens_by_address: (60, 30),
            links_by_address: (120, 60),
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

    /// Forgets guessers who have all their tries again; called now and then.
    pub fn forget_old(&self) {
        self.sign_in_by_address.retain_recent();
        self.sign_in_by_account.retain_recent();
        self.tokens_by_address.retain_recent();
        self.links_by_address.retain_recent();
    }
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
    fn a_whole_ipv6_network_is_one_guesser() {
        let guesses = Guesses::new(GuessLimits { tokens_by_address: (1, 1), ..GuessLimits::default() });
        guesses.check_token(&from("2001:db8::1")).unwrap();
        guesses.check_token(&from("2001:db8::2")).unwrap_err();
        guesses.check_token(&from("2001:db8:0:1::1")).unwrap();
    }
}
