# shellcheck shell=bash
# -e: the image on servers, in an Elastic Beanstalk environment. The version to run is a parameter of the stack, like
# `live` in the model's stack; so a deployment is one update, which CloudFormation rolls back if it fails.

# A test that expects no success sets a shorter wait.
readonly HEALTHY_WITHIN=${PIPELINE_HEALTHY_WITHIN:-1200}

beanstalk::names() {
	local small=t3.small
	if [[ $ARCHITECTURE_LAMBDA == arm64 ]]; then small=t4g.small; fi
	INSTANCE_BEANSTALK=${INSTANCE_BEANSTALK:-$small}
	SERVER=$PROJECT_LAMBDA-$STAGE
}

# beanstalk::check: checks what can be known before anything is changed.
beanstalk::check() {
	model_folder::must INSTANCE_BEANSTALK '[a-z0-9-]+\.[a-z0-9-]+' 'a type of instance, such as c7i.large'
	model_folder::must MIN_BEANSTALK '[1-9][0-9]{0,3}' 'a number of instances'
	model_folder::must MAX_BEANSTALK '[1-9][0-9]{0,3}' 'a number of instances'
	if ((MIN_BEANSTALK > MAX_BEANSTALK)); then
		say::fail "MIN_BEANSTALK=$MIN_BEANSTALK is more than MAX_BEANSTALK=$MAX_BEANSTALK" '' "mend $MODEL/model.env, or what is exported; then $(say::again)"
	fi
	names::check_server_stack
	if [[ -n $MODEL_S3_URI ]]; then
		say::fail '-e needs the model in the image, and this one takes it from a bucket' "MODEL_S3_URI=$MODEL_S3_URI" \
			"take MODEL_S3_URI out of $MODEL/model.env, then $(say::again)"
	fi
	if [[ $AUTH_LAMBDA != none ]]; then
		say::fail '-e opens the model to everybody, and this one is not for everybody' "AUTH_LAMBDA=$AUTH_LAMBDA, which servers do not support" \
			"if everybody may call the servers: AUTH_LAMBDA=none $(say::again)"
	fi
	if ! API_PATH=$(python "$ROOT/tools" stacks.api_path "$MODEL" 2>"$RUN_DIR/path.err"); then
		say::fail "$MODEL/template.yaml cannot be used" "$(<"$RUN_DIR/path.err")" "mend it, then $(say::again)"
	fi
	deploy::need_policy servers-boundary Servers=on
	beanstalk::choose_platform
	beanstalk::fill none
}

# beanstalk::choose_platform: the newest platform for a new environment. An existing one keeps its platform and updates it
# by itself; CloudFormation would replace the environment if the platform's name changed.
beanstalk::choose_platform() {
	stack::read "$TEMPLATE_BEANSTALK"
	PLATFORM=${STACK_OUTPUTS[Platform]-}
	if [[ -n $PLATFORM ]]; then return; fi
	PLATFORM=$(elasticbeanstalk::docker_platform)
	if [[ -z $PLATFORM ]]; then
		say::fail "Elastic Beanstalk has no platform for Docker in $REGION" '' 'take another region: AWS_REGION=…'
	fi
}

# beanstalk::fill LABEL: sets PARAMETERS, and RELEASE, the mark of this deployment.
beanstalk::fill() {
	PARAMETERS=("Project=$PROJECT_LAMBDA" "Stage=$STAGE" "BucketName=$BUCKET" "VersionLabel=$1"
		"ImageUri=$IMAGE_REPOSITORY@${IMAGE_DIGEST:-none}" "ApiPath=$API_PATH" "Platform=$PLATFORM" "InstanceType=$INSTANCE_BEANSTALK" "Architecture=$ARCHITECTURE_LAMBDA"
		"MinInstances=$MIN_BEANSTALK" "MaxInstances=$MAX_BEANSTALK" "LogDays=$LOG_DAYS_LAMBDA")
	RELEASE=$(stack::release "$ROOT/deploy/elastic-beanstalk.yaml" "$RUN_DIR/beanstalk.yaml" "${PARAMETERS[@]}")
}

beanstalk::apply() {
	local label
	say::step server "stack $TEMPLATE_BEANSTALK"
	deploy::choose_image
	label=$(beanstalk::bundle)
	beanstalk::fill "$label"
	if stack::is "$TEMPLATE_BEANSTALK" "$RELEASE"; then
		say::result unchanged
	else
		beanstalk::publish "$label"
	fi
	beanstalk::await "$label"
}

