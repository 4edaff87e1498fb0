"""The number of threads for a model: at most one per processor. More would compete for processors and be slower."""

import os

# The memory for which Lambda gives a whole processor.
MEGABYTES_A_PROCESSOR = 1769


def threads() -> int:
    """On Lambda, the processors that come with its memory; elsewhere 1: a server has a worker per processor."""
    memory = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE") or 0)
    return max(1, min(memory // MEGABYTES_A_PROCESSOR, os.cpu_count() or 1))
