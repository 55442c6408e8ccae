"""Write pins.txt and pins-test.txt: the one version of every package, with its hashes.

For whoever changes what colorize depends on: ``.venv/bin/python -m installer.lock``, with
``--upgrade`` to move to the newest versions. uv does the work; the two files serve every system
and every Python that colorize supports.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from installer.places import CHECKOUT, PINS, TEST_PINS, pin_entries

HEADER = """\
# {what}: the one version of every package, and the
# sha256 of every file that pip may take it from, for every system and Python from 3.10 on.
# Made by installer/lock.py: not to be edited by hand.
"""
# The package is built in the environment itself, with what is pinned there.
BUILD = ["setuptools>=77"]
EXTRAS = ["heic", "studio", "train"]
# Used by the tests, which need nothing else of what they ask for: moto, a store that speaks S3,
# wants a python-dateutil that gradio's pandas does not take, and works with theirs.
ALONE = [
    "rz-colorization==1.0.5",
    *("moto==5.2.5", "boto3==1.44.8", "botocore==1.44.8", "s3transfer==0.19.3", "jmespath==1.1.0"),
]
# Builds of the pinned version from PyTorch's own index; a machine that mirrors it offers them.
OTHER_BUILDS = {
    "torch==2.13.0": ["6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b"],
}


class LockError(Exception):
    """An error of uv's: packages cannot be resolved or reached."""


def lock(known: str) -> dict[Path, str]:
    """Write the text of both files, with the versions of ``known`` wherever they still fit."""
    installed = compile_pins(BUILD, EXTRAS, known)
    tested = compile_pins([], ["test"], known, constraints="".join(installed))
    tested += compile_pins(ALONE, [], known, options=["--no-deps"])
    beyond = sorted(set(tested) - set(installed))
    return {
        PINS: HEADER.format(what="What install.py installs") + "".join(installed),
        TEST_PINS: HEADER.format(what="What the tests need besides") + "".join(beyond),
    }


def compile_pins(
    requirements: Sequence[str],
    extras: Sequence[str],
    known: str,
    constraints: str = "",
    options: Sequence[str] = (),
) -> list[str]:
    """Resolve requirements, and the package with extras if there are any: an entry a package."""
    with tempfile.TemporaryDirectory(prefix="colorize-") as name:
        folder = Path(name)
        wanted, fixed, pins = folder / "wanted.in", folder / "fixed.txt", folder / "pins.txt"
        wanted.write_text("\n".join(requirements), encoding="utf-8")
        fixed.write_text(constraints, encoding="utf-8")
        versions = [entry.partition(" \\")[0] for entry in pin_entries(known)]
        # uv keeps to what stands in its output: to versions and, if they were there, to hashes.
        pins.write_text("\n".join(versions), encoding="utf-8")
        inputs = [str(wanted), *(["pyproject.toml"] if extras else [])]
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"]
        command += ["--python-version", "3.10", "--generate-hashes", "--no-header"]
        command += ["--no-annotate", "--constraints", str(fixed), "--output-file", str(pins)]
        command += [f"--extra={extra}" for extra in extras]
        result = subprocess.run(
            [*command, *options, *inputs], cwd=CHECKOUT, capture_output=True, text=True
        )
        if result.returncode:
            raise LockError(result.stderr.strip())
        return [with_other_builds(entry) for entry in pin_entries(pins.read_text(encoding="utf-8"))]


def with_other_builds(entry: str) -> str:
    """Add the hashes of builds that the index of uv does not list."""
    others = OTHER_BUILDS.get(entry.split()[0], [])
    return entry.rstrip("\n") + "".join(f" \\\n    --hash=sha256:{one}" for one in others) + "\n"


def main(arguments: list[str]) -> int:
    """Write both files; return the exit status."""
    parser = argparse.ArgumentParser(description="Write pins.txt and pins-test.txt anew.")
    parser.add_argument("--upgrade", action="store_true", help="move to the newest versions")
    upgrade = parser.parse_args(arguments).upgrade
    files = [path for path in (PINS, TEST_PINS) if path.exists()]
    known = "" if upgrade else "".join(path.read_text(encoding="utf-8") for path in files)
    try:
        texts = lock(known)
    except LockError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for path, text in texts.items():
        part = path.with_name(f"{path.name}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
