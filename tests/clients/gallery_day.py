#!/usr/bin/env python3
"""A day in examples/gallery: PyPump, as it is on PyPI, with people who have their accounts and photos in the
gallery's own tables, beside browsers on the gallery's own pages.

    gallery_day.py PROGRAM

starts PROGRAM on port 80 of an address of the loopback network, in a folder of its own.
"""

import argparse
import html
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import traceback
import warnings

import browser
import picture
import stage
from pypump_day import as_requests_was
from server import Server, free_address

STEPS, step = stage.steps()
SECONDS = 300


class GalleryServer(Server):
    """The gallery, with its folder."""

    def __init__(self, program, address, folder):
        super().__init__(program, address, folder)
        self.arguments = [folder, f"{address}:80", self.base]
        # It stops when it is interrupted.
        self.signal = signal.SIGINT

    def rows(self, sql, *values):
        """What the gallery's own database answers."""
        with sqlite3.connect(os.path.join(self.folder, "gallery.sqlite")) as database:
            return database.execute(sql, values).fetchall()


class World:
    """The gallery, its people's browsers, and their clients."""

    def __init__(self, server):
        from day.world import World as Day

        self.server = server
        self.day = Day(server, None)
        self.browsers = {}

    def sign_up(self, nickname, name):
        """Someone comes to the gallery, with a browser."""
        password = self.day.passwords[nickname] = f"{nickname}-sees-9"
        visitor = self.browsers[nickname] = browser.Browser()
        page = visitor.open(f"{self.server.base}/sign-in")
        form = page.form("nickname", "name", "password")
        page = visitor.send(page, form, form.buttons[0], nickname=nickname, name=name, password=password)
        assert page.status == 200 and nickname in page.words, " ".join(page.words)

    def page(self, path, nickname=None):
        """A page of the gallery, as someone sees it or anyone."""
        visitor = self.browsers[nickname] if nickname else browser.Browser()
        page = visitor.open(self.server.base + path)
        assert page.status == 200, f"{path} answers {page.status}: {' '.join(page.words)}"
        return page

    def photo_page(self, title):
        """Where the gallery shows the photo of that title."""
        rows = self.server.rows("SELECT id FROM photos WHERE title = ?", title)
        assert len(rows) == 1, f"'{title}' is in the gallery's table {len(rows)} times"
        return f"/photos/{rows[0][0]}"


def says(page, *texts):
    words = " ".join(page.words)
    for text in texts:
        assert text in words, f"{page.url} should say {text!r}: {words}"


@step("dora and her photo were in the gallery before it spoke Pump")
def before(world):
    world.sign_up("dora", "Dora D")
    server = world.server
    server.stop()
    for name in os.listdir(server.folder):
        if name.startswith("pump.sqlite"):
            os.remove(os.path.join(server.folder, name))
    server.rows("UPDATE people SET pump = NULL")
    server.rows(
        "INSERT INTO photos (person, title, about, picture, taken) "
        "SELECT id, 'An old pond', 'Of <i>old</i>', ?, '2019-04-01T10:00:00Z' FROM people",
        f"{server.base}/elsewhere/pond.jpg",
    )
    server.start()
    assert server.rows("SELECT count(*) FROM photos WHERE pump IS NOT NULL") == [(1,)]
    says(world.page("/"), "An old pond", "Dora D")


@step("alice and bob sign up there, and let their clients in with the gallery's passwords")
def clients(world):
    for nickname, name in (("alice", "Alice A"), ("bob", "Bob B")):
        world.sign_up(nickname, name)
        client = world.day.login(nickname, mistakes=["wrong-9-wrong"])
        setattr(world, nickname, client)
        assert client.me.display_name == name, client.me.display_name
    assert world.server.rows("SELECT count(*) FROM people WHERE pump IS NOT NULL") == [(3,)]


@step("they see what was there: dora's photo, as it stands in the gallery's table")
def old_photo(world):
    from day.world import outbox, same

    posted = outbox(world.alice, "dora", "major")
    same([activity.obj.display_name for activity in posted], ["An old pond"], "what dora posted")
    same(posted[0].obj.content, "Of <i>old</i>", "what she says of it")
    world.server.rows("UPDATE photos SET title = 'A very old pond'")
    same(outbox(world.alice, "dora", "major")[0].obj.display_name, "A very old pond", "its title now")


@step("alice uploads a photo with her client, and it is on the gallery's pages")
def upload(world):
    from day.world import raw

    path = os.path.join(world.server.folder, "photo.jpg")
    picture.photo(path, 400, 640)
    image = world.alice.Image(display_name="The river", content="At <b>seven</b>")
    image.to = world.alice.Public
    image.from_file(path)
    world.river = image
    says(world.page("/"), "The river", "Alice A")
    page = world.page(world.photo_page("The river"))
    says(page, "The river", "seven")
    ((full, width, small),) = world.server.rows(
        "SELECT picture, width, small FROM photos WHERE title = 'The river'"
    )
    assert width == 400 and small != full, (full, width, small)
    for url in (full, small):
        assert world.day.download(None, url).status_code == 200, url
    assert full in page_source(world, page.url), "the page shows another picture"
    for thing, path in ((image, page.url), (world.alice.me, f"{world.server.base}/people/alice")):
        address = raw(world.alice, thing.id if thing is image else thing)["url"]
        came_to = browser.Browser().open(address).url
        assert came_to == path, f"{address} leads to {came_to}"


def page_source(world, url):
    return world.day.download(None, url).text


@step("bob likes it and comments with his client, and the gallery's page has the star and the comment")
def answers(world):
    from day.world import see

    image = see(world.bob, world.river)
    image.like()
    image.comment("What a <i>river</i>")
    page = world.page(world.photo_page("The river"), "bob")
    says(page, "★ 1", "Bob B", "What a", "river")
    assert world.server.rows("SELECT count(*) FROM stars") == [(1,)]
    image.unlike()
    assert world.server.rows("SELECT count(*) FROM stars") == [(0,)]


