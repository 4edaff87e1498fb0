# shellcheck shell=bash
# -d: the model's stack.

deploy::apply() {
	say::step deploy "stack $TEMPLATE_LAMBDA"
	deploy::choose_image
	BEGUN=$(date -u +%Y-%m-%dT%H:%M:%SZ)
	deploy::choose_again
	deploy::fill "$IMAGE_REPOSITORY@$IMAGE_DIGEST"
	if stack::is "$TEMPLATE_LAMBDA" "$RELEASE"; then
		say::result unchanged
	else
		deploy::publish
	fi
	if [[ ${PLACE_BEFORE-} != "$PLACE" ]]; then s3::remember "$BUCKET" folder "$PLACE"; fi
	release::offer
}

# deploy::choose_again: sets AGAIN. A pull request that is merged has been deployed from a commit that may be in no history
# then. --promote would never take that, so the same image is published again, from here.
deploy::choose_again() {
	local found
	stack::read "$TEMPLATE_LAMBDA"
	AGAIN=${STACK_OUTPUTS[Again]-none}
	if [[ -z ${STACK_OUTPUTS[FunctionVersion]-} ]]; then return; fi
	found=$(lambda::description "$PROJECT_LAMBDA-$STAGE" "$(release::newest)")
	if commit::is_here "$(commit::of "$found")" || ! commit::can_be_missing; then return; fi
	say::note "version $(release::newest) is made from a commit that is not in what is checked out: another one is published"
	AGAIN=$BEGUN
}

# deploy::publish: a new version of the function, which gets no requests yet.
deploy::publish() {
	deploy::need_bucket 'the template'
	stack::settle "$TEMPLATE_LAMBDA"
	if [[ -z $STACK_STATUS ]]; then deploy::take_over_log; fi
	release::need_not_rolled_back
	if [[ -n ${STACK_OUTPUTS[FunctionName]-} ]]; then tune::put_back "${STACK_OUTPUTS[FunctionName]}"; fi
	PARAMETERS+=("LiveVersion=${STACK_OUTPUTS[LiveVersion]-none}"
		"PreviousVersion=${STACK_OUTPUTS[PreviousVersion]-none}" CanaryVersion=none CanaryShare=0)
	if ! execute::try sam::deploy "$RUN_DIR/template.yaml" "$TEMPLATE_LAMBDA" "$BUCKET" "$PREFIX_LAMBDA" "$IMAGE_REPOSITORY" "${PARAMETERS[@]}"; then
		say::fail "stack $TEMPLATE_LAMBDA is not deployed" "$(deploy::why)" "mend what it says, then $(say::again)"
	fi
	stack::read "$TEMPLATE_LAMBDA"
	say::result "version $(release::newest): $IMAGE_DIGEST"
}

# deploy::take_over_log: an existing log group, left by an earlier stack or somebody, would make the new stack fail. So the
# stack begins by importing it; no log is lost, and the deployment then sets its retention.
deploy::take_over_log() {
	local group=/aws/lambda/$PROJECT_LAMBDA-$STAGE template=$RUN_DIR/log.yaml
	if ! logs::has_group "$group"; then return; fi
	say::note "taking over the log group $group, which is there already"
	printf 'Resources:\n  Logs:\n    Type: AWS::Logs::LogGroup\n    DeletionPolicy: Delete\n    UpdateReplacePolicy: Delete\n' >"$template"
	printf '    Properties:\n      LogGroupName: %s\n' "$group" >>"$template"
	cloudformation::import_log "$TEMPLATE_LAMBDA" "$template" "$group"
	stack::follow "$TEMPLATE_LAMBDA"
	if ! option DRY && [[ $STACK_STATUS != IMPORT_COMPLETE ]]; then
		say::fail "stack $TEMPLATE_LAMBDA cannot take over the log group $group" "$(cloudformation::reasons "$TEMPLATE_LAMBDA")" "$(say::again)"
	fi
}

# deploy::check: finds what cannot be deployed before anything is changed.
deploy::check() {
	deploy::need_topic_here
	deploy::fill none
	deploy::need_policy boundary ''
	deploy::need_room
	deploy::need_same_folder
}

