# shellcheck shell=bash
# -x: delete what -r, -p, -d and -e made for one model and stage, and nothing else.

remove::all() {
	batch::names
	remove::ask
	beanstalk::remove
	batch::remove
	say::step remove "stack $TEMPLATE_LAMBDA"
	remove::stack "$TEMPLATE_LAMBDA"
	remove::one "repository $REPOSITORY and its images" ecr::has_repository ecr::delete_repository "$REPOSITORY"
	remove::one "bucket $BUCKET and all its versions" s3::has_bucket s3::delete_bucket "$BUCKET"
	say::step remove "stack $TEMPLATE_REGISTRY"
	remove::stack "$TEMPLATE_REGISTRY"
	engine::remove_images "$IMAGE_REPOSITORY"
}

# For prod a y is too easy: the model's name must be typed, at the terminal or on stdin.
remove::ask() {
	local answer='' wanted='y' question='Go on? [y/N] '
	if option DRY || { option YES && [[ $STAGE != prod ]]; }; then return; fi
	if [[ $STAGE == prod ]]; then wanted=$PROJECT_LAMBDA question="Type $PROJECT_LAMBDA to go on: "; fi
	printf 'This deletes, at stage %s: the stacks %s, %s and, if there, %s and %s, the repository %s and the bucket %s.\n' \
		"$STAGE" "$TEMPLATE_LAMBDA" "$TEMPLATE_REGISTRY" "$TEMPLATE_BEANSTALK" "$TEMPLATE_BATCH" "$REPOSITORY" "$BUCKET" >&2
	read -r -p "$question" answer || true
	if [[ $answer == "$wanted" || ($wanted == y && $answer == [yY]*) ]]; then return; fi
	if [[ $STAGE == prod ]]; then
		say::fail 'nothing deleted' "for prod the name $PROJECT_LAMBDA must be typed, and -y is not enough" \
			"$(say::again), or: echo $PROJECT_LAMBDA | $(say::again)"
	fi
	say::note 'nothing deleted'
	exit 0
}

# remove::one WORDS HAS DELETE NAME
remove::one() {
	say::step remove "$1"
	if "$2" "$4"; then
		"$3" "$4"
		say::result deleted
	else
		say::result 'not there'
	fi
}

remove::stack() {
	stack::read "$1"
	stack::await "$1"
	if [[ -z $STACK_STATUS ]]; then
		say::result 'not there'
		return
	fi
	stack::delete "$1"
	say::result deleted
}
