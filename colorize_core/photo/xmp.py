"""XMP packets: what is false of a new file is taken out, what is true of it is put in.

A packet is never interpreted as a whole: what is not touched stays as its bytes are.

Source: ISO 16684-1; Adobe's XMP Specification Part 3, 1.1.3.1 (extended XMP in JPEG).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

# What is false of the file that is written: how the pixels were stored, and thumbnails.
_STALE = (
    r"tiff:(?:Orientation|ImageWidth|ImageLength|BitsPerSample|Compression"
    r"|PhotometricInterpretation|SamplesPerPixel|PlanarConfiguration|YCbCrSubSampling"
    r"|YCbCrPositioning)",
    r"exif:(?:ColorSpace|PixelXDimension|PixelYDimension)",
    r"photoshop:(?:ICCProfile|ColorMode)",
    r"(?:xmp|xap):Thumbnails",
    r"xmpNote:HasExtendedXMP",
)
_END = re.compile(rb"</rdf:RDF\s*>")
_ABOUT = re.compile(rb"""<rdf:Description[^>]{0,4000}?\srdf:about\s*=\s*("[^"]*"|'[^']*')""")
_DESCRIPTIONS = re.compile(rb"<rdf:RDF[^>]{0,4000}>(.*)</rdf:RDF\s*>", re.DOTALL)
_EMPTY = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


class _Names:
    """Properties that are taken out of packets.

    Args:
        patterns: of their names, with the prefixes that everybody gives them.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        name = f"(?:{'|'.join(patterns)})".encode()
        self._attribute = re.compile(rb"\s" + name + rb"""\s*=\s*(?:"[^"]*"|'[^']*')""")
        self._beginning = re.compile(rb"<(" + name + rb")(?=\s|/?>)")

    def taken_from(self, packet: bytes) -> bytes:
        """Give the packet without them."""
        return self._attribute.sub(b"", self._without_elements(packet))

    def _without_elements(self, packet: bytes) -> bytes:
        """Give the packet without their elements, in one pass: nothing is looked for twice."""
        kept: list[bytes] = []
        done = at = 0
        close = -1
        unclosed: set[bytes] = set()  # names of which no element ends any more
        while beginning := self._beginning.search(packet, at):
            name, at = beginning[1], beginning.end()
            if close < at:
                close = packet.find(b">", at)
            if close < 0:
                break
            if packet[close - 1] == ord("/"):
                at = close + 1
            elif name in unclosed:
                continue
            elif ending := re.compile(rb"</" + name + rb"\s*>").search(packet, close):
                at = ending.end()
            else:
                unclosed.add(name)
                continue
            kept.append(packet[done : beginning.start()])
            done = at
        return b"".join((*kept, packet[done:]))


_stale = _Names(_STALE)


def kept_xmp(packet: bytes) -> bytes:
    """Take orientation, storage and thumbnails out of XMP."""
    return _stale.taken_from(packet)


def with_properties(
    packet: bytes, spaces: dict[str, str], properties: dict[str, str], replaced: Iterable[str]
) -> bytes:
    """Give a packet that says something more of its file.

    Args:
        packet: to add to; one that is none, or empty, is replaced.
        spaces: prefixes and the addresses that they stand for.
        properties: by names with prefixes; plain text.
        replaced: patterns of names that are taken out first.
    """
    kept = _Names(replaced).taken_from(packet)
    ends = list(_END.finditer(kept))
    if not ends:
        kept = _EMPTY
        ends = list(_END.finditer(kept))
    about = _ABOUT.search(kept)
    words = [f"xmlns:{prefix}={quoteattr(address)}" for prefix, address in spaces.items()]
    words += [f"{name}={quoteattr(value)}" for name, value in properties.items()]
    subject = about[1] if about else b'""'
    added = b"<rdf:Description rdf:about=" + subject + b"\n " + "\n ".join(words).encode() + b"/>\n"
    at = ends[-1].start()
    return kept[:at] + added + kept[at:]


def joined(packet: bytes, extended: bytes) -> bytes:
    """Give a packet and its extension as one; without the extension where either is broken."""
    inside, ends = _DESCRIPTIONS.search(extended), list(_END.finditer(packet))
    if not inside or not ends:
        return packet
    at = ends[-1].start()
    return packet[:at] + inside[1] + packet[at:]
