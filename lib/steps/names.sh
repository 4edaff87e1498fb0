# shellcheck shell=bash
# Which names a model may have: those that every service accepts for what is named after it, at every stage. A bad name is
# refused at once; the services would each refuse it in turn, the last in the middle of a deployment.
#
#   ECR             no two hyphens in a row, none at an end
#   CloudFormation  a letter first
#   S3              PROJECT-STAGE-ACCOUNT within 63 characters; Amazon reserves some prefixes
#   IAM             PROJECT-STAGE-lambda-FunctionRole-XXXXXXXXXXXXX within 64: a longer name is shortened, and then it no
#                   longer matches PROJECT-STAGE-*, which is all that a caller may make
#   a policy        PROJECT-STAGE-* of the project `x` must not match what belongs to the project `x-dev`

readonly NAMES_LONGEST=24
# STACK-OperationsRole-XXXXXXXXXXXXX within 64: the longest role name of -e
readonly NAMES_LONGEST_SERVER_STACK=35

# names::check: PROJECT_LAMBDA must be a valid name, or the run ends.
names::check() {
	local why next='rename the folder'
	why=$(names::complaint "$PROJECT_LAMBDA")
	if [[ -z $why ]] || names::is_of_before; then return; fi
	if [[ $PROJECT_LAMBDA != "${MODEL##*/}" ]]; then next='export another PROJECT_LAMBDA, or none'; fi
	say::fail "a model cannot be called $PROJECT_LAMBDA" "$why" "$next; then $(say::again)"
}

# names::is_of_before: a model deployed under an older rule, with a longer name or a stage in it, can still be inspected,
# rolled back and deleted under that name; but nothing more can be made.
names::is_of_before() {
	local making
	for making in REGISTRY PUSH DEPLOY SERVER RIE; do
		if option "$making"; then return 1; fi
	done
	[[ $PROJECT_LAMBDA =~ ^[a-z][a-z0-9-]{1,40}$ ]]
}

names::check_server_stack() {
	if ((${#TEMPLATE_BEANSTALK} <= NAMES_LONGEST_SERVER_STACK)); then return; fi
	say::fail "the stack $TEMPLATE_BEANSTALK cannot be called that" \
		"it has ${#TEMPLATE_BEANSTALK} characters; with more than $NAMES_LONGEST_SERVER_STACK, IAM would shorten the names of its roles" \
		"set a shorter TEMPLATE_BEANSTALK in $MODEL/model.env, or rename the folder; then $(say::again)"
}

# names::complaint NAME: prints the rule that it breaks, or nothing.
names::complaint() {
	# only ASCII letters count, whatever the locale
	local LC_ALL=C
	local rule="it must have 2 to $NAMES_LONGEST lower case letters, digits and single hyphens, a letter first and no hyphen last"
	if [[ ! $1 =~ ^[a-z][a-z0-9]*(-[a-z0-9]+)*$ ]] || ((${#1} < 2)); then
		printf '%s' "$rule"
	elif ((${#1} > NAMES_LONGEST)); then
		printf '%s; with %s characters, IAM would shorten the names of its roles' "$rule" "${#1}"
	elif [[ $1 =~ -(local|dev|stage|prod)(-|$) ]]; then
		printf 'it must not hold "-%s", which is how a stage is named: the rights of one model would reach another' "${BASH_REMATCH[1]}"
	elif [[ $1 =~ ^(sthree|amzn-s3-demo)(-|$) ]]; then
		printf 'it must not begin with "%s": Amazon keeps such bucket names for itself' "${BASH_REMATCH[1]}"
	fi
}
