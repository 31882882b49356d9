"""Every address, asked in every capacity (pump-api 1.6, 2.1)."""

from .world import MISSING


def run(world):
    quinn, rose = world.people["quinn"], world.people["rose"]
    note = world.quinns.get("object.id")
    paths = {
        "user": quinn.path(),
        "profile": quinn.path("profile"),
        "users": "/api/users",
        "whoami": "/api/whoami",
        "note": note,
        "likes": f"{note}/likes",
        "proxy": f"/api/proxy/{MISSING}",
        **{
            name: quinn.path(name)
            for name in (
                "feed",
                "feed/major",
                "feed/minor",
                "inbox",
                "inbox/major",
                "inbox/minor",
                "inbox/direct",
                "inbox/direct/major",
                "inbox/direct/minor",
                "followers",
                "following",
                "favorites",
                "lists/person",
                "uploads",
            )
        },
    }
    for name, path in paths.items():
        for who in (quinn, rose):
            who.get(f"{who.nickname} reads {name}", f"{path}?count=0")
        world.just_client(f"the client reads {name}", f"{path}?count=0")
        world.nobody(f"nobody reads {name}", f"{path}?count=0")
        unknown = path.replace("quinn", "nobody")
        if unknown != path:
            quinn.get(f"quinn reads {name} of nobody", unknown)
            world.nobody(f"nobody reads {name} of nobody", unknown)
        quinn.get(f"quinn reads {name} with a slash", f"{path}/?count=0")
    body = {"objectType": "note", "id": note}
    for name in ("feed", "feed/major", "feed/minor", "following", "favorites", "uploads"):
        path = quinn.path(name)
        rose.post(f"rose posts to {name}", path, body)
        world.ask(f"the client posts to {name}", "POST", path, by=world.client, body=body)
        world.nobody(f"nobody posts to {name}", path, method="POST", body=body)
        quinn.post(f"quinn posts to {name} of nobody", f"/api/user/nobody/{name}", body)
    world.nobody("nobody posts to the inbox", quinn.path("inbox"), method="POST", body=body)
    world.ask(
        "the client posts to the inbox", "POST", quinn.path("inbox"), by=world.client, body=body
    )
