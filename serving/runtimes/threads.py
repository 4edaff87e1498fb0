"""How many threads a model gets: never more than there are processors. More would take turns, and take longer."""

import os

# Of memory, what Lambda gives a whole processor for.
MEGABYTES_A_PROCESSOR = 1769


def threads() -> int:
    """On Lambda what its memory pays for; elsewhere one, for a server starts a worker on each processor."""
    memory = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE") or 0)
    return max(1, min(memory // MEGABYTES_A_PROCESSOR, os.cpu_count() or 1))
