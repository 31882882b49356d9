"""Likes, shares and comments, and that the author always hears of them."""

from .world import (
    act, feed, holds, ids, inbox, lacks, objects, outbox, person, post, raw, reference, refused,
    same, see, step,
)


@step("bob likes a note and takes it back, in both spellings")
def likes(world):
    alice, bob = world.alice, world.bob
    note = see(bob, world.public)
    for do, undo, verb in (
        (note.like, note.unlike, "like"),
        (note.favorite, note.unfavorite, "favorite"),
    ):
        do()
        same(note.liked, True, "whether bob likes it")
        same(see(bob, note).liked, True, "whether bob likes it, asked again")
        same(see(alice, note).liked, False, "whether alice likes it")
        same(ids(feed(alice, note.links["likes"])), [bob.me.id], "who likes it")
        same(raw(alice, note)["likes"]["totalItems"], 1, "how many like it")
        same(raw(alice, note)["likes"]["items"][0]["id"], bob.me.id, "who liked it last")
        same(ids(feed(bob, bob.me.links["favorites"])), [note.id], "what bob likes")
        same(raw(bob, bob.me)["favorites"]["totalItems"], 1, "how much bob likes")
        heard = inbox(alice, "minor")[0]
        same((heard.verb, heard.actor.id, heard.obj.id), (verb, bob.me.id, note.id), "her inbox")
        refused(400, do)
        undo()
        same(note.liked, False, "whether bob likes it")
        same(ids(feed(alice, note.links["likes"])), [], "who likes it")
        same(raw(alice, note)["likes"]["totalItems"], 0, "how many like it")
        same(ids(feed(bob, bob.me.links["favorites"])), [], "what bob likes")
        refused(400, undo)


@step("bob and carol like the same note: both count, the latest first")
def likes_of_two(world):
    note = world.public
    for pump in (world.bob, world.carol):
        see(pump, note).like()
    same(ids(feed(world.alice, note.links["likes"])), [world.carol.me.id, world.bob.me.id], "likes")
    same(raw(world.alice, note)["likes"]["totalItems"], 2, "how many like it")
    same(ids(world.bob.me.favorites), [note.id], "what bob likes")


@step("bob shares a note and takes it back")
def shares(world):
    alice, bob, carol = world.alice, world.bob, world.carol
    person(carol, bob).follow()
    note = see(bob, world.public)
    note.share()
    same(ids(feed(alice, note.links["shares"])), [bob.me.id], "who shared it")
    same(raw(bob, note)["shares"]["totalItems"], 1, "how often it was shared")
    same(raw(bob, note)["pump_io"]["shared"], True, "whether bob shared it")
    same(raw(carol, note)["pump_io"]["shared"], False, "whether carol shared it")
    for pump, whose in ((alice, "the author's inbox"), (carol, "the inbox of bob's follower")):
        heard = inbox(pump, "major")[0]
        same((heard.verb, heard.actor.id, heard.obj.id), ("share", bob.me.id, note.id), whose)
        same(heard.obj.author.id, alice.me.id, "the author of what was shared")
    note.unshare()
    same(ids(feed(alice, note.links["shares"])), [], "who shared it")
    same(raw(bob, note)["shares"]["totalItems"], 0, "how often it was shared")
    same(raw(bob, note)["pump_io"]["shared"], False, "whether bob shared it")
    refused(400, note.unshare)
    person(carol, bob).unfollow()


