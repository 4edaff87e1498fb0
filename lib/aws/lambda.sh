# shellcheck shell=bash
# Lambda: the versions of a function.

# lambda::live_image FUNCTION: the image of the live version, and its description; nothing if no version is live.
lambda::live_image() {
	aws::find ResourceNotFoundException lambda get-function --function-name "$1" --qualifier live \
		--query '[Code.ResolvedImageUri || Code.ImageUri, Configuration.Description]'
}

# lambda::description FUNCTION VERSION: nothing if the version has been deleted.
lambda::description() {
	aws::find ResourceNotFoundException lambda get-function --function-name "$1" --qualifier "$2" --query Configuration.Description
}

# lambda::image FUNCTION VERSION: the image that the version runs; nothing if the version has been deleted.
lambda::image() {
	aws::find ResourceNotFoundException lambda get-function --function-name "$1" --qualifier "$2" \
		--query 'Code.ResolvedImageUri || Code.ImageUri'
}

# lambda::is_tuned FUNCTION: whether tools/tuning/trials.py has changed the function and not restored it yet.
lambda::is_tuned() {
	local description
	description=$(aws::find ResourceNotFoundException lambda get-function-configuration --function-name "$1" --query Description)
	[[ $description == 'tuning, was '* ]]
}

lambda::is_live() {
	aws::exists ResourceNotFoundException lambda get-function --function-name "$1" --qualifier live --query Code.ImageUri
}

lambda::delete_version() {
	aws::change "cannot delete version $2" '' lambda delete-function --function-name "$1" --qualifier "$2"
}

# lambda::role FUNCTION: the name of its role.
lambda::role() {
	local role
	role=$(aws::find '' lambda get-function-configuration --function-name "$1" --query Role)
	printf '%s' "${role##*/}"
}
