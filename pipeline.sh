#!/usr/bin/env bash
# Takes a model folder to a registry, an image and a running stack on AWS Lambda,
# stage by stage.
#
# Usage: bash pipeline.sh -s STAGE [-r] [-p [PATH]] [-d] [-e] [-t] [-o] [-x] …
#
# Where, and what:
#   -s STAGE     local, dev, stage or prod; local needs no AWS account
#   -m PATH      the model folder, if -p does not name it (default: this one)
#   --all        every model folder, several at once
#
# Steps, which run in this order whatever the order of the flags:
#   -r           create or update the registry stack: ECR repository and S3 bucket
#   -p [PATH]    build and push the image of the model folder PATH
#   -d           deploy the stack with the image just pushed, or the newest one
#   -e           run the same image on servers, an Elastic Beanstalk environment;
#                -t and -o then refer to the servers
#   -t           test: send the folder's events to the deployed URL and compare
#                the answers
#
# Releases:
#   --canary PERCENT  with -d: send this share of the requests to the new version
#                     first, and all of them if it does no worse
#   --for MINUTES     how long to watch a canary (default: 5)
#   --rollback        put the previous version back into service; a second time
#                     returns to where you were
#   --record          write the newest version's answers into the events, after
#                     showing what changes; asks first
#   --promote STAGE   deploy the very image that is live at STAGE
#   --changed [REF]   with -p: only if the image differs from what the stage
#                     runs, or from the one at the git ref REF
#   --prune [KEEP]    delete all but the last KEEP versions (default: 5), and the
#                     images that no version runs
#
# Looking:
#   -o           print the stack's outputs, one KEY=VALUE per line
#   --versions   list the versions: which one is live, what it was built from, and
#                whether it passed its gate
#   --status     one screen: version, canary, alarms, the last hour's requests
#   --logs       the last hour's log
#   -f           with --logs: keep following the log until Ctrl-C
#   --cost [MS]  what the model costs a month, idle and at several loads; MS:
#                milliseconds per request, if not measured; works offline
#   --tune       find the cheapest and the fastest memory size that still gives
#                the right answers: at stage local on this machine, back ends
#                included; at other stages on the deployed function
#   --p99 MS     with --tune: the cheapest setting that answers 99 requests in a
#                hundred within MS milliseconds
#   --apply      with --tune: write the choice into the folder's model.env
#   --doctor     check everything that a deployment needs: account, quotas,
#                permissions, engine, disk, clock; changes nothing
#   --template   print the whole template as it would be deployed, offline
#   --json       with -o, --versions, --status, --cost, --tune, --doctor, --all:
#                print JSON, for programs
#
# Batches:
#   --batch INPUT        the live version answers all of INPUT: a folder or tar
#                        of pictures, a CSV, JSON Lines or Parquet file, an s3://
#                        address; says what it will cost, and asks first
#   --out OUTPUT         with --batch, --batch-resume: where the results go,
#                        .jsonl, .csv or .parquet
#   --budget DOLLARS     with --batch, --batch-resume: spend no more than this; a
#                        run that would is stopped, and keeps what is done
#   --chunk N            with --batch: inputs per invocation (default: measured)
#   --concurrency N      with --batch, --batch-resume: invocations at once
#                        (default: half of the account's free quota, at most 50)
#   --batch-status ID    show how far the batch is
#   --batch-resume ID    do what is missing, and fetch the results
#   --batch-stop ID      stop it; what is done is kept
#
# On this machine:
#   --rie [PORT] run the image of -p on its own under the runtime interface
#                emulator (default: port 9000)
#   --sbom       print what is in the image of -p: packages, versions, licences,
#                as CycloneDX JSON; its layers go to stderr
#   --dev [PATH] serve the model folder PATH without a container; each save
#                reloads it and sends the folder's events; needs no stage
#   --down       stop everything that stage local started
#
# A model of your own:
#   --new NAME   make the model folder NAME, here; needs no stage
#   --from PATH  from this file (XGBoost, LightGBM, CatBoost, scikit-learn, Keras,
#                PyTorch, ONNX, LiteRT …), or as a copy of this model folder
#   --samples PATH    inputs to compare with the framework, and to make events of
#   --labels FILE     the names of a classifier's classes, one per line
#   --preprocess WAY  the model takes pictures: imagenet, -1..1, 0..1, 0..255,
#                     keras, caffe; or none
#   --arch NETWORK    the network of PyTorch weights: torchvision:resnet18,
#                     net.py:make
#   --inputs SIZES    what a PyTorch network takes: 'n,3,224,224'
#   --signature NAME  which signature of a LiteRT file or SavedModel to use
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
# settings of defaults.env, which the folder's model.env can also set;
# WEIGHTS_FILE with LABELS_FILE and WEIGHTS_ARCHITECTURE for weights of your
# own; MODEL_S3_URI, where the model goes if not into the image; BASE_IMAGE;
# REGISTRY_HOST, if it is not the account's own; PIPELINE_INSTALL=never;
# PIPELINE_HOME; NO_COLOR; and everything that the AWS CLI reads.

if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)); then
	printf 'error: bash %s is too old, 4.4 or newer is needed\n  next: on macOS, brew install bash\n' "$BASH_VERSION" >&2
	exit 1
fi
set -Eeuo pipefail
shopt -s inherit_errexit
# With CDPATH set, `cd` could go elsewhere, and would print where.
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
source "$ROOT/lib/aws/exchange.sh"
source "$ROOT/lib/aws/aws.sh"
source "$ROOT/lib/aws/programs.sh"
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
source "$ROOT/lib/steps/commit.sh"
source "$ROOT/lib/steps/deploy.sh"
source "$ROOT/lib/steps/address.sh"
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

# The options that stand alone and change nothing.
main::look() {
	locks::with tools setup::venv
	if option TEMPLATE; then deploy::print_template; fi
	if option COST; then cost::print; fi
	if option DOCTOR; then doctor::run; fi
}

main::one_model() {
	main::check
	if option CHANGED && ! image::has_changed; then
		if option DEPLOY; then address::print; fi
		return
	fi
	main::change
	main::tell
	if option RIE; then emulator::run; fi
	if option SBOM; then sbom::print; fi
}

# Everything that can be checked before the first change.
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
		address::print
	fi
}

# One block, read in full before it runs: bash reads a script as it goes, and the file may be replaced meanwhile.
{
	main "$@"
	exit
}
