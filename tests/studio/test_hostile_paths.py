"""Nothing that a caller says becomes a path outside of what the caller sent.

Every parameter of every handler of a running studio, public or of the page, is given traversals,
absolute paths, NUL, very long and device names; files elsewhere stay as they are and unread.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from served import API, Caller, Served, named, photo

FAMILY = "family.png"
SECRET = "temporary"  # part of the studio's own folders, which no message tells


@pytest.fixture(scope="module", autouse=True)
def _family(alone: Served) -> None:
    """A file of somebody's on the same machine."""
    (alone.world / FAMILY).write_bytes(photo(80))


def hostile(world: Path) -> dict[str, str]:
    """Names that lead elsewhere."""
    family = str(world / FAMILY)
    return {
        "traversal": "/.." * 12 + family,
        "traversal to a folder that is not there": "/../../new/../"
        + "../" * 12
        + f"{world}/a/b.png",
        "absolute": family,
        "NUL": f"{family}\0.png",
        "very long": "/x" * 3000 + ".png",
        "device": "/dev/zero",
        "device of Windows": "\\\\.\\CON.png",
        "address": "http://127.0.0.1:9/a.png",
    }


def elsewhere(studio: Served) -> dict[str, str]:
    """Every file of the world but the studio's own, by its content."""
    own = (studio.temporary, studio.world / "home", studio.world / "log")
    return {
        str(path.relative_to(studio.world)): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "folder"
        for path in studio.world.rglob("*")
        if not any(path.is_relative_to(one) for one in own)
    }


def variants(caller: Caller, number: int, name: str) -> list[Any]:
    """A hostile name as a value of a component."""
    if caller.types[number] not in ("file", "uploadbutton"):
        return [name]
    many = caller.props[number].get("file_count") in ("multiple", "directory")
    forms = [named(name), {**named(name), "url": name}]
    return [[form] if many else form for form in forms]


def all_calls(caller: Caller, names: list[str]) -> list[tuple[dict, list, Any]]:
    """Each handler with each of its parameters hostile, all others as they should be."""
    calls = []
    for door in caller.doors:
        good = caller.standing(door)
        for place, number in enumerate(door["inputs"]):
            if caller.types[number] in ("file", "uploadbutton"):
                many = caller.props[number].get("file_count") in ("multiple", "directory")
                good[place] = [caller.upload()] if many else caller.upload()
        for name in names:
            for place, number in enumerate(door["inputs"]):
                for value in variants(caller, number, name):
                    calls.append((door, [*good[:place], value, *good[place + 1 :]], None))
            parts = ("index", "x", "y", "strokes", "visitor", "game", "number", "answer", "seconds")
            event = {"ask": 1, **dict.fromkeys(parts, name)}
            calls.append((door, good, event))
    return calls


def test_no_parameter_of_any_handler_leads_elsewhere(alone):
    before = elsewhere(alone)
    caller = Caller(alone.url)
    caller.call(caller.on_page("drop", "upload"), caller.upload("mine.png"))
    calls = all_calls(caller, list(hostile(alone.world).values()))
    assert len(calls) > 500
    made = len(list(alone.temporary.iterdir()))
    for (door, inputs, event), (_, said) in zip(calls, caller.answers(calls), strict=True):
        words = said if isinstance(said, str) else ""
        assert SECRET not in words, (door["api_name"], inputs, event, words)
    assert elsewhere(alone) == before
    assert len(list(alone.temporary.iterdir())) == made


@pytest.mark.parametrize("endpoint", ["colorize", "folder"])
def test_a_suffix_is_looked_up(alone, endpoint):
    before = elsewhere(alone)
    caller = Caller(alone.url)
    door = caller.door(endpoint)
    for name, suffix in hostile(alone.world).items():
        inputs = caller.standing(door)
        inputs[0] = caller.upload() if endpoint == "colorize" else [caller.upload()]
        inputs[-6] = suffix  # before as_is, warmth, detail, likeness and like
        ((success, said),) = caller.answers([(door, inputs, None)])
        assert not success, name
        assert said.startswith("no such format: "), said
        assert str(alone.world) not in said
    assert elsewhere(alone) == before


@pytest.mark.parametrize("photos", [False, True], ids=["one", "many"])
def test_files_of_the_machine_and_of_other_visits_are_not_read(alone, photos):
    owner, stranger = Caller(alone.url), Caller(alone.url)
    theirs = owner.upload("theirs.png")
    owner.call(owner.door("uncertainty"), theirs)
    door = stranger.door("folder" if photos else "uncertainty")
    sent = Path(stranger.upload()["path"])
    for path in (
        *hostile(alone.world).values(),
        theirs["path"],
        str(sent.parent),
        str(sent.parents[2]),
        f"{sent}/../../../../lock",
        f"{sent}/../{'../' * 12}{alone.world}/{FAMILY}",
        "",
        ".",
    ):
        value = named(path)
        with pytest.raises(RuntimeError) as told:
            stranger.call(door, [value] if photos else value)
        assert SECRET not in str(told.value)


def test_names_of_uploads_stay_names(alone):
    before = elsewhere(alone)
    caller = Caller(alone.url)
    for name in hostile(alone.world).values():
        boundary = "a5c1"
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
            f"\r\n{'x' * 10}\r\n--{boundary}--\r\n"
        ).encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        answer = caller.client.post(
            f"{API}/upload", params={"upload_id": name}, content=body, headers=kind
        )
        assert answer.status_code in (200, 400, 413), answer.text
        if answer.status_code == 200:
            (path,) = answer.json()
            assert Path(path).is_relative_to(alone.temporary)
            assert len(Path(path).name.encode()) <= 200
        else:
            assert SECRET not in answer.text
    assert elsewhere(alone) == before


def test_addresses_of_files_serve_what_was_sent_and_made_alone(alone):
    caller = Caller(alone.url)
    sent = caller.upload()["path"]
    assert caller.client.get(f"{API}/file={sent}").content == photo()
    base = Path(sent).parents[2]
    others = [
        *hostile(alone.world).values(),
        str(alone.world / FAMILY),
        str(alone.world / "log"),
        f"{base}/lock",
        f"{base.parent}/lock",
        f"{sent}/../../../lock",
        "/proc/self/environ",
        "https://example.com/a.png",
    ]
    for path in others:
        for address in (f"{API}/file={path}", f"{API}/file/{path}", f"/static/{path}"):
            raw = address.replace("\0", "%00").encode().replace(b"\\", b"%5c")
            answer = caller.client.get(caller.client.base_url.copy_with(raw_path=raw))
            assert answer.status_code >= 400, address
            assert SECRET not in answer.text.replace(str(path), "")
