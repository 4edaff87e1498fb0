"""Starts a handler on Lambda, `python -m serving app.main.handler`, by the runtime interface client.

`python -m awslambdaric` does the same, later by two milliseconds: here `serving.start` is imported before the client.
"""

import sys

from awslambdaric.__main__ import main

main(sys.argv)