# deploy::need_topic_here: an alarm can notify only a topic in its own region.
deploy::need_topic_here() {
	local region
	if [[ $ALARMS_LAMBDA != arn:* ]]; then return; fi
	IFS=: read -r _ _ _ region _ <<<"$ALARMS_LAMBDA"
	if [[ $region == "$REGION" ]]; then return; fi
	say::fail "ALARMS_LAMBDA=$ALARMS_LAMBDA cannot be used in $REGION" "a CloudWatch alarm can notify only a topic in its own region" \
		"name one of $REGION, or an e-mail address; then $(say::again)"
}

# deploy::need_same_folder: two folders of the same name would overwrite each other's deployment.
deploy::need_same_folder() {
	PLACE=$(model_folder::place)
	if aws::absent; then return; fi
	PLACE_BEFORE=$(s3::recall "$BUCKET" folder)
	if [[ -z $PLACE_BEFORE || $PLACE_BEFORE == "$PLACE" ]]; then return; fi
	say::warn "$PROJECT_LAMBDA at stage $STAGE comes from another folder: $PLACE_BEFORE"
	if option DRY || say::agreed 'Has that become this one? [y/N] '; then return; fi
	say::fail "$PROJECT_LAMBDA at stage $STAGE is another folder's model" "it comes from $PLACE_BEFORE, and this is $PLACE" \
		"rename this folder; or, if it is the same model in a new place: $(say::again) -y"
}

# deploy::need_policy KIND PARAMETERS: no role can be made without its permissions boundary, which an administrator makes.
deploy::need_policy() {
	local name=$PROJECT_LAMBDA-$STAGE-$REGION-$1 found
	if aws::absent; then return; fi
	# an assignment of its own: a failure inside a condition would not end the run
	found=$(iam::policy "$name")
	if [[ -n $found ]]; then return; fi
	say::fail "there is no policy $name" 'it limits what the deployed resources may ever be allowed to do; an administrator makes it once, with the policies for whoever deploys' \
		"as administrator: aws cloudformation deploy --stack-name $PROJECT_LAMBDA-$STAGE-caller --template-file caller.yaml --capabilities CAPABILITY_NAMED_IAM --parameter-overrides Project=$PROJECT_LAMBDA Stage=$STAGE${2:+ $2}; then $(say::again)"
}

