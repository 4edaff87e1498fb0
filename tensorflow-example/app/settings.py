"""Settings from the function's environment variables, which template.yaml sets."""

import os


def positive(name: str, default: int) -> int:
    """The variable as a whole number of at least 1. A bad value fails at the start, not at some later request."""
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and int(text)):
        raise ValueError(f"{name}={text!r} must be a whole number of at least 1.")
    return int(text)


class Settings:
    def __init__(self) -> None:
        # Parallel downloads, pictures per batch, seconds per download.
        self.threads = positive("THREAD_COUNT", 5)
        self.batch = positive("BATCH_SIZE", 4)
        self.timeout = positive("TIMEOUT", 30)
        # The function's timeout, a second less than the gateway's.
        self.function_seconds = positive("FUNCTION_SECONDS", 29)
