"""A restart, and what the logs say of the day."""

from .world import raw, same, step


@step("after a restart everything is there, and the clients are still let in")
def restart(world):
    feeds = [
        (world.bob, "/api/user/bob/inbox"),
        (world.alice, "/api/user/alice/feed"),
        (world.carol, "/api/user/carol/inbox"),
    ]
    before = [raw(pump, world.url(path), count=200) for pump, path in feeds]
    same(world.server.stop(), 0, "how the server ended")
    world.server.start()
    after = [raw(pump, world.url(path), count=200) for pump, path in feeds]
    same(after, before, "all three feeds")


@step("the logs tell of no failure and no secret")
def log(world):
    same(world.other.stop(), 0, "how the other server ended")
    logged = world.server.logged() + world.other.logged()
    for line in logged.splitlines():
        for bad in ("panicked", '"ERROR"', " ERROR ", "status=5", '"status":5'):
            assert bad not in line, f"the log has: {line}"
    secrets = list(world.passwords.values())
    for pump in (world.alice, world.bob, world.carol, world.dave):
        secrets += [
            value for name, value in pump.store.export().items() if "expirey" not in name and "key" not in name
        ]
    for secret in filter(None, secrets):
        assert str(secret) not in logged, "the log has a password, token or secret"
