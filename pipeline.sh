#!/usr/bin/env bash
# Takes a model folder to a registry, an image and a running stack on AWS Lambda,
# per stage.
#
# Usage: bash pipeline.sh -s STAGE [-r] [-p [PATH]] [-d] [-e] [-t] [-o] [-x] …
#
# Where, and what:
#   -s STAGE     local, dev, stage or prod; local needs no AWS account
#   -m PATH      the model folder, when -p does not name it (default: this one)
#   --all        every model folder, several at once
#
# Steps, in this order whatever the order of the flags:
#   -r           create or update the registry stack: ECR repository and S3 bucket
#   -p [PATH]    build and push the image of the model folder PATH
#   -d           deploy the stack with the image just pushed, else the newest one
#   -e           the same image on servers, an Elastic Beanstalk environment;
#                -t and -o then mean that
#   -t           test: send the folder's events to the deployed URL and compare
#                the answers
#
# Releases:
#   --canary PERCENT  with -d: first that share of the requests, all of them if
#                     it does no worse
#   --for MINUTES     how long a canary is watched (default: 5)
#   --rollback        put the version before back into service; twice is where
#                     you were
#   --record          write what the newest version answers into the events,
#                     after showing what changes; asks first
#   --promote STAGE   deploy the very image that is live at STAGE
#   --changed [REF]   with -p: only if the image differs from what the stage
#                     runs, or from the one at git's REF
#   --prune [KEEP]    delete versions before the last KEEP (default: 5), and
#                     images that no version runs
#
# Looking:
#   -o           print the stack's outputs, KEY=VALUE a line
#   --versions   list the versions: which is live, from what, whether it passed
#                its gate
#   --status     one screen: version, canary, alarms, the last hour's requests
#   --logs       the last hour's log
#   -f           with --logs: and what comes, until Ctrl-C
#   --cost [MS]  what the model costs a month, with no request and with so many;
#                MS: milliseconds of one, if nobody has measured it; asks nobody
#   --tune       measure which memory is cheapest and fastest, with answers that
#                are still right: at stage local here, and which back end; else of
#                the function that is deployed
#   --p99 MS     with --tune: the cheapest that takes no longer for 99 requests
#                in a hundred
#   --apply      with --tune: write the choice into the folder's model.env
#   --doctor     whether everything is there that a deployment needs: account,
#                quotas, permissions, engine, disk, clock; changes nothing
#   --template   print the whole template as it would be deployed; asks nobody
#   --json       with -o, --versions, --status, --cost, --tune, --doctor, --all:
#                JSON, for programs
#
# A whole input:
#   --batch INPUT        the live version answers all of INPUT: a folder or tar of
#                        pictures, a CSV, JSON lines or Parquet file, an s3://
#                        address; first says what it costs, and asks
#   --out OUTPUT         with --batch, --batch-resume: where the results go,
#                        .jsonl, .csv or .parquet
#   --budget DOLLARS     with --batch, --batch-resume: not more than that; a run
#                        that would pass it is stopped, and what is done is kept
#   --chunk N            with --batch: inputs an invocation (default: as measured)
#   --concurrency N      with --batch, --batch-resume: invocations at once
#                        (default: half of what the account has left, at most 50)
#   --batch-status ID    how far it is
#   --batch-resume ID    do what is missing, and get the results
#   --batch-stop ID      stop it; what is done is kept
#
# On this machine:
#   --rie [PORT] run the image of -p under the runtime interface emulator alone
#                (default: port 9000)
#   --sbom       print what is in the image of -p: packages, versions, licences,
#                as CycloneDX JSON; its layers go to stderr
#   --dev [PATH] the handler of the model folder PATH, without a container, anew
#                after each save, which sends the folder's events; it needs no
#                stage
#   --down       stop everything that stage local started
#
# A model of your own:
#   --new NAME   make the model folder NAME, here; it needs no stage
#   --from PATH  of this file (XGBoost, LightGBM, CatBoost, scikit-learn, Keras,
#                PyTorch, ONNX, LiteRT …), or as a copy of this model folder
#   --samples PATH    inputs to compare with the framework, and to make events of
#   --labels FILE     the names of a classifier's classes, one a line
#   --preprocess WAY  the model takes pictures: imagenet, -1..1, 0..1, 0..255,
#                     keras, caffe; or none
#   --arch NETWORK    of weights of PyTorch: torchvision:resnet18, net.py:make
#   --inputs SIZES    what a network of PyTorch takes: 'n,3,224,224'
#   --signature NAME  which one of those that a LiteRT file or SavedModel has
#   --lock       after a change to a folder's requirements.in: lock what it
#                installs; needs no stage
#
# Care:
#   -n           dry run: print every command that would change something
#   -x           delete what -r, -p, -d and -e made for this model and stage;
#                asks first
#   -y           yes: do not ask
#   -h           this help
#
# Examples:
#   bash pipeline.sh -s local -r -p ./xgboost-example -d -t    on this machine
#   bash pipeline.sh --new churn --from churn.json
#   bash pipeline.sh -s dev -p ./xgboost-example -d --canary 10
#   bash pipeline.sh -s prod -m ./xgboost-example --promote dev
#
# Data goes to stdout, everything else to stderr. Exit status: 0 done, 1 a step
# failed, 2 wrong usage.
#
# Environment: TEMPLATE_REGISTRY, TEMPLATE_LAMBDA, PREFIX_LAMBDA and the other
# settings of defaults.env, which the folder's model.env may set too; WEIGHTS_FILE
# with LABELS_FILE and WEIGHTS_ARCHITECTURE, weights of one's own; MODEL_S3_URI,
# where the model goes if not into the image; BASE_IMAGE; REGISTRY_HOST, if it is
# not the account's own; PIPELINE_INSTALL=never; PIPELINE_HOME; NO_COLOR; and all
# that the AWS CLI reads.

