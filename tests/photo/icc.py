"""ICC profiles made by hand, and what they say of colours by the standard's formulas."""

from __future__ import annotations

import struct

import numpy as np

D50 = (0.9642, 1.0, 0.8249)
GAMMA = 1.8
ADOBE_GAMMA = 563 / 256
# Columns X, Y, Z of red, green and blue for D50: of the sRGB profile of the ICC, of Adobe RGB
# (1998) and of Apple's Display P3.
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))


def fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def power(gamma: float) -> bytes:
    """A curve: values to this power are light."""
    return b"curv" + bytes(4) + struct.pack(">IHH", 1, round(gamma * 256), 0)


def srgb_curve() -> bytes:
    """A curve: sRGB's own, in parameters."""
    return (
        b"para"
        + bytes(4)
        + struct.pack(">HH", 3, 0)
        + fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    )


def profile(space: bytes, own: dict[bytes, bytes], kind: bytes = b"mntr", pcs=b"XYZ ") -> bytes:
    """An ICC profile, version 2, of the tags that are given and those that all have."""
    name = b"by hand\0"
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(name)) + name + bytes(80),
        b"cprt": b"text" + bytes(4) + b"none\0",
        b"wtpt": b"XYZ " + bytes(4) + fixed(*D50),
        **own,
    }
    offset = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for tag, content in tags.items():
        table += tag + struct.pack(">II", offset + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    size = offset + len(data)
    header = struct.pack(">I4sI4s4s4s12x4s28x", size, b"", 0x02400000, kind, space, pcs, b"acsp")
    return (header + fixed(*D50)).ljust(128, b"\0") + table + data


def rgb_profile(primaries, curve: bytes, kind: bytes = b"mntr") -> bytes:
    columns = zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)
    tags = {tag: b"XYZ " + bytes(4) + fixed(*xyz) for tag, xyz in columns}
    return profile(b"RGB ", tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve), kind)


def gamma_profile(space: bytes) -> bytes:
    """Linear light to the power 1 / 1.8: ``RGB `` with sRGB's primaries, or ``GRAY``."""
    if space == b"GRAY":
        return profile(space, {b"kTRC": power(GAMMA)})
    return rgb_profile(SRGB, power(GAMMA))


def cmyk_profile(paper: tuple[float, float, float] = (95.0, 0.0, -2.0)) -> bytes:
    """A press on which all ink is black, and whose L goes down evenly with each ink.

    Its table has two steps an ink, so that L between them is a mean: see :func:`lab_of_cmyk`.
    """
    corners = np.stack(np.meshgrid(*[[0.0, 1.0]] * 4, indexing="ij"), -1).reshape(-1, 4)
    lab = lab_of_cmyk(corners, paper)
    values = np.stack(
        (lab[:, 0] * 652.8, (lab[:, 1] + 128) * 256, (lab[:, 2] + 128) * 256), -1
    )  # Lab in 16 bits as version 2 stores it
    table = (
        b"mft2"
        + bytes(4)
        + struct.pack(">BBBx", 4, 3, 2)
        + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
        + struct.pack(">HH", 2, 2)
        + struct.pack(">8H", *(0, 65535) * 4)
        + values.round().astype(">u2").tobytes()
        + struct.pack(">6H", *(0, 65535) * 3)
    )
    return profile(b"CMYK", {b"A2B0": table}, b"prtr", b"Lab ")


def lab_of_cmyk(inks: np.ndarray, paper: tuple[float, float, float]) -> np.ndarray:
    """Lab for D50 of inks in 0..1, ``(N, 4)``: each takes its share of L, paper gives a and b."""
    left = np.clip(1.0 - inks @ np.array([0.2, 0.2, 0.1, 0.5]), 0.0, 1.0)
    return left[:, None] * np.array(paper)


def linear_of_srgb(values: np.ndarray) -> np.ndarray:
    return np.where(values > 0.04045, ((values + 0.055) / 1.055) ** 2.4, values / 12.92)


def srgb_of_linear(linear: np.ndarray) -> np.ndarray:
    linear = np.clip(linear, 0.0, 1.0)
    return np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)


def in_adobe_rgb(srgb: np.ndarray) -> np.ndarray:
    """sRGB in 0..1 as Adobe RGB, by its specification."""
    return _between(linear_of_srgb(srgb), SRGB, ADOBE) ** (1 / ADOBE_GAMMA)


def in_display_p3(srgb: np.ndarray) -> np.ndarray:
    """sRGB in 0..1 as Display P3, by its specification."""
    return srgb_of_linear(_between(linear_of_srgb(srgb), SRGB, P3))


def out_of_adobe_rgb(values: np.ndarray) -> np.ndarray:
    """Adobe RGB in 0..1 as sRGB."""
    return srgb_of_linear(_between(values**ADOBE_GAMMA, ADOBE, SRGB))


def out_of_display_p3(values: np.ndarray) -> np.ndarray:
    """Display P3 in 0..1 as sRGB."""
    return srgb_of_linear(_between(linear_of_srgb(values), P3, SRGB))


def _between(linear: np.ndarray, source, target) -> np.ndarray:
    """Linear light in other primaries, clipped to 0..1."""
    to_xyz, from_xyz = np.array(source).T, np.linalg.inv(np.array(target).T)
    return np.clip(linear @ (from_xyz @ to_xyz).T, 0.0, 1.0)
