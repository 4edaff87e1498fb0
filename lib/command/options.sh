# shellcheck shell=bash
# The command line. What was asked for is answered by `option NAME`.

declare -A OPTIONS=()
COMMAND_LINE=()
STAGE=''
MODEL_PATH=''
RIE_PORT=9000
CANARY_PERCENT=''
CANARY_MINUTES=5
PROMOTE_FROM=''
PRUNE_KEEP=5
CHANGED_SINCE=''

option() {
	[[ -n ${OPTIONS[$1]-} ]]
}

options::parse() {
	COMMAND_LINE=("$@")
	while (($#)); do
		# -rd is -r -d
		if [[ $1 =~ ^-[rpdetoxynfh]{2,}$ ]]; then set -- "${1:0:2}" "-${1:2}" "${@:2}"; fi
		case $1 in
		-s)
			(($# > 1)) || options::wrong '-s needs a stage'
			STAGE=$2
			shift
			;;
		-m)
			(($# > 1)) || options::wrong '-m needs a path'
			MODEL_PATH=$2
			shift
			;;
		-r) OPTIONS[REGISTRY]=1 ;;
		-p)
			OPTIONS[PUSH]=1
			if [[ -n ${2-} && $2 != -* ]]; then
				OPTIONS[PUSH_PATH]=$2
				shift
			fi
			;;
		-d) OPTIONS[DEPLOY]=1 ;;
		-e) OPTIONS[SERVER]=1 ;;
		-t) OPTIONS[TEST]=1 ;;
		-o) OPTIONS[OUTPUTS]=1 ;;
		-x) OPTIONS[REMOVE]=1 ;;
		-y) OPTIONS[YES]=1 ;;
		-n) OPTIONS[DRY]=1 ;;
		--canary)
			OPTIONS[CANARY]=1
			[[ ${2-} =~ ^[0-9]+$ ]] || options::wrong '--canary needs a percentage'
			CANARY_PERCENT=$((10#$2))
			shift
			;;
		--for)
			[[ ${2-} =~ ^[0-9]+(\.[0-9]+)?$ ]] || options::wrong '--for needs minutes'
			OPTIONS[FOR]=1
			CANARY_MINUTES=$2
			shift
			;;
		--rollback) OPTIONS[ROLLBACK]=1 ;;
		--record) OPTIONS[RECORD]=1 ;;
		--promote)
			[[ ${2-} == @(local|dev|stage|prod) ]] || options::wrong '--promote needs the stage to take the image from'
			OPTIONS[PROMOTE]=1 OPTIONS[DEPLOY]=1
			PROMOTE_FROM=$2
			shift
			;;
		--versions) OPTIONS[VERSIONS]=1 ;;
		--prune)
			OPTIONS[PRUNE]=1
			if [[ ${2-} =~ ^[0-9]+$ ]]; then
				PRUNE_KEEP=$((10#$2))
				shift
			fi
			;;
		--status) OPTIONS[STATUS]=1 ;;
		--logs) OPTIONS[LOGS]=1 ;;
		--template) OPTIONS[TEMPLATE]=1 ;;
		-f) OPTIONS[FOLLOW]=1 ;;
		--all) OPTIONS[ALL]=1 ;;
		--changed)
			OPTIONS[CHANGED]=1
			if [[ -n ${2-} && $2 != -* ]]; then
				CHANGED_SINCE=$2
				shift
			fi
			;;
		--rie)
			OPTIONS[RIE]=1
			if [[ ${2-} =~ ^[0-9]+$ ]]; then
				RIE_PORT=$2
				shift
			fi
			;;
		--down) OPTIONS[DOWN]=1 ;;
		-h | --help)
			options::help
			exit 0
			;;
		*) options::wrong "unknown option: $1" ;;
		esac
		shift
	done
	GIVEN_PATH=$MODEL_PATH
	MODEL_PATH=${OPTIONS[PUSH_PATH]-${MODEL_PATH:-$PWD}}
	options::check
}

