"""Print the release notes of a version, out of CHANGELOG.md.

For whoever publishes a release: ``python3 -m installer.notes 0.1.0``. A point becomes one line,
because pages of releases break lines where the text does.
"""

import argparse
import re
import sys

from installer.places import CHECKOUT

HEADING = re.compile(r"^## +(\S+)(.*)$", re.MULTILINE)


class NotesError(Exception):
    """An error of the changelog: it has nothing about the version."""


def notes_of(changelog: str, version: str | None = None) -> str:
    """Take the notes of a version, or of the newest, from the text of a changelog.

    Raises:
        NotesError: it has no section about the version, or an empty one.
    """
    headings = list(HEADING.finditer(changelog))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        if version in (None, heading[1]):
            section = changelog[heading.end() : following.start() if following else None]
            lines = re.sub(r"\n +(?=\S)", " ", section).strip()
            if not lines:
                raise NotesError(f"CHANGELOG.md says nothing about {heading[1]}")
            return f"{lines}\n"
    raise NotesError(f"CHANGELOG.md has no section {version or 'at all'}")


def main(arguments: list[str]) -> int:
    """Print the notes; return the exit status."""
    parser = argparse.ArgumentParser(description="Print a version's release notes.")
    parser.add_argument(
        "version", nargs="?", help="as in CHANGELOG.md; the newest if none is given"
    )
    version = parser.parse_args(arguments).version
    try:
        print(notes_of((CHECKOUT / "CHANGELOG.md").read_text("utf-8"), version), end="")
    except NotesError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
