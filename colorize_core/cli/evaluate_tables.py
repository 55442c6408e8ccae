"""Tables of ``colorize evaluate``."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from colorize_core.cli.terminal import say
from colorize_core.evaluation.report import Report

_ROWS = {
    "AuC raw, %": "auc_raw",
    "AuC rebalanced, %": "auc_rebalanced",
    "ab error": "ab_error",
    "PSNR, dB": "psnr",
    "mean chroma": "chroma",
    "colourfulness": "colorfulness",
    "recognised, %": "recognised",
}


def show(report: Report, half: str | None, recognised_as: str | None) -> None:
    """Print a report: the whole, and each way of grouping.

    Args:
        report: to print.
        half: of the photos that were given, if not all were taken.
        recognised_as: what counts as recognised; None where no classifier was asked.
    """
    console = Console()
    of_half = f", the half for {half}" if half else ""
    hints = f", {report.hints} true hints each" if report.hints else ""
    table = _table(f"{report.photos} photos at {report.size} pixels{of_half}{hints}")
    for name in ("grey", "colorized", "truth"):
        table.add_column(name, justify="right")
    for heading, name in _ROWS.items():
        values = [
            getattr(version, name) for version in (report.grey, report.colorized, report.truth)
        ]
        if values[0] is not None:
            table.add_row(heading, *("" if value is None else f"{value:.2f}" for value in values))
    console.print(table)
    beside = report.beside_grey(report.colorized)
    say(
        f"above grey: raw {beside['auc_raw_above_grey']:+.2f}, "
        f"rebalanced {beside['auc_rebalanced_above_grey']:+.2f}; "
        f"chroma {beside['chroma_ratio']:.2f} of the truth's"
    )
    if recognised_as:
        say(f"recognised: by the {recognised_as}")
    if report.recovered is not None:
        say(f"of the gap in recognisability, {report.recovered:.0f} % is recovered")
    if report.aged:
        console.print(_aged(report, "Aged"))
    for way, groups in report.groups.items():
        console.print(_groups(way, groups))
        for name, group in sorted(groups.items()):
            if group.aged:
                console.print(_aged(group, f"{name}, aged"))


def _aged(report: Report, title: str) -> Table:
    table = Table(title=f"{title}; left grey, the ab error is {report.grey.ab_error:.2f}")
    table.add_column("", no_wrap=True)
    for heading in ("ab error", "/ clean", "/ grey", "raw", "rebalanced", "chroma"):
        table.add_column(heading, justify="right")
    for name, version in ({"clean": report.colorized} | report.aged).items():
        beside = report.beside_grey(version)
        table.add_row(
            name,
            f"{version.ab_error:.2f}",
            f"{beside['error_ratio']:.3f}",
            f"{version.ab_error / max(1e-9, report.grey.ab_error):.3f}",
            f"{beside['auc_raw_above_grey']:+.2f}",
            f"{beside['auc_rebalanced_above_grey']:+.2f}",
            f"{beside['chroma_ratio']:.2f}",
        )
    return table


def _groups(way: str, groups: dict[str, Report]) -> Table:
    table = _table(f"By {way}; AuC above grey")
    recognised = any(group.colorized.recognised is not None for group in groups.values())
    headings = ["photos", "raw", "rebalanced", "ab error", "PSNR", "chroma"]
    for heading in [*headings, *(["recognised", "of the gap"] if recognised else [])]:
        table.add_column(heading, justify="right")
    for name, group in sorted(groups.items()):
        beside = group.beside_grey(group.colorized)
        row = [
            str(group.photos),
            f"{beside['auc_raw_above_grey']:+.2f}",
            f"{beside['auc_rebalanced_above_grey']:+.2f}",
            f"{group.colorized.ab_error:.2f}",
            "" if group.colorized.psnr is None else f"{group.colorized.psnr:.2f}",
            f"{beside['chroma_ratio']:.2f}",
        ]
        if group.colorized.recognised is not None:
            gap = group.recovered
            row += [f"{group.colorized.recognised:.1f} %", "" if gap is None else f"{gap:.0f} %"]
        table.add_row(name, *row)
    return table


def _table(title: str) -> Table:
    table = Table(title=title)
    table.add_column("", overflow="fold")
    return table
