# shellcheck shell=bash
# The Elastic Container Registry: repositories and the images in them.

ecr::password() {
	aws::raw ecr get-login-password
}

ecr::image_digest() {
	aws::find '@(ImageNotFoundException|RepositoryNotFoundException)' ecr describe-images \
		--repository-name "$1" --image-ids "imageTag=$2" --query 'imageDetails[0].imageDigest'
}

ecr::newest_digest() {
	local digest
	digest=$(aws::find RepositoryNotFoundException ecr describe-images --repository-name "$1" \
		--query 'sort_by(imageDetails, &imagePushedAt)[-1].imageDigest' --output json)
	printf '%s' "${digest//\"/}"
}

# ecr::image_tag REPOSITORY DIGEST
ecr::image_tag() {
	aws::find '@(ImageNotFoundException|RepositoryNotFoundException)' ecr describe-images \
		--repository-name "$1" --image-ids "imageDigest=$2" --query 'imageDetails[0].imageTags[0]'
}

# ecr::delete_image REPOSITORY DIGEST: an image that somebody else has already deleted is no failure.
ecr::delete_image() {
	aws::change_all "cannot delete image $2" "failures[?failureCode != 'ImageNotFound'] | [0].[failureCode, failureReason]" \
		ecr batch-delete-image --repository-name "$1" --image-ids "imageDigest=$2"
}

# ecr::manifests REPOSITORY FILE: writes the manifests of all tagged images to FILE, as JSON lists of a hundred each, the
# most that one call may ask for.
ecr::manifests() {
	local answer images=() first
	answer=$(aws::find RepositoryNotFoundException ecr list-images --repository-name "$1" --filter tagStatus=TAGGED \
		--query "imageIds[].[join('=', ['imageDigest', imageDigest])]")
	if [[ -n $answer ]]; then mapfile -t images <<<"$answer"; fi
	for ((first = 0; first < ${#images[@]}; first += 100)); do
		aws::json ecr batch-get-image --repository-name "$1" --image-ids "${images[@]:first:100}" --query 'images[].imageManifest'
	done >"$2"
}

ecr::has_repository() {
	aws::exists RepositoryNotFoundException ecr describe-repositories --repository-names "$1" \
		--query 'repositories[0].repositoryArn'
}

ecr::delete_repository() {
	aws::change "cannot delete repository $1" '' ecr delete-repository --repository-name "$1" --force
}
