"""What is by chance in an answer, replaced by where it was first seen.

Ids, tokens and times differ from run to run. Each is called after the step and the place in the answer
where it first turned up, so that one more of them somewhere doesn't rename the others.
"""

import datetime
import re
from collections import deque

# A UUID as servers put it into ids (22), a secret or a bearer token (43).
RANDOM = re.compile(
    r"(?:(?<![A-Za-z0-9_-])|(?<=%2F))(?:[A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])"
)
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
UPLOAD = re.compile(r"(?<=/uploads/)([\w.-]+/\d+/\d+/\d+/)([\w-]+?)(?=(?:_thumb)?\.\w+)")
EPOCH = re.compile(r"\b1[789]\d{8}\b")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


class Normal:
    """Remembers what was replaced by what during one run."""

    def __init__(self, host):
        self.host = re.compile(re.escape(host) + r"(?![\w.])")
        self.names = {}

    def call(self, name, *values):
        """Names values that the scenario knows, before they turn up."""
        for value in values:
            if value:
                self.names.setdefault(value, f"<{name}>")

    def json(self, value, where):
        """The value with everything by chance replaced. `where` is the step it came from."""
        # Ids come first, and what is nearest to the top.
        for only_ids in (True, False):
            self._learn_all(value, where, only_ids)
        return self._replaced(value)

    def _learn_all(self, value, where, only_ids):
        waiting = deque([(value, "")])
        while waiting:
            found, path = waiting.popleft()
            if isinstance(found, dict):
                for key in sorted(found):
                    if not isinstance(found[key], str):
                        waiting.append((found[key], f"{path}.{key}"))
                    elif key == "id" or not only_ids:
                        self._learn(found[key], where, f"{path}.{key}")
            elif isinstance(found, list):
                for label, item in labelled(found):
                    waiting.append((item, f"{path}[{label}]"))

    def text(self, value, where):
        """The same for a text."""
        self._learn(value, where, "")
        return self._shown(value)

    def _learn(self, text, where, path):
        for pattern in (RANDOM, UUID):
            for found in pattern.findall(text):
                if pattern is UUID or re.search("[A-Z]", found):
                    self.names.setdefault(found, f"<{where}{path}>")

    def _replaced(self, value):
        if isinstance(value, dict):
            return {self._shown(key): self._replaced(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._replaced(item) for item in value]
        return self._shown(value) if isinstance(value, str) else value

    def _shown(self, text):
        def name(found):
            return self.names.get(found.group(), found.group())

        text = UPLOAD.sub(r"<day>/<file>", text)
        text = UUID.sub(name, RANDOM.sub(name, text))
        text = EPOCH.sub("<seconds>", text)
        return TIME.sub(recent, self.host.sub("HOST", text))


def labelled(items):
    """Items with what tells them from each other whatever else is in the list, or else their number."""
    labels = [label(item) for item in items]
    return [
        (text if text and labels.count(text) == 1 else str(number), item)
        for number, (text, item) in enumerate(zip(labels, items))
    ]


def label(item):
    """An activity by what it does to what, anything else by its name."""
    if not isinstance(item, dict):
        return None
    about = item.get("object")
    if isinstance(about, dict):
        return f"{item.get('verb')} {about.get('displayName') or about.get('content') or about.get('objectType')}"
    return item.get("displayName") or item.get("nickname")


def recent(found):
    """Now, in the form that it has; a time that a client chose stays as it is."""
    text = found.group()
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    now = datetime.datetime.now(datetime.timezone.utc)
    if abs(now - moment) > datetime.timedelta(hours=1):
        return text
    return re.sub(r"\d", "9", text)
