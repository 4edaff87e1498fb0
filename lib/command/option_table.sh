# shellcheck shell=bash
# Which options there are, and what goes with what. options.sh reads it.

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
	'--preprocess PREPROCESS must NEW_PREPROCESS  .*                        imagenet, -1..1, 0..1, 0..255, keras or none'
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
