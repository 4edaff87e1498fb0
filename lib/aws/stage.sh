# shellcheck shell=bash
# The stage, decided once: an endpoint, a registry host and a set of credentials. No step asks again.

stage::enter() {
	stage::surround
	stage::caller
	stage::name
}

# stage::surround: sets where AWS is and who calls it.
stage::surround() {
	if [[ $STAGE == local ]]; then
		local_aws::up
		export AWS_ENDPOINT_URL=http://127.0.0.1:$LOCAL_PORT AWS_REGION=us-east-1
		# a caller with just the rights of caller.yaml; the local AWS learns stack names that differ from the usual ones
		export AWS_ACCESS_KEY_ID=pipeline-$PROJECT_LAMBDA-$STAGE AWS_SECRET_ACCESS_KEY=pipeline
		if [[ $TEMPLATE_REGISTRY/$TEMPLATE_LAMBDA != "$PROJECT_LAMBDA-$STAGE-"*"/$PROJECT_LAMBDA-$STAGE-"* ]]; then
			AWS_ACCESS_KEY_ID+="~$TEMPLATE_REGISTRY~$TEMPLATE_LAMBDA"
		fi
		export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
		unset AWS_PROFILE AWS_SESSION_TOKEN "${!AWS_ENDPOINT_URL_@}"
		POLLING_MOST=500
		# sam polls every five seconds to respect a rate limit that the local AWS does not have
		export SAM_CLI_POLL_DELAY=0.1
		REGISTRY_HOST=localhost:$LOCAL_PORT
		STAND_IN_ALLOWED=1
	else
		# for everything that calls AWS, sam and the tools included: more patience with throttling
		export AWS_RETRY_MODE=${AWS_RETRY_MODE:-adaptive} AWS_MAX_ATTEMPTS=${AWS_MAX_ATTEMPTS:-6}
	fi
}

# stage::name: sets the names of what is in the account and region.
stage::name() {
	if [[ -z ${REGISTRY_HOST-} ]]; then
		REGISTRY_HOST=$ACCOUNT.dkr.ecr.$REGION.amazonaws.com
		if [[ $REGION == cn-* ]]; then REGISTRY_HOST+=.cn; fi
	fi
	BUCKET=$(s3::bucket_of "$PROJECT_LAMBDA-$STAGE" "$ACCOUNT" "$REGION")
	stage::model_in_bucket
	IMAGE_REPOSITORY=$REGISTRY_HOST/$REPOSITORY
}

stage::caller() {
	REGION=$(aws::region)
	if [[ -z $REGION ]]; then
		say::fail 'no AWS region' '' "export AWS_REGION=…, then $(say::again)"
	fi
	# version 1 of the AWS CLI reads only the second name
	export AWS_REGION=$REGION AWS_DEFAULT_REGION=$REGION
	local caller='000000000000 unknown'
	if ! aws::absent; then
		aws::open
		if ! caller=$(aws::caller); then
			say::fail 'AWS does not accept the credentials' "$(aws::why)" \
				"aws configure, or aws sso login, or export AWS_PROFILE=…; then $(say::again)"
		fi
	fi
	ACCOUNT=${caller%% *} CALLER=${caller#* }
}

# MODEL_S3_URI may use ${BUCKET}, whose name is known only now.
stage::model_in_bucket() {
	MODEL_S3_URI=${MODEL_S3_URI//'${BUCKET}'/$BUCKET}
	MODEL_S3_URI=${MODEL_S3_URI%/}
	if [[ -n $MODEL_S3_URI && ! $MODEL_S3_URI =~ ^s3://[a-z0-9.-]+/[^[:space:]]+$ ]]; then
		say::fail "MODEL_S3_URI=$MODEL_S3_URI cannot be used" 'it must be s3://BUCKET/FOLDER' \
			"mend $MODEL/model.env, or what is exported: MODEL_S3_URI='s3://\${BUCKET}/models'; then $(say::again)"
	fi
}
