"""What one can ask of a collection (pump-api 10.1)."""

from urllib.parse import quote


def run(world):
    alice, bob = world.people["alice"], world.people["bob"]
    feed = alice.get("the feed", alice.path("feed?count=10"))
    ids = [quote(str(feed.get(f"items.{number}.id")), safe="") for number in range(10)]
    paths = {
        "feed": alice.path("feed"), "inbox": alice.path("inbox"),
        "major inbox": alice.path("inbox/major"), "followers": alice.path("followers"),
        "favorites": bob.path("favorites"), "lists": alice.path("lists/person"),
        "replies": world.public.get("object.id") + "/replies",
        "users": "/api/users", "uploads": alice.path("uploads"),
    }
    for name, path in paths.items():
        who = bob if name == "favorites" else alice
        for query in ("count=0", "count=1", "count=200", "count=201", "count=-1", "count=x", "count=1.5",
                      "count=", "offset=1", "offset=1000", "offset=-1", "offset=x", "before=", "since=",
                      "before=a&since=b", "before=a&offset=1", "since=a&offset=1", "callback=x",
                      "unknown=1"):
            who.get(f"{name}?{query}", f"{path}?{query}")
        if name != "users":
            who.get(f"{name} before something unknown", f"{path}?before=urn%3Anothing")
            who.get(f"{name} since something unknown", f"{path}?since=urn%3Anothing")
    for query in (f"before={ids[2]}&count=2", f"since={ids[4]}&count=2", f"before={ids[2]}",
                  f"since={ids[0]}", f"since={ids[4]}", f"offset=2&count=2", f"before=%20{ids[2]}%20&count=1"):
        named = query
        for number, id in enumerate(ids):
            named = named.replace(id, str(number))
        alice.get(f"the feed with {named}", f"{paths['feed']}?{query}")
        bob.get(f"bob: the feed with {named}", f"{paths['feed']}?{query}")
    followers = alice.get("her followers", paths["followers"])
    for number in (0, 1):
        id = quote(str(followers.get(f"items.{number}.id")), safe="")
        alice.get(f"followers before {number}", f"{paths['followers']}?before={id}")
        alice.get(f"followers since {number}", f"{paths['followers']}?since={id}")
    for word in ("bob", "BOB", "nobody", ""):
        alice.get(f"followers called '{word}'", f"{paths['followers']}?q={word}")
