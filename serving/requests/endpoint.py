"""Turns a folder's function `(model, query) -> answer` into a responder to requests.

The function's annotations are the only definition of its types: validation, answers and the OpenAPI document all
follow from them.
"""

from collections.abc import Callable, Mapping
from types import FunctionType, SimpleNamespace
from typing import Any, Generic, TypeVar, get_type_hints

from serving.requests.errors import Refused
from serving.requests.messages import JSON, Request, Response, json_response
from serving.requests.validation import Reader
from serving.timing import timer

Model = TypeVar("Model")
Query = TypeVar("Query")

_FORM = "application/x-www-form-urlencoded"

# Functions that make a query from a body that is not JSON, by media type: "image/png", or "image/*" for all images.
BodyReaders = Mapping[str, Callable[[bytes], Any]]


class Endpoint(Generic[Model, Query]):
    """Reads the request, calls the function, writes the answer."""

    def __init__(
        self,
        function: Callable[[Model, Query], Any],
        model: Model,
        *,
        has_body: bool,
        body_readers: BodyReaders,
        max_bytes: int,
    ) -> None:
        self.query_type, self.answer_type = types_of(function)
        self.media_types = (JSON, *body_readers) if has_body else ()
        self._function = function
        self._model = model
        self.reader: Reader[Query] = Reader(self.query_type)
        self._body_readers = body_readers
        self._max_bytes = max_bytes

    def __call__(self, request: Request) -> Response:
        with timer("decode"):
            query = self._read(request)
        with timer("predict"):
            answer = self._function(self._model, query)
        return answer if isinstance(answer, Response) else json_response(answer)

    def _read(self, request: Request) -> Query:
        if not self.media_types:
            return self.reader.from_parameters(request.parameters())
        if request.is_parsed:
            return self.reader.from_value(request.value)
        content = request.content(self._max_bytes)
        read = self._reader_for(request.content_type, content)
        query = read(content)
        if request.query and read != self.reader.from_json:
            # A body that is a picture has no room for other fields, so those come in the query string.
            return self.reader.with_parameters(query, request.parameters())
        return query

    def _reader_for(self, given: str, content: bytes) -> Callable[[bytes], Query]:
        # `curl -d` labels its body as a form; JSON in it is read as JSON.
        typed = given == _FORM and content.lstrip()[:1] in (b"{", b"[")
        if typed or given in ("", JSON, "text/json") or given.endswith("+json"):
            return self.reader.from_json
        group = given.partition("/")[0] + "/*"
        read = self._body_readers.get(given) or self._body_readers.get(group)
        if read is None:
            raise Refused(
                415,
                f"A body of this Content-Type is not taken, only {', '.join(self.media_types)}.",
                code="unsupported_media_type",
            )
        return read


def types_of(function: Callable[..., Any]) -> tuple[Any, Any]:
    """The types of a function's second parameter and of its return value.

    The first parameter's annotation is not resolved: the model's type may be imported for type checkers only.
    """
    if not isinstance(function, FunctionType):
        raise TypeError(f"A plain function was expected, not {function!r}.")
    _, query = function.__code__.co_varnames[:2]
    try:
        wanted = {name: function.__annotations__[name] for name in (query, "return")}
    except KeyError as missing:
        raise TypeError(f"{function.__name__}() lacks the annotation of {missing}.") from None
    hints = get_type_hints(SimpleNamespace(__annotations__=wanted), function.__globals__, include_extras=True)
    return hints[query], hints["return"]
