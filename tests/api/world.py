"""What is on the server before it is asked: people who know each other, and something of each kind of thing."""

import base64
import struct
import zlib

import requests

from signing import Signed

CLIENT = ("fuzz-client", "fuzz-client-secret")
PEOPLE = ("alice", "bob", "carol")
PASSWORD = "correct horse 9"
VERBS = (
    "post create update delete follow stop-following favorite like unfavorite unlike share unshare add remove "
    "join leave block play"
).split()
PUBLIC = {"objectType": "collection", "id": "http://activityschema.org/collection/public"}


def provisions():
    """The settings that make the client, the people and their tokens, with secrets that are known."""
    text = f'[[clients]]\nid = "{CLIENT[0]}"\nsecret = "{CLIENT[1]}"\nname = "Fuzz"\n'
    for name in PEOPLE:
        token, secret = token_of(name)
        text += (
            f'[[users]]\nnickname = "{name}"\npassword = "{PASSWORD}"\n'
            f'tokens = [{{ client = "{CLIENT[0]}", token = "{token}", secret = "{secret}" }}]\n'
        )
    return text


def token_of(name):
    return (f"{name}-token", f"{name}-token-secret")


def identity(who):
    """How requests are signed by `nobody`, by the `client` for itself, or by it for one of the people."""
    if who == "nobody":
        return None
    return Signed(CLIENT) if who == "client" else Signed(CLIENT, token_of(who))


class World:
    """Fills a server, and remembers what things are called there."""

    def __init__(self, base):
        self.base = base
        self.things = []

    def ask(self, who, method, path, **more):
        answer = requests.request(
            method, self.base + path, auth=identity(who), timeout=30, allow_redirects=False, **more
        )
        if answer.status_code != 200:
            raise SystemExit(f"{method} {path} by {who}: {answer.status_code} {answer.text}")
        return answer

    def post(self, who, activity):
        done = self.ask(who, "POST", f"/api/user/{who}/feed", json=activity).json()
        self.things += [done, done["object"]]
        return done["object"]

    def fill(self):
        for who in PEOPLE:
            self.things.append(self.ask(who, "GET", f"/api/user/{who}/profile").json())
        alice, bob, _ = [{"objectType": "person", "id": person["id"]} for person in self.things]
        self.post("alice", {"verb": "follow", "object": bob})
        self.post("bob", {"verb": "follow", "object": alice})
        note = self.post(
            "alice",
            {
                "verb": "post",
                "to": [PUBLIC],
                "object": {"objectType": "note", "displayName": "Hello", "content": "<b>Hello</b>, world"},
            },
        )
        note = {"objectType": "note", "id": note["id"]}
        comment = {"objectType": "comment", "content": "Hello back", "inReplyTo": note}
        self.post("bob", {"verb": "post", "object": comment})
        self.post("bob", {"verb": "favorite", "object": note})
        self.post("bob", {"verb": "share", "object": note})
        self.post("bob", {"to": [alice], "object": {"objectType": "note", "content": "For alice"}})
        self.post("bob", {"to": [bob], "object": {"objectType": "note", "content": "For nobody else"}})
        gone = self.post("alice", {"object": {"objectType": "note", "content": "Gone soon"}})
        self.post("alice", {"verb": "delete", "object": {"objectType": "note", "id": gone["id"]}})
        elsewhere = {"objectType": "http://schema.example/thing", "id": "urn:example:thing:1"}
        self.post("alice", {"verb": "post", "to": [PUBLIC], "object": elsewhere})
        rivals = {"objectType": "collection", "objectTypes": ["person"], "displayName": "Rivals"}
        rivals = self.post("alice", {"verb": "create", "object": rivals})
        rivals = {"objectType": "collection", "id": rivals["id"]}
        self.post("alice", {"verb": "add", "object": bob, "target": rivals})
        headers = {"Content-Type": "image/png"}
        picture = self.ask(
            "alice", "POST", "/api/user/alice/uploads", data=png(400, 300), headers=headers
        ).json()
        self.things.append(picture)
        self.post("alice", {"to": [PUBLIC], "object": {"objectType": "image", "id": picture["id"]}})
        self.files = [picture[key]["url"] for key in ("image", "fullImage")]
        secret = {"mimeType": "text/plain", "data": base64.b64encode(b"a secret").decode()}
        self.things.append(self.ask("bob", "POST", "/api/user/bob/uploads", json=secret).json())
        self.files.append(self.things[-1]["fileUrl"])

    def names(self):
        """The words with which paths, arguments and bodies are filled."""
        objects = f"{self.base}/api/"
        things = {
            tuple(thing["id"][len(objects) :].split("/"))
            for thing in self.things
            if thing["id"].startswith(objects) and not thing["id"].endswith("/profile")
        }
        ids = {thing["id"]: thing.get("objectType", "activity") for thing in self.things}
        ids[PUBLIC["id"]] = "collection"
        people = [f"acct:{name}@{self.base.split('//')[1]}" for name in PEOPLE]
        return {
            "nickname": [*PEOPLE, "nobody"],
            "object_type": ["note", "comment", "image", "collection", "person", "group", "other"],
            "verb": VERBS,
            "things": sorted(things),
            "type_of": ids,
            "path": [url.split("/uploads/", 1)[1] for url in self.files],
            "resource": people + list(ids),
        }


def png(width, height):
    """A black picture."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = (b"\0" + b"\0" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    end = chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + end
