"""The figures as one HTML page: plots drawn here, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from importlib.resources import files

from bench.figures import PARTS, Figures
from bench.report import PART_NAMES, Measured, Report, caution, in_words, share

WIDTH, LABELS, VALUES = 860, 150, 130
PLOT = WIDTH - LABELS - VALUES
ROW, BAR = 30, 18

Bar = tuple[str, list[tuple[str, float]], str]  # name, segments of (CSS class, length), text after the bar


def html(report: Report) -> str:
    facts = report.facts
    style = files("bench").joinpath("page.css").read_text()
    setting = (
        f"{facts['measured'][:10]}, {facts['processor']}; one processor and {facts['memory_mb']:,} MB for each; "
        f"{facts['rounds']} cold starts and {facts['rounds'] * facts['requests']} warm requests of each image"
    )
    words = "".join(f"<li>{escape(in_words(each))}</li>" for each in report.folders)
    body = [_folder(each, report.empty) for each in report.folders]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Measured beside the obvious way</title><style>{style}</style></head><body><main>"
        f'<h1>Measured beside the obvious way</h1><ul class="words">{words}</ul>'
        f"<p>{escape(setting)}.</p><p><b>{escape(caution(report))}</b></p>"
        + "".join(body)
        + f"<h2>All figures</h2>{_table(report)}<p>{escape(facts['prices'])}.</p></main></body></html>\n"
    )


def _folder(each: Measured, empty: Figures) -> str:
    two = [("ours", each.ours)] if each.naive is None else [("naive", each.naive), ("ours", each.ours)]
    three = [*two, ("empty handler", empty)]
    legend = "".join(f'<span><i class="{part}"></i>{PART_NAMES[part]}</span>' for part in PARTS)
    colds: list[Bar] = [
        (name, [(part, figures.parts[part]) for part in PARTS], f"{figures.cold:,.0f} ms") for name, figures in three
    ]
    sizes: list[Bar] = [(name, [(name, figures.size / 1e6)], f"{figures.size / 1e6:,.1f} MB") for name, figures in two]
    costs: list[Bar] = [
        (f"{name}{suffix}", [(name, amount(figures))], f"${amount(figures):,.2f}")
        for suffix, amount in _COSTS
        for name, figures in two
    ]
    parts = [
        ("Cold: container started to first answer, ms", f'<p class="legend">{legend}</p>{_bars(colds, "ms")}'),
        ("Warm: one request, ms; box p25 to p75, mark p50, line p1 to p99", _boxes(two)),
        ("Image as pushed, MB", _bars(sizes, "MB")),
        ("A million requests, dollars", _bars(costs, "dollars")),
    ]
    plots = "".join(f"<figure><figcaption>{caption}</figcaption>{plot}</figure>" for caption, plot in parts)
    weights = escape(each.weights[:1].upper() + each.weights[1:])
    return f"<section><h2>{escape(each.folder)}</h2><p>{weights}.{_tiles(each)}{plots}</section>"


def _tiles(each: Measured) -> str:
    if each.naive is None:
        return "</p>"
    tiles = [("cold start", each.ratios["cold"]), ("warm request", each.ratios["warm"]), ("image", each.ratios["size"])]
    shown = "".join(f"<div><b>{share(ratio)}</b><span>{name}</span></div>" for name, ratio in tiles)
    return f' Ours to naive:</p><div class="tiles">{shown}</div>'


_COSTS: list[tuple[str, Callable[[Figures], float]]] = [
    (", all warm", lambda figures: figures.cost.warm),
    (", 1 % cold", lambda figures: figures.cost.some_cold),
]


def _bars(rows: Sequence[Bar], unit: str) -> str:
    most = max(sum(length for _, length in parts) for _, parts, _ in rows)
    drawn = []
    for number, (name, parts, said) in enumerate(rows):
        x, y = float(LABELS), number * ROW + (ROW - BAR) / 2
        drawn.append(_text(LABELS - 10, y, name, "end"))
        for colour, length in parts:
            width = PLOT * length / most
            named = PART_NAMES.get(colour, name)
            drawn.append(
                f'<rect class="{escape(colour)}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{BAR}">'
                f"<title>{escape(named)}: {length:,.1f} {unit}</title></rect>"
            )
            x += width
        drawn.append(_text(x + 8, y, said, "start"))
    return _svg(len(rows) * ROW, drawn)


def _boxes(rows: Sequence[tuple[str, Figures]]) -> str:
    most = max(figures.warm["p99"] for _, figures in rows)
    drawn = []
    for number, (name, figures) in enumerate(rows):
        y = number * ROW + (ROW - BAR) / 2
        at = {quantile: LABELS + PLOT * value / most for quantile, value in figures.warm.items()}
        said = ", ".join(f"{quantile} {figures.warm[quantile]:,.1f}" for quantile in ("p50", "p90", "p99"))
        middle = y + BAR / 2
        drawn += [
            _text(LABELS - 10, y, name, "end"),
            f'<line class="{name}" x1="{at["p1"]:.1f}" x2="{at["p99"]:.1f}" y1="{middle}" y2="{middle}"/>',
            f'<rect class="{name}" x="{at["p25"]:.1f}" y="{y}" width="{max(2.0, at["p75"] - at["p25"]):.1f}" '
            f'height="{BAR}"><title>{said} ms</title></rect>',
            f'<line class="mark" x1="{at["p50"]:.1f}" x2="{at["p50"]:.1f}" y1="{y - 3}" y2="{y + BAR + 3}"/>',
            _text(at["p99"] + 8, y, f"{figures.warm['p50']:,.1f} ms", "start"),
        ]
    return _svg(len(rows) * ROW, drawn)


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y + BAR - 4:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _svg(height: float, drawn: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img">{"".join(drawn)}</svg>'


def _table(report: Report) -> str:
    heads = ["", "cold", *(PART_NAMES[part] for part in PARTS), "p50", "p90", "p99", "own", "peak MB", "image MB"]
    heads += ["$ warm", "$ 1 % cold"]
    head = "".join(f"<th>{name}</th>" for name in heads)
    return f'<div class="wide"><table><tr>{head}</tr>{"".join(_rows(report))}</table></div>'


def _rows(report: Report) -> Iterator[str]:
    yield _row("empty handler", report.empty)
    for each in report.folders:
        if each.naive:
            yield _row(f"{each.folder}, naive", each.naive)
        yield _row(f"{each.folder}, ours" if each.naive else each.folder, each.ours)
        for verdict in each.verdicts:
            sign = "✓" if verdict.holds else "✗"
            kind = "holds" if verdict.holds else "fails"
            yield f'<tr class="{kind}"><td colspan="14">{sign} {escape(str(verdict))}</td></tr>'


def _row(name: str, figures: Figures) -> str:
    cells = [f"{figures.cold:,.0f}", *(f"{figures.parts[part]:,.1f}" for part in PARTS)]
    cells += [f"{figures.warm[quantile]:,.1f}" for quantile in ("p50", "p90", "p99")]
    cells += ["" if figures.own is None else f"{figures.own:.2f}", f"{figures.peak_mb:,.0f}"]
    cells += [f"{figures.size / 1e6:,.1f}", f"{figures.cost.warm:.2f}", f"{figures.cost.some_cold:.2f}"]
    return f"<tr><td>{escape(name)}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
