"""The real server: the program itself, on an address of the loopback network."""

import os
import signal
import socket
import subprocess
import time
import urllib.request


def free_address(after=1):
    """The next 127.2.0.x on which neither port 80 nor port 443 is taken; others keep to 127.0.0.x.

    PyPump takes no port in an id, and tries https first: both ports must be ours.
    """
    for last in range(after + 1, 255):
        address = f"127.2.0.{last}"
        try:
            for port in (80, 443):
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind((address, port))
        except PermissionError:
            raise SystemExit("Port 80 is for root only: run this as root, or where unshare works.")
        except OSError:
            continue
        return address
    raise SystemExit("There is no address 127.2.0.x with port 80 and port 443 free.")


class Server:
    """One server with its own data folder. Its log is kept in that folder, as `log`."""

    def __init__(self, program, address, folder, database=None, port=80, settings=None):
        self.program = program
        self.host = address
        self.base = f"http://{address}" if port == 80 else f"http://{address}:{port}"
        self.folder = folder
        self.log = os.path.join(folder, "log")
        self.process = None
        self.arguments = ["serve"]
        self.signal = signal.SIGTERM
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("HYDRAULICS_")
        }
        self.environment.update(
            HYDRAULICS_LISTEN=f"{address}:{port}",
            HYDRAULICS_PUBLIC_URL=self.base,
            HYDRAULICS_DATA_DIR=folder,
            HYDRAULICS_SITE="The Day",
            **(settings or {}),
        )
        if database:
            self.environment["HYDRAULICS_DATABASE_URL"] = database

    def start(self):
        """Starts the server and returns once it can be asked."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.program, *self.arguments],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 30
        while not self._ready():
            if self.process.poll() is not None:
                raise SystemExit(f"The server didn't start:\n{self.logged()}")
            if time.monotonic() > deadline:
                raise SystemExit(f"The server isn't ready after 30 seconds:\n{self.logged()}")
            time.sleep(0.05)

    def _ready(self):
        try:
            with urllib.request.urlopen(f"{self.base}/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def stop(self):
        """Asks the server to stop, and returns its exit code."""
        if self.process is None:
            return None
        process, self.process = self.process, None
        process.send_signal(self.signal)
        try:
            return process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return "killed, because it didn't stop when it was asked to"

    def add_user(self, nickname, password):
        """Makes an account on the command line, with the password on standard input."""
        done = subprocess.run(
            [self.program, "user", "add", nickname],
            cwd=self.folder,
            env=self.environment,
            input=f"{password}\n",
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode != 0:
            raise SystemExit(f"`user add {nickname}` failed: {done.stderr.strip()}")

    def logged(self):
        """All that the server has said so far."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()