if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)); then
	printf 'error: bash %s is too old, 4.4 or newer is needed\n  next: on macOS, brew install bash\n' "$BASH_VERSION" >&2
	exit 1
fi
set -Eeuo pipefail
shopt -s inherit_errexit
# It would lead `cd` elsewhere, and have it print where.
unset CDPATH

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly ROOT

# shellcheck source-path=SCRIPTDIR
source "$ROOT/lib/command/say.sh"
source "$ROOT/lib/command/suggest.sh"
source "$ROOT/lib/command/option_table.sh"
source "$ROOT/lib/command/options.sh"
source "$ROOT/lib/command/option_rules.sh"
source "$ROOT/lib/command/workspace.sh"
source "$ROOT/lib/command/locks.sh"
source "$ROOT/lib/command/execute.sh"
source "$ROOT/lib/command/fleet.sh"
source "$ROOT/lib/machine/setup.sh"
source "$ROOT/lib/machine/engine.sh"
source "$ROOT/lib/machine/base_image.sh"
source "$ROOT/lib/machine/local_aws.sh"
source "$ROOT/lib/aws/polling.sh"
source "$ROOT/lib/aws/aws.sh"
source "$ROOT/lib/aws/sam.sh"
source "$ROOT/lib/aws/stage.sh"
source "$ROOT/lib/aws/source.sh"
source "$ROOT/lib/aws/cloudformation.sh"
source "$ROOT/lib/aws/stack.sh"
source "$ROOT/lib/aws/ecr.sh"
source "$ROOT/lib/aws/s3.sh"
source "$ROOT/lib/aws/iam.sh"
source "$ROOT/lib/aws/lambda.sh"
source "$ROOT/lib/aws/logs.sh"
source "$ROOT/lib/aws/states.sh"
source "$ROOT/lib/aws/elasticbeanstalk.sh"
source "$ROOT/lib/steps/names.sh"
source "$ROOT/lib/steps/model_folder.sh"
source "$ROOT/lib/steps/new.sh"
source "$ROOT/lib/steps/lock.sh"
source "$ROOT/lib/steps/registry.sh"
source "$ROOT/lib/steps/image.sh"
source "$ROOT/lib/steps/deploy.sh"
source "$ROOT/lib/steps/release.sh"
source "$ROOT/lib/steps/promote.sh"
source "$ROOT/lib/steps/prune.sh"
source "$ROOT/lib/steps/beanstalk.sh"
source "$ROOT/lib/steps/events.sh"
source "$ROOT/lib/steps/watch.sh"
source "$ROOT/lib/steps/cost.sh"
source "$ROOT/lib/steps/tune.sh"
source "$ROOT/lib/steps/batch.sh"
source "$ROOT/lib/steps/doctor.sh"
source "$ROOT/lib/steps/remove.sh"
source "$ROOT/lib/steps/emulator.sh"
source "$ROOT/lib/steps/sbom.sh"
source "$ROOT/lib/steps/dev.sh"

main() {
	options::parse "$@"
	workspace::open
	if option DOWN; then
		local_aws::down
	elif option NEW; then
		new::make
	elif option LOCK; then
		lock::run
	elif option DEV; then
		dev::run
	elif option ALL; then
		fleet::run
	else
		model_folder::find
		say::begin "$PROJECT_LAMBDA at stage $STAGE"
		if option TEMPLATE || option COST || option DOCTOR; then
			main::look
		elif option TUNE; then
			tune::run
		elif option BATCH || option BATCH_STATUS || option BATCH_RESUME || option BATCH_STOP; then
			batch::run
		else
			main::one_model
		fi
	fi
}

# What stands alone, and changes nothing.
main::look() {
	locks::with tools setup::venv
	if option TEMPLATE; then deploy::print_template; fi
	if option COST; then cost::print; fi
	if option DOCTOR; then doctor::run; fi
}

main::one_model() {
	main::check
	if option CHANGED && ! image::has_changed; then
		if option DEPLOY; then deploy::print_url; fi
		return
	fi
	main::change
	main::tell
	if option RIE; then emulator::run; fi
	if option SBOM; then sbom::print; fi
}

# All that can be checked before the first change.
main::check() {
	beanstalk::names
	locks::take "$STAGE-$PROJECT_LAMBDA"
	setup::tools
	stage::enter
	if option DEPLOY || option SERVER || option TEST; then events::check; fi
	if option DEPLOY; then deploy::check; fi
	if option SERVER; then beanstalk::check; fi
	if option PUSH || option RIE || option SBOM; then image::prepare; fi
}

main::change() {
	if option REGISTRY; then registry::apply; fi
	if option PUSH; then image::push; fi
	if option PROMOTE; then promote::apply; fi
	if option DEPLOY; then deploy::apply; fi
	if option SERVER; then beanstalk::apply; fi
	if option ROLLBACK; then release::rollback; fi
	if option RECORD; then release::record; fi
	if option TEST; then events::send; fi
	if option PRUNE; then prune::apply; fi
	if option REMOVE; then remove::all; fi
}

main::tell() {
	if option VERSIONS; then watch::versions; fi
	if option STATUS; then watch::status; fi
	if option LOGS; then watch::logs; fi
	if option OUTPUTS; then
		watch::outputs
	elif ! option JSON && { option DEPLOY || option SERVER; }; then
		deploy::print_url
	fi
}

# Read as one block: bash reads a script as it runs, and the file may be replaced meanwhile.
{
	main "$@"
	exit
}
