"""Who takes part in the scenario, and short ways to say what they do."""

import signed

PUBLIC = {"objectType": "collection", "id": "http://activityschema.org/collection/public"}
MISSING = "AAAAAAAAAAAAAAAAAAAAAA"


class Person:
    """Someone with an account, and their credentials."""

    def __init__(self, world, nickname, credentials):
        self.recorder = world.recorder
        self.nickname = nickname
        self.credentials = credentials
        self.id = f"acct:{nickname}@{world.recorder.host}"
        self.ref = {"objectType": "person", "id": self.id}
        self.followers = {
            "objectType": "collection",
            "id": f"{world.recorder.base}/api/user/{nickname}/followers",
        }

    def path(self, below=""):
        return f"/api/user/{self.nickname}" + (f"/{below}" if below else "")

    def act(self, step, verb, thing, feed="feed", **more):
        """Posts an activity to the own feed."""
        body = {"verb": verb, "object": thing, **more}
        return self.post(step, self.path(feed), body)

    def note(self, step, content, **more):
        """Posts a note."""
        return self.act(step, "post", {"objectType": "note", "content": content}, **more)

    def get(self, step, path, **more):
        return self.recorder.ask(step, "GET", path, by=self.credentials, **more)

    def post(self, step, path, body, **more):
        return self.recorder.ask(step, "POST", path, by=self.credentials, body=body, **more)

    def put(self, step, path, body, **more):
        return self.recorder.ask(step, "PUT", path, by=self.credentials, body=body, **more)

    def delete(self, step, path, **more):
        return self.recorder.ask(step, "DELETE", path, by=self.credentials, **more)


class World:
    """What the parts share. Each part may leave something for later ones in it."""

    def __init__(self, recorder):
        self.recorder = recorder
        self.ask = recorder.ask
        self.base = recorder.base
        self.client = None
        self.people = {}

    def url(self, path):
        return self.recorder.base + path

    def credentials_of(self, answer):
        """The credentials in the answer to a client's registration."""
        return signed.Credentials(answer.get("client_id"), answer.get("client_secret"))

    def person(self, answer):
        """Takes in someone whose registration was answered with this."""
        nickname = answer.get("nickname")
        credentials = self.client.with_token(answer.get("token"), answer.get("secret"))
        self.people[nickname] = Person(self, nickname, credentials)
        return self.people[nickname]

    def nobody(self, step, path, method="GET", **more):
        """Asks without credentials."""
        return self.ask(step, method, path, **more)

    def just_client(self, step, path, **more):
        """Asks as a client that speaks for nobody."""
        return self.ask(step, "GET", path, by=self.client, **more)


def ref(answer, path="object"):
    """A reference to an object in an answer."""
    found = answer.get(path)
    if not isinstance(found, dict):
        return {"objectType": "note", "id": "missing"}
    return {"objectType": found.get("objectType", "missing"), "id": found.get("id", "missing")}
