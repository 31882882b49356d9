"""Groups (pump-api 8, 10.7)."""

from .world import MISSING, PUBLIC, ref


def run(world):
    alice, bob, carol = (world.people[name] for name in ("alice", "bob", "carol"))
    group = {"objectType": "group", "displayName": "Gardeners", "summary": "<b>We</b> dig"}
    made = alice.act("alice makes a group", "create", group, to=[PUBLIC])
    there = ref(made)
    id = there["id"]
    alice.act("alice joins", "join", there)
    bob.act("bob joins", "join", there)
    bob.act("bob joins again", "join", there)
    note = {"objectType": "note", "content": "Dig here"}
    posted = bob.act("bob posts to the group", "post", note, to=[there])
    targeted = bob.act("bob posts into the group", "post", note, target=there)
    carol.act("carol adds to it", "add", ref(world.public), target=there)
    bob.act("bob adds to it", "add", ref(world.public), target=there)
    bob.act("bob adds it again", "add", ref(world.public), target=there)
    world.recorder.settle()
    for below in ("", "/members", "/inbox", "/documents"):
        for who in (alice, carol):
            who.get(f"{who.nickname} reads the group{below}", id + below)
        world.just_client(f"the client reads the group{below}", id + below)
        alice.get(f"a group that isn't there{below}", f"/api/group/{MISSING}{below}")
    alice.get("alice reads what was posted to it", posted.get("object.id"))
    carol.get("carol reads what was posted to it", posted.get("object.id"))
    carol.get("carol reads what was posted into it", targeted.get("object.id"))
    alice.get("alice finds it in her inbox", alice.path("inbox/major?count=1"))
    bob.act("bob removes from it", "remove", ref(world.public), target=there)
    bob.act("bob leaves", "leave", there)
    bob.act("bob leaves again", "leave", there)
    alice.get("its members now", id + "/members")
    bob.act("bob joins what isn't there", "join", {"objectType": "group", "id": "urn:nothing"})
    bob.act("bob joins a note", "join", ref(world.public))
    closed = ref(
        alice.act("a group for few", "create", {**group, "displayName": "Few"}, to=[alice.ref])
    )
    carol.act("carol joins what she can't read", "join", closed)
    carol.get("carol reads what she can't read", closed["id"])
    named = {**group, "id": "http://elsewhere.example/groups/1"}
    alice.act("a group with an id of its own", "create", named, to=[PUBLIC])
    for below in ("", "/members", "/inbox", "/documents"):
        alice.get(
            f"reads that group{below}",
            f"/api/group{below}?id=http%3A%2F%2Felsewhere.example%2Fgroups%2F1",
        )
    alice.get("members without an id", "/api/group/members")
    mallory = world.people["mallory"]
    mallory.act("mallory, who isn't in it, posts to the group", "post", note, to=[there])
    world.recorder.settle()
    alice.get("its inbox with what mallory said", id + "/inbox")
    carol.act("carol joins", "join", there)
    mallory.act("mallory copies the group in", "post", note, to=[PUBLIC], cc=[there])
    mallory.act("mallory removes carol", "remove", carol.ref, target=there)
    alice.act("alice removes carol", "remove", carol.ref, target=there)
    alice.get("its members without her", id + "/members")
    alice.put("alice renames it", id, {"displayName": "Diggers"})
    alice.delete("alice deletes it", id)
    bob.get("bob reads it after that", id)
    bob.get("its members after that", id + "/members")
