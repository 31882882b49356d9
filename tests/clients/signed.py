"""Requests signed by hand, for whatever a client library would not let one send."""

from dataclasses import dataclass
from urllib.parse import parse_qs, quote

import oauthlib.oauth1 as oauth1


@dataclass(frozen=True)
class Credentials:
    """A client, and perhaps the token of someone who let it in."""

    key: str
    secret: str
    token: str | None = None
    token_secret: str | None = None

    def with_token(self, token, secret):
        return Credentials(self.key, self.secret, token, secret)

    def without_token(self):
        return Credentials(self.key, self.secret)


def sign(method, url, credentials, form=None, where="header", **more):
    """Signs a request, and returns its address, its headers and its form.

    `where` is the place for what OAuth adds: `header`, `query` or `body`. `more` are further arguments of
    `oauthlib.oauth1.Client`, such as `callback_uri`, `verifier`, `timestamp` or `signature_method`.
    """
    places = {
        "header": oauth1.SIGNATURE_TYPE_AUTH_HEADER,
        "query": oauth1.SIGNATURE_TYPE_QUERY,
        "body": oauth1.SIGNATURE_TYPE_BODY,
    }
    client = oauth1.Client(
        credentials.key,
        client_secret=credentials.secret,
        resource_owner_key=credentials.token,
        resource_owner_secret=credentials.token_secret,
        signature_type=places[where],
        **more,
    )
    headers = {}
    body = None
    if form is not None or where == "body":
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(form or {})
    url, headers, body = client.sign(url, http_method=method, body=body, headers=headers)
    return url, dict(headers), body


def urlencode(form):
    """A form as OAuth wants it, with %20 for a blank."""
    return "&".join(f"{quote(str(k), safe='~')}={quote(str(v), safe='~')}" for k, v in form.items())


def token_of(answer):
    """Token and secret from the answer of a token endpoint."""
    fields = parse_qs(answer)
    return fields["oauth_token"][0], fields["oauth_token_secret"][0]
