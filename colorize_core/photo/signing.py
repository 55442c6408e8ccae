"""Content Credentials: outputs that are signed by the rules of C2PA, without a network.

A signed file holds a manifest: what the photo was made from, what was done to it and by what, with
the hash of the file and a signature over all of it.

Source: C2PA Technical Specification 2.2, Content Credentials; the actions are in section 18.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from colorize_core.photo.credentials import (
    Credentials,
    SigningError,
    c2pa_package,
    checked,
    first_line,
)
from colorize_core.photo.kinds import suffix_of_content
from colorize_core.photo.photo import Made
from colorize_core.photo.provenance import SOFTWARE, SOURCE_TYPE

_TYPES = {
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".heic": "image/heic",
    ".jxl": "image/jxl",
}
_OTHER_NAMES = {".jpeg": ".jpg", ".tiff": ".tif", ".heif": ".heic"}
_OTHER_NAMES |= dict.fromkeys((".jpe", ".jfif", ".jif", ".jfi"), ".jpg")
_UNKNOWN = "application/octet-stream"
_ASKED = "C2PA asks for the key usage digitalSignature, extended such as by emailProtection"
_CREATED = {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE}
_OFFLINE = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "builder": {"thumbnail": {"enabled": False}},  # the photo itself is there
}


def read_credentials(certificate: Path, key: Path) -> Credentials:
    """Read what is signed with, and try it on a dot.

    Args:
        certificate: PEM, the signer's own certificate first.
        key: PEM, without a password.

    Raises:
        SigningError: a file cannot be read or is none such, the two do not belong together, a
            certificate is out of date or not made for signing, or C2PA's package is missing.
    """
    found = checked(certificate, key)
    dot, signed = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (1, 1)).save(dot, "JPEG")
    try:
        _sign(found, _manifest("", None, _CREATED), None, "image/jpeg", dot, signed)
        problem = _problem(signed)
    except SigningError as error:
        problem = str(error)
    if problem:
        raise SigningError(f"{certificate}: not fit for signing: {problem}; {_ASKED}")
    return found


def check_signable(paths: Iterable[Path]) -> None:
    """Look whether files can be signed in the formats that their names say.

    Raises:
        SigningError: one cannot; the message lists the formats that can.
    """
    for path in paths:
        if _type(path.suffix) == _UNKNOWN:
            known = ", ".join(sorted(suffix[1:] for suffix in _TYPES))
            raise SigningError(f"{path}: cannot be signed in this format; these can be: {known}")


@dataclass(frozen=True, slots=True)
class Seal:
    """A signature to put on an output.

    Attributes:
        credentials: to sign with.
        original: the photo that it is made from.
    """

    credentials: Credentials
    original: Path

    def put(self, plain: Path, signed: Path, target: Path, made: Made | None) -> None:
        """Sign a file.

        Args:
            plain: the file as it was written.
            signed: where to write the signed one.
            target: what it will be called.
            made: how its colours were made up; None where they were not.

        Raises:
            SigningError: it cannot be signed.
        """
        check_signable([target])
        manifest = _manifest(target.name, made, *_done(made, self.original))
        kind = _type(target.suffix)
        try:
            with plain.open("rb") as source, signed.open("w+b") as output:
                _sign(self.credentials, manifest, self.original, kind, source, output)
        except SigningError as error:
            raise SigningError(f"{target}: cannot be signed: {error}") from None


def _type(suffix: str) -> str:
    small = suffix.lower()
    return _TYPES.get(_OTHER_NAMES.get(small, small), _UNKNOWN)


def _done(made: Made | None, original: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Say in C2PA's words that a photo was opened, and what was done to it."""
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["original"]}}
    with original.open("rb") as file:
        told = {"original": _digest(file)}
    if made is None:  # its colours are its own
        return opened, {"action": "c2pa.transcoded", "parameters": told}
    told |= {"model": made.model, "modelHash": made.weights, "settings": made.settings}
    return opened, {
        "action": "c2pa.edited",
        "digitalSourceType": SOURCE_TYPE,
        "description": "Plausible colours, made up by a neural network, on the photo's own tones",
        "parameters": told,
    }


def _digest(file: Any) -> str:
    total = hashlib.sha256()
    while block := file.read(1 << 20):
        total.update(block)
    return f"sha256:{total.hexdigest()}"


def _manifest(title: str, made: Made | None, *actions: dict[str, Any]) -> dict[str, Any]:
    """Write a manifest of what was done, in order."""
    agent = {"name": SOFTWARE} | ({"version": made.version} if made else {})
    data = {"actions": [{"softwareAgent": agent, **action} for action in actions]}
    return {
        "title": title,
        "claim_generator_info": [agent],
        "assertions": [{"label": "c2pa.actions.v2", "data": data}],
    }


def _sign(
    credentials: Credentials,
    manifest: dict[str, Any],
    original: Path | None,
    kind: str,
    source: Any,
    output: Any,
) -> None:
    """Copy a file with a manifest in it, in the name of a certificate.

    Raises:
        SigningError: with the reason alone.
    """
    c2pa = c2pa_package()
    info = c2pa.C2paSignerInfo(
        credentials.algorithm, credentials.certificates, credentials.key, None
    )
    try:
        with (
            c2pa.Signer.from_info(info) as signer,
            c2pa.Context.from_dict(_OFFLINE) as context,
            c2pa.Builder(json.dumps(manifest), context=context) as builder,
        ):
            if original is not None:
                _add_original(builder, original)
            source.seek(0)
            builder.sign(signer, kind, source, output)
    except c2pa.C2paError as error:
        raise SigningError(first_line(error)) from None


def _add_original(builder: Any, original: Path) -> None:
    """Name the photo that a file is made from, with the manifests that it has itself."""
    told = {"title": original.name, "relationship": "parentOf", "label": "original"}
    with original.open("rb") as file:
        kind = _type(suffix_of_content(file.read(12)))
        told["format"] = kind
        try:
            builder.add_ingredient_from_stream(json.dumps(told), kind, file)
        except c2pa_package().C2paError:  # damaged, so that no manifest can be looked for in it
            builder.add_ingredient_from_stream(json.dumps(told), _UNKNOWN, file)


def _problem(signed: io.BytesIO) -> str:
    """Say why a signed file is not valid; empty where it is."""
    c2pa = c2pa_package()
    signed.seek(0)
    with (
        c2pa.Context.from_dict(_OFFLINE) as context,
        c2pa.Reader("image/jpeg", signed, context=context) as reader,
    ):
        if reader.get_validation_state() != "Invalid":
            return ""
        failures = reader.get_validation_results()["activeManifest"]["failure"]
    return "; ".join(one.get("explanation") or one["code"] for one in failures)
