"""Accounts are made, read and changed (pump-api 6)."""


def run(world):
    def register(step, body=None, **more):
        return world.ask(step, "POST", "/api/users", by=world.client, body=body, **more)

    password = "winter-4-tulips"
    good = {"nickname": "alice", "password": password}
    world.nobody("nobody registers", "/api/users", method="POST", body=good)
    alice = world.person(register("alice registers", {**good, "location": "Montreal"}))
    form = {"nickname": "bob", "password": password}
    bob = world.person(register("bob registers with a form", form=form))
    carol = {"nickname": "carol", "password": password, "profile": {"displayName": "Somebody"}}
    world.person(register("carol registers with a profile", carol))
    for name in ("dave", "mallory", "quinn", "rose"):
        world.person(register(f"{name} registers", {"nickname": name, "password": password}))
    register("alice registers again", good)
    register("Alice registers too", {"nickname": "Alice", "password": password})
    for nickname in ("api", "oauth", ".well-known", "a b", "", "x" * 65, "ä", 7, None):
        register(f"as {nickname!r}", {"nickname": nickname, "password": password})
    register("without a nickname", {"password": password})
    register("without a password", {"nickname": "erin"})
    for bad in ("short1", "onlyletters", "1234567890", "password1", ""):
        register(f"with the password {bad!r}", {"nickname": "erin", "password": bad})
    register("without anything", {})
    register("with a list", [1])

    readers = [("alice", alice), ("bob", bob)]
    for name, reader in readers:
        reader.get(f"{name} reads alice", alice.path())
        reader.get(f"{name} reads her profile", alice.path("profile"))
    for path in ("", "profile", "feed", "followers"):
        world.just_client(f"the client reads /{path}", alice.path(path))
        world.nobody(f"nobody reads /{path}", alice.path(path))
        alice.get(
            f"alice reads /{path} of somebody unknown", f"/api/user/nobody/{path}".rstrip("/")
        )
    alice.get("nicknames have case", "/api/user/ALICE")

    world.nobody("nobody asks who they are", "/api/whoami")
    alice.get("alice asks who she is", "/api/whoami")
    world.just_client("the client asks who it is", "/api/whoami")

    alice.get("alice reads all users", "/api/users")
    world.just_client("the client reads all users", "/api/users")
    world.nobody("nobody reads all users", "/api/users")
    alice.get("two users", "/api/users?count=2")
    alice.get("users before carol", "/api/users?before=carol")
    alice.get("users since bob", "/api/users?since=bob")
    alice.get("users by offset", "/api/users?offset=1&count=1")
    alice.get("users, too many", "/api/users?count=201")

    same = {"nickname": "alice", "password": password}
    alice.put("alice changes her settings", alice.path(), {**same, "settings": {"theme": "dark"}})
    alice.get("alice reads her settings", alice.path())
    bob.get("bob reads them", alice.path())
    alice.put("without her password", alice.path(), {"nickname": "alice"})
    alice.put("without her nickname", alice.path(), {"password": password})
    alice.put("with another nickname", alice.path(), {**same, "nickname": "anna"})
    alice.put("with a weak password", alice.path(), {**same, "password": "short1"})
    alice.put("with another date", alice.path(), {**same, "published": "2001-01-01T00:00:00Z"})
    alice.put("with another profile", alice.path(), {**same, "profile": bob.ref})
    bob.put("bob changes alice", alice.path(), same)
    bob.delete("bob deletes alice", alice.path())
    alice.put("somebody unknown", "/api/user/nobody", same)
    world.ask("the client changes alice", "PUT", alice.path(), by=world.client, body=same)
    world.nobody("nobody changes alice", alice.path(), method="PUT", body=same)

    profile = {
        "objectType": "person",
        "id": alice.id,
        "displayName": "Alice & Co",
        "summary": "<b>Hello</b><script>alert(1)</script>",
        "location": {"objectType": "place", "displayName": "Montréal", "lat": 45.5, "lon": -73.6},
    }
    alice.put("alice changes her profile", alice.path("profile"), profile)
    alice.get("alice reads it", alice.path("profile"))
    bob.put("bob changes her profile", alice.path("profile"), profile)
    world.nobody("nobody changes her profile", alice.path("profile"), method="PUT", body=profile)
    world.people["mallory"].put("a profile as a list", world.people["mallory"].path("profile"), [])
    carol = world.people["carol"]
    renamed = {**carol.ref, "displayName": "Carol C."}
    carol.act("carol updates hers by an activity", "update", renamed)
    carol.get("and reads it", carol.path("profile"))
    alice.get("her outbox so far", alice.path("feed"))
    alice.get("her inbox so far", alice.path("inbox"))
    alice.get("her lists so far", alice.path("lists/person"))
    alice.get("lists of pictures", alice.path("lists/image"))
    alice.get("lists of nonsense", alice.path("lists/nonsense"))
    bob.get("her lists as bob reads them", alice.path("lists/person"))
