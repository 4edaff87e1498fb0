# shellcheck shell=bash
# Parses the command line. `option NAME` tells whether an option was given.

declare -A OPTIONS=()
COMMAND_LINE=()
STAGE=''
MODEL_PATH=''
PUSH_PATH=''
RIE_PORT=9000
CANARY_PERCENT=''
CANARY_MINUTES=5
PROMOTE_FROM=''
PRUNE_KEEP=5
CHANGED_SINCE=''
COST_MS='' TUNE_P99=''
BATCH_INPUT='' BATCH_OUT='' BATCH_CHUNK='' BATCH_CONCURRENCY='' BATCH_BUDGET='' BATCH_ID=''
NEW_NAME='' NEW_FROM='' NEW_SAMPLES='' NEW_LABELS='' NEW_PREPROCESS='' NEW_ARCH='' NEW_INPUTS='' NEW_SIGNATURE=''

readonly STAGES=(local dev stage prod)

option() {
	[[ -n ${OPTIONS[$1]-} ]]
}

options::parse() {
	COMMAND_LINE=("$@")
	while (($#)); do
		# -rd is -r -d
		if [[ $1 =~ ^-[a-z]{2,}$ ]]; then set -- "${1:0:2}" "-${1:2}" "${@:2}"; fi
		if [[ $1 == --help ]]; then set -- -h "${@:2}"; fi
		options::take "$@"
		shift "$TAKEN"
	done
	if option PROMOTE; then OPTIONS[DEPLOY]=1; fi
	if [[ -n $PUSH_PATH$MODEL_PATH ]]; then OPTIONS[FOLDER]=1; fi
	MODEL_PATH=${PUSH_PATH:-${MODEL_PATH:-$PWD}}
	options::check
}

# options::take WORD...: reads the first option, with its value; sets TAKEN to the number of words it used.
options::take() {
	local row flag name takes variable pattern what
	for row in "${OPTION_TABLE[@]}"; do
		read -r flag name takes variable pattern what <<<"$row"
		if [[ $flag == "$1" ]]; then break; fi
	done
	if [[ $flag != "$1" ]]; then options::unknown "$1"; fi
	if [[ $name == HELP ]]; then options::help; fi
	OPTIONS[$name]=1
	TAKEN=1
	if [[ -z $takes ]]; then return; fi
	if (($# > 1)) && [[ $2 =~ ^$pattern$ ]]; then
		printf -v "$variable" '%s' "$2"
		TAKEN=2
	elif [[ $takes == must ]]; then
		options::wrong "$flag needs $what"
	fi
}

# options::unknown WORD: suggests -d for --deploy as well as --versions for --verison.
options::unknown() {
	local row flag name long
	local -A meant=()
	for row in "${OPTION_TABLE[@]}"; do
		read -r flag name _ <<<"$row"
		long=--$name
		meant[${long,,}]=$flag meant[$flag]=$flag
	done
	long=$(suggest::nearest "$1" "${!meant[@]}")
	options::wrong "unknown option: $1" "${long:+did you mean ${meant[$long]}? }"
}

# The help is the header of pipeline.sh, so the two cannot differ.
options::help() {
	sed -n '2,/^$/ { /^$/d; s/^# \{0,1\}//; p; }' "$ROOT/pipeline.sh"
	exit 0
}

# options::wrong WHAT [ADVICE]
options::wrong() {
	say::error "$1" '' "${2-}bash pipeline.sh -h"
	exit 2
}