options::check() {
	case $STAGE in
	local | dev | stage | prod) ;;
	'') options::wrong 'no stage: -s local, -s dev, -s stage or -s prod' ;;
	*) options::wrong "unknown stage: $STAGE (local, dev, stage or prod)" ;;
	esac
	if option DOWN && [[ $STAGE != local ]]; then
		options::wrong '--down goes with -s local'
	fi
	local name
	if option REMOVE; then
		options::alone REMOVE '-x stands alone: it deletes what -r, -p, -d and -e made'
	fi
	if option TEMPLATE; then
		options::alone TEMPLATE '--template stands alone: it prints, and changes nothing; -m names the folder'
		if option DRY; then options::wrong '--template changes nothing: it stands without -n'; fi
	fi
	if option ROLLBACK && { option REGISTRY || option PUSH || option DEPLOY || option SERVER; }; then
		options::wrong '--rollback builds and deploys nothing: it stands without -r, -p, -d and -e'
	fi
	if option REMOVE && ! option YES && ! option DRY && [[ ! -t 0 && $STAGE != prod ]]; then
		options::wrong '-x asks before it deletes and nobody is there to answer: add -y'
	fi
	if option CANARY && ! option DEPLOY; then
		options::wrong '--canary goes with -d: it is how a new version is tried'
	fi
	if option CANARY && ((CANARY_PERCENT < 1 || CANARY_PERCENT > 99)); then
		options::wrong "not a share of the requests: $CANARY_PERCENT % (1 to 99)"
	fi
	if option PROMOTE && option PUSH; then
		options::wrong '--promote builds nothing: it stands without -p, and -m names the folder'
	fi
	if option PROMOTE && [[ $PROMOTE_FROM == "$STAGE" ]]; then options::wrong "--promote $STAGE is this very stage"; fi
	if option PRUNE && ((PRUNE_KEEP < 1)); then options::wrong '--prune keeps at least 1 version'; fi
	if option CHANGED && ! option PUSH; then
		options::wrong '--changed goes with -p: it leaves out what would be built and is there'
	fi
	if option SERVER && [[ $STAGE == local ]]; then
		options::wrong '-e goes to AWS: stage local has no Elastic Beanstalk; docker run IMAGE serve is the same server'
	fi
	if option SERVER && option CHANGED; then
		options::wrong '--changed asks what the function runs: it stands without -e, which changes nothing that is the same'
	fi
	if option FOLLOW && ! option LOGS; then options::wrong '-f goes with --logs'; fi
	if option ALL && { [[ -n ${OPTIONS[PUSH_PATH]-} || -n $GIVEN_PATH ]] || option RIE || option FOLLOW; }; then
		options::wrong '--all takes every model folder: it stands without a path, --rie and -f'
	fi
	if option FOR && ! option CANARY; then options::wrong '--for goes with --canary'; fi
	if option RIE && ((RIE_PORT < 1 || RIE_PORT > 65535)); then
		options::wrong "not a port: $RIE_PORT"
	fi
	for name in REGISTRY PUSH DEPLOY SERVER TEST OUTPUTS ROLLBACK RECORD PRUNE VERSIONS STATUS LOGS TEMPLATE REMOVE RIE DOWN; do
		if option "$name"; then return; fi
	done
	options::wrong 'nothing to do: give at least one of -r -p -d -e -t -o -x --promote --rollback --record --prune --versions --status --logs --template --rie --down'
}

# options::alone NAME WORDS: nothing else is asked for.
options::alone() {
	local name
	for name in "${!OPTIONS[@]}"; do
		case $name in
		"$1" | YES | DRY | PUSH_PATH) ;;
		*) options::wrong "$2" ;;
		esac
	done
}

# The help is the head of pipeline.sh, so that the two cannot differ.
options::help() {
	sed -n '2,/^$/ { /^$/d; s/^# \{0,1\}//; p; }' "$ROOT/pipeline.sh"
}

options::wrong() {
	printf '%serror:%s %s\n  next: bash pipeline.sh -h\n' "$SAY_RED" "$SAY_OFF" "$1" >&2
	exit 2
}
