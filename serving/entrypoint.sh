#!/bin/sh
# Starts the handler: on Lambda under the runtime interface client alone; where the emulator has been
# mounted and no runtime API is named, under the emulator.
if [ -z "${AWS_LAMBDA_RUNTIME_API:-}" ] && [ -x /usr/local/bin/aws-lambda-rie ]; then
	exec /usr/local/bin/aws-lambda-rie python3 -m awslambdaric "$@"
fi
exec python3 -m awslambdaric "$@"
