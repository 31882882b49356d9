"""Notes: to whom they go, who may read them, how they change and how they end."""

from .world import (
    PUBLIC, act, feed, holds, ids, inbox, lacks, objects, outbox, person, post, raw, reference,
    refused, same, see, step,
)

MARKUP = (
    '<p onclick="steal()">Hello <b>bold</b> <script>alert(1)</script>'
    '<a href="javascript:alert(2)">bad</a> <a href="https://example.org/?a=1&amp;b=2">good</a>'
    '<img src="https://example.org/x.png" onerror="alert(3)"></p>'
)
ODD = [
    "plain",
    "emoji 🐙 and family 👩‍👩‍👧‍👦, flag 🇨🇦, astral 𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "right to left: שלום مرحبا \u202eoverride\u202c done",
    "composed é and decomposed e\u0301, ﬁ ligature, zero\u200bwidth, nbsp\u00a0here",
    "quotes ' \" “ ” and 100% \\ backslash \\u0041 / slash + plus",
    "line one\nline two\ttab",
    "not a tag: 1 &lt; 2 &amp;&amp; 3 &gt; 2",
    "\ufdd0 noncharacters \uffff \U0010ffff and private \ue000",
]


@step("a note to the public: everyone may read it, and her followers get it")
def to_public(world):
    alice, bob, carol = world.alice, world.bob, world.carol
    note = post(alice, "Hello, <b>world</b>", to=alice.Public, title="A title")
    world.public = note
    assert note.id.startswith(world.url("/api/note/")), f"the id is {note.id}"
    same(note.links["self"], note.id, "its own address")
    same(note.url, note.id.replace("/api/", "/alice/"), "its page")
    for feed_name in ("likes", "replies", "shares"):
        same(note.links[feed_name], f"{note.id}/{feed_name}", f"the address of its {feed_name}")
    same(note.author.id, alice.me.id, "its author")
    same(ids(note.to), [PUBLIC], "its recipients")
    assert note.published is not None and note.published == note.updated, "it has no date"
    for reader in (alice, bob, carol):
        seen = see(reader, note)
        same(seen.content, "Hello, <b>world</b>", "its content")
        same(seen.display_name, "A title", "its title")
        same(seen.author.id, alice.me.id, "its author")
        same(seen.liked, False, "whether the reader likes it")
        for feed_name in ("likes", "replies", "shares"):
            same(raw(reader, note)[feed_name]["totalItems"], 0, f"the number of its {feed_name}")
    for part in ("", "major"):
        same(objects(inbox(bob, part))[0], note.id, f"bob's inbox/{part}")
        same(objects(inbox(alice, part))[0], note.id, f"alice's own inbox/{part}")
        holds(objects(outbox(carol, "alice", part)), note.id, f"her feed/{part} as carol sees it")
        lacks(objects(inbox(carol, part)), note.id, f"carol's inbox/{part}")
    for part in ("minor", "direct", "direct/major"):
        lacks(objects(inbox(bob, part)), note.id, f"bob's inbox/{part}")
    heard = inbox(bob, "major")[0]
    same((heard.verb, heard.actor.id), ("post", alice.me.id), "what bob heard")
    same(heard.generator.display_name, "The Day of Alice", "the client it was posted with")
    same(raw(carol, heard.id)["id"], heard.id, "the activity, as carol gets it")


@step("a note to nobody in particular: for her followers")
def to_followers(world):
    alice, bob, carol = world.alice, world.bob, world.carol
    note = post(alice, "For those who follow me")
    world.followers_only = note
    same(ids(note.cc), [alice.me.links["followers"]], "where it went")
    same(see(bob, note).content, "For those who follow me", "the note, as bob reads it")
    same(objects(inbox(bob, "major"))[0], note.id, "bob's inbox")
    lacks(objects(inbox(bob, "direct")), note.id, "bob's direct inbox")
    unreadable(carol, note)


@step("the same with her followers named")
def to_followers_by_name(world):
    alice = world.alice
    followers = alice.me.followers
    len(followers)  # PyPump knows the id of a feed once it has read it.
    note = post(alice, "For my followers by name", to=followers)
    same(see(world.bob, note).content, "For my followers by name", "the note, as bob reads it")
    same(objects(inbox(world.bob, "major"))[0], note.id, "bob's inbox")
    unreadable(world.carol, note)


@step("a note to bob alone: in his direct inbox, and nowhere else")
def to_person(world):
    alice, bob, carol = world.alice, world.bob, world.carol
    note = post(alice, "Just you", to=person(alice, bob))
    world.private = note
    same(ids(note.to), [bob.me.id], "its recipients")
    for part in ("", "major", "direct", "direct/major"):
        same(objects(inbox(bob, part))[0], note.id, f"bob's inbox/{part}")
    lacks(objects(inbox(bob, "direct/minor")), note.id, "bob's inbox/direct/minor")
    same(see(bob, note).content, "Just you", "the note, as bob reads it")
    holds(objects(outbox(bob, "alice", "major")), note.id, "her feed, as bob sees it")
    unreadable(carol, note)


@step("cc reaches an inbox, but not as direct")
def cc_person(world):
    note = post(world.alice, "For your information", cc=person(world.alice, world.bob))
    same(objects(inbox(world.bob, "major"))[0], note.id, "bob's inbox")
    lacks(objects(inbox(world.bob, "direct")), note.id, "bob's direct inbox")
    unreadable(world.carol, note)


