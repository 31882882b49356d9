"""Clients are let in, and what is signed wrongly is refused (pump-api 4 and 1.6)."""

import time

import browser
import signed

OOB = {"callback_uri": "oob"}


def run(world):
    request_tokens(world)
    dance(world)
    refusals(world)
    bearers(world)


def request_tokens(world):
    def ask(step, method="POST", by=world.client, oauth=OOB, **more):
        return world.ask(step, method, "/oauth/request_token", by=by, oauth=oauth, **more)

    ask("a request token by POST")
    ask("a request token by GET", method="GET")
    ask("a request token, signed in the query", method="GET", where="query")
    ask("a request token, signed in the body", where="body")
    ask("a callback on the web", oauth={"callback_uri": "http://app.example/back?x=1"})
    ask("a callback that is none", oauth={"callback_uri": "nonsense"})
    ask("no callback", oauth={})
    ask("an unknown client", by=signed.Credentials("nobody", "x"))
    ask("a wrong secret", by=signed.Credentials(world.client.key, "x"))
    ask("in the clear", oauth={**OOB, "signature_method": "PLAINTEXT"})
    ask("a strange method", oauth={**OOB, "signature_method": "HMAC-SHA256"})
    world.nobody("no signature", "/oauth/request_token", method="POST")
    world.nobody("no signature by GET", "/oauth/request_token")


def dance(world):
    client = world.other_client
    for step, method, nickname in [("by POST", "POST", "carol"), ("by GET", "GET", "bob")]:
        answer = world.ask(
            f"request token {step}", method, "/oauth/request_token", by=client, oauth=OOB
        )
        token = signed.token_of(answer.text)
        waiting = client.with_token(*token)
        page = f"/oauth/authorize?oauth_token={token[0]}"

        def access(name, verifier, by=waiting):
            return world.ask(
                f"{name} {step}", method, "/oauth/access_token", by=by, oauth={"verifier": verifier}
            )

        access("nobody allowed it yet", "x")
        world.ask(f"no verifier {step}", method, "/oauth/access_token", by=waiting)
        world.nobody(f"the page {step}", page)
        verifier = browser.verifier(world.url(page), nickname, "winter-4-tulips")
        access("a wrong secret", verifier, by=client.with_token(token[0], "wrong"))
        access("another client", verifier, by=world.client.with_token(*token))
        answer = access("the access token", verifier)
        access("the same again", verifier)
        got = client.with_token(*signed.token_of(answer.text))
        world.ask(f"who is it {step}", "GET", "/api/whoami", by=got)
    world.nobody("the page without a token", "/oauth/authorize")
    world.nobody("the page with an unknown token", "/oauth/authorize?oauth_token=nothing")
    world.ask(
        "an unknown request token",
        "POST",
        "/oauth/access_token",
        by=world.client.with_token("nothing", "x"),
        oauth={"verifier": "x"},
    )


def refusals(world):
    alice, bob = world.people["alice"], world.people["bob"]
    good = alice.credentials
    wrong = {
        "an unknown client": signed.Credentials("nobody", "x", good.token, good.token_secret),
        "a wrong client secret": signed.Credentials(good.key, "x", good.token, good.token_secret),
        "an unknown token": good.with_token("nothing", "x"),
        "a wrong token secret": good.with_token(good.token, "x"),
        "the token of another client": world.other_client.with_token(good.token, good.token_secret),
        "no token": good.without_token(),
    }
    note = {"verb": "post", "object": {"objectType": "note", "content": "Never to be seen"}}
    for name, by in wrong.items():
        world.ask(f"reads an inbox with {name}", "GET", alice.path("inbox"), by=by)
        world.ask(f"posts with {name}", "POST", alice.path("feed"), by=by, body=note)
    world.ask("a client unknown", "GET", alice.path("feed"), by=signed.Credentials("nobody", "x"))
    world.ask(
        "a client's wrong secret", "GET", alice.path("feed"), by=signed.Credentials(good.key, "x")
    )
    bob.get("bob reads the inbox of alice", alice.path("inbox"))
    bob.post("bob posts as alice", alice.path("feed"), note)

    past = {"timestamp": str(int(time.time()) - 3600)}
    alice.get("an hour old", alice.path("inbox?count=0"), oauth=past)
    again = {"nonce": "once", "timestamp": str(int(time.time()))}
    alice.get("sent once", alice.path("inbox?count=0"), oauth=again)
    alice.get("sent twice", alice.path("inbox?count=0"), oauth=again)
    alice.get("with a realm", alice.path("inbox?count=0"), oauth={"realm": "Photos"})
    alice.get(
        "with a strange method",
        alice.path("inbox?count=0"),
        oauth={"signature_method": "HMAC-SHA256"},
    )
    alice.get("signed in the query", alice.path("inbox?count=0"), where="query")
    form = {"nickname": "frank", "password": "winter-4-tulips"}
    world.ask("signed in the body", "POST", "/api/users", by=world.client, form=form, where="body")
    for name, header in [
        ("a word", "OAuth x"),
        ("nothing", "OAuth "),
        ("half", 'OAuth oauth_consumer_key="x"'),
        ("small letters", 'oauth oauth_consumer_key="x"'),
        ("Basic", "Basic YTpi"),
    ]:
        headers = {"Authorization": header}
        world.nobody(f"reads with {name}", alice.path("inbox"), headers=headers)
        world.nobody(
            f"posts with {name}", alice.path("feed"), method="POST", body=note, headers=headers
        )


def bearers(world):
    alice = world.people["alice"]
    for token in ("x", "A" * 43):
        headers = {"Authorization": f"Bearer {token}"}
        world.nobody(f"reads with the bearer {token[:4]}", alice.path("feed"), headers=headers)
    client = {"client_id": world.client.key, "client_secret": world.client.secret}
    answer = world.nobody(
        "a client's bearer token",
        "/oauth2/token",
        method="POST",
        form={"grant_type": "client_credentials", **client},
    )
    headers = {"Authorization": f"Bearer {answer.get('access_token')}"}
    world.nobody("a client reads with its bearer token", alice.path("profile"), headers=headers)
    world.nobody("a client reads an inbox with it", alice.path("inbox"), headers=headers)
    for name, form in [
        ("nothing", {}),
        ("an unknown grant", {**client, "grant_type": "magic"}),
        ("a wrong secret", {**client, "client_secret": "x", "grant_type": "client_credentials"}),
        (
            "an unknown code",
            {
                **client,
                "grant_type": "authorization_code",
                "code": "x",
                "redirect_uri": "http://a.example/",
            },
        ),
    ]:
        world.nobody(f"a token for {name}", "/oauth2/token", method="POST", form=form)
    world.nobody("authorization metadata", "/.well-known/oauth-authorization-server")
