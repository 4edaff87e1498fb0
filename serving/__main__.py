"""Starts a handler on Lambda under the runtime interface client: `python -m serving app.main.handler`.

`python -m awslambdaric` does the same but starts two milliseconds slower: here `serving.start` is imported first.
"""

import sys

from awslambdaric.__main__ import main

main(sys.argv)
