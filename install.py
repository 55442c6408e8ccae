#!/usr/bin/env python3
"""Install colorize for this user: ``python3 install.py``.

Everything lives in one private folder, so that ``python3 install.py --uninstall`` can take all of
it away again. Only Python's standard library is used, and the first lines run on Python 3.6, so
that an older Python can be told what is wrong with it.
"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036 - not outdated: pip has not checked anything yet
    sys.exit(
        f"colorize needs Python 3.10 or newer, and this is {sys.version.split()[0]}: "
        "install a newer one and run install.py with it, say: python3.12 install.py"
    )

import argparse
import errno
from pathlib import Path

if __name__ == "__main__":
    # Found in isolated mode too, and nothing compiled stays in the checkout.
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    sys.dont_write_bytecode = True

from installer.advice import DISK_FULL, InstallError
from installer.checks import check
from installer.installation import install, uninstall


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description="Install colorize for this user, and colorize a photograph to show it works.",
        epilog="COLORIZE_HOME and COLORIZE_BIN choose other folders than the user's usual ones.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--uninstall", action="store_true", help="take everything away again")
    what.add_argument(
        "--test", action="store_true", help="check this checkout: style, types, layers and tests"
    )
    parser.add_argument("--torch-index", metavar="URL", help="take torch from this wheel index")
    parser.add_argument(
        "pytest", nargs="*", metavar="-- PYTEST ARGUMENT", help="with --test: passed to pytest"
    )
    chosen = parser.parse_args(arguments)
    if chosen.pytest and not chosen.test:
        parser.error(f"unknown arguments: {' '.join(chosen.pytest)}")
    return chosen


def main(arguments: list[str]) -> int:
    """Do what the arguments ask; the exit status."""
    chosen = parse(arguments)
    try:
        if chosen.test:
            return check(chosen.torch_index, chosen.pytest)
        if chosen.uninstall:
            uninstall()
        else:
            install(chosen.torch_index)
    except InstallError as error:
        print(f"install.py: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        advice = DISK_FULL if error.errno == errno.ENOSPC else str(error)
        print(f"install.py: {advice}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted: run this again to continue.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
