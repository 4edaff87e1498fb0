# shellcheck shell=bash
# Amazon Web Services. This file alone calls aws.

export AWS_PAGER=''

# aws::open: from now on `aws` is a process of this run that has imported the AWS CLI already, in the environment of this
# moment. It holds no lock, and ends when nobody can ask it any more.
aws::open() {
	# until it sees to that itself, bash would tell of a signal that ends it
	coproc AWS_CLI {
		trap '' TERM
		for fd in "${LOCKS[@]}"; do exec {fd}>&-; done
		exec python "$ROOT/tools" aws.cli_process
	}
	# a subshell has no coprocess, but it has these
	exec {AWS_CALLS}>&"${AWS_CLI[1]}" {AWS_ANSWERS}<&"${AWS_CLI[0]}"
}

aws() {
	local status out err
	if [[ -z ${AWS_CALLS-} ]]; then
		command aws "$@"
		return
	fi
	# in a subshell, which alone ends if nobody is there to read it
	(printf '%s\0' "$#" "$@" >&"$AWS_CALLS") || true
	if ! { read -r -d '' status && IFS= read -r -d '' out && IFS= read -r -d '' err; } <&"$AWS_ANSWERS"; then
		printf 'the AWS CLI has ended without an answer\n' >&2
		return 1
	fi
	printf '%s' "$out"
	printf '%s' "$err" >&2
	return "$status"
}

# aws::ask ARGUMENT...: reads, prints the answer as text. A failure is the caller's to explain with aws::why.
aws::ask() {
	aws "$@" --output text 2>"$RUN_DIR/aws.err"
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
		# the text form of null
		if [[ $answer != None ]]; then printf '%s\n' "$answer"; fi
		return
	fi
	code=$(aws::error_code)
	# shellcheck disable=SC2053 # the right side is a pattern
	if [[ -z $code || $code != $missing ]]; then
		say::fail "aws $1 $2 failed" "$(aws::why)" "$(say::again)"
	fi
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

# The account, and who asks: the last part of the ARN.
aws::caller() {
	aws::ask sts get-caller-identity --query '[Account, Arn]' | sed 's/\t.*:/ /'
}

aws::region() {
	local region=${AWS_REGION:-${AWS_DEFAULT_REGION-}}
	if [[ -z $region ]]; then region=$(aws configure get region || true); fi
	printf '%s' "$region"
}

aws::registry_password() {
	aws ecr get-login-password
}

# aws::stack NAME: status, then KEY=VALUE of every output, a line each; nothing if there is no stack.
aws::stack() {
	aws::find ValidationError cloudformation describe-stacks --stack-name "$1" \
		--query 'Stacks[0].[[[StackStatus]], Outputs[].[join(`=`, [OutputKey, OutputValue])]][]'
}

# aws::set_parameters STACK NAME=VALUE...: begins an update of the stack as it stands. What is not named keeps the value
# that the template has for it, which is the one that was deployed.
aws::set_parameters() {
	local stack=$1 pair parameters=()
	shift
	for pair in "$@"; do parameters+=("ParameterKey=${pair%%=*},ParameterValue=${pair#*=}"); done
	aws::change "stack $stack cannot be updated" '' cloudformation update-stack --stack-name "$stack" --use-previous-template \
		--capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --parameters "${parameters[@]}"
}

# aws::remember BUCKET NAME VALUE, aws::recall BUCKET NAME, aws::forget BUCKET NAME: a line in the project's bucket, for
# a later run wherever it runs.
aws::remember() {
	printf '%s\n' "$3" >"$RUN_DIR/remember"
	aws::change "cannot write to bucket $1" '' s3api put-object --bucket "$1" --key "releases/$2" --body "$RUN_DIR/remember"
}

aws::recall() {
	if [[ -n $(aws::find '@(404|NoSuchKey|NoSuchBucket)' s3api get-object --bucket "$1" --key "releases/$2" "$RUN_DIR/recalled") ]]; then
		cat "$RUN_DIR/recalled"
	fi
}

# aws::gate_events BUCKET VERSION: the digest of the events that a version was asked.
aws::gate_events() {
	aws::find '@(404|NoSuchKey|NoSuchBucket)' s3api head-object --bucket "$1" --key "releases/$2.json" --query Metadata.events
}

aws::forget() {
	aws::change "cannot write to bucket $1" '' s3api delete-object --bucket "$1" --key "releases/$2"
}

# aws::deploy_stack TEMPLATE NAME PARAMETER...: by a change set; its words are in execute::said.
aws::deploy_stack() {
	local template=$1 name=$2
	shift 2
	execute::try aws cloudformation deploy --template-file "$template" --stack-name "$name" --no-fail-on-empty-changeset \
		--capabilities CAPABILITY_IAM --tags "Project=$PROJECT_LAMBDA" "Stage=$STAGE" --parameter-overrides "$@"
}

# The first reasons that CloudFormation gives for the failure of its newest operation.
aws::stack_reasons() {
	aws::find ValidationError cloudformation describe-stack-events --stack-name "$1" --max-items 40 \
		--query 'StackEvents[?contains(ResourceStatus, `FAILED`)].[LogicalResourceId, ResourceStatusReason]' |
		tail -n 4
}

# aws::operate STACK VERB TOKEN: begins an operation on a stack as it is; every event of it carries TOKEN.
aws::operate() {
	aws::change "stack $1 refuses $2" '' cloudformation "$2" --stack-name "$1" --client-request-token "$3"
}

# aws::failed STACK TOKEN: the resources at which that operation failed, and why, `NAME: REASON` a line.
aws::failed() {
	aws::find ValidationError cloudformation describe-stack-events --stack-name "$1" --query "StackEvents[?
		ClientRequestToken == '$2' && contains(ResourceStatus, 'FAILED') && ResourceType != 'AWS::CloudFormation::Stack'
		].[join(': ', [LogicalResourceId, ResourceStatusReason || 'no reason given'])]" | sort -t : -k 1,1 -u
}

