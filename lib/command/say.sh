# shellcheck shell=bash
# Everything meant for people goes to stderr, coloured on a terminal only.

if [[ -t 2 && -z ${NO_COLOR-} ]]; then
	SAY_BOLD=$'\e[1m' SAY_DIM=$'\e[2m' SAY_RED=$'\e[31m' SAY_YELLOW=$'\e[33m' SAY_OFF=$'\e[0m'
else
	SAY_BOLD='' SAY_DIM='' SAY_RED='' SAY_YELLOW='' SAY_OFF=''
fi

# say::step NAME WHAT: a step begins; say::result stops its clock.
say::step() {
	SAY_BEGAN=$(say::now) SAY_STEP=$1
	say::progress_ends
	printf '%s%-9s%s %s\n' "$SAY_BOLD" "$1" "$SAY_OFF" "$(say::plain "$2")" >&2
}

# say::begin WHAT: the first line, before anything that takes time.
say::begin() {
	SAY_BEGAN=$(say::now)
	printf '%s%-9s%s %s\n' "$SAY_BOLD" pipeline "$SAY_OFF" "$1" >&2
}

# say::result WHAT: how the step ended, and how long it took. A dry run prints nothing, as nothing was done. With two steps
# in progress, the line names its step.
say::result() {
	if option DRY && [[ $1 != unchanged ]]; then return; fi
	local ms=$(($(say::now) - SAY_BEGAN)) step=''
	if [[ -n ${BESIDE-} ]]; then step=$SAY_STEP; fi
	say::progress_ends
	printf '%-9s %s %s(%d.%d s)%s\n' "$step" "$(say::plain "$1")" "$SAY_DIM" $((ms / 1000)) $((ms % 1000 / 100)) "$SAY_OFF" >&2
}

say::note() {
	printf '%-9s %s\n' '' "$(say::plain "$1")" >&2
}

# say::plain WORDS: shortens digests; 12 characters are enough to tell them apart.
say::plain() {
	local words=$1
	while [[ $words =~ sha256:([0-9a-f]{64}) ]]; do words=${words//"${BASH_REMATCH[1]}"/${BASH_REMATCH[1]::12}}; done
	printf '%s' "$words"
}

say::warn() {
	printf '%swarning:%s %s\n' "$SAY_YELLOW" "$SAY_OFF" "$1" >&2
}

# say::error WHAT WHY NEXT: each may have several lines.
say::error() {
	printf '%serror:%s %s\n' "$SAY_RED" "$SAY_OFF" "$1" >&2
	if [[ -n ${2-} ]]; then printf '  why:  %s\n' "${2//$'\n'/$'\n'        }" >&2; fi
	if [[ -n ${3-} ]]; then printf '  next: %s\n' "${3//$'\n'/$'\n'        }" >&2; fi
}

# say::fail WHAT WHY NEXT: reports the error and ends the run.
say::fail() {
	say::error "$@"
	SAID=1
	# a subshell loses the variable
	if [[ -d ${RUN_DIR-} ]]; then : >"$RUN_DIR/said"; fi
	exit 1
}

# say::again: the command line of this run, ready to be typed again.
say::again() {
	printf 'bash pipeline.sh'
	printf ' %q' "${COMMAND_LINE[@]}"
}

# say::while LOG COMMAND...: runs COMMAND with its output in LOG; a terminal shows the last line meanwhile, and how long
# the step has taken.
say::while() {
	local log=$1 pid line
	shift
	if [[ ! -t 2 || ${BESIDE-} == here ]]; then
		"$@" >"$log" 2>&1
		return
	fi
	# The command's own redirection may create the file only after the loop first reads it.
	: >"$log"
	"$@" >>"$log" 2>&1 &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		line=$(tail -n 1 "$log" | tr -d $'\r\e')
		say::progress "$line"
		sleep 0.2
	done
	say::progress_ends
	wait "$pid"
}

# say::progress WORDS: on a terminal, what is happening now and for how long; the next progress line replaces it.
say::progress() {
	if [[ ! -t 2 ]]; then return; fi
	local seconds=$((($(say::now) - SAY_BEGAN) / 1000))
	printf '\r\e[K%-9s %s%4d s  %.*s%s' '' "$SAY_DIM" "$seconds" $((${COLUMNS:-80} - 20)) "$1" "$SAY_OFF" >&2
}

say::progress_ends() {
	if [[ -t 2 ]]; then printf '\r\e[K' >&2; fi
}

# say::size BYTES: in megabytes, or in kilobytes below one.
say::size() {
	if (($1 < 1000000)); then
		printf '%d kB' $((($1 + 999) / 1000))
	else
		printf '%d.%d MB' $(($1 / 1000000)) $(($1 % 1000000 / 100000))
	fi
}

# say::agreed QUESTION: -y agrees to everything; without a terminal the answer is no.
say::agreed() {
	local answer=''
	if option YES; then return; fi
	if [[ ! -t 0 ]]; then return 1; fi
	read -r -p "$1" answer || true
	[[ $answer == [yY]* ]]
}

say::now() {
	if [[ -n ${EPOCHREALTIME-} ]]; then
		local now=${EPOCHREALTIME/[.,]/}
		printf '%s' "${now%???}"
	else
		printf '%s000' "$(date +%s)"
	fi
}
