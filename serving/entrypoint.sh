#!/bin/sh
# Starts the handler: with `serve` as an HTTP server; under the emulator if that is mounted and there is no
# runtime API; otherwise, as on Lambda, under the runtime interface client alone.
cd /var/task || exit
if [ "${1:-}" = serve ]; then
	exec python3 -m serving.server "${2:-app.main.handler}"
fi
if [ -z "${AWS_LAMBDA_RUNTIME_API:-}" ] && [ -x /usr/local/bin/aws-lambda-rie ]; then
	exec /usr/local/bin/aws-lambda-rie python3 -m serving "$@"
fi
exec python3 -m serving "$@"
