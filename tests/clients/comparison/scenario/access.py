"""Every address, asked in every capacity (pump-api 1.6, 2.1)."""

from .world import MISSING


def run(world):
    alice, bob = world.people["alice"], world.people["bob"]
    note = world.public.get("object.id")
    paths = {
        "user": alice.path(), "profile": alice.path("profile"), "users": "/api/users",
        "whoami": "/api/whoami", "note": note, "likes": f"{note}/likes",
        "proxy": f"/api/proxy/{MISSING}",
        **{name: alice.path(name) for name in (
            "feed", "feed/major", "feed/minor", "inbox", "inbox/major", "inbox/minor", "inbox/direct",
            "inbox/direct/major", "inbox/direct/minor", "followers", "following", "favorites",
            "lists/person", "uploads")},
    }
    for name, path in paths.items():
        for who in (alice, bob):
            who.get(f"{who.nickname} reads {name}", f"{path}?count=0")
        world.just_client(f"the client reads {name}", f"{path}?count=0")
        world.nobody(f"nobody reads {name}", f"{path}?count=0")
        unknown = path.replace("alice", "nobody")
        if unknown != path:
            alice.get(f"alice reads {name} of nobody", unknown)
            world.nobody(f"nobody reads {name} of nobody", unknown)
        alice.get(f"alice reads {name} with a slash", f"{path}/?count=0")
    body = {"objectType": "note", "id": note}
    for name in ("feed", "feed/major", "feed/minor", "following", "favorites", "uploads"):
        path = alice.path(name)
        bob.post(f"bob posts to {name}", path, body)
        world.ask(f"the client posts to {name}", "POST", path, by=world.client, body=body)
        world.nobody(f"nobody posts to {name}", path, method="POST", body=body)
        alice.post(f"alice posts to {name} of nobody", f"/api/user/nobody/{name}", body)
    world.nobody("nobody posts to the inbox", alice.path("inbox"), method="POST", body=body)
    world.ask("the client posts to the inbox", "POST", alice.path("inbox"), by=world.client, body=body)
