"""OAuth 1.0a for requests: whatever is sent is signed as it is sent."""

import base64
import hashlib
import hmac
import secrets
import time
from urllib.parse import parse_qsl, quote, urlsplit

from requests.auth import AuthBase


def escape(text):
    return quote(text, safe="~")


class Signed(AuthBase):
    """Signs as a client, or with a token as a client for someone."""

    def __init__(self, client, token=None):
        self.client = client
        self.token = token

    def __call__(self, request):
        protocol = self._parameters("HMAC-SHA1", str(int(time.time())), secrets.token_hex(8))
        url = urlsplit(request.url)
        signed = list(protocol.items()) + parse_qsl(url.query, keep_blank_values=True)
        if "x-www-form-urlencoded" in request.headers.get("Content-Type", ""):
            body = request.body or ""
            body = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
            signed += parse_qsl(body, keep_blank_values=True)
        pairs = sorted((escape(name), escape(value)) for name, value in signed)
        base = "&".join(
            escape(part)
            for part in (
                request.method.upper(),
                f"{url.scheme}://{url.netloc}{url.path}",
                "&".join(f"{name}={value}" for name, value in pairs),
            )
        )
        digest = hmac.new(self._key().encode(), base.encode(), hashlib.sha1).digest()
        protocol["oauth_signature"] = base64.b64encode(digest).decode()
        request.headers["Authorization"] = self._header(protocol, escape)
        return request

    def for_a_shell(self):
        """An argument for curl whose time and nonce the shell fills in: it works again and again, with
        PLAINTEXT where the server takes that."""
        protocol = self._parameters("PLAINTEXT", "$(date +%s)", "$(date +%N)")
        protocol["oauth_signature"] = escape(self._key())
        header = self._header(protocol, str)
        return '"Authorization: ' + header.replace('"', '\\"') + '"'

    def _parameters(self, method, timestamp, nonce):
        parameters = {
            "oauth_consumer_key": self.client[0],
            "oauth_signature_method": method,
            "oauth_timestamp": timestamp,
            "oauth_nonce": nonce,
        }
        if self.token:
            parameters["oauth_token"] = self.token[0]
        return parameters

    def _key(self):
        return f"{escape(self.client[1])}&{escape(self.token[1] if self.token else '')}"

    @staticmethod
    def _header(protocol, written):
        return "OAuth " + ", ".join(f'{name}="{written(value)}"' for name, value in protocol.items())
