# shellcheck shell=bash
# Amazon Web Services. This file alone calls aws.

export AWS_PAGER=''

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
	change::must "$what" "$next" aws "$@"
}

aws::account() {
	aws::ask sts get-caller-identity --query Account
}

aws::region() {
	local region=${AWS_REGION:-${AWS_DEFAULT_REGION-}}
	if [[ -z $region ]]; then region=$(aws configure get region || true); fi
	printf '%s' "$region"
}

aws::registry_password() {
	aws ecr get-login-password
}

# aws::stack NAME: status, release, then KEY=VALUE of every output, a line each; nothing if there is no stack.
aws::stack() {
	aws::find ValidationError cloudformation describe-stacks --stack-name "$1" \
		--query 'Stacks[0].[[[StackStatus], [Outputs[?OutputKey==`Release`].OutputValue | [0]]], Outputs[].[join(`=`, [OutputKey, OutputValue])]][]'
}

# aws::deploy_stack TEMPLATE NAME PARAMETER...: by a change set; its words are in change::said.
aws::deploy_stack() {
	local template=$1 name=$2
	shift 2
	change::try aws cloudformation deploy --template-file "$template" --stack-name "$name" --no-fail-on-empty-changeset \
		--tags "Project=$PROJECT_LAMBDA" "Stage=$STAGE" --parameter-overrides "$@"
}

# aws::await_stack NAME WHAT: until an operation that runs already has ended, well or not.
aws::await_stack() {
	change::try aws cloudformation wait "$2" --stack-name "$1" || true
}

# The first reasons that CloudFormation gives for the failure of its newest operation.
aws::stack_reasons() {
	aws::find ValidationError cloudformation describe-stack-events --stack-name "$1" --max-items 40 \
		--query 'StackEvents[?contains(ResourceStatus, `FAILED`)].[LogicalResourceId, ResourceStatusReason]' |
		tail -n 4
}

aws::image_digest() {
	aws::find '@(ImageNotFoundException|RepositoryNotFoundException)' ecr describe-images \
		--repository-name "$1" --image-ids "imageTag=$2" --query 'imageDetails[0].imageDigest'
}

aws::newest_digest() {
	aws::find RepositoryNotFoundException ecr describe-images --repository-name "$1" \
		--query 'sort_by(imageDetails, &imagePushedAt)[-1].imageDigest'
}

# aws::manifests REPOSITORY FILE: the manifests of all tagged images, a JSON list, in FILE.
aws::manifests() {
	local ids
	ids=$(aws::json ecr list-images --repository-name "$1" --filter tagStatus=TAGGED --max-items 100 \
		--query 'imageIds[].{imageDigest: imageDigest}')
	if [[ $ids == '[]' ]]; then
		printf '[]' >"$2"
	else
		aws::json ecr batch-get-image --repository-name "$1" --image-ids "$ids" --query 'images[].imageManifest' >"$2"
	fi
}

aws::object_versions() {
	aws::json s3api list-object-versions --bucket "$1" --max-items 1000 \
		--query '{Quiet: `true`, Objects: [not_null(Versions, `[]`), not_null(DeleteMarkers, `[]`)][].{Key: Key, VersionId: VersionId}}'
}

aws::has_bucket() {
	[[ -n $(aws::find '@(404|NoSuchBucket)' s3api head-bucket --bucket "$1" --query '`there`') ]]
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
