"""The differences that are meant to be, each with its reason: `intended.toml`."""

from fnmatch import fnmatchcase
from pathlib import Path
import tomllib

PATH = Path(__file__).with_name("intended.toml")


class Intended:
    """One entry: of which steps, at which paths, with which method, with which statuses of both answers
    ("401 200"), with what there and what here, and why. Patterns are those of file names, but `[` stands for itself. With `fewer`,
    both are numbers, and here is the smaller one."""

    def __init__(self, entry):
        self.reason = entry["reason"]
        self.steps = many(entry.get("step", "*"))
        self.paths = many(entry.get("path", "*"))
        self.methods = many(entry.get("method", "*"))
        self.statuses = many(entry.get("status", "*"))
        self.there = many(entry.get("there", "*"))
        self.here = many(entry.get("here", "*"))
        self.fewer = entry.get("fewer", False)
        self.seen = 0

    def matches(self, difference):
        return (
            fits(difference.path, self.paths)
            and fits(difference.step, self.steps)
            and fits(difference.method, self.methods)
            and fits(difference.statuses, self.statuses)
            and fits(difference.there, self.there)
            and fits(difference.here, self.here)
            and (not self.fewer or fewer(difference.there, difference.here))
        )


def many(patterns):
    return [patterns] if isinstance(patterns, str) else patterns


def fits(text, patterns):
    return any(fnmatchcase(text, pattern.replace("[", "[[]")) for pattern in patterns)


def fewer(there, here):
    return there.isdigit() and here.isdigit() and int(here) < int(there)


def load(path=PATH):
    """All entries of the file."""
    with open(path, "rb") as file:
        return [Intended(entry) for entry in tomllib.load(file).get("difference", [])]


def sift(found, intended):
    """The differences that nothing allows. Entries count what they allow."""
    left = []
    for difference in found:
        entry = next((entry for entry in intended if entry.matches(difference)), None)
        if entry is None:
            left.append(difference)
        else:
            entry.seen += 1
    return left
