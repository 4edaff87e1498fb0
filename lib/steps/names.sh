# shellcheck shell=bash
# What a model may be called: what every service takes that something is named after it, at every stage. Refused at
# once, for the services would do so one after the other, the last of them in the middle of a deployment.
#
#   ECR             no hyphen beside another or at an end
#   CloudFormation  a letter first
#   S3              PROJECT-STAGE-ACCOUNT within 63 characters; some beginnings are Amazon's own
#   IAM             PROJECT-STAGE-lambda-FunctionRole-XXXXXXXXXXXXX within 64: a longer one is shortened, and then it is not
#                   PROJECT-STAGE-* any more, which is all that a caller may make
#   a policy        PROJECT-STAGE-* of the project `x` must not reach what is the project `x-dev`'s

readonly NAMES_LONGEST=24
# STACK-OperationsRole-XXXXXXXXXXXXX within 64, the longest of those of -e
readonly NAMES_LONGEST_SERVER_STACK=35

# names::check: PROJECT_LAMBDA, or the run ends.
names::check() {
	local why
	why=$(names::complaint "$PROJECT_LAMBDA")
	if [[ -z $why ]]; then return; fi
	say::fail "PROJECT_LAMBDA=$PROJECT_LAMBDA cannot be used" "$why" \
		"export another PROJECT_LAMBDA, or change it where it is from, $MODEL/model.env or the folder's name; then $(say::again)"
}

names::check_server_stack() {
	if ((${#TEMPLATE_BEANSTALK} <= NAMES_LONGEST_SERVER_STACK)); then return; fi
	say::fail "the stack $TEMPLATE_BEANSTALK cannot be called that" \
		"it has ${#TEMPLATE_BEANSTALK} characters; with more than $NAMES_LONGEST_SERVER_STACK, IAM would shorten the names of its roles" \
		"export another TEMPLATE_BEANSTALK or PROJECT_LAMBDA, or set it in $MODEL/model.env; then $(say::again)"
}

# names::complaint NAME: the rule that it breaks, or nothing.
names::complaint() {
	# letters are those of ASCII, whatever the language of the terminal
	local LC_ALL=C
	if [[ ! $1 =~ ^[a-z][a-z0-9]*(-[a-z0-9]+)*$ ]]; then
		printf 'it must be lower case letters and digits, a letter first, with single hyphens between them'
	elif ((${#1} < 2)); then
		printf 'it must be at least 2 characters'
	elif ((${#1} > NAMES_LONGEST)); then
		printf 'it must be at most %s characters, and has %s: IAM would shorten the names of roles' "$NAMES_LONGEST" "${#1}"
	elif [[ $1 =~ -(local|dev|stage|prod)(-|$) ]]; then
		printf 'it must not hold "-%s", which is how a stage is named: the rights of one model would reach another' "${BASH_REMATCH[1]}"
	elif [[ $1 =~ ^(sthree|amzn-s3-demo)(-|$) ]]; then
		printf 'it must not begin with "%s": Amazon keeps such bucket names for itself' "${BASH_REMATCH[1]}"
	fi
}