@step("bob comments, alice answers him, and he takes his comment back")
def comments(world):
    alice, bob, carol = world.alice, world.bob, world.carol
    note = see(bob, world.public)
    comment = bob.Comment("I agree: <i>hello</i>")
    note.comment(comment)
    assert comment.id.startswith(world.url("/api/comment/")), f"the id is {comment.id}"
    same(comment.in_reply_to.id, note.id, "what it answers")
    replies = list(feed(alice, note.links["replies"]))
    same(ids(replies), [comment.id], "the comments on the note")
    same(replies[0].author.id, bob.me.id, "whose comment it is")
    same(replies[0].content, "I agree: <i>hello</i>", "the comment")
    shown = raw(carol, note)["replies"]
    same((shown["totalItems"], shown["items"][0]["id"]), (1, comment.id), "what the note says of it")
    same(see(carol, comment).in_reply_to.id, note.id, "what it answers, as carol sees it")
    same(see(carol, comment).in_reply_to.content, note.content, "the note within it")
    heard = inbox(alice, "minor")[0]
    same((heard.verb, heard.actor.id, heard.obj.id), ("post", bob.me.id, comment.id), "her inbox")
    same(inbox(alice, "direct/minor")[0].id, heard.id, "her direct inbox")
    lacks(objects(inbox(alice, "major")), comment.id, "her major inbox")

    answer = alice.Comment("Thank you", in_reply_to=see(alice, comment))
    answer.send()
    same(ids(feed(bob, comment.links["replies"])), [answer.id], "the answers to the comment")
    same(objects(inbox(bob, "direct/minor"))[0], answer.id, "bob's inbox")
    see(alice, comment).like()
    same(ids(feed(bob, comment.links["likes"])), [alice.me.id], "who likes the comment")
    same(inbox(bob, "minor")[0].verb, "like", "what bob heard")

    comment.delete()
    assert comment.deleted is not None, "there is no word when it was deleted"
    same(ids(feed(alice, note.links["replies"])), [], "the comments on the note")
    same(raw(alice, note)["replies"]["totalItems"], 0, "how many comments the note has")
    refused(410, raw, alice, comment.id)


@step("five comments: all are in the feed, the last four in the note")
def many_comments(world):
    note = see(world.bob, world.public)
    sent = []
    for number in range(5):
        pump = (world.bob, world.carol)[number % 2]
        comment = pump.Comment(f"Number {number}", in_reply_to=note)
        comment.send()
        sent.append(comment.id)
    sent.reverse()
    same(ids(feed(world.alice, note.links["replies"])), sent, "the comments, newest first")
    shown = raw(world.alice, note)["replies"]
    same(shown["totalItems"], 5, "how many comments the note has")
    same([one["id"] for one in shown["items"]], sent[:4], "those in the note")


@step("the author hears of a like, though its copied audience leaves her out")
def author_hears_of_likes(world):
    alice, bob = world.alice, world.bob
    for verb in ("like", "favorite"):
        note = post(alice, f"To {verb} by bob alone", to=person(alice, bob))
        act(bob, verb, reference(note), to=[reference(world.carol.me)])
        heard = inbox(alice, "minor")[0]
        same((heard.verb, heard.obj.id), (verb, note.id), "her inbox")


@step("the author hears of a share, though it goes to others")
def author_hears_of_shares(world):
    alice, bob = world.alice, world.bob
    note = post(alice, "To be shared", to=alice.Public)
    act(bob, "share", reference(note), to=[reference(world.carol.me)])
    heard = inbox(alice, "major")[0]
    same((heard.verb, heard.actor.id, heard.obj.id), ("share", bob.me.id, note.id), "her inbox")
    same(inbox(world.carol, "direct/major")[0].id, heard.id, "carol's direct inbox")


@step("the author hears of a comment, though it goes to others")
def author_hears_of_comments(world):
    alice, bob = world.alice, world.bob
    note = post(alice, "To be talked of", to=alice.Public)
    comment = bob.Comment("Have you seen this?", in_reply_to=note)
    comment.to = person(bob, world.carol)
    comment.send()
    same(objects(inbox(alice, "minor"))[0], comment.id, "her inbox")
    same(objects(inbox(world.carol, "direct/minor"))[0], comment.id, "carol's direct inbox")
    same(see(alice, comment).content, "Have you seen this?", "the comment, as she reads it")


@step("a comment on a note for her followers stays among them")
def comments_among_followers(world):
    alice, bob, carol = world.alice, world.bob, world.carol
    comment = bob.Comment("Among us", in_reply_to=see(bob, world.followers_only))
    comment.send()
    same(ids(feed(alice, world.followers_only.links["replies"])), [comment.id], "the comments")
    refused(403, raw, carol, comment.id)
    lacks(objects(outbox(carol, "bob")), comment.id, "bob's feed, as carol sees it")
