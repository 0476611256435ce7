# SPDX-License-Identifier: Apache-2.0
"""Runs the kalam binary: to its end, or as somebody at a terminal."""

import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import harness

KALAM = harness.BIN_DIR / "kalam"
SECONDS_MAX = 150.0 if harness.is_sanitized() else 30.0


class Home:
    """A home directory of the test's own, and the environment that goes with it."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.credentials = self.path / ".config" / "kalam" / "credentials.json"
        self.history = self.path / ".local" / "state" / "kalam" / "history"

    def environment(self, **extra):
        env = {key: value for key, value in os.environ.items()
               if not key.startswith(("KALAM_", "XDG_")) and key != "NO_COLOR"}
        env.update(HOME=str(self.path), TERM="xterm", **extra)
        return env


def run(home, url, *args, user="alice", password="secret-1", text="", **env):
    """The finished process. `text` is its standard input."""
    if user is not None:
        env["KALAM_USER"] = user
    if password is not None:
        env["KALAM_PASSWORD"] = password
    return subprocess.run([str(KALAM), "-h", url, *args], input=text, text=True, capture_output=True, check=False,
                          timeout=SECONDS_MAX, env=home.environment(**env))


class Terminal:
    """kalam on a pseudo terminal. expect() waits for text, which makes sleeping unnecessary."""

    def __init__(self, home, url, *args, columns=100, **env):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(KALAM, [str(KALAM), "-h", url, *args], home.environment(**env))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        self.unread = ""   # Received and not yet expected.
        self.screen = ""   # Everything received.
        self.exit_code = None

    def send(self, text):
        os.write(self.fd, text.encode())

    def line(self, text):
        self.send(text + "\r")

    def _read(self, deadline):
        ready, _, _ = select.select([self.fd], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # The other end is closed.
            return False
        text = data.decode(errors="replace")
        self.unread += text
        self.screen += text
        return bool(data)

    def expect(self, text):
        """Waits for `text` and returns what came before it."""
        deadline = time.monotonic() + SECONDS_MAX
        while text not in self.unread:
            assert self._read(deadline), f"never came: {text!r}\n---- on the screen ----\n{self.screen}"
        before, self.unread = self.unread.split(text, 1)
        return before

    def signal(self, number):
        os.kill(self.pid, number)

    def wait(self):
        """The exit code, after the program ended by itself."""
        deadline = time.monotonic() + SECONDS_MAX
        while self._read(deadline):
            pass
        _, status = os.waitpid(self.pid, 0)
        self.exit_code = os.waitstatus_to_exitcode(status)
        return self.exit_code

    def echo_is_on(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def __enter__(self):
        return self

    def __exit__(self, error_type, *unused):
        if self.exit_code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


def plain(text):
    """Text from a terminal without what moves the cursor or colours."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r", "", text)
