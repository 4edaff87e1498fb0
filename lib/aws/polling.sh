# shellcheck shell=bash
# How long to wait between two looks. AWS limits the calls of an account, and many runs may poll at once.

# The longest wait, in milliseconds. Stage local has no limits, and sets this to the first wait.
POLLING_MOST=10000

# polling::pause N: waits after N looks: half a second at first, then longer and longer.
polling::pause() {
	local ms
	ms=$(polling::milliseconds "$1")
	printf -v ms '%d.%03d' $((ms / 1000)) $((ms % 1000))
	sleep "$ms"
}

# polling::milliseconds N: between half the wait and all of it, at random, so that runs do not poll in step.
polling::milliseconds() {
	local most=500 n
	for ((n = 0; n < $1 && most < POLLING_MOST; n++)); do most=$((most * 3 / 2)); done
	if ((most > POLLING_MOST)); then most=$POLLING_MOST; fi
	printf '%d' $((most / 2 + RANDOM % (most / 2 + 1)))
}
