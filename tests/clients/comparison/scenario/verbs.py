"""Verbs that do something, done twice and undone (pump-api 8)."""

from .world import MISSING, PUBLIC, ref


def run(world):
    follows(world)
    likes(world)
    shares(world)


def follows(world):
    alice, bob, carol, dave = (world.people[name] for name in ("alice", "bob", "carol", "dave"))
    mallory = world.people["mallory"]
    carol.act("carol follows alice", "follow", alice.ref)
    carol.act("carol follows alice again", "follow", alice.ref)
    dave.post("dave follows her the short way", dave.path("following"), alice.ref)
    dave.post("dave follows her the short way again", dave.path("following"), alice.ref)
    alice.act("alice follows bob silently", "follow", bob.ref, to=[bob.ref])
    alice.act("alice follows herself", "follow", alice.ref)
    alice.act("alice no longer follows herself", "stop-following", alice.ref)
    bob.act("bob never followed carol", "stop-following", carol.ref)
    mallory.act("a follow without an id", "follow", {"objectType": "person"})
    mallory.act("a follow of nothing", "follow", {})
    mallory.act(
        "a follow of somebody unknown",
        "follow",
        {"objectType": "person", "id": f"acct:nobody@{world.recorder.host}"},
    )
    mallory.act("a follow of a note", "follow", ref(world.public))
    mallory.act("mallory no longer follows the note", "stop-following", ref(world.public))
    bob.post(
        "a follow without an id, the short way", bob.path("following"), {"objectType": "person"}
    )
    bob.post("a follow as somebody else, the short way", alice.path("following"), carol.ref)
    for path in ("followers", "following"):
        for who in (alice, bob):
            who.get(f"{who.nickname} reads alice's {path}", alice.path(path))
        world.just_client(f"the client reads her {path}", alice.path(path))
    alice.get("alice reads bob", bob.path("profile"))
    bob.get("bob reads carol", carol.path("profile"))
    dave.act("dave no longer follows alice", "stop-following", alice.ref)
    dave.act("dave no longer follows alice, again", "stop-following", alice.ref)
    alice.get("her followers without him", alice.path("followers"))
    dave.get("whom he follows", dave.path("following"))


def likes(world):
    alice, bob, carol = (world.people[name] for name in ("alice", "bob", "carol"))
    mallory = world.people["mallory"]
    note = alice.note("a note to like", "Like me", to=[PUBLIC])
    thing = ref(note)
    bob.act("bob likes it", "like", thing)
    bob.act("bob likes it again", "like", thing)
    bob.act("bob favorites it", "favorite", thing)
    carol.act("carol favorites it", "favorite", note.get("object"))
    alice.post("alice favorites it the short way", alice.path("favorites"), thing)
    alice.post("alice favorites it the short way again", alice.path("favorites"), thing)
    for who in (alice, bob):
        who.get(f"{who.nickname} reads it", thing["id"])
        who.get(f"{who.nickname} reads its likes", thing["id"] + "/likes")
        who.get(f"{who.nickname} reads bob's favorites", bob.path("favorites"))
    world.just_client("the client reads bob's favorites", bob.path("favorites"))
    alice.get("alice reads her major inbox", alice.path("inbox/major?count=1"))
    bob.act("bob unlikes it", "unlike", thing)
    bob.act("bob unlikes it again", "unlike", thing)
    carol.act("carol unfavorites it", "unfavorite", thing)
    alice.get("its likes now", thing["id"] + "/likes")
    mallory.act(
        "mallory likes what isn't there",
        "like",
        {"objectType": "note", "id": world.url(f"/api/note/{MISSING}")},
    )
    mallory.act(
        "mallory likes something from elsewhere",
        "like",
        {"objectType": "note", "id": "urn:elsewhere:1", "content": "x"},
    )
    mallory.act("mallory likes without a type", "like", {"id": thing["id"]})
    mallory.act("mallory likes without an id", "like", {"objectType": "note"})
    mallory.act("mallory likes a person", "like", alice.ref)
    mallory.act("mallory likes what she can't read", "like", ref(world.direct))
    bob.post("a favorite as somebody else", alice.path("favorites"), thing)


def shares(world):
    alice, bob, carol = (world.people[name] for name in ("alice", "bob", "carol"))
    mallory = world.people["mallory"]
    note = alice.note("a note to share", "Share me", to=[PUBLIC])
    thing = ref(note)
    bob.act("bob shares it", "share", thing)
    carol.act("carol shares it with all", "share", thing, to=[PUBLIC])
    for who in (alice, bob):
        who.get(f"{who.nickname} reads what is shared", thing["id"])
        who.get(f"{who.nickname} reads its shares", thing["id"] + "/shares")
    world.recorder.settle()
    alice.get("her newest", alice.path("inbox/major?count=2"))
    bob.get("his newest", bob.path("feed/major?count=1"))
    bob.act("bob unshares it", "unshare", thing)
    bob.act("bob unshares it again", "unshare", thing)
    twice = ref(alice.note("a note to share twice", "Share me twice", to=[PUBLIC]))
    for time in ("once", "twice"):
        mallory.act(f"mallory shares it {time}", "share", twice)
    alice.get("who shared it twice", twice["id"] + "/shares")
    for time in ("once", "twice"):
        mallory.act(f"mallory unshares it {time}", "unshare", twice)
    carol.act("carol unshares it", "unshare", thing)
    carol.act("carol unshares it again", "unshare", thing)
    alice.get("its shares now", thing["id"] + "/shares")
    mallory.act("mallory shares what she can't read", "share", ref(world.direct))
    mallory.act("mallory shares a share", "share", {"objectType": "activity", "id": note.get("id")})
    mallory.act("mallory shares nothing", "share", {"objectType": "note"})
