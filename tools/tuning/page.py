"""The result as one static HTML page, which loads nothing."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from importlib.resources import files

from tools.tuning import plots
from tools.tuning.choice import Choice
from tools.tuning.money import REQUESTS
from tools.tuning.result import Result, against_a_server, spoken
from tools.tuning.rows import Outcome, Row
from tools.tuning.tour import ms

# Columns marked rare are hidden on a phone.
HEADS = (
    *(("build, MB", ""), ("processors", "rare"), ("threads", "rare"), ("p50", ""), ("p95", "rare"), ("p99", "")),
    *(("cold", ""), ("$ a million", ""), ("right", "rare")),
)
MONTHS = (
    "With the gateway, logs and metrics; one request in a hundred is cold. An instance kept ready is provisioned "
    "concurrency; SnapStart keeps two versions."
)
SERVER = (
    "The server has two processors, each of which answers one request after the other as here at 1,769 MB, and is "
    "asked for half of that."
)


def html(result: Result) -> str:
    style = files("tools.tuning").joinpath("page.css").read_text()
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(result.model)}, tuned</title><style>{style}</style></head><body><main>"
        f"<h1>{escape(result.model)}: what it costs, and how fast it is</h1>"
        f'<p class="faint">{escape(_setting(result))}</p>{_body(result)}'
        f"<h2>Every setting</h2>{_points(result)}</main></body></html>\n"
    )


def _body(result: Result) -> str:
    found = result.choice
    if found is None:
        return "<p><b>Nothing answered right: there is nothing to choose from.</b></p>"
    return _tiles(result, found) + _plots(result, found) + _months(result)


def _setting(result: Result) -> str:
    prices = result.money.prices
    where = (
        f"on a machine with {result.processors} processors, within Lambda's limits,"
        if result.processors
        else "on Lambda, by the times that it reports,"
    )
    said = (
        f"Measured {result.measured} {where} asked without a pause. "
        f"{result.money.assumed.architecture}, {prices.region}, list prices of {prices.date}, "
        "without the gateway where it is not named."
    )
    stopped = "" if result.is_complete else "It was stopped before the end."
    return " ".join(filter(None, (said, result.caution, stopped)))


def _tiles(result: Result, found: Choice) -> str:
    tiles = []
    for name, row in result.named:
        assert row.figures
        taken = ' class="taken"' if row is found.chosen else ""
        times = f"p50 {ms(row.figures.p50)}, p99 {ms(row.figures.p99)}, cold {ms(row.figures.cold)} ms"
        tiles.append(
            f"<div{taken}><span>{escape(name)}</span><b>{row.point.memory_mb:,} MB</b>{escape(row.point.build.name)}"
            f"<small>{times}</small><small>${row.dollars:.2f} for a million</small></div>"
        )
    missed = ""
    if found.chosen is None:
        assert found.nearest.figures
        missed = (
            f"<p><b>Nothing meets p99 {found.goal:g} ms.</b> Nearest: {escape(str(found.nearest.point))}, "
            f"{ms(found.nearest.figures.p99)} ms.</p>"
        )
    return f'{missed}<div class="tiles">{"".join(tiles)}</div>'


def _plots(result: Result, found: Choice) -> str:
    names = list(dict.fromkeys(row.point.build.name for row in result.rows))

    def colour(row: Row) -> int:
        return names.index(row.point.build.name) % plots.COLOURS

    named = {row: f"{words}: {row.point.memory_mb:,} MB" for words, row in result.named}
    builds = "".join(
        f'<span class="c{number % plots.COLOURS}"><i></i>{escape(name)}</span>' for number, name in enumerate(names)
    )
    guessed = "<span>hollow: extrapolated</span>" if _has(result, Outcome.EXTRAPOLATED) else ""
    kinds = "<span>line: p50</span><span>dashes: p99</span><span>dots: cold start</span>"
    return (
        f'<div class="plots"><figure><figcaption>Price against time</figcaption><p class="legend">{builds}'
        f"<span>line: the best trade-offs</span>{guessed}</p>"
        f"{plots.front(result.rows, found.front, named, colour)}</figure>"
        f'<figure><figcaption>Time over memory</figcaption><p class="legend">{builds}{kinds}</p>'
        f"{plots.curves(result.rows, colour, result.goal)}</figure></div>"
    )


def _has(result: Result, outcome: Outcome) -> bool:
    return any(row.outcome is outcome for row in result.rows)


def _months(result: Result) -> str:
    named = result.named
    heads = "".join(f"<th>{row.point.memory_mb:,} MB<br>{escape(name)}</th>" for name, row in named)
    lines = [
        (f"{words} requests", [result.money.month(row, requests) for _, row in named])
        for words, requests in zip(spoken(), REQUESTS, strict=True)
    ]
    lines.append(("on top: an instance kept ready", [result.money.provisioned(row) for _, row in named]))
    lines.append(("on top: SnapStart", [result.money.snapshots(row) for _, row in named]))
    rows = "".join(
        f"<tr><td>{words}</td>{''.join(f'<td>{dollars:,.2f}</td>' for dollars in cells)}</tr>" for words, cells in lines
    )
    servers = "".join(
        f"<li>{escape(str(row.point))}: {against_a_server(result.crossing(row))}</li>" for _, row in named
    )
    return (
        f'<h2>A month</h2><div class="wide"><table><tr><th>dollars a month</th>{heads}</tr>{rows}</table></div>'
        f'<p class="faint">{MONTHS}</p><ul>{servers}</ul><p class="faint">{SERVER}</p>'
    )


def _points(result: Result) -> str:
    head = "".join(f'<th class="{kind}">{name}</th>' for name, kind in HEADS)
    skipped = "".join(
        f'<tr class="skipped"><td colspan="{len(HEADS)}">{escape(build)}, '
        f"{' '.join(f'{memory:,}' for memory in memories)}: not measured: {escape(reason)}</td></tr>"
        for (build, reason), memories in result.skipped().items()
    )
    guessed = "".join(f'<p class="faint">~ {escape(reason)}.</p>' for reason in result.extrapolations())
    return f'<div class="wide"><table><tr>{head}</tr>{"".join(_rows(result))}{skipped}</table></div>{guessed}'


def _rows(result: Result) -> Iterator[str]:
    found = result.choice
    for row in result.in_order():
        if row.outcome is Outcome.SKIPPED:
            continue
        kind = f"{row.outcome} taken" if found and row is found.chosen else str(row.outcome)
        said = zip(_cells(row), HEADS, strict=True)
        yield f'<tr class="{kind}">' + "".join(f'<td class="{k}">{escape(c)}</td>' for c, (_, k) in said) + "</tr>"
        if row.reason and row.outcome is not Outcome.EXTRAPOLATED:
            details = "".join(f"<br><small>{escape(line)}</small>" for line in row.details)
            why = f"{row.outcome}: {escape(row.reason)}{details}"
            yield f'<tr class="{row.outcome}"><td class="why" colspan="{len(HEADS)}">{why}</td></tr>'


def _cells(row: Row) -> list[str]:
    point, figures = row.point, row.figures
    mark = "~" if row.outcome is Outcome.EXTRAPOLATED else ""
    times = [""] * 5
    if figures and row.dollars is not None:
        times = [mark + ms(value) for value in (figures.p50, figures.p95, figures.p99, figures.cold)]
        times.append(f"{mark}{row.dollars:.2f}")
    right = f"{row.asked - row.differing} of {row.asked}" if row.asked and not mark else ""
    name = f"{point.build.name}, {point.memory_mb:,}"
    return [name, f"{point.processors:.2f}", str(point.threads), *times, right]
