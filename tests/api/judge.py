#!/usr/bin/env python3
"""Holds a server against docs/openapi.yaml: first the document itself, then, with schemathesis, what the server
answers to nobody, to a client, and to a client for a person.

    judge.py PROGRAM [--database URL] [--examples N] [--seed N] [--only SUITE] [--serve]
"""

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import yaml
from openapi_spec_validator import validate

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "clients"))

from server import Server  # noqa: E402
from world import World, identity, provisions  # noqa: E402

DOCUMENT = os.path.join(ROOT, "docs", "openapi.yaml")

# Who asks, how many examples of the usual number each operation gets, and how else the suite differs. What is
# malformed is refused to a client for the same reasons as to others.
SUITES = (
    ("nobody", 0.2, []),
    ("client", 0.4, ["--exclude-checks=ignored_auth", "--mode=positive"]),
    ("alice", 1.0, ["--exclude-checks=ignored_auth"]),
)

# A suite that takes longer than this hangs somewhere.
SECONDS_PER_EXAMPLE = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(program, folder, database):
    config = os.path.join(folder, "api.toml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(provisions())
    settings = {
        "HYDRAULICS_CONFIG": config,
        # Commands that can be tried by hand are signed so.
        "HYDRAULICS_OAUTH__PLAINTEXT_WITHOUT_TLS": "true",
        "HYDRAULICS_REGISTRATION__PER_NETWORK": "1000000",
    }
    server = Server(program, "127.0.0.1", folder, database, free_port(), settings)
    server.start()
    world = World(server.base)
    world.fill()
    names = os.path.join(folder, "names.json")
    with open(names, "w", encoding="utf-8") as file:
        json.dump(world.names(), file)
    return server, world, names


def judge(who, share, more, server, names, arguments):
    """Runs one suite, and gives its report if something was wrong."""
    examples = max(1, round(arguments.examples * share))
    command = [
        os.path.join(os.path.dirname(sys.executable), "st"),
        "--config-file",
        os.path.join(HERE, "schemathesis.toml"),
        "run",
        DOCUMENT,
        f"--url={server.base}",
        *more,
        f"--max-examples={examples}",
        f"--seed={arguments.seed}",
        "--no-color",
    ]
    environment = os.environ | {
        "API_WHO": who,
        "API_NAMES": names,
        "PYTHONPATH": HERE,
        "SCHEMATHESIS_HOOKS": "hooks",
        "NO_PROXY": "*",
    }
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=server.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120 + SECONDS_PER_EXAMPLE * examples,
    )
    seconds = time.monotonic() - started
    cases = re.search(r"(\d+) generated", done.stdout)
    operations = re.search(r"Tested: (\d+)", done.stdout)
    if done.returncode == 0 and cases and operations:
        print(f"  {who}: {cases[1]} requests to {operations[1]} operations, {seconds:.0f} s", flush=True)
        return None
    print(f"  {who}: WRONG", flush=True)
    return repeatable(done.stdout, identity(who))


def still_there(world):
    """Asks for what was there at the start: else nothing was tried as alice for some time."""
    try:
        world.ask("alice", "GET", "/api/user/alice/inbox")
    except SystemExit as error:
        return str(error)
    return None


def repeatable(report, signed):
    """The report, with commands that are signed when they are run."""
    if signed is None:
        return report
    return re.sub(r"'Authorization: OAuth [^']*'", lambda _: signed.for_a_shell(), report)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program", help="the hydraulics binary")
    parser.add_argument("--database", help="its database; without this, SQLite in a new folder")
    parser.add_argument("--examples", type=int, default=5, help="how many at random for each operation")
    parser.add_argument("--seed", type=int, default=1, help="another one makes other requests")
    parser.add_argument("--only", choices=[who for who, *_ in SUITES], help="one suite only")
    parser.add_argument("--serve", action="store_true", help="only start the server and wait")
    arguments = parser.parse_args()
    with open(DOCUMENT, encoding="utf-8") as file:
        validate(yaml.safe_load(file))
    folder = tempfile.mkdtemp(prefix="hydraulics-api-")
    server, reports = None, []
    try:
        server, world, names = start(arguments.program, folder, arguments.database)
        print(f"== The API, at {server.base}, seed {arguments.seed}", flush=True)
        if arguments.serve:
            print("Ctrl-C stops the server.")
            server.process.wait()
        else:
            for who, share, more in SUITES:
                if arguments.only not in (None, who):
                    continue
                reports.append(judge(who, share, more, server, names, arguments))
            reports.append(still_there(world))
            errors = [line for line in server.logged().splitlines() if '"level":"ERROR"' in line]
            reports.append("\n".join(["The server's log has errors:", *errors[:20]]) if errors else None)
    except KeyboardInterrupt:
        pass
    finally:
        if server:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    wrong = [report for report in reports if report]
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        print("To try a command by hand: tests/api/run --serve, and its address.", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
