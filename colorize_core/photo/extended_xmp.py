"""XMP that is longer than a segment of a JPEG: the rest is in segments of its own.

Source: XMP Specification Part 3, section 1.1.3.1.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Iterable

from colorize_core.photo.xmp import joined, with_properties

MARK = b"http://ns.adobe.com/xmp/extension/\0"
_HEAD = struct.Struct(">32sII")  # digest, length of the whole, where this part begins
_PART = 65_400  # bytes
_MOST = 64 << 20  # bytes; nobody's captions come near
_DIGEST = re.compile(rb"""HasExtendedXMP\s*(?:=\s*["']|>\s*)([0-9A-Fa-f]{32})""")
_WRAPPER = re.compile(rb"<\?xpacket[^>]{0,200}\?>\s*")
_SPACES = {"xmpNote": "http://ns.adobe.com/xmp/note/"}


def with_extension(packet: bytes, segments: Iterable[bytes]) -> bytes:
    """Give a packet and what a JPEG's other segments add to it.

    Args:
        packet: that names its extension, if it has one.
        segments: the contents of the file's APP1 segments.
    """
    named = _DIGEST.search(packet)
    if not named:
        return packet
    digest, parts, total = named[1].upper(), {}, 0
    for segment in segments:
        if not segment.startswith(MARK) or len(segment) < len(MARK) + _HEAD.size:
            continue
        whose, length, begin = _HEAD.unpack_from(segment, len(MARK))
        if whose.upper() == digest and length <= _MOST:
            parts[begin] = segment[len(MARK) + _HEAD.size :]
            total = length
    extended = b"".join(parts[begin] for begin in sorted(parts))
    return joined(packet, extended) if total and len(extended) == total else packet


def split(packet: bytes, main: bytes) -> tuple[bytes, bytes]:
    """Give a packet that does not fit in a segment, as a short one and segments that extend it.

    Args:
        packet: all that is to be said.
        main: what is to be in the short one.

    Returns:
        The short packet, and the segments, ready to be written.
    """
    extended = _WRAPPER.sub(b"", packet)
    # The digest names the parts that belong together; it protects nothing.
    digest = hashlib.md5(extended, usedforsecurity=False).hexdigest().upper()
    short = with_properties(main, _SPACES, {"xmpNote:HasExtendedXMP": digest}, ())
    segments = []
    for begin in range(0, len(extended), _PART):
        part = extended[begin : begin + _PART]
        content = MARK + _HEAD.pack(digest.encode(), len(extended), begin) + part
        segments.append(b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content)
    return short, b"".join(segments)
