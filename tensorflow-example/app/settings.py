"""What may be set from outside: the environment of the function, which template.yaml writes."""

import os


def positive(name: str, default: int) -> int:
    """A whole number of at least one. A wrong one stops the start, not the hundredth request."""
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and int(text)):
        raise ValueError(f"{name}={text!r} must be a whole number of at least 1.")
    return int(text)


class Settings:
    def __init__(self) -> None:
        # Downloads side by side; pictures that the model gets at once; seconds for a download.
        self.threads = positive("THREAD_COUNT", 5)
        self.batch = positive("BATCH_SIZE", 4)
        self.timeout = positive("TIMEOUT", 30)
        # What Lambda gives the function, which the gateway outlasts by a second.
        self.function_seconds = positive("FUNCTION_SECONDS", 29)
