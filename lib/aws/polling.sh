# shellcheck shell=bash
# How long to wait before one looks again. AWS counts the calls of an account, and many runs may look at once.

# No longer than that, in milliseconds; stage local has no limits and waits no longer than the first time.
POLLING_MOST=10000

# polling::pause N: after N looks: half a second first, then longer and longer.
polling::pause() {
	local ms
	ms=$(polling::milliseconds "$1")
	printf -v ms '%d.%03d' $((ms / 1000)) $((ms % 1000))
	sleep "$ms"
}

# polling::milliseconds N: by chance at least half of what it could be, so that runs do not look all at the same time.
polling::milliseconds() {
	local most=500 n
	for ((n = 0; n < $1 && most < POLLING_MOST; n++)); do most=$((most * 3 / 2)); done
	if ((most > POLLING_MOST)); then most=$POLLING_MOST; fi
	printf '%d' $((most / 2 + RANDOM % (most / 2 + 1)))
}
