# shellcheck shell=bash
# Amazon Web Services. This file alone calls aws.

export AWS_PAGER=''

# aws::open: from now on `aws` is a process of this run that has already imported the AWS CLI, in the current environment.
# It holds no lock, and ends when nobody can ask it any more.
aws::open() {
	# until the process handles the signal itself; otherwise bash would report it
	coproc AWS_CLI {
		trap '' TERM
		locks::leave
		exec python "$ROOT/tools" aws.cli_process
	}
	# a subshell has no coprocess, but inherits these
	exec {AWS_CALLS}>&"${AWS_CLI[1]}" {AWS_ANSWERS}<&"${AWS_CLI[0]}"
}

# A throttled call has changed nothing, so it is repeated, for about an hour.
aws() {
	local status out err tries
	if [[ -z ${AWS_CALLS-} ]]; then
		command aws "$@"
		return
	fi
	for ((tries = 0; tries < 500; tries++)); do
		exchange::call "$AWS_CALLS" "$AWS_ANSWERS" "$@"
		if ((status == 0)) || [[ ! $err =~ $AWS_TOO_MANY ]]; then break; fi
		polling::pause "$tries"
	done
	exchange::pass_on
}
# requests whose answers have no body, such as S3's head-bucket, are refused with a number only
readonly AWS_TOO_MANY='error occurred \(((Request)?Throttl[A-Za-z]*|TooManyRequests[A-Za-z]*|RequestLimitExceeded|SlowDown|503)\) when calling'

# aws::ask ARGUMENT...: reads, and prints the answer as text. The caller explains a failure with aws::why.
# With text output, --query is applied to each page of an answer, so it must select rows, which simply add up. A query that
# has to see all pages, such as for the newest of all, passes --output json, which comes last and wins.
aws::ask() {
	aws --output text "$@" 2>"$RUN_DIR/aws.err"
}

# aws::json ARGUMENT...: reads something that must exist, as JSON.
aws::json() {
	if ! aws "$@" --output json 2>"$RUN_DIR/aws.err"; then
		say::fail "aws $1 $2 failed" "$(aws::why)" "$(say::again)"
	fi
}

# aws::find MISSING ARGUMENT...: like aws::ask, but prints nothing if the thing does not exist.
# MISSING is a pattern of the service's error codes, which are stable; its sentences are not.
aws::find() {
	local missing=$1 code answer
	shift
	if aws::absent; then return; fi
	if answer=$(aws::ask "$@"); then
		# null, as text and as JSON
		if [[ $answer != @(None|null) ]]; then printf '%s\n' "$answer"; fi
		return
	fi
	code=$(aws::error_code)
	# shellcheck disable=SC2053 # the right side is a pattern
	if [[ -z $code || $code != $missing ]]; then
		say::fail "aws $1 $2 failed" "$(aws::why)" "$(say::again)"
	fi
}

# aws::exists MISSING ARGUMENT...: whether aws::find finds something. An error ends the run: a condition would take it
# for a no.
aws::exists() {
	local found
	found=$(aws::find "$@") || exit
	[[ -n $found ]]
}

# In a dry run the local AWS may not be running yet: nothing exists there.
aws::absent() {
	option DRY && [[ -n ${ENDPOINT_ABSENT-} ]]
}

aws::error_code() {
	sed -n 's/.*error occurred (\([A-Za-z0-9.]*\)).*/\1/p' "$RUN_DIR/aws.err" | head -n 1
}

aws::why() {
	grep -v '^[[:space:]]*$' "$RUN_DIR/aws.err" | tail -n 4 || true
}

# aws::change WHAT NEXT ARGUMENT...: changes something, or ends the run.
aws::change() {
	local what=$1 next=$2
	shift 2
	execute::must "$what" "$next" aws "$@"
}

# aws::change_all WHAT QUERY ARGUMENT...: changes many things, or ends the run. Such calls report success even if they
# failed for some; QUERY selects those failures from the answer.
aws::change_all() {
	local what=$1 query=$2
	shift 2
	aws::change "$what" '' "$@" --output text --query "$query"
	if option DRY || grep -qx None "$RUN_DIR/log"; then return; fi
	say::fail "$what" "$(execute::said)" "$(say::again)"
}

# aws::try ARGUMENT...: changes something; execute::said has its output.
aws::try() {
	execute::try aws "$@"
}

# aws::raw ARGUMENT...: passes stdout and stderr through.
aws::raw() {
	aws "$@"
}

# aws::typed ARGUMENT...: prints a command for a person to type, whose PATH and environment are not set as they are here.
# The credentials are those of the local AWS, which are no secret.
aws::typed() {
	local words=()
	if [[ -n ${LOCAL_PORT-} ]]; then
		words=("AWS_ENDPOINT_URL=$AWS_ENDPOINT_URL" "AWS_DEFAULT_REGION=$AWS_REGION" "AWS_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID"
			"AWS_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY")
	fi
	execute::show "${words[@]}" "$(type -P aws)" "$@"
}

# Prints the account and the caller's name, which is the last part of the ARN.
aws::caller() {
	local who
	who=$(aws::ask sts get-caller-identity --query '[Account, Arn]') || return
	printf '%s %s' "${who%%$'\t'*}" "${who##*:}"
}

aws::region() {
	local region=${AWS_REGION:-${AWS_DEFAULT_REGION-}}
	if [[ -z $region ]]; then region=$(aws configure get region || true); fi
	printf '%s' "$region"
}
