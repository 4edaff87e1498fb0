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
	aws::find RepositoryNotFoundException ecr describe-images --repository-name "$1" \
		--query 'sort_by(imageDetails, &imagePushedAt)[-1].imageDigest'
}

# ecr::image_tag REPOSITORY DIGEST
ecr::image_tag() {
	aws::find '@(ImageNotFoundException|RepositoryNotFoundException)' ecr describe-images \
		--repository-name "$1" --image-ids "imageDigest=$2" --query 'imageDetails[0].imageTags[0]'
}

ecr::delete_image() {
	aws::change "cannot delete image $2" '' ecr batch-delete-image --repository-name "$1" --image-ids "imageDigest=$2"
}

# ecr::manifests REPOSITORY FILE: the manifests of all tagged images, a JSON list, in FILE.
ecr::manifests() {
	local ids answer='[]'
	ids=$(aws::json ecr list-images --repository-name "$1" --filter tagStatus=TAGGED --max-items 100 \
		--query 'imageIds[].{imageDigest: imageDigest}')
	if [[ $ids != '[]' ]]; then
		answer=$(aws::json ecr batch-get-image --repository-name "$1" --image-ids "$ids" --query 'images[].imageManifest')
	fi
	printf '%s' "$answer" >"$2"
}

ecr::has_repository() {
	[[ -n $(aws::find RepositoryNotFoundException ecr describe-repositories --repository-names "$1" \
		--query 'repositories[0].repositoryArn') ]]
}

ecr::delete_repository() {
	aws::change "cannot delete repository $1" '' ecr delete-repository --repository-name "$1" --force
}
