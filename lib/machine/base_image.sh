# shellcheck shell=bash
# The base image, and its stand-in: where no base image can be pulled, stage local makes one from the
# distribution's own packages. Stages on AWS never do.

# A test that breaks the making of it gives it another name.
readonly STAND_IN=${PIPELINE_STAND_IN:-pipeline/stand-in:python3.11-bookworm}

# base_image::stand_in: at stage local, use the stand-in if the real one is not here and cannot be had.
base_image::stand_in() {
	if engine::has_image "$BASE_IMAGE"; then return; fi
	if ! engine::has_image "$STAND_IN"; then
		if base_image::pull; then return; fi
		locks::with stand-in base_image::make
	fi
	BASE_IMAGE=$STAND_IN
}

base_image::pull() {
	say::step base "pull $BASE_IMAGE"
	if execute::try engine::pull "$BASE_IMAGE"; then
		say::result pulled
		return
	fi
	say::result "cannot be pulled: $(execute::said 1)"
	return 1
}

# base_image::ensure: both base images are here, or the run ends before it has changed anything.
base_image::ensure() {
	local image
	for image in "$BASE_IMAGE" "$RUN_IMAGE"; do
		if engine::has_image "$image"; then continue; fi
		say::step base "pull $image"
		if ! execute::try engine::pull "$image"; then
			say::fail "cannot pull the base image $image" "$(execute::said 3)" \
				"check the network, or name an image that can be had: BASE_IMAGE=… $(say::again)"
		fi
		say::result pulled
	done
}

base_image::make() {
	if engine::has_image "$STAND_IN"; then return; fi
	local folder=$PIPELINE_HOME/cache/stand-in mirror
	if ! grep -qs '^VERSION_CODENAME=bookworm$' /etc/os-release || ((EUID != 0)); then
		say::fail "cannot pull the base image $BASE_IMAGE" \
			"$(execute::said 2)"$'\n''its stand-in can be made on Debian 12, by root, only' \
			"check the network, or name an image that can be had: BASE_IMAGE=… $(say::again)"
	fi
	say::step base "make a stand-in for $BASE_IMAGE from Debian's packages; images for AWS never use it"
	if ! command -v debootstrap >/dev/null; then setup::apt debootstrap; fi
	mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -n 1)
	# A killed run leaves a folder in which something may be mounted: nothing beyond this disk is touched.
	execute::run rm -rf --one-file-system "$folder"
	execute::must 'cannot make the stand-in base image' '' unshare --mount \
		debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$folder" "$mirror"
	execute::must 'cannot make the stand-in base image' '' base_image::import "$folder"
	execute::run rm -rf --one-file-system "$folder"
	say::result 'made'
}

# The machine's certificates go along: behind a proxy that inspects TLS nothing works without them.
base_image::import() {
	if option DRY; then
		engine::import "$STAND_IN"
		return
	fi
	cp /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/ca-certificates.crt"
	tar --create --directory "$1" --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' \
		--exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' . |
		engine::import "$STAND_IN"
}
