#!/usr/bin/env python3
"""The same scenario against two Pump servers, and their answers compared key by key.

    compare.py record URL > answers.json
    compare.py compare reference.json ours.json

`record` plays some hundred requests against an empty server, and keeps the answers with everything by
chance (ids, tokens, times, the host) replaced by where it was first seen. `compare` prints what differs and
isn't among the intended differences, and ends with 1 if there is anything.
"""

import argparse
import json
import sys

from comparison import differ, intended
from comparison.recorder import Recorder


def record(arguments):
    from comparison import scenario

    recorder = Recorder(arguments.url, arguments.pause)
    scenario.play(recorder)
    json.dump(recorder.steps, sys.stdout, ensure_ascii=False, indent=1, sort_keys=True)
    print(f"{len(recorder.steps)} requests", file=sys.stderr)


def compare(arguments):
    first, second = (
        json.load(open(path, encoding="utf-8")) for path in (arguments.first, arguments.second)
    )
    found = differ.differences(first, second)
    entries = intended.load()
    left = intended.sift(found, entries)
    step = None
    for difference in left:
        if difference.step != step:
            step = difference.step
            print(f"\n{step}")
        print(
            f"    {difference.path}\n        there  {cut(difference.there)}\n        here   {cut(difference.here)}"
        )
    for entry in entries:
        if not entry.seen:
            print(f"\nNo longer seen: {entry.paths} of {entry.steps}: {entry.reason}")
    print(
        f"\n{len(second)} requests, {len(found)} differences,"
        f" {len(found) - len(left)} of them intended, {len(left)} not."
    )
    return 1 if left else 0


def cut(text, length=300):
    return text if len(text) <= length else text[:length] + " ..."


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(required=True)
    recording = commands.add_parser("record", help="play the scenario and print the answers")
    recording.add_argument("url", help="an empty server, on a default port")
    recording.add_argument(
        "--pause", type=float, default=0.5, help="seconds to wait for what it does after answering"
    )
    recording.set_defaults(run=record)
    comparing = commands.add_parser("compare", help="print how two recordings differ")
    comparing.add_argument("first", help="the reference's answers")
    comparing.add_argument("second", help="our answers")
    comparing.set_defaults(run=compare)
    arguments = parser.parse_args()
    sys.exit(arguments.run(arguments))


if __name__ == "__main__":
    main()