@step("alice uploads one with the gallery's form, and it is in the inbox of bob, who follows her")
def own_form(world):
    from day.world import inbox, person, same

    person(world.bob, world.alice).follow()
    path = os.path.join(world.server.folder, "photo.jpg")
    with open(path, "rb") as file:
        answer = world.browsers["alice"].session.post(
            f"{world.server.base}/upload",
            data={"title": "The sea", "about": "Wide & <b>blue</b>"},
            files={"picture": ("sea.jpg", file, "image/jpeg")},
            timeout=30,
        )
    assert answer.status_code == 200 and "The sea" in answer.text, answer.text
    newest = inbox(world.bob, "major")[0]
    same(newest.obj.display_name, "The sea", "the newest in bob's inbox")
    assert "<b>" not in newest.obj.content, newest.obj.content
    same(html.unescape(newest.obj.content), "Wide & <b>blue</b>", "what she says of it")
    same((newest.obj.original.width, newest.obj.thumbnail.width), (400, 200), "its sizes")
    answer = world.day.download(world.bob, newest.obj.original.url)
    same(picture.corners(answer.content)[0], (400, 640), "the picture that bob gets")
    world.sea = newest.obj


@step("bob stars it and comments on the gallery's page, and alice's client is told")
def own_answers(world):
    from day.world import feed, ids, inbox, same

    path = world.photo_page("The sea")
    page = world.page(path, "bob")
    form = next(form for form in page.forms if (form.action or "").endswith("/star"))
    page = world.browsers["bob"].send(page, form, form.buttons[0])
    says(page, "★ 1")
    form = page.form("text")
    page = world.browsers["bob"].send(page, form, form.buttons[0], text="How <blue>")
    says(page, "How <blue>")
    same(ids(feed(world.alice, world.sea.links["likes"])), [world.bob.me.id], "who likes it")
    replies = [reply.content for reply in feed(world.alice, world.sea.links["replies"])]
    same([html.unescape(reply) for reply in replies], ["How <blue>"], "the replies")
    verbs = [activity.verb for activity in inbox(world.alice)][:2]
    same(verbs, ["post", "favorite"], "what alice is told")
    page = world.page(path, "bob")
    form = next(form for form in page.forms if (form.action or "").endswith("/star"))
    says(world.browsers["bob"].send(page, form, form.buttons[0]), "☆ 0")


@step("an album made on the page is a list for clients, and the other way round")
def album(world):
    from day.world import act, feed, reference, same

    page = world.page(world.photo_page("The sea"), "alice")
    form = page.form("album")
    world.browsers["alice"].send(page, form, form.buttons[0], album="Waters")
    lists = feed(world.alice, f"{world.server.base}/api/user/alice/lists/image")
    waters = next(one for one in lists if one.display_name == "Waters")
    members = feed(world.bob, waters.links["members"])
    same([photo.display_name for photo in members], ["The sea"], "what is in it")
    act(world.alice, "add", reference(world.river), target=reference(waters))
    says(world.page("/people/alice"), "Waters", "2")
    act(world.alice, "remove", reference(world.sea), target=reference(waters))
    ((pages,),) = world.server.rows("SELECT count(*) FROM pages")
    same(pages, 1, "the pages of the album")


@step("who is signed in to the gallery is asked by its clients without a password")
def session(world):
    from day.world import DummyStore, PyPump, Client

    def allow(url):
        page = world.browsers["bob"].open(url)
        form = next(form for form in page.forms if form.id == "oauth-authorization")
        page = world.browsers["bob"].send(page, form, form.button("authorize"))
        return page.texts["verifier"].strip()

    again = PyPump(
        client=Client(webfinger=f"bob@{world.server.host}", type="native", name="Another"),
        verifier_callback=allow,
        store=DummyStore(),
        verify_requests=False,
    )
    assert again.me.display_name == "Bob B"


@step("bob changes his name with his client, and the gallery calls him so")
def profile(world):
    from day.world import act, reference

    act(world.bob, "update", {**reference(world.bob.me), "displayName": "Robert"})
    says(world.page("/people/bob"), "Robert")


@step("a photo that is deleted with a client is gone from the gallery")
def delete(world):
    from day.world import raw, refused, see

    page = world.photo_page("The river")
    see(world.alice, world.river).delete()
    refused(410, raw, world.bob, world.river.id)
    assert browser.Browser().open(world.server.base + page).status == 404
    assert world.server.rows("SELECT count(*) FROM photos WHERE title = 'The river'") == [(0,)]


@step("all of it is there when the gallery was stopped and started")
def again(world):
    from day.world import inbox, same

    same(world.server.stop(), 0, "how it stops")
    world.server.start()
    says(world.page("/"), "The sea", "A very old pond")
    same(inbox(world.bob, "major")[0].obj.display_name, "The sea", "the newest in bob's inbox")


def main():
    as_requests_was()
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program", help="the gallery's binary")
    arguments = parser.parse_args()
    os.environ["NO_PROXY"] = "*"
    signal.signal(signal.SIGALRM, stage.too_long)
    signal.alarm(SECONDS)
    folder = tempfile.mkdtemp(prefix="gallery-day-")
    server = GalleryServer(arguments.program, free_address(), folder)
    try:
        server.start()
        print(f"The gallery at {server.base}", flush=True)
        stage.take(World(server), STEPS)
    except Exception:
        print("WRONG", flush=True)
        traceback.print_exc()
        print(server.logged(), file=sys.stderr)
        return 1
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print("The day is over, and all was well.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
