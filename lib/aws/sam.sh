# shellcheck shell=bash
# The Serverless Application Model. This file alone calls sam.

export SAM_CLI_TELEMETRY=0

# sam::deploy TEMPLATE STACK BUCKET PREFIX IMAGE_REPOSITORY PARAMETER...
# sam asks for an image repository even where the template names the image; it uploads nothing there.
sam::deploy() {
	local template=$1 stack=$2 bucket=$3 prefix=$4 repository=$5
	shift 5
	execute::run sam deploy --template-file "$template" --stack-name "$stack" --s3-bucket "$bucket" --s3-prefix "$prefix" \
		--image-repository "$repository" --capabilities CAPABILITY_IAM --no-confirm-changeset \
		--no-fail-on-empty-changeset --no-progressbar --tags "Project=$PROJECT_LAMBDA" "Stage=$STAGE" \
		--parameter-overrides "$@"
}
