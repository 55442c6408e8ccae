"""``colorize export``: a model as ONNX, for programs without PyTorch."""

from __future__ import annotations

from pathlib import Path

import click

from colorize_core.cli.options import model_option
from colorize_core.cli.terminal import say


@click.command(name="export")
@model_option
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write.  [default: the model's name with .onnx]",
)
@click.option("--hints", is_flag=True, help="Take colour hints as a second input.")
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
def command(model: str, output: Path | None, hints: bool, overwrite: bool) -> None:
    """Write a model as ONNX.

    The exported network takes photos of any size and number. The file's metadata describes its
    inputs and outputs, the model, its licence and its bins. The file is checked against PyTorch
    before it is kept.

    \b
    colorize export -o lite.onnx
    colorize export -m trained.safetensors -o trained.onnx
    colorize export --hints -o lite-hints.onnx
    """
    from colorize_core.models.onnx_file import export_onnx

    path = output or Path(f"{Path(model).stem}{'-hints' if hints else ''}.onnx")
    written = export_onnx(model, path, hints, overwrite)
    megabytes = path.stat().st_size / 1e6
    say(f"{path}: {megabytes:.1f} MB; ab at most {written.difference:.2g} away from PyTorch's")
