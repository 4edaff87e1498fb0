"""Starts the server: python3 -m serving.server app.main.handler"""

import sys

from serving.server import supervisor

sys.exit(supervisor.main(sys.argv[1]))
