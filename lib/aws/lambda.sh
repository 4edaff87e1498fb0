# shellcheck shell=bash
# Lambda: the versions of a function, and what the account has for it.

# lambda::live_image FUNCTION: the image of the version that is live, and its description; nothing if nothing is live.
lambda::live_image() {
	aws::find ResourceNotFoundException lambda get-function --function-name "$1" --qualifier live \
		--query '[Code.ResolvedImageUri || Code.ImageUri, Configuration.Description]'
}

lambda::is_live() {
	aws::exists ResourceNotFoundException lambda get-function --function-name "$1" --qualifier live --query Code.ImageUri
}

lambda::delete_version() {
	aws::change "cannot delete version $2" '' lambda delete-function --function-name "$1" --qualifier "$2"
}

# lambda::at_once: how many requests all functions of this account and region together can take.
lambda::at_once() {
	aws::find '' lambda get-account-settings --query AccountLimit.ConcurrentExecutions
}
