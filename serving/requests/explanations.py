"""Turns msgspec's validation errors into plain sentences, with the field that each is about.

msgspec says "Expected `float | null`, got `str` - at `$.input_X[3]`"; we say that input_X[3] must be a number or
null, not text. Errors that this module does not know keep msgspec's wording.
"""

from typing import Any

import msgspec

from serving.requests.errors import Code, Invalid, cut

_KINDS = {
    "array": "a list",
    "bool": "true or false",
    "bytes": "base64 text",
    "float": "a number",
    "int": "a whole number",
    "object": "an object",
    "str": "text",
}
_COMPARISONS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}

_UNKNOWN = "Object contains unknown field `"
# Of a name or a value that the caller has invented.
_LONGEST = 100


def explain(error: msgspec.ValidationError, type_: Any = None) -> Invalid:
    """The error for the caller, who was to send a `type_`."""
    finding, path = _parted(str(error))
    field = path.rstrip("`").removeprefix("key in ").removeprefix("$").removeprefix(".")

    if name := _between(finding, "Object missing required field `", "`"):
        field = _join(field, name)
        return _invalid(field, "is missing.", "missing_field")
    if finding.startswith(_UNKNOWN):
        field = _join(field, finding.removeprefix(_UNKNOWN).removesuffix("`"))
        return _invalid(field, "is not a field of this request.", "unknown_field")
    if finding.endswith("out of range"):
        return _invalid(field, "is too large a number.", "out_of_range")
    if finding.startswith("Invalid base64"):
        return _invalid(field, "is not base64.", "not_base64")
    if expected := _between(finding, "Expected `", "`"):
        rest = finding.removeprefix(f"Expected `{expected}`")
        if got := _between(rest, ", got `", "`"):
            wanted, given = _kinds(expected), _kind_given(got)
            return _invalid(field, f"must be {wanted}, not {given}.", "wrong_type")
        code: Code = "out_of_range"
        if rest.startswith(" of "):
            code = "wrong_length"
        elif rest.startswith(" matching "):
            code = "invalid_value"
        return _invalid(field, f"must be {_kinds(expected)}{_condition(rest)}.", code)
    if finding.startswith("Invalid enum value"):
        # only who sends another value waits for this import
        from serving.requests.enumerations import allowed

        if values := allowed(type_, field):
            return _invalid(field, f"must be {values}.", "invalid_value")
    return _invalid(field, f"is not accepted: {cut(finding, _LONGEST)}.", "invalid_value")


def _parted(said: str) -> tuple[str, str]:
    """The finding and the place. An unknown name may contain what looks like a place, with no backtick before it."""
    finding, at, path = said.rpartition(" - at `")
    if not at or (finding.startswith(_UNKNOWN) and not finding.endswith("`")):
        return said, ""
    return finding, path


def _invalid(field: str, finding: str, code: Code) -> Invalid:
    field = cut(field, _LONGEST)
    return Invalid(f"{field or 'The body'} {finding}", field=field or None, code=code)


def _between(text: str, start: str, end: str) -> str:
    """The text between `start` and `end`; empty if the text does not begin with `start`."""
    return text.removeprefix(start).partition(end)[0] if text.startswith(start) else ""


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _kinds(names: str) -> str:
    """`float | array | null` as "a number, a list or null"."""
    *others, last = [_KINDS.get(name, name) for name in names.split(" | ")]
    return f"{', '.join(others)} or {last}" if others else last


def _kind_given(name: str) -> str:
    return "a number with a fraction" if name == "float" else _kinds(name)


def _condition(text: str) -> str:
    """` of length >= 1` as " of length at least 1"."""
    return " ".join(_COMPARISONS.get(word, word) for word in text.split(" "))
