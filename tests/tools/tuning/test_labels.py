"""Names in a chart can be read, whatever is chosen: for small differences the points lie close together."""

from __future__ import annotations

import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from tools.tuning import labels
from tools.tuning.labels import Box

WIDTH = 440
PLACES = st.lists(st.tuples(st.floats(60, 420), st.floats(30, 280)), min_size=1, max_size=12, unique=True)
WORDS = ("p99 200 ms, cheapest: 10,240 MB", "knee: 1,769 MB", "fastest: 3,538 MB")


@given(places=PLACES)
def test_no_name_hides_another_or_a_point_or_leaves_the_chart(places: list[tuple[float, float]]) -> None:
    names = dict(zip(places, WORDS, strict=False))
    drawn = "".join(labels.beside(places, names, WIDTH))
    found = re.findall(r'<text class="name" x="([-\d.]+)" y="([-\d.]+)">([^<]+)</text>', drawn)
    assert sorted(words for *_, words in found) == sorted(names.values())
    boxes = [Box(float(x), float(y), len(words) * labels.LETTER, labels.HEIGHT - 0.2) for x, y, words in found]
    assert not any(one.touches(other) for one, other in itertools.combinations(boxes, 2))
    radius = labels.RADIUS - 0.2
    assert not any(box.touches(Box(x - radius, y + radius, 2 * radius, 2 * radius)) for box in boxes for x, y in places)
    assert all(box.left >= 0 and box.left + box.width <= WIDTH + 0.1 for box in boxes)
