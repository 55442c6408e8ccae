"""A GIMP with the plug-in, driven without a window."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chamber import Chamber

from colorize_core.worker.home import Engine
from gimp_plugin import installation

_HELPERS = Path(__file__).with_name("inside.py")


class Host:
    """One GIMP.

    Args:
        chamber: where it lies.
        version: 3.0 or 3.2.
        engine: what its plug-in calls.
    """

    def __init__(
        self, chamber: Chamber, version: str, engine: Engine, settings: str = "GIMP"
    ) -> None:
        self.chamber = chamber
        self.version = version
        self.engine = engine
        self.folder = chamber.shared
        self.settings = self.folder / f".config/{settings}/{version}"
        self.plugins = self.settings / "plug-ins"
        installation.install(self.plugins, engine)

    def another(self) -> Host:
        """One more GIMP of the same kind, with settings of its own and the same engine."""
        return Host(self.chamber, self.version, self.engine, "another")

    def evaluate(self, script: str, seconds: float = 300, language: str = "", **given: Any) -> Any:
        """Run Python in GIMP, with ``given`` as variables and the helpers of ``inside``.

        Args:
            script: assigns to ``result``.
            seconds: that it may take.
            language: of GIMP; English unless given.
            given: what the script finds as variables.

        Returns:
            What the script assigns to ``result``, through JSON.
        """
        answer = self.settings / "answer.json"
        answer.unlink(missing_ok=True)
        lines = [
            f"given = {given!r}",
            "globals().update(given)",
            _HELPERS.read_text(),
            script,
            f"open({str(answer)!r}, 'w').write(json.dumps(result))",
        ]
        source = self.settings / "drive.py"
        source.write_text("\n".join(lines))
        batch = ["--batch-interpreter=python-fu-eval", "-b", f"exec(open({str(source)!r}).read())"]
        command = ["gimp-console", "-i", *batch, "--quit"]
        variables = {"GIMP3_DIRECTORY": str(self.settings), "LANGUAGE": language}
        ran = self.chamber.run(command, variables, seconds)
        assert answer.exists(), ran.stdout[-4000:]
        return json.loads(answer.read_text())
