"""The steps of a Dockerfile, in order, without Docker: in a copy of this machine's root.

The copy is an overlay whose upper side is memory, so that root's steps are really root's and
nothing outside changes. In the place of the image to start from stands this machine, with an
environment that sees the packages of the tests: pip finds all that is wanted there already, and
downloads nothing.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

_PYTHON = "/opt/python"  # of the image to start from, inside
_STARTED = """\
set -e
mount -t tmpfs tmpfs {folder}
mkdir {folder}/upper {folder}/work {root}
mount -t overlay overlay -o lowerdir=/,upperdir={folder}/upper,workdir={folder}/work {root}
mount --rbind /proc {root}/proc
mount --rbind /dev {root}/dev
mount -t tmpfs tmpfs {root}/tmp
exec cat
"""


def instructions(text: str) -> list[tuple[str, str]]:
    """Split a Dockerfile into instructions, each a word and what follows it."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [
        (word, rest) for word, _, rest in (one.partition(" ") for one in joined.split("\n")) if word
    ]


@dataclass
class Steps:
    """The state between the steps of a Dockerfile.

    Attributes:
        folder: of the test's own.
        context: what COPY takes from.
        variables: of the processes inside.
        user: whose the processes are.
        here: the working folder inside.
        volumes: folders inside that outlive a container.
        command: what is run when a container starts.
    """

    folder: Path
    context: Path
    variables: dict[str, str] = field(default_factory=dict)
    user: str = "root"
    here: str = "/"
    volumes: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)

    def __enter__(self) -> Steps:
        """Make the root; it goes with the process that holds it."""
        self.root = self.folder / "root"
        script = _STARTED.format(
            folder=shlex.quote(str(self.folder)), root=shlex.quote(str(self.root))
        )
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._holder.stdin.write(b"ready\n")
        self._holder.stdin.flush()
        assert self._holder.stdout.readline() == b"ready\n", "the root cannot be made"
        return self

    def __exit__(self, *_: object) -> None:
        self._holder.stdin.close()
        self._holder.wait(60)

    @property
    def seen_outside(self) -> str:
        """The root, as it is reached from outside."""
        return f"/proc/{self._holder.pid}/root{self.root}"

    def take(self, word: str, rest: str) -> None:
        """Take one step."""
        getattr(self, f"_{word.lower()}")(rest)

    def inside(self, command: list[str]) -> list[str]:
        """What runs a command inside, as the user, in the working folder."""
        entered = ["nsenter", f"--mount=/proc/{self._holder.pid}/ns/mnt", "chroot"]
        entered += [] if self.user == "root" else [f"--userspec={self.user}:{self.user}"]
        variables = {"HOME": "/root" if self.user == "root" else f"/home/{self.user}"}
        said = [f"{name}={value}" for name, value in (variables | self.variables).items()]
        there = ["sh", "-c", 'cd "$0" && exec "$@"', self.here]
        return [*entered, str(self.root), "env", "-i", *said, *there, *command]

    def run(self, command: list[str]) -> str:
        """Run a command inside to its end; return what it printed."""
        done = subprocess.run(self.inside(command), capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def _from(self, image: str) -> None:
        assert re.fullmatch(r"python:3\.\d+-slim", image)
        self.variables["PATH"] = f"{_PYTHON}/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        base = Path(sys.base_prefix, "bin", f"python3.{sys.version_info[1]}")
        self.run([str(base), "-m", "venv", "--without-pip", _PYTHON])
        # An interpreter below somebody's home is for everybody, as that of the image is.
        self.run(["chmod", "a+rx", *map(str, base.parents)])
        seen = [path for path in sys.path if path.endswith("site-packages")]
        for path in seen:  # which may lie in /tmp, or on a disk of its own: the copy has neither
            self._show(path)
        place = f"{_PYTHON}/lib/python3.{sys.version_info[1]}/site-packages/seen.pth"
        Path(self.seen_outside + place).write_text("\n".join(seen))

    def _show(self, folder: str) -> None:
        """Let a folder be seen inside, where it is outside."""
        self.run(["mkdir", "-p", folder])
        entered = ["nsenter", f"--mount=/proc/{self._holder.pid}/ns/mnt"]
        subprocess.run([*entered, "mount", "--bind", folder, f"{self.root}{folder}"], check=True)

    def _arg(self, default: str) -> None:
        name, _, value = default.partition("=")
        self.variables[name] = value

    def _env(self, pairs: str) -> None:
        self.variables |= dict(pair.split("=", 1) for pair in shlex.split(pairs))

    def _workdir(self, path: str) -> None:
        if path != f"/home/{self.user}":
            self.run(["mkdir", "-p", path])
        self.here = path

    def _copy(self, what: str) -> None:
        *sources, target = shlex.split(what)
        kept = (self.context / ".dockerignore").read_text().splitlines()
        for source in sources:
            assert f"!{source}" in kept, f"{source} is not sent to the builder"
            there = Path(f"{self.seen_outside}{Path(self.here, target)}")
            if (self.context / source).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(self.context / source, there, ignore=ignored)
            else:
                shutil.copy(self.context / source, there)

    def _run(self, line: str) -> None:
        self.run(["sh", "-c", line])

    def _user(self, name: str) -> None:
        self.user = name

    def _volume(self, path: str) -> None:
        self.volumes.append(path)

    def _expose(self, port: str) -> None:
        self.port = int(port)

    def _healthcheck(self, check: str) -> None:
        self.healthy = json.loads(check.partition("CMD ")[2])

    def _entrypoint(self, words: str) -> None:
        self.command = json.loads(words)

    def _cmd(self, words: str) -> None:
        self.command += json.loads(words)


def can_be_made() -> bool:
    """Tell whether this process may mount a root of its own."""
    return os.name == "posix" and os.geteuid() == 0 and bool(shutil.which("unshare"))