# deploy::need_room: finds a concurrency that cannot be reserved before anything is built.
deploy::need_room() {
	local found
	if ((CONCURRENCY_LAMBDA == 0)) || aws::absent; then return; fi
	if ! python "$ROOT/tools" doctor.reservations "$PROJECT_LAMBDA-$STAGE" "$CONCURRENCY_LAMBDA" >"$RUN_DIR/room" 2>"$RUN_DIR/room.err"; then
		say::fail 'cannot find out how much concurrency can be reserved' "$(<"$RUN_DIR/room.err")" "$(say::again)"
	fi
	mapfile -t found <"$RUN_DIR/room"
	if ((${#found[@]} == 0)); then return; fi
	say::fail "CONCURRENCY_LAMBDA=$CONCURRENCY_LAMBDA cannot be reserved" "${found[0]}" "${found[1]}; then $(say::again)"
}

# deploy::fill IMAGE_URI: writes the template to deploy; sets PARAMETERS, and RELEASE, the mark of this deployment.
deploy::fill() {
	local mail=$ALARMS_LAMBDA topic=''
	if [[ $mail == arn:* ]]; then topic=$mail mail=''; fi
	local stack=("Project=$PROJECT_LAMBDA" "Stage=$STAGE" "ImageUri=$1"
		"Architecture=$ARCHITECTURE_LAMBDA" "MemorySize=$MEMORY_LAMBDA" "Timeout=$TIMEOUT_LAMBDA"
		"SnapStart=$SNAPSTART_LAMBDA" "Tracing=$TRACING_LAMBDA" "Concurrency=$CONCURRENCY_LAMBDA" "LogDays=$LOG_DAYS_LAMBDA"
		"SlowMilliseconds=$SLOW_MILLISECONDS" "AlarmMail=$mail" "AlarmTopic=$topic" "ModelUri=$MODEL_S3_URI"
		"Auth=$AUTH_LAMBDA" "Issuer=$ISSUER_LAMBDA" "Audience=$AUDIENCE_LAMBDA" "Rate=$RATE_LAMBDA" "Burst=$BURST_LAMBDA"
		"CorsOrigins=$CORS_LAMBDA" "AccessLog=$ACCESS_LOG_LAMBDA" "Again=${AGAIN-none}")
	local origin=("Commit=${PROMOTED_COMMIT:-$(commit::name)}" "Author=${CALLER-unknown}" "Begun=${BEGUN-unknown}")
	PARAMETERS=("${stack[@]}" "${origin[@]}") RELEASE=''
	if aws::absent; then return; fi
	if ! RELEASE=$(python "$ROOT/tools" stacks.model "$MODEL" "$RUN_DIR/template.yaml" "$RUN_DIR/parameters" \
		"${stack[@]}" -- "${origin[@]}" 2>"$RUN_DIR/release.err"); then
		say::fail "$MODEL/template.yaml cannot be used" "$(<"$RUN_DIR/release.err")" "mend it, then $(say::again)"
	fi
	mapfile -d '' -t PARAMETERS <"$RUN_DIR/parameters"
}

# deploy::fill_unasked: works offline, so the bucket's name has placeholders for account and region.
deploy::fill_unasked() {
	BUCKET=$PROJECT_LAMBDA-$STAGE-account-region
	stage::model_in_bucket
	deploy::fill none
}

# deploy::print_template: prints all of it, with instructions for deploying it without the pipeline.
deploy::print_template() {
	local whose=''
	deploy::fill_unasked
	if [[ $MODEL_S3_URI == "s3://$BUCKET/"* ]]; then
		whose=$'\n# In the Default of ModelUri, put the number of the account for "account", and the region for "region".'
	fi
	cat - "$RUN_DIR/template.yaml" <<-END
		# The stack of $PROJECT_LAMBDA at stage $STAGE, whole: what pipeline.sh deploys there. Without pipeline.sh:
		#
		#   sam deploy --template-file FILE --stack-name $TEMPLATE_LAMBDA --capabilities CAPABILITY_IAM --resolve-s3 \\
		#     --image-repository REPOSITORY --parameter-overrides ImageUri=REPOSITORY@sha256:… Release=1
		#
		# publishes version 1 of the function, which the output FunctionVersion ends with, and nobody is answered by it yet.
		# The same command with "LiveVersion=1" at its end gives it to all callers. For each new image, count Release on,
		# so that a version is published; then move LiveVersion, and keep the one before for going back. The local AWS sees
		# no values where it makes versions: there, put the image into the Default of ImageUri as well.
		# The function's role has a boundary, which caller.yaml makes: an administrator deploys that first.$whose
	END
}

# deploy::need_bucket WHAT: it goes through the bucket.
deploy::need_bucket() {
	if option DRY || s3::has_bucket "$BUCKET"; then return; fi
	say::fail "there is no bucket $BUCKET to put $1 into" '' \
		"bash pipeline.sh -s $STAGE -m $MODEL -r, then $(say::again)"
}

deploy::why() {
	cloudformation::reasons "$TEMPLATE_LAMBDA"
	execute::said 3
}

# The image of -p or --promote, or else the newest one pushed for this stage.
deploy::choose_image() {
	if [[ -n ${IMAGE_DIGEST-} ]] && { option PUSH || option PROMOTE; }; then return; fi
	IMAGE_DIGEST=$(ecr::newest_digest "$REPOSITORY")
	if [[ -z $IMAGE_DIGEST ]] && ! option DRY; then
		say::fail "no image of $PROJECT_LAMBDA has been pushed for stage $STAGE" '' \
			"bash pipeline.sh -s $STAGE -r -p $MODEL -d"
	fi
}

deploy::need_stack() {
	if [[ ${STACK_NAME-} != "$TEMPLATE_LAMBDA" ]] || ((${#STACK_OUTPUTS[@]} == 0)) || ! option DEPLOY; then stack::read "$TEMPLATE_LAMBDA"; fi
	if [[ -z ${STACK_OUTPUTS[ApiUrl]-} ]]; then
		say::fail "$PROJECT_LAMBDA is not deployed at stage $STAGE" "${STACK_STATUS:+stack $TEMPLATE_LAMBDA is in $STACK_STATUS}" \
			"bash pipeline.sh -s $STAGE -r -p $MODEL -d"
	fi
}