# beanstalk::bundle: writes the bundle and prints its label. A dry run may not know the image yet.
beanstalk::bundle() {
	local folder=$RUN_DIR/bundle label
	mkdir -p "$folder"
	if [[ $IMAGE_DIGEST != sha256:[0-9a-f]* ]]; then
		printf '(known after the push)'
		return
	fi
	label=$(python "$ROOT/tools" servers.bundle "$IMAGE_REPOSITORY@$IMAGE_DIGEST" "$RUN_DIR/bundle.zip")
	mv "$RUN_DIR/bundle.zip" "$folder/$label.zip"
	printf '%s' "$label"
}

# beanstalk::publish LABEL: puts that version on the servers. The first time this takes two deployments of the stack: a
# version needs an application, and an environment needs a version.
beanstalk::publish() {
	deploy::need_bucket 'the bundle'
	stack::settle "$TEMPLATE_BEANSTALK"
	if [[ -z $STACK_STATUS ]]; then
		beanstalk::fill none
		beanstalk::deploy
	fi
	if ! elasticbeanstalk::has_version "$SERVER" "$1"; then
		s3::upload "$RUN_DIR/bundle" "s3://$BUCKET/servers"
		elasticbeanstalk::make_version "$SERVER" "$1" "$BUCKET" "servers/$1.zip" "$IMAGE_DIGEST by $CALLER"
	fi
	beanstalk::fill "$1"
	beanstalk::deploy
	say::result "version $1: $IMAGE_DIGEST"
}

beanstalk::deploy() {
	if ! stack::deploy "$RUN_DIR/beanstalk.yaml" "$TEMPLATE_BEANSTALK" "$RELEASE" "${PARAMETERS[@]}"; then
		say::fail "stack $TEMPLATE_BEANSTALK is not deployed" "$(beanstalk::why)" "mend what it says, then $(say::again)"
	fi
}

beanstalk::why() {
	cloudformation::reasons "$TEMPLATE_BEANSTALK"
	elasticbeanstalk::warnings "$SERVER"
	execute::said 3
}

# beanstalk::await LABEL: waits until the environment is healthy and runs that version.
beanstalk::await() {
	say::step health "environment $SERVER, version $1"
	if option DRY; then return; fi
	if ! say::while "$RUN_DIR/log" beanstalk::watch "$1"; then
		say::fail "environment $SERVER is not healthy on version $1" "$(execute::said 1)
$(elasticbeanstalk::warnings "$SERVER")" "its log is in CloudWatch, /aws/elasticbeanstalk/$SERVER; mend what it says, then $(say::again)"
	fi
	say::result healthy
}

beanstalk::watch() {
	local until=$((SECONDS + HEALTHY_WITHIN)) seen looks
	for ((looks = 0; ; looks++)); do
		seen=$(elasticbeanstalk::environment "$SERVER") || return
		printf 'version, status, health: %s\n' "${seen:-none}"
		if [[ $seen == "$1"$'\t'Ready$'\t'Green ]]; then return; fi
		if ((SECONDS >= until)); then return 1; fi
		polling::pause "$looks"
	done
}

beanstalk::need_stack() {
	stack::read "$TEMPLATE_BEANSTALK"
	if [[ -z ${STACK_OUTPUTS[ApiUrl]-} ]]; then
		say::fail "$PROJECT_LAMBDA is on no server at stage $STAGE" "${STACK_STATUS:+stack $TEMPLATE_BEANSTALK is in $STACK_STATUS}" \
			"bash pipeline.sh -s $STAGE -r -p $MODEL -e"
	fi
}

# beanstalk::image: the digest that the servers run, if there are any; a server that is added later pulls it again.
beanstalk::image() {
	stack::look "$TEMPLATE_BEANSTALK"
	printf '%s' "${STACK_OUTPUTS[ImageUri]-}" | cut -d @ -f 2
}

# beanstalk::remove: deletes the application with all its versions. Most models are on no server; then it prints nothing.
beanstalk::remove() {
	stack::look "$TEMPLATE_BEANSTALK"
	if [[ -z $STACK_STATUS ]]; then return; fi
	say::step remove "stack $TEMPLATE_BEANSTALK, its servers and versions"
	remove::stack "$TEMPLATE_BEANSTALK"
}
