# shellcheck shell=bash
# --sbom: the contents of the image, read from the image itself.

sbom::print() {
	image::ensure
	say::step sbom "$IMAGE"
	engine::save "$IMAGE" | python "$ROOT/tools" images.sbom "$PROJECT_LAMBDA" "$IMAGE_TAG"
}
