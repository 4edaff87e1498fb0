# shellcheck shell=bash
# Amazon Web Services. This file alone calls aws.

export AWS_PAGER=''

# aws::open: from now on `aws` is a process of this run that has imported the AWS CLI already, in the environment of this
# moment. It holds no lock, and ends when nobody can ask it any more.
aws::open() {
	# until it sees to that itself, bash would tell of a signal that ends it
	coproc AWS_CLI {
		trap '' TERM
		locks::leave
		exec python "$ROOT/tools" aws.cli_process
	}
	# a subshell has no coprocess, but it has these
	exec {AWS_CALLS}>&"${AWS_CLI[1]}" {AWS_ANSWERS}<&"${AWS_CLI[0]}"
}

# A call that AWS refuses because there are too many has changed nothing and is made again, for an hour or so.
aws() {
	local status out err tries
	if [[ -z ${AWS_CALLS-} ]]; then
		command aws "$@"
		return
	fi
	for ((tries = 0; tries < 500; tries++)); do
		if ! aws::exchange "$@"; then
			printf 'the AWS CLI has ended without an answer\n' >&2
			return 1
		fi
		if ((status == 0)) || [[ ! $err =~ $AWS_TOO_MANY ]]; then break; fi
		polling::pause "$tries"
	done
	printf '%s' "$out"
	printf '%s' "$err" >&2
	return "$status"
}
# a question that has no body, such as S3's whether there is a bucket, is refused by number
readonly AWS_TOO_MANY='error occurred \(((Request)?Throttl[A-Za-z]*|TooManyRequests[A-Za-z]*|RequestLimitExceeded|SlowDown|503)\) when calling'

# aws::exchange ARGUMENT...: a call and its answer; sets the status, out and err of aws.
aws::exchange() {
	# in a subshell, which alone ends if nobody is there to read it
	(printf '%s\0' "$#" "$@" >&"$AWS_CALLS") || true
	{ read -r -d '' status && IFS= read -r -d '' out && IFS= read -r -d '' err; } <&"$AWS_ANSWERS"
}

# aws::ask ARGUMENT...: reads, prints the answer as text. A failure is the caller's to explain with aws::why.
# As text, --query is applied to each page of an answer: it must take what it needs from each, and rows add up. What has
# to see all pages, the newest of all for instance, is asked for with --output json, which comes last and wins.
aws::ask() {
	aws --output text "$@" 2>"$RUN_DIR/aws.err"
}

# aws::json ARGUMENT...: what must be there, as JSON.
aws::json() {
	if ! aws "$@" --output json 2>"$RUN_DIR/aws.err"; then
		say::fail "aws $1 $2 failed" "$(aws::why)" "$(say::again)"
	fi
}

# aws::find MISSING ARGUMENT...: like aws::ask, but nothing is an answer when the thing does not exist.
# MISSING is a pattern of the service's own error codes, which are stable where its sentences are not.
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

# aws::exists MISSING ARGUMENT...: whether there is what aws::find looks for. What cannot be known ends the run: a condition
# would take it for a no.
aws::exists() {
	local found
	found=$(aws::find "$@") || exit
	[[ -n $found ]]
}

# In a dry run the local AWS may not run yet: nothing exists there.
aws::absent() {
	option DRY && [[ -n ${ENDPOINT_ABSENT-} ]]
}

aws::error_code() {
	sed -n 's/.*error occurred (\([A-Za-z0-9.]*\)).*/\1/p' "$RUN_DIR/aws.err" | head -n 1
}

aws::why() {
	grep -v '^[[:space:]]*$' "$RUN_DIR/aws.err" | tail -n 4 || true
}

# aws::change WHAT NEXT ARGUMENT...: changes something or ends the run.
aws::change() {
	local what=$1 next=$2
	shift 2
	execute::must "$what" "$next" aws "$@"
}

# aws::change_all WHAT QUERY ARGUMENT...: many things, or ends the run: AWS answers that it has done so, and in it, where QUERY
# finds it as text, of what it has not.
aws::change_all() {
	local what=$1 query=$2
	shift 2
	aws::change "$what" '' "$@" --output text --query "$query"
	if option DRY || grep -qx None "$RUN_DIR/log"; then return; fi
	say::fail "$what" "$(execute::said)" "$(say::again)"
}

# aws::try ARGUMENT...: changes something; what it says is in execute::said.
aws::try() {
	execute::try aws "$@"
}

# aws::raw ARGUMENT...: its answer and its complaint as they come.
aws::raw() {
	aws "$@"
}

# aws::typed ARGUMENT...: a command for a person to type, for whom neither PATH nor the environment is set as it is here.
# The local AWS takes these credentials, which are nobody's.
aws::typed() {
	local words=()
	if [[ -n ${LOCAL_PORT-} ]]; then
		words=("AWS_ENDPOINT_URL=$AWS_ENDPOINT_URL" "AWS_DEFAULT_REGION=$AWS_REGION" "AWS_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID"
			"AWS_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY")
	fi
	execute::show "${words[@]}" "$(type -P aws)" "$@"
}

# The account, and who asks: the last part of the ARN.
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
