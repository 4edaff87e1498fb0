"""The object that Lambda calls. It loads the model, connects the parts and answers every request."""

import os
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any, Generic, TypeVar

import msgspec

from serving import log, start
from serving.pages import standard_routes
from serving.requests import envelopes, events
from serving.requests.endpoint import BodyReaders, Endpoint
from serving.requests.errors import Error, Refused
from serving.requests.messages import Request, Response, finished, json_response
from serving.requests.routes import Operation, Route, Routes
from serving.timing import Clock

Model = TypeVar("Model")
Query = TypeVar("Query")
Answer = TypeVar("Answer")

# The response header with the "note" from `about`, if there is one.
NOTE = "model-note"

_MAX_BYTES = 6 * 1024 * 1024  # Lambda takes no larger event


class Handler(Generic[Model]):
    """A model behind HTTP, made from a folder's `load()` and `predict()`.

        handler = Handler(load, predict)

    `load` is called at once, in Lambda's initialisation phase. The type annotations of `predict`'s query and answer
    define validation and documentation.

    path: the path of the model's predictions.
    title, description, example: texts and a valid request body, for the documentation and the page; or functions
        from the loaded model to these.
    license: the SPDX identifier of the model's licence, such as "Apache-2.0".
    name: the name in the log and in `GET /health`; by default MODEL_NAME, or else the name of the folder.
    examples: returns further valid request bodies for the loaded model, keyed by title.
    columns: describes the entries of an array in the query, as `{"name", "description"}` each.
    body_readers: maps the media types of bodies other than JSON to functions from bytes to a query.
    about: returns facts about the loaded model for `GET /health`; a "version" is logged with each request.
    max_bytes: the size of the largest body accepted.
    on_event: handles events that are not requests, such as a queue's or a bucket's: (model, event) to result.
        Without it such events fail, so that their sender knows that nothing was done.
    warm_up: returns the request body to predict before a snapshot, if `example` needs the network.
    predict_many: `predict` for batches: a list of queries to their answers in order, or `Invalid` for a refused one.
    """

    def __init__(
        self,
        load: Callable[[], Model],
        predict: Callable[[Model, Query], Answer],
        *,
        path: str = "/predict",
        name: str = "",
        title: str | Callable[[Model], str] = "",
        description: str | Callable[[Model], str] = "",
        license: str = "",
        example: object = msgspec.UNSET,
        examples: Callable[[Model], Mapping[str, object]] | None = None,
        columns: Sequence[Mapping[str, str]] = (),
        body_readers: BodyReaders | None = None,
        about: Callable[[Model], Mapping[str, object]] | None = None,
        max_bytes: int = _MAX_BYTES,
        on_event: Callable[[Model, Any], Any] | None = None,
        warm_up: Callable[[], object] | None = None,
        predict_many: Callable[[Model, list[Query]], Sequence[Answer | Refused]] | None = None,
    ) -> None:
        started = perf_counter()
        self.model = start.loaded(load)
        # Reported with the first request only, because later ones did not wait for it.
        self._start: dict[str, float] = {"load": round((perf_counter() - started) * 1e3, 3)}
        facts = about(self.model) if about else {}
        self._name = name or start.model_name(load)
        self._remember(facts)
        self.path, self.max_bytes = path, max_bytes
        self.many = (lambda queries: predict_many(self.model, queries)) if predict_many else None
        self._on_event = on_event
        self._routes = Routes()
        called, about_it, example = (self._told(one) for one in (title, description, example))
        called = called or self._name
        shown: dict[str, Any] = {"example": example, "examples": examples, "columns": columns}
        self.endpoint = self.add("POST", path, predict, summary=called, body_readers=body_readers, **shown)
        info = {"title": called, "description": about_it, "version": self._version, "license": license}
        for route in standard_routes.routes(self._name, facts, info, self._routes):
            self._routes.add(route)
        if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
            self._prepare_snapshot(warm_up or (lambda: example), must_answer=warm_up is not None)

    def _remember(self, facts: Mapping[str, object]) -> None:
        """Keep the values that go into each log line and answer."""
        self._version = str(facts.get("version", ""))
        function = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
        self._names = self._name, self._version, function, os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "")
        # A header value must be a single line of ASCII.
        note = " ".join(str(facts.get("note", "")).encode("ascii", "replace").decode().split())
        self._headers = {NOTE: note} if note else {}

    def add(
        self,
        method: str,
        path: str,
        function: Callable[[Model, Query], Answer],
        *,
        summary: str = "",
        example: object = msgspec.UNSET,
        examples: Callable[[Model], Mapping[str, object]] | None = None,
        columns: Sequence[Mapping[str, str]] = (),
        body_readers: BodyReaders | None = None,
        is_model: bool = True,
    ) -> Endpoint[Model, Any]:
        """Add another path, answered by a function like `predict`.

        Its query is read from the query string for GET and DELETE, and from the body for other methods. With
        `is_model=False` it stays out of the metrics.
        """
        endpoint = Endpoint(
            function,
            self.model,
            has_body=method not in ("GET", "DELETE"),
            body_readers=body_readers or {},
            max_bytes=self.max_bytes,
        )
        operation = Operation(
            summary=summary or function.__name__,
            query=endpoint.query_type,
            media_types=endpoint.media_types,
            answer=endpoint.answer_type,
            example=example,
            examples=(lambda: examples(self.model)) if examples else dict,
            columns=columns,
        )
        self._routes.add(Route(method, path, endpoint, operation, is_model=is_model))
        return endpoint

    def __call__(self, event: Any, context: object = None) -> Any:
        """Handle one Lambda invocation."""
        if sender := events.sender(event):
            return self._take(sender, event, envelopes.request_id(event, context))
        if envelopes.is_chunk(event):
            from serving.batches.run import run

            return run(self, event, context, envelopes.request_id(event, context))
        delivery = envelopes.receive(event, self.path)
        request = delivery.request()
        response = self.respond(request, envelopes.request_id(event, context))
        if request.method == "HEAD":
            response.body = b""
        return delivery.envelope(response)

    def respond(self, request: Request, request_id: str) -> Response:
        """Answer the request and log it. Never raises.

        A HEAD request is answered like a GET: the caller of this method drops the body but knows its length.
        """
        response, entry = self.answered(request, request_id)
        log.write(entry)
        return finished(response, entry.phases)

    def answered(self, request: Request, request_id: str) -> tuple[Response, log.Entry]:
        """The answer and its log entry."""
        entry = self.entry(request_id, request.method, request.path)
        start = self.taken_start()
        with Clock(request_id) as clock:
            response = self._answer(request, entry)
        entry.status, entry.counts = response.status, clock.counts
        entry.phases = {**clock.milliseconds(), **start}
        return response, entry

    def taken_start(self) -> dict[str, float]:
        """The duration of the start, for the first request only."""
        start, self._start = self._start, {}
        return start

    def entry(self, request_id: str, method: str, path: str) -> log.Entry:
        return log.Entry(*self._names, request_id, method, path, is_cold=bool(self._start))

    def asks_model(self, request: Request) -> bool:
        """Whether the request runs the model, and so may take long."""
        try:
            return self._routes.find(request).is_model
        except Refused:
            return False

    def _told(self, value: Any) -> Any:
        return value(self.model) if callable(value) else value

    def _take(self, sender: str, event: Any, request_id: str) -> Any:
        """Handle an event that is not a request. Its sender recognises a failure only by an exception."""
        entry = self.entry(request_id, "EVENT", sender)
        with Clock(request_id) as clock:
            try:
                if self._on_event is None:
                    raise events.EventNotTaken(sender)
                answer = self._on_event(self.model, event)
                entry.status = 200
                return answer
            except Exception as error:
                entry.status, entry.code = 500, "event_failed"
                entry.traceback = None if isinstance(error, events.EventNotTaken) else log.current_traceback()
                raise
            finally:
                entry.phases = {**clock.milliseconds(), **self.taken_start()}
                log.write(entry)

    def _rehearse(self, event: Any) -> Response:
        """Answer a made-up event: nothing is logged or counted, and exceptions propagate."""
        delivery = envelopes.receive(event, self.path)
        request = delivery.request()
        with Clock() as clock:
            response = self._routes.find(request).respond(request)
        response = finished(response, clock.milliseconds())
        delivery.envelope(response)
        return response

    def _prepare_snapshot(self, body: Callable[[], object], *, must_answer: bool) -> None:
        from serving.snapstart import Snapshot

        Snapshot(self._rehearse, self.path, body, must_answer=must_answer, restored=self._restored).register()

    def _restored(self, milliseconds: float) -> None:
        self._start = {"restore": milliseconds}

    def _answer(self, request: Request, entry: log.Entry) -> Response:
        try:
            if request.refused:
                raise request.refused
            route = self._routes.find(request)
            # Only on Lambda does the log become metrics.
            entry.is_measured = route.is_model and bool(entry.function)
            response = route.respond(request)
            if route.is_model:
                response.headers = {**response.headers, **self._headers}
            return response
        except Refused as refused:
            if refused.status == 405 and (way := standard_routes.way_to_the_page(request)):
                return way
            entry.code = refused.code
            error = Error(refused.message, refused.code, refused.field, entry.request_id)
            return json_response(error, refused.status, refused.headers)
        except Exception:
            # The caller only gets the id under which the log has the details.
            entry.code, entry.traceback = "internal_error", log.current_traceback()
            message = "Something went wrong here. It is not your request's fault."
            return json_response(Error(message, entry.code, None, entry.request_id), 500)
