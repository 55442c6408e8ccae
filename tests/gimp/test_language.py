"""A German GIMP shows the filter in German."""

from __future__ import annotations

from host import Host

LABELS = """
procedure = Gimp.get_pdb().lookup_procedure("plug-in-colorize")
result = [procedure.get_menu_label(), procedure.get_blurb(),
          [one.get_nick() for one in procedure.get_arguments()]]
"""


def test_a_german_gimp_shows_german_and_another_english(host: Host):
    english = host.another().evaluate(LABELS)
    assert english[0] == "Colorize…"
    german = host.evaluate(LABELS, language="de")
    assert german[0] == "Einfärben…"
    assert german[1].startswith("Gibt einem Schwarzweißfoto die Farben")
    assert "Sä_ttigung" in german[2]
