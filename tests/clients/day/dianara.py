"""The same conversation in Dianara, as it writes its requests, beside alice's PyPump."""

from threading import Thread
from urllib.request import urlopen

from shapes import world as wire
from .across import by_id, complete, proxied
from .world import feed, ids, inbox, objects, post, raw, reference, same, see, soon, step

REGISTRATION = (
    '{ "type":"client_associate",  "application_type": "native", "application_name":"Dianara",'
    ' "logo_url": "https://dianara.example/d.png" }'
)
KIND = {"Content-Type": "application/json"}
# Notes that arrive while both clients read.
ARRIVALS = 12


def total(page):
    return page["totalItems"]


@step("alice lets Dianara in, beside PyPump")
def lets_in(world):
    wired = wire.World(world.server)
    registered = wired.register("application/json", REGISTRATION)
    world.dianara = wired.let_in("alice", registered, method="GET")
    own = world.dianara.get(world.dianara.path(), headers=KIND)
    same(own["profile"]["id"], world.alice.me.id, "who she is")


@step("Dianara shows contacts of another server as those of its own")
def contacts(world):
    for name in ("following", "followers"):
        page = world.dianara.get(world.dianara.path(f"/{name}?count=200&offset=0"), headers=KIND)
        same(total(page), len(page["items"]), f"how many {name}")
        shown = [one for one in page["items"] if one["id"] == world.dave.me.id]
        same(len(shown), 1, f"how often dave is in {name}")
        same(shown[0]["pump_io"]["followed"], True, "whether she follows him")
        complete(world, world.alice, shown[0])


@step("Dianara takes what belongs to a remote post from its own server only")
def timeline(world):
    page = world.dianara.get(world.dianara.path("/inbox/major?count=20"), headers=KIND)
    his = [one["object"] for one in page["items"] if one["actor"]["id"] == world.dave.me.id]
    note = next(one for one in his if one["id"] == world.daves.id)
    for name in ("likes", "replies", "shares"):
        url = note[name]["pump_io"]["proxyURL"]
        assert url.startswith(world.url("/")), f"{name} is on another server: {url}"
        same(total(world.dianara.get(url, headers=KIND)), total(note[name]), f"how many {name}")
    boat = next(one for one in his if "fullImage" in one)
    for name in ("image", "fullImage"):
        proxied(world, world.alice, boat[name]["pump_io"]["proxyURL"], boat[name]["url"])


@step("Dianara likes dave's note, comments on it, and takes the like back")
def reactions(world):
    note = reference(world.daves)
    liked = world.dianara.act({"verb": "favorite", "object": note})
    same(liked["object"]["liked"], True, "whether she likes it")
    comment = {"objectType": "comment", "content": "<p>So it is.</p>", "inReplyTo": note}
    world.dianara.act({"verb": "post", "object": comment})
    mine = see(world.dave, world.daves)
    soon(lambda: ids(feed(world.dave, mine.links["likes"])) == [world.alice.me.id], "who likes it")
    said = lambda: [one.content for one in feed(world.dave, mine.links["replies"])]
    soon(lambda: "<p>So it is.</p>" in said(), "her comment, as dave sees it")
    world.dianara.act({"verb": "unfavorite", "object": note})
    soon(lambda: ids(feed(world.dave, mine.links["likes"])) == [], "likes, as dave sees them")


@step("both clients read the same, while things arrive from dave's server")
def both(world):
    alice, dave, dianara = world.alice, world.dave, world.dianara
    followers = dave.me.followers
    len(followers)  # PyPump knows the id of a feed once it has read it.

    def writes():
        for number in range(ARRIVALS):
            note = post(dave, f"Stroke {number}", to=followers)
            if number % 3 == 0:
                see(dave, note).comment(f"Breath {number}")

    paths = ["/inbox/major", "/inbox/minor", "/inbox/direct/major", "/feed/minor", "/favorites"]
    first = {path: total(dianara.get(dianara.path(path + "?count=20"))) for path in paths}
    writer = Thread(target=writes)
    writer.start()
    reads = 0
    while writer.is_alive() or reads == 0:
        for path in paths:
            url = world.url(f"/api/user/alice{path}")
            counts = [total(raw(alice, url, count=0))]
            counts.append(total(dianara.get(dianara.path(path + "?count=0"), headers=KIND)))
            counts.append(total(raw(alice, url, count=0)))
            same(counts, sorted(counts), f"{path}, read by one, the other, and the first again")
        reads += 1
    writer.join()
    arrived = first["/inbox/major"] + ARRIVALS
    soon(lambda: total(raw(alice, world.url("/api/user/alice/inbox/major"))) >= arrived, "all")
    same(total(raw(alice, world.url("/api/user/alice/inbox/major"))), arrived, "how much arrived")
    for path in paths + ["/followers", "/following"]:
        one = raw(alice, world.url(f"/api/user/alice{path}"), count=20)
        other = dianara.get(dianara.path(path + "?count=20"), headers=KIND)
        same((total(one), ids_of(one)), (total(other), ids_of(other)), f"{path} in both clients")


def ids_of(page):
    return [item["id"] for item in page["items"]]


@step("what one of them does, the other shows")
def each_other(world):
    alice, dianara = world.alice, world.dianara
    note = inbox(alice, "major")[0].obj
    note.like()
    page = dianara.get(dianara.path("/inbox/major?count=20"), headers=KIND)
    same(page["items"][0]["object"]["liked"], True, "whether she likes it, as Dianara shows it")
    dianara.act({"verb": "unfavorite", "object": reference(note)})
    same(inbox(alice, "major")[0].obj.liked, False, "whether she likes it, as PyPump shows it")
    made = dianara.note("From the other window", to=[reference(world.dave.me)])
    same(objects(inbox(alice, "major"))[0], made["object"]["id"], "her inbox, as PyPump shows it")
    soon(lambda: made["object"]["id"] in objects(inbox(world.dave, "direct/major")), "dave's inbox")


@step("Dianara follows and leaves people of another server by their address")
def leaves(world):
    alice, dave, dianara = world.alice, world.dave, world.dianara
    found = urlopen(f"{world.other.base}/.well-known/webfinger?resource={dave.me.webfinger}")
    assert "pump.io" in found.headers["Server"], found.headers["Server"]
    someone = {"objectType": "person", "id": dave.me.id}
    same(raw(dave, dave.me)["followers"]["totalItems"], 1, "the number of dave's followers")
    dianara.act({"verb": "stop-following", "object": someone})
    soon(lambda: raw(dave, dave.me)["followers"]["totalItems"] == 0, "dave without followers")
    same(ids(feed(dave, dave.me.links["followers"])), [], "dave's followers")
    unheard = post(dave, "Is there anyone?")
    dianara.act({"verb": "follow", "object": someone})
    soon(lambda: ids(feed(dave, dave.me.links["followers"])) == [alice.me.id], "dave's followers")
    heard = post(dave, "There you are")
    soon(lambda: objects(inbox(alice, "major"))[0] == heard.id, "her inbox")
    assert unheard.id not in objects(inbox(alice)), "she got what was for others"
    alice.Person(dave.me.webfinger).unfollow()
    soon(lambda: ids(feed(dave, dave.me.links["followers"])) == [], "dave without followers")
    following = dianara.get(dianara.path("/following?count=200&offset=0"), headers=KIND)
    assert dave.me.id not in ids_of(following), "Dianara still shows him as followed"
    same(by_id(world, alice, dave.me)["pump_io"]["followed"], False, "whether she follows him")
