"""Names of points in a chart, placed where they hide neither each other nor a point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

Place = tuple[float, float]

# Of the page's bold letters: page.css.
LETTER, HEIGHT = 8.2, 16.0
# From a point to its name.
ASIDE, ABOVE = 11.0, 9.0
RADIUS = 7.0


@dataclass(frozen=True)
class Box:
    left: float
    bottom: float
    width: float
    height: float

    def touches(self, other: Box) -> bool:
        return (
            self.left < other.left + other.width
            and other.left < self.left + self.width
            and self.bottom > other.bottom - other.height
            and other.bottom > self.bottom - self.height
        )


def beside(points: Sequence[Place], names: Mapping[Place, str], width: float) -> Iterator[str]:
    """A name stands beside its point, or above it at the end of a line. No name leaves the chart at its right."""
    taken = [Box(x - RADIUS, y + RADIUS, 2 * RADIUS, 2 * RADIUS) for x, y in points]
    for (x, y), words in sorted(names.items()):
        wide = len(words) * LETTER
        left = min(x + ASIDE, width - wide)
        box = Box(left, y - ABOVE, wide, HEIGHT)
        while any(box.touches(other) for other in taken):
            box = Box(left, box.bottom - HEIGHT / 4, wide, HEIGHT)
        taken.append(box)
        if box.bottom < y - ABOVE:
            yield f'<path class="lead" d="M{x:.1f} {y - RADIUS:.1f}V{box.bottom + 4:.1f}H{max(left, x):.1f}"/>'
        yield f'<text class="name" x="{left:.1f}" y="{box.bottom:.1f}">{escape(words)}</text>'
