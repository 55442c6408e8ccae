"""Messages to the user: each step, and one line with advice when something goes wrong."""

import sys

DISK_FULL = "the disk is full: free about 2 GB and run this again, it continues where it stopped"
OFFLINE = (
    "the package index cannot be reached: connect to the internet, or set a proxy (HTTPS_PROXY), "
    "and run this again, it continues where it stopped"
)
NO_BUILD = (
    f"pip found no package that fits Python {sys.version_info[0]}.{sys.version_info[1]} on this "
    "system: connect to the internet or set a proxy (HTTPS_PROXY), or try another Python "
    "(3.11 to 3.13), and run this again, it continues where it stopped"
)
ALTERED = (
    "a package that was downloaded is not the one that was published: a proxy, a mirror or the "
    "connection has altered it; nothing of it was installed: run this again, elsewhere if it recurs"
)
NO_PIP = "the Python environment has no pip: on Debian or Ubuntu, sudo apt install python3-venv"
NO_VENV = (
    "this Python cannot make virtual environments: on Debian or Ubuntu, "
    "sudo apt install python3-venv; elsewhere, install Python from python.org"
)
# The first row of which a text stands in pip's output tells what to do.
PIP_ADVICE = (
    (("No space left on device", "There is not enough space on the disk"), DISK_FULL),
    (
        (
            "Temporary failure in name resolution",
            "Failed to establish a new connection",
            "Name or service not known",
            "Network is unreachable",
            "Cannot connect to proxy",
            "Read timed out",
            "getaddrinfo failed",
        ),
        OFFLINE,
    ),
    (("DO NOT MATCH THE HASHES",), ALTERED),
    (("Could not find a version that", "No matching dist", "ResolutionImpossible"), NO_BUILD),
    (("No module named pip",), NO_PIP),
)


class InstallError(Exception):
    """An error with advice, in one line."""


def say(line: str) -> None:
    """Tell the user at once, also where the output goes through a pipe."""
    print(line, flush=True)


def advice_on(output: str) -> str:
    """Give advice on the output of a command that failed."""
    for texts, advice in PIP_ADVICE:
        if any(text in output for text in texts):
            return advice
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error:")]
    telling = [line for line in errors if "subprocess-exited-with-error" not in line]
    return (telling or errors or lines or ["it stopped without a word"])[-1]
