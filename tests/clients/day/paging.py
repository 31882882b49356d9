"""Forty-five notes, read in every way that pages can be turned."""

from .world import act, feed, ids, objects, post, raw, reference, refused, same, step

MANY = 45


@step("alice posts 45 notes")
def many(world):
    world.before_them = objects(feed(world.alice, world.url("/api/user/alice/feed/major")))
    world.many = []
    for number in range(MANY):
        world.many.append(post(world.alice, f"Note {number:02}", to=world.alice.Public).id)
    world.many.reverse()


@step("reading on from the newest: none lost, none doubled, in her feed and bob's inbox")
def backwards(world):
    wanted = world.many + world.before_them
    same(objects(world.alice.me.outbox.major), wanted, "her major feed")
    same(objects(feed(world.alice, world.url("/api/user/alice/feed/major"))), wanted, "once more")
    same(objects(world.bob.me.inbox.major)[:MANY], world.many, "bob's major inbox")
    everything = objects(feed(world.bob, world.url("/api/user/bob/inbox")))
    same(everything[:MANY], world.many, "bob's whole inbox")
    activities = ids(feed(world.bob, world.url("/api/user/bob/inbox")))
    same(len(activities), len(set(activities)), "how many activities are in his inbox, each once")
    same(
        len(activities),
        raw(world.bob, world.url("/api/user/bob/inbox"))["totalItems"],
        "what his inbox says it holds",
    )


@step("reading on from an old one towards the newest")
def forwards(world):
    url = world.url("/api/user/alice/feed/major")
    activities = list(feed(world.alice, url))
    for start in (MANY - 1, MANY, MANY // 2, 20, 19, 1, 0):
        newer = feed(world.alice, url).items(since=activities[start], limit=None)
        same(ids(newer), ids(reversed(activities[:start])), f"what came since number {start}")
    for start in (0, 1, 19, 20, MANY // 2, len(activities) - 1):
        older = feed(world.alice, url).items(before=activities[start], limit=None)
        same(ids(older), ids(activities[start + 1 :]), f"what came before number {start}")
    newer = feed(world.bob, world.url("/api/user/bob/inbox/major"))
    heard = list(newer)
    same(ids(newer.items(since=heard[44], limit=None)), ids(reversed(heard[:44])), "bob's inbox")


@step("slices, limits and single items")
def slices(world):
    url = world.url("/api/user/alice/feed/major")
    whole = objects(feed(world.alice, url))
    for begin, end in ((0, 10), (10, 25), (20, 40), (44, 46), (None, 5), (25, 30)):
        found = objects(read(world, url)[begin:end])
        same(found, whole[begin:end], f"items {begin} to {end}")
    for limit in (1, 19, 20, 21, 40, 41, 45):
        found = objects(feed(world.alice, url).items(limit=limit))
        same(found, whole[:limit], f"the first {limit}")
    for index in (0, 1, 19, 20, 44):
        items = read(world, url).items(limit=None)
        same(items[index].obj.id, whole[index], f"number {index}")
    same(len(read(world, url)), len(whole), "how long it is")


@step("counts and offsets by hand")
def counts(world):
    url = world.url("/api/user/alice/feed/major")
    whole = objects(feed(world.alice, url))
    for count in (0, 1, 7, 20, 45, 200):
        page = raw(world.alice, url, count=count)
        same([one["object"]["id"] for one in page["items"]], whole[:count], f"count={count}")
        same(page["totalItems"], len(whole), "the total")
    for pump in (world.bob, world.carol):
        seen = len(list(feed(pump, url)))
        same(raw(pump, url)["totalItems"], seen, "the total, as others see it")
    turned = []
    for offset in range(0, len(whole) + 7, 7):
        page = raw(world.alice, url, count=7, offset=offset)
        turned += [one["object"]["id"] for one in page["items"]]
    same(turned, whole, "all pages of seven")
    same(raw(world.alice, url, offset=len(whole) + 100)["items"], [], "a page beyond the end")


@step("a page keeps its place while new notes arrive")
def while_posting(world):
    url = world.url("/api/user/bob/inbox/major")
    reading = feed(world.bob, url).items(limit=MANY)
    found = [next(reading).obj.id for _ in range(20)]
    late = [post(world.alice, f"Meanwhile {number}").id for number in range(3)]
    # PyPump would begin anew in a `for`.
    found += [next(reading).obj.id for _ in range(MANY - 20)]
    same(found, world.many, "what bob read")
    newest = objects(feed(world.bob, url).items(limit=3))
    same(newest, late[::-1], "the newest of his inbox")


@step("arguments that make no sense are refused in words")
def bad_arguments(world):
    url = world.url("/api/user/alice/feed")
    for params, says in (
        ({"count": 201}, "Count must be between 0 and 200"),
        ({"count": -1}, "Count must be between 0 and 200"),
        ({"count": "x"}, "Count must be between 0 and 200"),
        ({"count": "99999999999999999999"}, "Count must be between 0 and 200"),
        ({"offset": -1}, "Offset must be an integer"),
        ({"offset": "x"}, "Offset must be an integer"),
        ({"before": "no-such-id"}, "no-such-id"),
        ({"since": "no-such-id"}, "no-such-id"),
        ({"before": "a", "since": "b"}, "both"),
        ({"before": "a", "offset": 1}, "both"),
        ({"since": "a", "offset": 1}, "both"),
    ):
        refused(400, raw, world.alice, url, says=says, **params)


@step("bob likes 45 things, and finds all of them again")
def favorites(world):
    liked = world.many[:MANY]
    for id in reversed(liked):
        act(world.bob, "favorite", {"objectType": "note", "id": id})
    # PyPump asks for the second page of favorites for ever, so two pages are what it can read.
    found = ids(world.bob.Person(world.bob.me.webfinger).favorites.items(limit=40))
    same(found, liked[:40], "his favorites")
    url = world.url("/api/user/bob/favorites")
    same([one["id"] for one in raw(world.bob, url, count=45)["items"]], liked, "his favorites")
    followed = []
    while url:
        page = raw(world.bob, url)
        followed += [one["id"] for one in page["items"]]
        url = page["links"].get("next", {}).get("href")
    same(followed[:MANY], liked, "his favorites, page by page")
    same(len(followed), page["totalItems"], "how many they are")
    same(len(set(followed)), len(followed), "how many they are, each once")


def read(world, url):
    """A feed that PyPump has had a first look at, so that it knows how long it is."""
    found = feed(world.alice, url)
    len(found)
    return found