# aws::typed VERB STACK [ARGUMENT...]: the words of a CloudFormation command for a person to type, for whom neither PATH
# nor the environment is set as it is here. The local AWS takes these credentials, which are nobody's.
aws::typed() {
	local verb=$1 stack=$2 words=()
	shift 2
	if [[ -n ${LOCAL_PORT-} ]]; then
		words=("AWS_ENDPOINT_URL=$AWS_ENDPOINT_URL" "AWS_DEFAULT_REGION=$AWS_REGION" AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test)
	fi
	words+=("$(type -P aws)" cloudformation "$verb" --stack-name "$stack" "$@")
	printf '%q ' "${words[@]}" | sed 's/ $//'
}

aws::image_digest() {
	aws::find '@(ImageNotFoundException|RepositoryNotFoundException)' ecr describe-images \
		--repository-name "$1" --image-ids "imageTag=$2" --query 'imageDetails[0].imageDigest'
}

aws::newest_digest() {
	aws::find RepositoryNotFoundException ecr describe-images --repository-name "$1" \
		--query 'sort_by(imageDetails, &imagePushedAt)[-1].imageDigest'
}

# aws::live_image FUNCTION: the image of the version that is live, and its description; nothing if nothing is live.
aws::live_image() {
	aws::find ResourceNotFoundException lambda get-function --function-name "$1" --qualifier live \
		--query '[Code.ResolvedImageUri || Code.ImageUri, Configuration.Description]'
}

# aws::image_tag REPOSITORY DIGEST
aws::image_tag() {
	aws::find '@(ImageNotFoundException|RepositoryNotFoundException)' ecr describe-images \
		--repository-name "$1" --image-ids "imageDigest=$2" --query 'imageDetails[0].imageTags[0]'
}

aws::delete_image() {
	aws::change "cannot delete image $2" '' ecr batch-delete-image --repository-name "$1" --image-ids "imageDigest=$2"
}

