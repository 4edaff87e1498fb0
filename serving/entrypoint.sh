#!/bin/sh
# Starts the handler: on Lambda under the runtime interface client alone; where the emulator has been
# mounted and no runtime API is named, under the emulator; and told to `serve`, on a server of its own.
cd /var/task || exit
if [ "${1:-}" = serve ]; then
	exec python3 -m serving.server "${2:-app.main.handler}"
fi
if [ -z "${AWS_LAMBDA_RUNTIME_API:-}" ] && [ -x /usr/local/bin/aws-lambda-rie ]; then
	exec /usr/local/bin/aws-lambda-rie python3 -m serving "$@"
fi
exec python3 -m serving "$@"
