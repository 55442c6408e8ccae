"""A German GIMP shows the filter in German, its errors too; and what tells it from its namesake."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from host import Host
from PIL import Image

SCRIPT = """
procedure = Gimp.get_pdb().lookup_procedure("plug-in-colorize")
result = {
    "label": procedure.get_menu_label(),
    "paths": list(procedure.get_menu_paths()),
    "blurb": procedure.get_blurb(),
    "help": procedure.get_help(),
    "nicks": [one.get_nick() for one in procedure.get_arguments()],
}
image, layer = make_image("gray", "U8_NON_LINEAR")
group = Gimp.GroupLayer.new(image, "people")
image.insert_layer(group, None, 0)
result["refusal"] = colorize(image, [group])[1]
clear = add_layer(image, Gimp.ImageType.GRAYA_IMAGE, 48, 32, "clear")
write(clear, bytes(16 * 48 * 32))
result["error"] = colorize(image, [clear])[1]
result["model"] = colorize(image, [layer], model="rembrandt")[1]
image.delete()
"""


@pytest.fixture(scope="module")
def english(host: Host) -> dict[str, Any]:
    """What GIMP is told of the filter, and what it tells its user."""
    return host.another().evaluate(SCRIPT)


@pytest.fixture(scope="module")
def german(host: Host) -> dict[str, Any]:
    """The same in a German GIMP."""
    return host.evaluate(SCRIPT, language="de")


def test_a_german_gimp_shows_german_and_another_english(english, german):
    assert english["label"] == "Colorize…"
    assert german["label"] == "Einfärben…"
    assert german["blurb"].startswith("Gibt einem Schwarzweißfoto die Farben")
    assert german["help"].startswith("Gibt Schwarzweißfotos glaubhafte Farben")
    assert "Sä_ttigung" in german["nicks"]


def test_a_german_gimp_is_told_in_german_what_is_wrong(english, german, host):
    assert english["refusal"].startswith("“people” is a group: select the layers in it")
    assert german["refusal"].startswith("„people“ ist eine Gruppe: wählen Sie die Ebenen darin")
    assert english["error"].startswith("the layer is empty: choose one")
    assert german["error"] == (
        "die Ebene ist leer: wählen Sie eine, die nicht ganz durchsichtig ist "
        f"(Protokoll: {host.engine.log})"
    )
    assert german["model"].startswith("das Modell rembrandt kann nicht verwendet werden: ")
    assert "wählen Sie ein anderes Modell" in german["model"]


def icon_in(host: Host) -> Path:
    """The picture that GIMP notes for the filter; procedures do not tell it."""
    noted = (host.settings / "pluginrc").read_text(errors="replace")
    mine = noted[noted.index('(proc-def "plug-in-colorize"') :]
    found = re.search(r'\(icon image-file -1 "file://([^"]+)"\)', mine[: mine.index("(proc-arg")])
    assert found, mine[:2000]
    return Path(found[1])


def test_name_icon_and_description_tell_it_from_gimps_own_colorize(host, english):
    """That one is Colors > Colorize…, which tints a picture in one colour."""
    assert english["label"] == "Colorize…"
    assert english["paths"] == ["<Image>/Filters"]
    assert Image.open(icon_in(host)).size == (48, 48)
    assert english["blurb"].startswith("Gives a black-and-white photograph the colours of what")
    assert "to tint it in one colour there is Colors > Colorize…" in english["blurb"]
    assert "choose that layer under Hints" in english["help"]
    assert "choose it under Colours like" in english["help"]
