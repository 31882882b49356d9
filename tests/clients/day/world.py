"""Who lives the day, and how one sees what became of it."""

import time

import requests
from pypump import Client, PyPump
from pypump.exceptions import PyPumpException
from pypump.models.feed import Feed
from pypump.store import DummyStore

import browser
import stage

PUBLIC = "http://activityschema.org/collection/public"

# Events of that day, in the order in which it is written.
STEPS, step = stage.steps()


class World:
    """The server, and the clients of those who live on it: `alice`, `bob` and `carol`."""

    def __init__(self, server, other):
        self.server = server
        self.other = other
        self.passwords = {}
        self.kept = {}

    def url(self, path):
        return self.server.base + path

    def login(self, nickname, mistakes=(), host=None, **more):
        """PyPump for one of them, let in through the consent page."""
        host = host or self.server.host
        return PyPump(
            client=Client(webfinger=f"{nickname}@{host}", type="native", name="The Day"),
            verifier_callback=lambda url: browser.verifier(
                url, nickname, self.passwords[nickname], mistakes
            ),
            store=DummyStore(),
            # Without this, PyPump doesn't fall back from https to http.
            verify_requests=False,
            **more,
        )

    def download(self, pump, url):
        """What is at an address, as this client gets it, or anyone if that is `None`."""
        auth = pump.setup_oauth_client(url) if pump else None
        return requests.get(url, auth=auth, timeout=30)


# The expected outcome.


def same(actual, wanted, what):
    """Fails unless they are equal."""
    assert actual == wanted, f"{what}: expected {wanted!r}, found {actual!r}"


def holds(collection, item, what):
    """Fails unless the item is in the collection exactly once."""
    found = list(collection).count(item)
    assert found == 1, f"{what}: expected {item!r} once, found it {found} times"


def lacks(collection, item, what):
    """Fails if the item is in the collection."""
    assert item not in list(collection), f"{what}: {item!r} should not be there"


def refused(status, call, *arguments, says=None, **named):
    """Fails unless PyPump reports that the server refused with this status."""
    try:
        found = call(*arguments, **named)
    except PyPumpException as error:
        text = str(error)
        # Of a 400 it reports the error text alone, and everything else with its status.
        marked = "| status: " in text
        right = f"| status: {status})" in text if status != 400 else not marked
        assert right, f"expected to be refused with {status}, got: {text}"
        assert says is None or says in text, f"expected the reason to say {says!r}, got: {text}"
        return
    raise AssertionError(f"expected to be refused with {status}, but it worked: {found!r}")


def soon(look, what):
    """Waits for what another server does, until `look` returns something true, and returns that."""
    deadline = time.monotonic() + 20
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what}: not within 20 seconds, now {found!r}"
        time.sleep(0.1)


# How one looks.


def ids(items):
    return [item.id for item in items]


def feed(pump, url):
    """A feed as it is now, nothing remembered."""
    return Feed(url, pypump=pump)


def objects(activities):
    """The ids of what activities are about."""
    return [activity.obj.id for activity in activities]


def inbox(pump, part=""):
    """The newest activities that reached someone; `part` as in `direct/major`."""
    url = f"http://{pump.client.server}/api/user/{pump.client.nickname}/inbox/{part}"
    return list(feed(pump, url.rstrip("/")).items(limit=20))


def outbox(pump, whose, part=""):
    """The newest of what someone did, as far as this client may see it."""
    url = f"http://{pump.client.server}/api/user/{whose}/feed/{part}"
    return list(feed(pump, url.rstrip("/")).items(limit=20))


def raw(pump, thing, **params):
    """The JSON of a thing, or of an address, as this client gets it."""
    url = thing if isinstance(thing, str) else thing.links["self"]
    return pump.request(url, params=params)


def see(pump, note):
    """A thing as this client sees it now."""
    model = getattr(pump, note.object_type.capitalize())
    return model().unserialize(raw(pump, note))


def person(pump, who):
    """Another person, as this client sees them."""
    return pump.Person(who.me.webfinger)


def act(pump, verb, thing, **more):
    """Posts an activity as it is, and returns the server's answer."""
    url = f"http://{pump.client.server}/api/user/{pump.client.nickname}/feed"
    return pump.request(url, method="POST", data={"verb": verb, "object": thing, **more})


def reference(thing):
    return {"objectType": thing.object_type, "id": thing.id}


def post(pump, content, to=None, cc=None, bto=None, bcc=None, title=None):
    """Posts a note and returns it. Without recipients it goes where the server sends it."""
    note = pump.Note(content=content, display_name=title)
    note.to, note.cc, note.bto, note.bcc = to or [], cc or [], bto or [], bcc or []
    note.send()
    return note
