"""The packages that only films need."""

from __future__ import annotations

from importlib.util import find_spec

from colorize_core.remedies import Remedy


class MissingPackagesError(ImportError):
    """The packages that read and write films are not installed."""

    remedy = Remedy.ADD_VIDEO


def need_packages() -> None:
    """Look whether what reads films and follows movement is installed.

    Raises:
        MissingPackagesError: it is not.
    """
    names = {"av": "PyAV", "cv2": "OpenCV"}
    lacking = [name for module, name in names.items() if find_spec(module) is None]
    if lacking:
        raise MissingPackagesError(f"films need {' and '.join(lacking)}")
