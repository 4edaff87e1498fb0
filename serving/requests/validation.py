"""Converts a caller's input to the typed query that `predict` takes, or raises an `Invalid` that says why not.

msgspec does the checking. This module also refuses what msgspec accepts in objects that something else has parsed:
NaN, infinity and lone surrogates.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from math import isfinite
from typing import Any, Generic, TypeVar

import msgspec

from serving.requests.errors import Invalid, cut
from serving.requests.explanations import explain

Query = TypeVar("Query")

# Of a body, in bytes; and of a name in a path.
_SHORT, _LONGEST_NAME = 64 * 1024, 100


class Reader(Generic[Query]):
    """Reads one type. Made once per route, because making a decoder costs more than using it.

    In bodies, prefer `Annotated[float, Meta(multiple_of=1)]` to `int`: for JSON Schema, and so for every client
    generated from it, 1.0 is an integer, but not for msgspec.
    """

    def __init__(self, type_: type[Query]) -> None:
        self._type = type_
        self._decoder = msgspec.json.Decoder(type_)

    def from_json(self, content: bytes) -> Query:
        """The query in a JSON body. If a name occurs twice, the last one counts, as in browsers and in Python."""
        try:
            return self._decoder.decode(content)
        except msgspec.ValidationError as error:
            raise explain(error, self._type) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _why_not_json(content, error) from None

    def from_value(self, value: object) -> Query:
        """The query in an object that is already parsed, as in a direct invocation."""
        _refuse_unwritable(value)
        return self._convert(value, strict=True)

    def from_parameters(self, pairs: Iterable[tuple[str, str]]) -> Query:
        """The query in a query string. Its values are all text, so here, and only here, "1.5" is a number."""
        single: dict[str, str] = {}
        several: dict[str, list[str]] = {}
        for name, value in pairs:
            if name in self._lists:
                several.setdefault(name, []).append(value)
            else:
                single[name] = value
        query = self._convert({**single, **several}, strict=False)
        _refuse_unwritable(msgspec.to_builtins(query))
        return query

    def with_parameters(self, query: Query, pairs: Sequence[tuple[str, str]]) -> Query:
        """`query` with fields from the query string, where `query` itself has their defaults."""
        assert isinstance(query, msgspec.Struct)
        given = self.from_parameters(pairs)
        named = {name for name, _ in pairs}
        for field in msgspec.structs.fields(query):
            if field.encode_name in named and getattr(query, field.name) == field.default:
                setattr(query, field.name, getattr(given, field.name))
        return query

    def _convert(self, value: object, *, strict: bool) -> Query:
        try:
            return msgspec.convert(value, self._type, strict=strict)
        except msgspec.ValidationError as error:
            raise explain(error, self._type) from None
        except UnicodeEncodeError:
            raise _not_utf8() from None
        except RecursionError:
            raise _too_deep() from None

    @cached_property
    def _lists(self) -> set[str]:
        """The parameters that may be given more than once."""
        info = msgspec.inspect.type_info(self._type)
        fields = info.fields if isinstance(info, msgspec.inspect.StructType) else ()
        return {f.encode_name for f in fields if isinstance(f.type, msgspec.inspect.ListType)}


def _refuse_unwritable(value: object) -> None:
    """Raise `Invalid` for what an object can hold but JSON in UTF-8 cannot: NaN, infinity and lone surrogates."""
    found = _unwritable(value)
    if found is None:
        return
    path, culprit = found
    if isinstance(culprit, str):
        raise _not_utf8(path or None)
    raise Invalid(
        f"{path or 'The body'} must be a finite number; NaN and infinity are not.",
        field=path or None,
        code="not_finite",
    )


def _unwritable(root: object) -> tuple[str, float | str] | None:
    """The path of the first such value, and the value. The caller decides how deep and how long everything is, so this
    is a loop that keeps the labels on its way, and makes no path but the one."""
    if isinstance(root, float | str):
        return ("", root) if _is_unwritable(root) else None
    labels: list[str | int | None] = []
    entered = [_children(root)]
    while entered:
        for label, child in entered[-1]:
            labels.append(label)
            if isinstance(child, list | dict):
                entered.append(_children(child))
                break
            if _is_unwritable(child):
                return _path(labels), child
            labels.pop()
        else:
            entered.pop()
            if labels:
                labels.pop()
    return None


def _children(value: object) -> Iterator[tuple[str | int | None, Any]]:
    """What may be unwritable in a list or an object: an object's names first, without a label."""
    if isinstance(value, list):
        return ((index, child) for index, child in enumerate(value) if _may_hold_it(child))
    if not isinstance(value, dict):
        return iter(())
    names = ((None, name) for name in value if isinstance(name, str) and not name.isascii())
    return chain(names, ((name, child) for name, child in value.items() if _may_hold_it(child)))


def _path(labels: Sequence[str | int | None]) -> str:
    named = (label for label in labels if label is not None)
    steps = (f"[{label}]" if isinstance(label, int) else f".{cut(label, _LONGEST_NAME)}" for label in named)
    return "".join(steps).removeprefix(".")


def _may_hold_it(value: object) -> bool:
    # A cheap check for every number in a batch, before its path is built.
    if isinstance(value, float):
        return not isfinite(value)
    return not value.isascii() if isinstance(value, str) else isinstance(value, list | dict) and bool(value)


def _is_unwritable(value: float | str) -> bool:
    if isinstance(value, float):
        return not isfinite(value)
    if value.isascii():
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False


def _why_not_json(content: bytes, error: Exception) -> Invalid:
    """Why and where a body is not JSON. Python's parser tells more, but is too slow for a long one."""
    if not content or content.isspace():
        return Invalid("There is no body; a JSON object was expected.", code="no_body")
    if len(content) <= _SHORT:
        return _found_by_python(content)
    if isinstance(error, RecursionError):
        return _too_deep()
    if isinstance(error, UnicodeDecodeError):
        return _not_utf8()
    _, _, place = str(error).partition("(byte ")
    if not place:
        return Invalid("The body is not JSON.", code="not_json")
    before = content[: int(place.rstrip(")"))]
    return _not_json(before.count(b"\n") + 1, len(before) - before.rfind(b"\n"))


def _not_json(line: int, column: int) -> Invalid:
    return Invalid(f"The body is not JSON: see line {line}, column {column}.", code="not_json")


def _found_by_python(content: bytes) -> Invalid:
    import json

    try:
        _refuse_unwritable(json.loads(content.decode()))
    except Invalid as error:
        return error
    except UnicodeDecodeError:
        return _not_utf8()
    except RecursionError:
        return _too_deep()
    except json.JSONDecodeError as error:
        return _not_json(error.lineno, error.colno)
    except ValueError:
        pass  # A number has more digits than Python accepts.
    return Invalid("The body is not JSON.", code="not_json")


def _not_utf8(field: str | None = None) -> Invalid:
    return Invalid(f"{field or 'The request'} is not valid UTF-8.", field=field, code="not_utf8")


def _too_deep() -> Invalid:
    return Invalid("The body is nested too deeply.", code="too_deep")
