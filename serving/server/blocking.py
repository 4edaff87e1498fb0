"""Whether a request may wait where it runs.

A server that answers requests on the thread that also listens is the fastest there is, as long as nothing waits on
that thread for somebody else. So what waits for a network asks here first. Where it may not wait, the request is begun
anew on a thread of its own; on Lambda it always may.
"""

from contextvars import ContextVar

_may_wait: ContextVar[bool] = ContextVar("serving.may_wait", default=True)


class MustWait(BaseException):
    """This request cannot go on here. No Exception: nobody but the server is to catch it."""


def before() -> None:
    """Called before the first wait of a request, while nothing has been done that must not be done twice."""
    if not _may_wait.get():
        raise MustWait


def forbid() -> None:
    """In the rest of this context."""
    _may_wait.set(False)
