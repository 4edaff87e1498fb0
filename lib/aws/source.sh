# shellcheck shell=bash
# The account and region that --promote takes from, which may not be the stage's. The AWS CLI process has the stage's
# credentials and region, so calls to another account or region run in processes of their own.

# source::find: sets SOURCE_ACCOUNT and SOURCE_REGION.
source::find() {
	local caller
	SOURCE_ACCOUNT=$ACCOUNT SOURCE_REGION=${PROMOTE_REGION:-$REGION}
	SOURCE_CREDENTIALS=()
	if [[ -n $PROMOTE_ROLE_ARN ]]; then source::take_role; fi
	if [[ -z $PROMOTE_PROFILE$PROMOTE_ROLE_ARN ]] || aws::absent; then return; fi
	if ! caller=$(source::ask aws::caller); then
		say::fail "AWS does not accept PROMOTE_PROFILE=$PROMOTE_PROFILE" "$(aws::why)" \
			"aws sso login --profile $PROMOTE_PROFILE, or name another profile; then $(say::again)"
	fi
	SOURCE_ACCOUNT=${caller%% *}
}

# source::take_role: assumes the role as the profile, if there is one, else as whoever runs this.
source::take_role() {
	local answer key secret token
	if aws::absent; then return; fi
	if ! answer=$(source::ask aws::ask sts assume-role --role-arn "$PROMOTE_ROLE_ARN" --role-session-name "pipeline-$STAGE" \
		--query 'Credentials.[AccessKeyId, SecretAccessKey, SessionToken]'); then
		say::fail "$PROMOTE_ROLE_ARN cannot be taken" "$(aws::why)" \
			"let it trust account $ACCOUNT, and deploy caller.yaml with SourceRole=$PROMOTE_ROLE_ARN; then $(say::again)"
	fi
	IFS=$'\t' read -r key secret token <<<"$answer"
	SOURCE_CREDENTIALS=("AWS_ACCESS_KEY_ID=$key" "AWS_SECRET_ACCESS_KEY=$secret" "AWS_SESSION_TOKEN=$token")
}

# source::ask COMMAND...: runs it as the profile or the role.
source::ask() {
	if [[ -z $PROMOTE_PROFILE$PROMOTE_ROLE_ARN ]]; then
		source::in_its_region "$@"
		return
	fi
	(
		if ((${#SOURCE_CREDENTIALS[@]})); then
			unset AWS_PROFILE
			export "${SOURCE_CREDENTIALS[@]}"
		elif [[ -n $PROMOTE_PROFILE ]]; then
			# exported credentials take precedence over a profile, and so does a CI job's web identity
			unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_WEB_IDENTITY_TOKEN_FILE AWS_ROLE_ARN
			export AWS_PROFILE=$PROMOTE_PROFILE
		fi
		source::apart "$@"
	)
}

# source::in_its_region COMMAND...: runs it as whoever runs this, in the source's region.
source::in_its_region() {
	if [[ $SOURCE_REGION == "$REGION" ]]; then
		"$@"
	else
		(source::apart "$@")
	fi
}

# source::apart COMMAND...: call it in a subshell, whose environment the AWS CLI is started with.
source::apart() {
	unset AWS_CALLS
	export AWS_REGION=$SOURCE_REGION AWS_DEFAULT_REGION=$SOURCE_REGION
	"$@"
}
