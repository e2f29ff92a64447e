//! Who may do what: the one authorisation function. Rights are looked up at each use, never remembered.
use std::net::IpAddr;

use crate::account::{Account, Role, Scope, Scopes};
use crate::error::{Error, Result};
use crate::ids::{AccountId, ApiTokenId, LinkId};
use crate::package::{Direction, Package};
use crate::secret::TokenHash;

/// Where a wish came from, for the audit log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    pub ip: Option<IpAddr>,
    /// Cut to [`crate::limits::USER_AGENT_CHARS_MAX`].
    pub user_agent: Option<String>,
}

/// How an account proved itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// A browser session.
    Session(TokenHash),
    /// An API token with its scopes.
    ApiToken { id: ApiTokenId, scopes: Scopes },
}

/// A signed-in person (or his token), as the database knows him at this moment.
#[derive(Debug, Clone)]
pub struct Actor {
    pub account: Account,
    pub proof: Proof,
    pub origin: Origin,
}

/// Whoever causes an effect, as the audit log names him.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Author {
    User {
        id: AccountId,
        name: String,
    },
    Token {
        id: ApiTokenId,
        account_id: AccountId,
        name: String,
    },
    /// The holder of a link: an outside person.
    Link {
        id: LinkId,
        name: String,
    },
    /// An operator's command on the server.
    Operator,
    /// Waybill itself: a rule, a sweep, the outbox.
    System,
    /// Somebody who has not proved who he is.
    Nobody,
}

/// What an actor wants to do.
#[derive(Debug, Clone, Copy)]
pub enum Wish<'a> {
    /// His own account: profile, password, tokens, lists of his own things.
    OwnAccount,
    /// See lists and packages of his own.
    Look,
    /// Make or change something outbound or inbound of his own.
    Ship(Direction),
    /// Look at one package, or fetch its bytes.
    LookAt(&'a Package),
    /// Change one package.
    Change(&'a Package),
    /// Users, settings, the audit log, everybody's packages.
    Administer,
}

impl Actor {
    pub fn id(&self) -> AccountId {
        self.account.id
    }

    /// The administrator's rights, which a token has only with the `admin` scope.
    pub fn is_admin(&self) -> bool {
        self.account.role == Role::Admin && self.has(Scope::Admin)
    }

    pub fn author(&self) -> Author {
        match &self.proof {
            Proof::Session(_) => Author::User { id: self.account.id, name: self.account.name.clone() },
            Proof::ApiToken { id, .. } => {
                Author::Token { id: *id, account_id: self.account.id, name: self.account.name.clone() }
            }
        }
    }

    fn has(&self, scope: Scope) -> bool {
        match &self.proof {
            Proof::Session(_) => true,
            Proof::ApiToken { scopes, .. } => scopes.allow(scope),
        }
    }
}

/// Decides whether `actor` may. Somebody else's package is [`Error::NotFound`]: "not yours" looks like "not there".
/// A missing scope is [`Error::Forbidden`].
pub fn require(actor: &Actor, wish: Wish<'_>) -> Result<()> {
    let reach = |package: &Package| {
        if package.owner_id == actor.account.id || actor.is_admin() { Ok(()) } else { Err(Error::NotFound) }
    };
    let scope = |scope: Scope| if actor.has(scope) { Ok(()) } else { Err(Error::Forbidden) };
    match wish {
        Wish::OwnAccount => match actor.proof {
            Proof::Session(_) => Ok(()),
            Proof::ApiToken { ref scopes, .. } => {
                if scopes.all() {
                    Ok(())
                } else {
                    Err(Error::Forbidden)
                }
            }
        },
        Wish::Look => scope(Scope::Read),
        Wish::Ship(Direction::Outbound) => scope(Scope::Send),
        Wish::Ship(Direction::Inbound) => scope(Scope::Receive),
        Wish::LookAt(package) => reach(package).and_then(|()| scope(Scope::Read)),
        Wish::Change(package) => reach(package).and_then(|()| require(actor, Wish::Ship(package.direction))),
        Wish::Administer => {
            if actor.is_admin() {
                Ok(())
            } else {
                Err(Error::Forbidden)
            }
        }
    }
}

#[cfg(test)]
mod tests;
