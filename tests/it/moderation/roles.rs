//! Roles, and who has power over whom.

use hydraulics::{
    Context,
    model::{Nickname, Role, Standing},
    service::{ErrorKind, accounts, audit, moderation},
};

use crate::support::TestServer;

on_every_backend!(
    staff_has_power_over_lower_roles_only,
    last_admin_keeps_role_and_access,
    action_is_noted_in_the_audit_log,
);

async fn signed_in(server: &TestServer, nickname: &str) -> Context {
    let nickname = Nickname::parse(nickname).unwrap();
    accounts::signed_in(&server.app, &nickname).await.unwrap()
}

async fn staff(server: &TestServer) -> [Context; 3] {
    let ctx = server.ctx();
    for (nickname, role) in [
        ("ann", Role::Admin),
        ("mo", Role::Moderator),
        ("zoe", Role::None),
    ] {
        server.account(nickname).await;
        let given = moderation::set_role(&ctx, nickname, role, "");
        given.await.unwrap();
    }
    [
        signed_in(server, "ann").await,
        signed_in(server, "mo").await,
        signed_in(server, "zoe").await,
    ]
}

async fn outcome(ctx: &Context, name: &str, standing: Standing) -> Option<ErrorKind> {
    let done = moderation::set_standing(ctx, name, standing, "").await;
    done.err().map(|error| error.kind())
}

async fn staff_has_power_over_lower_roles_only(server: TestServer) {
    let [ann, mo, zoe] = staff(&server).await;
    let (forbidden, not_found) = (Some(ErrorKind::Forbidden), Some(ErrorKind::NotFound));
    for (who, whom, expected) in [
        (&zoe, "mo", not_found),
        (&mo, "ann", forbidden),
        (&mo, "mo", forbidden),
        (&ann, "ann", forbidden),
        (&mo, "nobody", not_found),
        (&mo, "no body", not_found),
        (&mo, "zoe", None),
        (&ann, "mo", None),
    ] {
        assert_eq!(
            outcome(who, whom, Standing::Suspended).await,
            expected,
            "{whom}"
        );
    }
    let promoted = moderation::set_role(&mo, "zoe", Role::Admin, "").await;
    assert_eq!(promoted.unwrap_err().kind(), ErrorKind::NotFound);
}

async fn last_admin_keeps_role_and_access(server: TestServer) {
    let [ann, ..] = staff(&server).await;
    let taken = moderation::set_role(&ann, "ann", Role::None, "").await;
    assert_eq!(taken.unwrap_err().kind(), ErrorKind::Conflict);
    let nickname = Nickname::parse("ann").unwrap();
    let left = accounts::remove(&ann, &nickname).await;
    assert_eq!(left.unwrap_err().kind(), ErrorKind::Conflict);

    let operator = server.ctx();
    let second = moderation::set_role(&operator, "mo", Role::Admin, "");
    second.await.unwrap();
    assert_eq!(outcome(&ann, "mo", Standing::Suspended).await, None);
    let taken = moderation::set_role(&ann, "ann", Role::Moderator, "").await;
    assert_eq!(
        taken.unwrap_err().kind(),
        ErrorKind::Conflict,
        "a suspended admin is none"
    );
    assert_eq!(outcome(&ann, "mo", Standing::Good).await, None);
    let given_up = moderation::set_role(&ann, "ann", Role::None, "");
    given_up.await.unwrap();
    let by_operator = moderation::set_role(&operator, "mo", Role::None, "");
    by_operator.await.unwrap();
}

async fn action_is_noted_in_the_audit_log(server: TestServer) {
    let [ann, _, zoe] = staff(&server).await;
    let silenced = moderation::set_standing(&ann, "zoe", Standing::Silenced, " too loud ");
    silenced.await.unwrap();
    assert_eq!(outcome(&ann, "zoe", Standing::Silenced).await, None);
    assert_eq!(outcome(&ann, "zoe", Standing::Good).await, None);
    let log = audit::log(&ann, None, 10).await.unwrap();
    let of = |entry: &audit::AuditEntry| {
        let by = entry.by.clone().unwrap_or_default();
        [
            by,
            entry.action.clone(),
            entry.target.clone(),
            entry.reason.clone(),
        ]
    };
    let entries: Vec<[String; 4]> = log.iter().map(of).collect();
    assert_eq!(entries[0], ["ann", "restore", "zoe", ""]);
    assert_eq!(entries[1], ["ann", "silence", "zoe", "too loud"]);
    assert_eq!(entries[2], ["", "role moderator", "mo", ""]);
    assert_eq!(entries.len(), 4, "what changes nothing is not noted");
    let rest = audit::log(&ann, Some(&log[2].id), 10).await.unwrap();
    assert_eq!(rest, log[3..]);
    let refused = audit::log(&zoe, None, 10).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
}
