# shellcheck shell=bash
# The command line. What was asked for is answered by `option NAME`.

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
NEW_NAME='' NEW_FROM='' NEW_SAMPLES='' NEW_LABELS='' NEW_PREPROCESS='' NEW_ARCH='' NEW_INPUTS='' NEW_SIGNATURE=''

readonly STAGES=(local dev stage prod)

# Every option: its name, whether a value must or may follow, where that goes, what it looks like, and what is said
# where it must follow and does not.
readonly OPTION_TABLE=(
	'-s          STAGE       must  STAGE           [^-].*                    a stage'
	'-r          REGISTRY'
	'-p          PUSH        may   PUSH_PATH       [^-].*'
	'-d          DEPLOY'
	'-e          SERVER'
	'-t          TEST'
	'-o          OUTPUTS'
	'-x          REMOVE'
	'-y          YES'
	'-n          DRY'
	'-m          MODEL       must  MODEL_PATH      .*                        a path'
	'--canary    CANARY      must  CANARY_PERCENT  [0-9]+                    a percentage'
	'--for       FOR         must  CANARY_MINUTES  [0-9]+(\.[0-9]+)?         minutes'
	'--rollback  ROLLBACK'
	'--record    RECORD'
	'--promote   PROMOTE     must  PROMOTE_FROM    (local|dev|stage|prod)    the stage to take the image from'
	'--prune     PRUNE       may   PRUNE_KEEP      [0-9]+'
	'--all       ALL'
	'--changed   CHANGED     may   CHANGED_SINCE   [^-].*'
	'--versions  VERSIONS'
	'--status    STATUS'
	'--logs      LOGS'
	'-f          FOLLOW'
	'--cost      COST        may   COST_MS         [0-9]+(\.[0-9]+)?'
	'--doctor    DOCTOR'
	'--tune      TUNE'
	'--p99       P99         must  TUNE_P99        [0-9]+(\.[0-9]+)?         milliseconds'
	'--apply     APPLY'
	'--json      JSON'
	'--template  TEMPLATE'
	'--rie       RIE         may   RIE_PORT        [0-9]+'
	'--sbom      SBOM'
	'--dev       DEV         may   PUSH_PATH       [^-].*'
	'--down      DOWN'
	'--new       NEW         must  NEW_NAME        [^-].*                    a name'
	'--from      FROM        must  NEW_FROM        [^-].*                    a file or a folder'
	'--samples   SAMPLES     must  NEW_SAMPLES     [^-].*                    a CSV file'
	'--labels    LABELS      must  NEW_LABELS      [^-].*                    a file, a name a line'
	'--preprocess PREPROCESS must NEW_PREPROCESS  .*                        imagenet, -1..1, 0..1 or 0..255'
	'--arch      ARCH        must  NEW_ARCH        .+:.+                     torchvision:NAME or FILE.py:FUNCTION'
	'--inputs    INPUTS      must  NEW_INPUTS      [^-].*                    sizes, such as n,3,224,224'
	'--signature SIGNATURE   must  NEW_SIGNATURE   [^-].*                    the name of a signature'
	'--lock      LOCK'
	'-h          HELP'
)

# Something to do, or to be told.
readonly ERRANDS=(REGISTRY PUSH DEPLOY SERVER TEST OUTPUTS ROLLBACK RECORD PRUNE VERSIONS STATUS LOGS COST TUNE DOCTOR TEMPLATE SBOM REMOVE RIE DEV DOWN NEW LOCK)

# What --json makes a document of.
readonly DOCUMENTS=(OUTPUTS VERSIONS STATUS COST TUNE DOCTOR)

# What goes with what: an option, `with` those of which one must be there or `without` those that must not, and why.
readonly OPTION_RULES=(
	'ROLLBACK  without  REGISTRY PUSH DEPLOY SERVER: --rollback builds and deploys nothing: it stands without -r, -p, -d and -e'
	'CANARY    with     DEPLOY: --canary goes with -d: it is how a new version is tried'
	'PROMOTE   without  PUSH: --promote builds nothing: it stands without -p, and -m names the folder'
	'CHANGED   with     PUSH: --changed goes with -p: it leaves out what would be built and is there'
	'CHANGED   without  SERVER: --changed asks what the function runs: it stands without -e, which changes nothing that is the same'
	'FOLLOW    with     LOGS: -f goes with --logs'
	'ALL       without  FOLDER RIE FOLLOW: --all takes every model folder: it stands without a path, --rie and -f'
	'TEMPLATE  without  DRY: --template changes nothing: it stands without -n'
	'COST      without  DRY: --cost changes nothing: it stands without -n'
	'TUNE      without  DRY: --tune deploys nothing: it stands without -n'
	'P99       with     TUNE: --p99 goes with --tune: it is what the setting has to meet'
	'APPLY     with     TUNE: --apply goes with --tune: it writes what was chosen'
	'DOCTOR    without  DRY: --doctor changes nothing: it stands without -n'
	'SBOM      without  DRY: --sbom reads the image, which a dry run does not build: it stands without -n'
	'DEV       without  DRY: --dev changes nothing: it stands without -n'
	'FOR       with     CANARY: --for goes with --canary'
	'NEW       with     FROM: --new goes with --from, which names the file that the model is in'
	'FROM      with     NEW: --from goes with --new, which names the model'
	'SAMPLES   with     NEW: --samples goes with --new'
	'LABELS    with     NEW: --labels goes with --new'
	'PREPROCESS  with  NEW: --preprocess goes with --new'
	'ARCH      with     NEW: --arch goes with --new'
	'INPUTS    with     NEW: --inputs goes with --new'
	'SIGNATURE  with    NEW: --signature goes with --new'
	'JSON      with     OUTPUTS VERSIONS STATUS COST TUNE DOCTOR ALL: --json goes with -o, --versions, --status, --cost, --tune, --doctor or --all'
)

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

# options::take WORD...: the option that comes first, with its value; sets TAKEN, how many words that was.
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

# options::unknown WORD: --deploy for -d is as near as --verison for --versions.
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

# The help is the head of pipeline.sh, so that the two cannot differ.
options::help() {
	sed -n '2,/^$/ { /^$/d; s/^# \{0,1\}//; p; }' "$ROOT/pipeline.sh"
	exit 0
}

# options::wrong WHAT [ADVICE]
options::wrong() {
	printf '%serror:%s %s\n  next: %sbash pipeline.sh -h\n' "$SAY_RED" "$SAY_OFF" "$1" "${2-}" >&2
	exit 2
}
