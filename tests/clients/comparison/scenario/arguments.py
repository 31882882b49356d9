"""What one can ask of a collection (pump-api 10.1)."""

from urllib.parse import quote

from .world import PUBLIC, ref


def run(world):
    quinn, rose = world.people["quinn"], world.people["rose"]
    life(world, quinn, rose)
    feed = quinn.get("the feed", quinn.path("feed?count=10"))
    ids = [quote(str(feed.get(f"items.{number}.id")), safe="") for number in range(10)]
    paths = {
        "feed": quinn.path("feed"),
        "inbox": quinn.path("inbox"),
        "major inbox": quinn.path("inbox/major"),
        "followers": quinn.path("followers"),
        "favorites": rose.path("favorites"),
        "lists": quinn.path("lists/person"),
        "replies": world.quinns.get("object.id") + "/replies",
        "users": "/api/users",
        "uploads": quinn.path("uploads"),
    }
    for name, path in paths.items():
        who = rose if name == "favorites" else quinn
        for query in (
            "count=0",
            "count=1",
            "count=200",
            "count=201",
            "count=-1",
            "count=x",
            "count=1.5",
            "count=",
            "offset=1",
            "offset=1000",
            "offset=-1",
            "offset=x",
            "before=",
            "since=",
            "before=a&since=b",
            "before=a&offset=1",
            "since=a&offset=1",
            "callback=x",
            "unknown=1",
        ):
            who.get(f"{name}?{query}", f"{path}?{query}")
        if name != "users":
            who.get(f"{name} before something unknown", f"{path}?before=urn%3Anothing")
            who.get(f"{name} since something unknown", f"{path}?since=urn%3Anothing")
    for query in (
        f"before={ids[2]}&count=2",
        f"since={ids[4]}&count=2",
        f"before={ids[2]}",
        f"since={ids[0]}",
        f"since={ids[4]}",
        "offset=2&count=2",
        f"before=%20{ids[2]}%20&count=1",
    ):
        named = query
        for number, id in enumerate(ids):
            named = named.replace(id, str(number))
        quinn.get(f"the feed with {named}", f"{paths['feed']}?{query}")
        rose.get(f"rose: the feed with {named}", f"{paths['feed']}?{query}")
    followers = quinn.get("her followers", paths["followers"])
    for number in (0, 1):
        id = quote(str(followers.get(f"items.{number}.id")), safe="")
        quinn.get(f"followers before {number}", f"{paths['followers']}?before={id}")
        quinn.get(f"followers since {number}", f"{paths['followers']}?since={id}")
    for word in ("rose", "ROSE", "nobody", ""):
        quinn.get(f"followers called '{word}'", f"{paths['followers']}?q={word}")


def life(world, quinn, rose):
    """A little of everything, so that every collection has something in it."""
    for person in (rose, world.people["bob"], world.people["carol"]):
        person.act(f"{person.nickname} follows quinn", "follow", quinn.ref)
    quinn.act("quinn follows rose", "follow", rose.ref)
    world.quinns = quinn.note("quinn writes to all", "For all", displayName="All", to=[PUBLIC])
    quinn.note("quinn writes to rose", "For rose", to=[rose.ref])
    quinn.note("quinn writes to followers", "For followers")
    for number in range(4):
        note = quinn.note(f"quinn writes {number}", f"Number {number}", to=[PUBLIC])
        rose.act(f"rose likes {number}", "like", ref(note))
        comment = {
            "objectType": "comment",
            "content": f"Answer {number}",
            "inReplyTo": ref(world.quinns),
        }
        rose.act(f"rose answers {number}", "post", comment)
        quinn.post(
            f"quinn uploads {number}", quinn.path("uploads"), None, data=b"text", kind="text/plain"
        )
    quinn.act("quinn shares", "share", ref(note))
    world.recorder.settle()