@step("bto and bcc reach bob, and only alice sees that they were there")
def secretly(world):
    alice, bob, carol = world.alice, world.bob, world.carol
    for field, direct in (("bto", True), ("bcc", False)):
        note = post(alice, f"By {field}", to=alice.Public, **{field: person(alice, carol)})
        heard = inbox(carol, "major")[0]
        same(heard.obj.id, note.id, "carol's inbox")
        in_direct = note.id in objects(inbox(carol, "direct"))
        same(in_direct, direct, f"whether {field} is direct")
        mine = raw(alice, heard.id)
        same([one["id"] for one in mine[field]], [carol.me.id], f"{field}, as alice sees it")
        for reader in (bob, carol):
            seen = raw(reader, heard.id)
            assert not seen.get(field), f"{field} shows to {reader.client.nickname}: {seen}"
            assert not seen["object"].get(field), f"{field} shows on the object"
    note = post(alice, "By bcc alone", bcc=person(alice, bob))
    same(see(bob, note).content, "By bcc alone", "the note, as bob reads it")
    unreadable(carol, note)


@step("what others may not see does not show in her feed")
def feed_of_another(world):
    hidden = {world.followers_only.id, world.private.id}
    seen = objects(outbox(world.carol, "alice", "major"))
    same(hidden & set(seen), set(), "notes in her feed that carol may not read")
    holds(seen, world.public.id, "her feed, as carol sees it")
    own = objects(outbox(world.alice, "alice", "major"))
    same(hidden - set(own), set(), "notes missing in her feed as she sees it")


@step("alice changes a note, and nobody else can")
def update(world):
    alice, bob, carol = world.alice, world.bob, world.carol
    note = post(alice, "With a tpyo")
    answer = act(alice, "update", {**reference(note), "content": "With a typo"})
    same(answer["object"]["id"], note.id, "the id of what was changed")
    same(answer["object"]["content"], "With a typo", "its content")
    same(see(bob, note).content, "With a typo", "the note, as bob reads it")
    heard = inbox(bob, "minor")[0]
    same((heard.verb, heard.obj.id), ("update", note.id), "what bob heard")
    holds(objects(inbox(bob, "major")), note.id, "the note in bob's major inbox")
    changed = alice.request(
        note.id, method="PUT", data={**reference(note), "content": "Once more"}
    )
    same(changed["content"], "Once more", "the note after a PUT")
    same(see(bob, note).content, "Once more", "the note, as bob reads it")
    for other in (bob, carol):
        refused(400, act, other, "update", {**reference(note), "content": "Mine now"})
        refused(
            403, other.request, note.id, method="PUT", data={**reference(note), "content": "Mine"}
        )
        refused(400, act, other, "delete", reference(note))
        refused(403, other.request, note.id, method="DELETE")
    same(see(bob, note).content, "Once more", "the note, as bob reads it")


@step("alice deletes a note: a tombstone is left, and those who got it hear of it")
def delete(world):
    alice, bob, carol = world.alice, world.bob, world.carol
    note = post(alice, "Soon gone", to=alice.Public)
    activity = inbox(bob, "major")[0]
    same(activity.obj.id, note.id, "bob's inbox")
    note.delete()
    assert note.deleted is not None, "there is no word when it was deleted"
    for reader in (alice, bob, carol):
        refused(410, raw, reader, note.id, says="Deleted")
        for feed_name in ("likes", "replies", "shares"):
            refused(410, raw, reader, f"{note.id}/{feed_name}")
    heard = inbox(bob, "minor")[0]
    same((heard.verb, heard.obj.id), ("delete", note.id), "what bob heard")
    left = raw(bob, activity.id)["object"]
    same((left["id"], left["objectType"]), (note.id, "note"), "the tombstone")
    assert left["deleted"] and "content" not in left, f"the tombstone says too much: {left}"
    in_inbox = [a for a in inbox(bob, "major") if a.id == activity.id]
    assert in_inbox and in_inbox[0].obj.deleted, "the tombstone doesn't show in bob's inbox"
    refused(410, alice.request, note.id, method="PUT", data={**reference(note), "content": "Back"})


@step("HTML is cleaned, and harmless markup stays")
def markup(world):
    note = post(world.alice, MARKUP, to=world.alice.Public)
    content = see(world.carol, note).content
    for bad in ("script", "onclick", "onerror", "javascript", "alert"):
        assert bad not in content, f"{bad} is left in {content}"
    for good in ("<b>bold</b>", 'href="https://example.org/?a=1&amp;b=2"', ">good</a>", "Hello"):
        assert good in content, f"{good} is missing in {content}"


@step("any text survives, in content and titles")
def odd_text(world):
    for text in ODD:
        note = post(world.alice, text, to=world.alice.Public, title=text)
        seen = see(world.bob, note)
        same(seen.content, text, "the content")
        same(seen.display_name, text, "the title")
        same(inbox(world.bob, "major")[0].obj.content, text, "the content in bob's inbox")


def unreadable(pump, thing):
    """Fails if this client gets at a thing in any way."""
    refused(403, raw, pump, thing.id, says="Only the author and recipients")
    for feed_name in ("likes", "replies", "shares"):
        refused(403, raw, pump, f"{thing.id}/{feed_name}")
    for verb in ("like", "share"):
        refused(403, act, pump, verb, reference(thing))
    comment = pump.Comment("I can't see it, but", in_reply_to=thing)
    refused(403, comment.send)
    lacks(objects(outbox(pump, "alice")), thing.id, "her feed")
    lacks(objects(inbox(pump)), thing.id, "their inbox")
