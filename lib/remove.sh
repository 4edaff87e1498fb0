# shellcheck shell=bash
# -x: delete what -r, -p and -d made for one model and stage, and nothing else.

remove::all() {
	remove::ask
	say::step remove "stack $TEMPLATE_LAMBDA"
	remove::stack "$TEMPLATE_LAMBDA"
	say::step remove "repository $REPOSITORY and its images"
	if aws::has_repository "$REPOSITORY"; then
		aws::delete_repository "$REPOSITORY"
		say::result deleted
	else
		say::result 'not there'
	fi
	say::step remove "bucket $BUCKET and all its versions"
	if aws::has_bucket "$BUCKET"; then
		aws::delete_bucket "$BUCKET"
		say::result deleted
	else
		say::result 'not there'
	fi
	say::step remove "stack $TEMPLATE_REGISTRY"
	remove::stack "$TEMPLATE_REGISTRY"
	engine::remove_images "$IMAGE_REPOSITORY"
}

remove::ask() {
	local answer
	if option YES || option DRY; then return; fi
	printf 'This deletes, at stage %s: the stacks %s and %s, the repository %s and the bucket %s.\n' \
		"$STAGE" "$TEMPLATE_LAMBDA" "$TEMPLATE_REGISTRY" "$REPOSITORY" "$BUCKET" >&2
	read -r -p 'Go on? [y/N] ' answer
	if [[ $answer != [yY]* ]]; then
		say::note 'nothing deleted'
		exit 0
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