aws::delete_version() {
	aws::change "cannot delete version $2" '' lambda delete-function --function-name "$1" --qualifier "$2"
}

# aws::manifests REPOSITORY FILE: the manifests of all tagged images, a JSON list, in FILE.
aws::manifests() {
	local ids answer='[]'
	ids=$(aws::json ecr list-images --repository-name "$1" --filter tagStatus=TAGGED --max-items 100 \
		--query 'imageIds[].{imageDigest: imageDigest}')
	if [[ $ids != '[]' ]]; then
		answer=$(aws::json ecr batch-get-image --repository-name "$1" --image-ids "$ids" --query 'images[].imageManifest')
	fi
	printf '%s' "$answer" >"$2"
}

aws::object_versions() {
	aws::json s3api list-object-versions --bucket "$1" --max-items 1000 \
		--query '{Quiet: `true`, Objects: [not_null(Versions, `[]`), not_null(DeleteMarkers, `[]`)][].{Key: Key, VersionId: VersionId}}'
}

aws::has_bucket() {
	[[ -n $(aws::find '@(404|NoSuchBucket)' s3api head-bucket --bucket "$1" --query '`there`') ]]
}

# aws::upload FOLDER URI
aws::upload() {
	aws::change "cannot upload to $2" "is the bucket there, and may you write to it? $(say::again)" \
		s3 cp --recursive --only-show-errors "$1" "$2"
}

# aws::copy_objects URI URI
aws::copy_objects() {
	aws::change "cannot copy $1 to $2" '' s3 cp --recursive --only-show-errors "$1" "$2"
}

aws::has_repository() {
	[[ -n $(aws::find RepositoryNotFoundException ecr describe-repositories --repository-names "$1" \
		--query 'repositories[0].repositoryArn') ]]
}

aws::delete_repository() {
	aws::change "cannot delete repository $1" '' ecr delete-repository --repository-name "$1" --force
}

# A versioned bucket is empty only when every version is gone; they are deleted a thousand at a time.
aws::delete_bucket() {
	local batch=$RUN_DIR/versions.json
	if ! option DRY; then
		while aws::object_versions "$1" >"$batch" && grep -q '"Key"' "$batch"; do
			aws::change "cannot empty bucket $1" '' s3api delete-objects --bucket "$1" --delete "file://$batch"
		done
	fi
	aws::change "cannot delete bucket $1" '' s3api delete-bucket --bucket "$1"
}

# aws::docker_platform: the newest that runs a container; nothing if the region has none.
aws::docker_platform() {
	aws::find '' elasticbeanstalk list-available-solution-stacks --query "SolutionStacks[?
		starts_with(@, '64bit Amazon Linux 2023 ') && ends_with(@, ' running Docker')]" | tr '\t' '\n' | sort -V | tail -n 1
}

# aws::application_version APPLICATION LABEL: the label, if there is such a version.
aws::application_version() {
	aws::find InvalidParameterValue elasticbeanstalk describe-application-versions \
		--application-name "$1" --version-labels "$2" --query 'ApplicationVersions[0].VersionLabel'
}

# aws::make_application_version APPLICATION LABEL BUCKET KEY DESCRIPTION
aws::make_application_version() {
	aws::change "cannot make version $2 of application $1" '' elasticbeanstalk create-application-version \
		--application-name "$1" --version-label "$2" --source-bundle "S3Bucket=$3,S3Key=$4" --description "$5" \
		--tags "Key=Project,Value=$PROJECT_LAMBDA" "Key=Stage,Value=$STAGE"
}

# aws::environment NAME: version, status and health.
aws::environment() {
	aws::find InvalidParameterValue elasticbeanstalk describe-environments --environment-names "$1" --no-include-deleted \
		--query 'Environments[0].[VersionLabel, Status, Health]'
}

# The last things that Elastic Beanstalk warned of.
aws::environment_warnings() {
	aws::find InvalidParameterValue elasticbeanstalk describe-events --environment-name "$1" --severity WARN --max-records 4 \
		--query 'Events[].[Message]'
}
