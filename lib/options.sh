# shellcheck shell=bash
# The command line. What was asked for is answered by `option NAME`.

declare -A OPTIONS=()
COMMAND_LINE=()
STAGE=''
MODEL_PATH=''
RIE_PORT=9000

option() {
	[[ -n ${OPTIONS[$1]-} ]]
}

options::parse() {
	COMMAND_LINE=("$@")
	while (($#)); do
		# -rd is -r -d
		if [[ $1 =~ ^-[rpdtoxynh]{2,}$ ]]; then set -- "${1:0:2}" "-${1:2}" "${@:2}"; fi
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
		-t) OPTIONS[TEST]=1 ;;
		-o) OPTIONS[OUTPUTS]=1 ;;
		-x) OPTIONS[REMOVE]=1 ;;
		-y) OPTIONS[YES]=1 ;;
		-n) OPTIONS[DRY]=1 ;;
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
	if option REMOVE && { option REGISTRY || option PUSH || option DEPLOY || option TEST || option OUTPUTS || option RIE; }; then
		options::wrong '-x stands alone: it deletes what -r, -p and -d made'
	fi
	if option REMOVE && ! option YES && ! option DRY && [[ ! -t 0 ]]; then
		options::wrong '-x asks before it deletes and nobody is there to answer: add -y'
	fi
	if option RIE && ((RIE_PORT < 1 || RIE_PORT > 65535)); then
		options::wrong "not a port: $RIE_PORT"
	fi
	local name
	for name in REGISTRY PUSH DEPLOY TEST OUTPUTS REMOVE RIE DOWN; do
		if option "$name"; then return; fi
	done
	options::wrong 'nothing to do: give at least one of -r -p -d -t -o -x --rie --down'
}

# The help is the head of pipeline.sh, so that the two cannot differ.
options::help() {
	sed -n '2,/^$/ { /^$/d; s/^# \{0,1\}//; p; }' "$ROOT/pipeline.sh"
}

options::wrong() {
	printf '%serror:%s %s\n  next: bash pipeline.sh -h\n' "$SAY_RED" "$SAY_OFF" "$1" >&2
	exit 2
}
