"""The wire, as clients use it: requests that are sent exactly as they are given."""

from http.client import HTTPConnection
import json
from urllib.parse import parse_qs, quote, urlsplit

import browser
import signed
import stage

PUBLIC = {"objectType": "collection", "id": "http://activityschema.org/collection/public"}
PASSWORD = "winter-4-tulips"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

STEPS, step = stage.steps()


class Answer:
    """What came back."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.data = response.read()
        self.text = self.data.decode(errors="replace")

    @property
    def json(self):
        return json.loads(self.text)

    def ok(self):
        """The JSON of an answer with status 200, which is the only success clients know."""
        assert self.status == 200, f"it answers {self.status}: {self.text[:300]}"
        return self.json


class World:
    """The server, and those who use it."""

    def __init__(self, server):
        self.server = server
        self.host = server.host
        self.base = server.base

    def url(self, path):
        return self.base + path

    def send(self, method, target, headers=None, body=None, chunks=None):
        """Sends this and nothing else; `chunks` are sent as they come, without a length."""
        connection = HTTPConnection(self.host, timeout=30)
        names_host = any(name.lower() == "host" for name in headers or {})
        connection.putrequest(method, target, skip_host=names_host, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if chunks is not None:
            connection.putheader("Transfer-Encoding", "chunked")
            connection.endheaders(chunks, encode_chunked=True)
        else:
            body = body.encode() if isinstance(body, str) else body
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
        answer = Answer(connection.getresponse())
        connection.close()
        return answer

    def register(self, kind, body):
        """Registers a client, and returns its credentials."""
        answer = self.send("POST", "/api/client/register", {"Content-Type": kind}, body)
        assert answer.headers["Content-Type"].startswith(JSON), answer.headers["Content-Type"]
        client = answer.ok()
        same(client["expires_at"], 0, "the end of the registration")
        return signed.Credentials(client["client_id"], client["client_secret"])

    def join(self, nickname, client, method="POST", callback="oob"):
        """Makes an account, and lets the client in: the one who uses it."""
        self.server.add_user(nickname, PASSWORD)
        return self.let_in(nickname, client, method, callback)

    def let_in(self, nickname, client, method="POST", callback="oob"):
        asked = self.token("request_token", method, client, callback_uri=callback)
        same(asked["oauth_callback_confirmed"], ["true"], "whether the callback is confirmed")
        token, secret = asked["oauth_token"][0], asked["oauth_token_secret"][0]
        page = self.url(f"/oauth/authorize?oauth_token={token}")
        if callback == "oob":
            verifier = browser.verifier(page, nickname, PASSWORD)
        else:
            back = browser.allow(page, nickname, PASSWORD, back=callback).url
            assert back.startswith(callback), f"it goes back to {back}"
            given = parse_qs(urlsplit(back).query)
            same(given["oauth_token"], [token], "the token it comes back with")
            verifier = given["oauth_verifier"][0]
        got = self.token(
            "access_token", method, client.with_token(token, secret), verifier=verifier
        )
        credentials = client.with_token(got["oauth_token"][0], got["oauth_token_secret"][0])
        return Person(self, nickname, credentials)

    def token(self, name, method, credentials, **more):
        url, headers, _ = signed.sign(method, self.url(f"/oauth/{name}"), credentials, **more)
        answer = self.send(method, f"/oauth/{name}", headers)
        assert answer.status == 200, f"{name} answers {answer.status}: {answer.text}"
        return parse_qs(answer.text)


class Person:
    """Someone with one client."""

    def __init__(self, world, nickname, credentials):
        self.world = world
        self.nickname = nickname
        self.credentials = credentials
        self.id = f"acct:{nickname}@{world.host}"
        self.ref = {"objectType": "person", "id": self.id}
        self.followers = {
            "objectType": "collection",
            "id": world.url(f"/api/user/{nickname}/followers"),
        }

    def send(self, method, target, body=None, headers=None, signed_as=None, **more):
        """Sends a signed request. `signed_as` is the target as the client signs it, if it differs."""
        _, authorization, _ = signed.sign(
            method, self.world.url(signed_as or target), self.credentials
        )
        sent = {**authorization, **(headers or {})}
        if isinstance(body, dict):
            sent.setdefault("Content-Type", JSON)
            body = json.dumps(body)
        return self.world.send(method, target, sent, body, **more)

    def get(self, target, **more):
        if target.startswith(self.world.base):
            target = target[len(self.world.base) :]
        return self.send("GET", target, **more).ok()

    def path(self, below=""):
        return f"/api/user/{self.nickname}" + below

    def act(self, body, **more):
        """Posts an activity, and checks that a full one comes back."""
        made = self.send("POST", self.path("/feed"), body, **more).ok()
        for key in ("id", "verb", "actor", "object", "published", "updated", "content"):
            assert key in made, f"the activity has no {key}"
        assert made["object"].get("id"), "the object has no id"
        return made

    def note(self, content, **more):
        return self.act(
            {"verb": "post", "object": {"objectType": "note", "content": content}, **more}
        )


def same(actual, wanted, what):
    """Fails unless they are equal."""
    assert actual == wanted, f"{what}: expected {wanted!r}, found {actual!r}"


def encoded(text):
    return quote(text, safe="")


def ref(thing):
    return {"objectType": thing["objectType"], "id": thing["id"]}


def ids(feed):
    return [item["id"] for item in feed["items"]]
