"""Two recordings, key by key."""

from dataclasses import dataclass
from difflib import SequenceMatcher
import json

ABSENT = "(absent)"


@dataclass(frozen=True)
class Difference:
    """At one place of one answer, the first recording has one thing and the second another."""

    step: str
    path: str
    there: str
    here: str
    # The statuses of both answers: "401 200".
    statuses: str
    method: str


def differences(first, second):
    """All differences between two recordings, in the order of the scenario."""
    found = []
    for step in [*first, *(step for step in second if step not in first)]:
        if step not in second or step not in first:
            there = "asked" if step in first else "not asked"
            here = "asked" if step in second else "not asked"
            found.append(Difference(step, "step", there, here, "- -", "-"))
            continue
        statuses = f"{first[step]['status']} {second[step]['status']}"
        for path, there, here in unlike(first[step], second[step]):
            both = (shown(there), shown(here))
            found.append(Difference(step, path, *both, statuses, first[step]["method"]))
    return found


def shown(value):
    return value if value is ABSENT else json.dumps(value, ensure_ascii=False, sort_keys=True)


def unlike(there, here, path=""):
    """Where two values differ: path, what is there, what is here."""
    if isinstance(there, dict) and isinstance(here, dict):
        for key in sorted({*there, *here}):
            below = f"{path}.{key}" if path else key
            yield from unlike(there.get(key, ABSENT), here.get(key, ABSENT), below)
    elif isinstance(there, list) and isinstance(here, list):
        yield from unlike_lists(there, here, path)
    elif type(there) is not type(here) or there != here:
        yield path, there, here


def unlike_lists(there, here, path):
    """Items are matched by what they are, so that one more doesn't make all others differ."""
    matcher = SequenceMatcher(
        None, [key(item) for item in there], [key(item) for item in here], False
    )
    for kind, a, b, c, d in matcher.get_opcodes():
        pairs = list(zip(there[a:b], here[c:d], range(a, b)))
        paired = kind == "equal" or (
            b - a == d - c and not any(strangers(*pair[:2], path) for pair in pairs)
        )
        if paired:
            for one, other, number in pairs:
                yield from unlike(one, other, f"{path}[{number}]")
        else:
            for number in range(a, b):
                yield f"{path}[{number}]", brief(there[number]), ABSENT
            for number in range(c, d):
                yield f"{path}[{number}]", ABSENT, brief(here[number])


def strangers(one, other, path):
    """Whether two things are not the same, so that only their names are of interest. In ActivityStreams 2
    the same thing has another id here."""
    things = [item for item in (one, other) if isinstance(item, dict) and "id" in item]
    if len(things) < 2 or "orderedItems" in path:
        return False
    return things[0]["id"] != things[1]["id"]


def key(item):
    if isinstance(item, dict):
        return str(item.get("id") or item.get("nickname"))
    return json.dumps(item, sort_keys=True)


def brief(item):
    """Of what the other has nothing like, the name is enough."""
    if isinstance(item, dict):
        return {
            name: item[name] for name in ("objectType", "id", "verb", "displayName") if name in item
        }
    return item
