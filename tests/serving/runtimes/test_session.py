"""What is wrong is refused before a C library reads memory that is not ours."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from serving.runtimes import libraries
from serving.runtimes.session import OPEN, Description, Failed, Session, Tensor
from serving.runtimes.threads import threads


class Echo(Session):
    inputs = (Description("rows", "float32", (OPEN, 3)), Description("names", "string", (2,)))

    def _run(self, given: Sequence[Tensor]) -> list[Tensor]:
        return list(given)


ROWS, NAMES = Tensor.of("float32", (1, 3), [1, 2, 3]), Tensor.of("string", (2,), ["a", "b"])
WRONG = {
    "too few tensors": ([ROWS], "takes 2 tensors, not 1"),
    "another element": ([Tensor.of("float64", (1, 3), [1, 2, 3]), NAMES], "rows takes float32, not float64"),
    "another rank": ([Tensor.of("float32", (3,), [1, 2, 3]), NAMES], r"rows takes \? x 3, not 3"),
    "another size": ([Tensor.of("float32", (1, 4), [1] * 4), NAMES], r"rows takes \? x 3, not 1 x 4"),
    "a size below zero": ([Tensor("float32", (-1, 3), b""), NAMES], r"rows takes \? x 3, not \? x 3"),
    "fewer bytes than the shape says": ([Tensor("float32", (2, 3), ROWS.content), NAMES], "takes 24 bytes, not 12"),
    "more bytes": ([Tensor("float32", (0, 3), ROWS.content), NAMES], "takes 0 bytes, not 12"),
    "bytes for strings": ([ROWS, Tensor("string", (2,), b"ab")], "names takes string; the content is not"),
    "strings for numbers": ([Tensor("float32", (1, 3), ["a"] * 12), NAMES], "rows takes float32; the content is not"),
    "fewer strings": ([ROWS, Tensor.of("string", (2,), ["a"])], "names takes 2 strings, not 1"),
}


def test_what_fits_is_computed() -> None:
    assert Echo().run([ROWS, NAMES]) == [ROWS, NAMES]
    assert list(ROWS.numbers) == [1, 2, 3]


@pytest.mark.parametrize(("given", "said"), WRONG.values(), ids=WRONG)
def test_what_does_not_fit_is_refused(given: list[Tensor], said: str) -> None:
    with pytest.raises(Failed, match=said):
        Echo().run(given)


@pytest.mark.parametrize("package", ["nobody_has_this", "msgspec"])
def test_a_library_that_is_missing_is_told_with_the_package_it_is_part_of(package: str) -> None:
    with pytest.raises(Failed, match=f"^libnone.so is missing. It is part of the package {package}, which"):
        libraries.opened(package, "lib", "libnone.so")


def test_a_library_is_looked_for_in_every_place_of_its_package_and_why_it_cannot_be_loaded_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package may be spread over several folders."""
    (tmp_path / "first" / "spread").mkdir(parents=True)
    (tmp_path / "second" / "spread" / "lib").mkdir(parents=True)
    (tmp_path / "second" / "spread" / "lib" / "libnone.so.2").write_text("no library")
    for folder in ("second", "first"):
        monkeypatch.syspath_prepend(tmp_path / folder)
    with pytest.raises(Failed, match=r"second/spread/lib/libnone\.so\.2 cannot be loaded: .*(header|too short)"):
        libraries.opened("spread", "lib", "libnone.so")


@pytest.mark.parametrize(
    ("memory", "processors", "wanted"),
    [
        *((None, 8, 1), ("", 8, 1), ("128", 8, 1), ("1769", 8, 1), ("3537", 8, 1), ("3538", 8, 2), ("10240", 8, 5)),
        *(("10240", 2, 2), ("10240", None, 1)),
    ],
)
def test_threads_follow_from_memory_and_are_never_more_than_processors(
    monkeypatch: pytest.MonkeyPatch, memory: str | None, processors: int | None, wanted: int
) -> None:
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", raising=False)
    if memory is not None:
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory)
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    assert threads() == wanted
