//! Every role, proof and scope against every wish: the table is written out, so that a change of it is seen.
use std::fmt::Write as _;

use jiff::Timestamp;

use super::*;
use crate::db::Json;
use crate::ids::{PackageId, SeededEntropy};
use crate::package::Kind;

fn account(n: u64, role: Role) -> Account {
    let now = Timestamp::UNIX_EPOCH;
    Account {
        id: AccountId::new(now, &SeededEntropy::new(n)),
        email: "a@example.com".into(),
        name: "A".into(),
        role,
        password_hash: None,
        language: None,
        time_zone: None,
        defaults: crate::db::Json::default(),
        created_at: now,
        disabled_at: None,
    }
}

fn actor(account: Account, scopes: Option<&[Scope]>) -> Actor {
    let entropy = SeededEntropy::new(99);
    let proof = match scopes {
        None => Proof::Session(crate::secret::Token::new(&entropy).hash()),
        Some(scopes) => {
            Proof::ApiToken { id: ApiTokenId::new(Timestamp::UNIX_EPOCH, &entropy), scopes: Scopes(scopes.to_vec()) }
        }
    };
    Actor { account, proof, origin: Origin::default() }
}

fn package(owner: AccountId, direction: Direction) -> Package {
    let now = Timestamp::UNIX_EPOCH;
    Package {
        id: PackageId::new(now, &SeededEntropy::new(5)),
        owner_id: owner,
        grant_id: None,
        direction,
        kind: Kind::Package,
        title: String::new(),
        note: String::new(),
        notify: Json(Vec::new()),
        password_hash: None,
        expires_in_hours: 0,
        idle_hours: 0,
        max_downloads: 0,
        policy_set_at: now,
        ends_at: None,
        ended_at: None,
        ended_by: None,
        erase_at: None,
        created_at: now,
        changed_at: now,
        finalized_at: None,
        revoked_at: None,
        deleted_at: None,
        erased_at: None,
        downloads: 0,
        last_download_at: None,
        reminded_to: None,
        file_count: 0,
        total_bytes: 0,
        usable_until: None,
        revision: 0,
    }
}

/// One letter per wish: `+` allowed, `F` forbidden, `-` not found.
fn row(actor: &Actor, stranger: AccountId) -> String {
    let mine = |direction| package(actor.account.id, direction);
    let theirs = |direction| package(stranger, direction);
    let (my_out, my_in) = (mine(Direction::Outbound), mine(Direction::Inbound));
    let (their_out, their_in) = (theirs(Direction::Outbound), theirs(Direction::Inbound));
    let wishes = [
        Wish::OwnAccount,
        Wish::Look,
        Wish::Ship(Direction::Outbound),
        Wish::Ship(Direction::Inbound),
        Wish::LookAt(&my_out),
        Wish::Change(&my_out),
        Wish::Change(&my_in),
        Wish::LookAt(&their_out),
        Wish::Change(&their_out),
        Wish::Change(&their_in),
        Wish::Administer,
    ];
    wishes
        .into_iter()
        .map(|wish| match require(actor, wish) {
            Ok(()) => '+',
            Err(Error::Forbidden) => 'F',
            Err(Error::NotFound) => '-',
            Err(other) => panic!("{other}"),
        })
        .collect()
}

#[test]
fn every_principal_may_what_the_table_says_and_nothing_else() {
    use Scope::{Admin, Read, Receive, Send};
    let stranger = account(7, Role::Regular).id;
    let proofs: [(&str, Option<&[Scope]>); 8] = [
        ("session", None),
        ("token, all rights", Some(&[])),
        ("read", Some(&[Read])),
        ("send", Some(&[Send])),
        ("receive", Some(&[Receive])),
        ("admin", Some(&[Admin])),
        ("read+send", Some(&[Read, Send])),
        ("read+admin", Some(&[Read, Admin])),
    ];
    let mut table = String::new();
    for role in [Role::Regular, Role::Admin] {
        for (name, scopes) in proofs {
            let actor = actor(account(1, role), scopes);
            writeln!(table, "{:8} {name:18} {}", role.name(), row(&actor, stranger)).unwrap();
        }
    }
    // own account, look, send, receive | mine: look, change out, change in | theirs: the same | administer
    let expected = "\
regular  session            +++++++---F
regular  token, all rights  +++++++---F
regular  read               F+FF+FF---F
regular  send               FF+FF+F---F
regular  receive            FFF+FF+---F
regular  admin              FFFFFFF---F
regular  read+send          F++F++F---F
regular  read+admin         F+FF+FF---F
admin    session            +++++++++++
admin    token, all rights  +++++++++++
admin    read               F+FF+FF---F
admin    send               FF+FF+F---F
admin    receive            FFF+FF+---F
admin    admin              FFFFFFFFFF+
admin    read+send          F++F++F---F
admin    read+admin         F+FF+FF+FF+
";
    assert_eq!(table, expected);
}
