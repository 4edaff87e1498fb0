# shellcheck shell=bash
# The base images, one to build on and one to run on, and their stand-ins: where no base image can be pulled, stage local
# makes one from the distribution's own packages. Stages on AWS never do.

# A test that breaks the making of the stand-in gives it another name.
readonly STAND_IN=${PIPELINE_STAND_IN:-pipeline/stand-in:python3.11-bookworm}

# base_image::choose: sets BASE_IMAGE and RUN_IMAGE. The image runs on the slim twin of the one that builds, if there is
# one; the twin comes from the same mirror.
# Unless a base is named, arm64 runs on bookworm: LiteRT's libraries for it do not load on buster, even though their
# wheels claim to support it.
base_image::choose() {
	local named=${BASE_IMAGE-}
	BASE_IMAGE=${BASE_IMAGE:-python:3.11-buster}
	RUN_IMAGE=$BASE_IMAGE
	if [[ $BASE_IMAGE =~ ^(.+/)?python:([0-9.]+)-([a-z]+)$ ]]; then
		RUN_IMAGE=${BASH_REMATCH[1]}python:${BASH_REMATCH[2]}-slim-${BASH_REMATCH[3]}
	fi
	if [[ -z $named && $ARCHITECTURE_LAMBDA == arm64 ]]; then RUN_IMAGE=python:3.11-slim-bookworm; fi
	if [[ -n ${STAND_IN_ALLOWED-} ]] && base_image::needs_stand_in; then
		RUN_IMAGE=$STAND_IN
		if [[ $ARCHITECTURE_LAMBDA != "$(engine::architecture)" ]]; then
			RUN_IMAGE=$STAND_IN-$ARCHITECTURE_LAMBDA
			locks::with stand-in base_image::make "$RUN_IMAGE" "$ARCHITECTURE_LAMBDA"
		fi
		BASE_IMAGE=$STAND_IN
	fi
}

# base_image::needs_stand_in: whether the real image is neither here nor can be pulled; makes the stand-in if so.
base_image::needs_stand_in() {
	if engine::has_image "$BASE_IMAGE"; then return 1; fi
	if engine::has_image "$STAND_IN"; then return; fi
	if base_image::pull "$BASE_IMAGE" "$(engine::architecture)" "$BASE_IMAGE"; then return 1; fi
	say::result "cannot be pulled: $(execute::said 1)"
	locks::with stand-in base_image::make "$STAND_IN" "$(engine::architecture)"
}

# base_image::ensure: both images are here afterwards, or the run ends before it has changed anything. Sets BASE_HERE and
# RUN_HERE, the names that the engine knows them by.
base_image::ensure() {
	base_image::have "$BASE_IMAGE" "$(engine::architecture)"
	BASE_HERE=$HERE
	base_image::have "$RUN_IMAGE" "$ARCHITECTURE_LAMBDA"
	RUN_HERE=$HERE
}

# base_image::have IMAGE ARCHITECTURE: sets HERE. The engine keeps one architecture per name, so an image of another
# architecture gets a name of our own instead of replacing the first.
base_image::have() {
	local image=$1 architecture=$2 found own
	own=pipeline/base-$architecture:${image//[^A-Za-z0-9._-]/_}
	found=$(engine::architecture_of "$image")
	HERE=$image
	if [[ $found == "$architecture" ]]; then return; fi
	if [[ -n $found || $architecture != "$(engine::architecture)" ]]; then HERE=$own; fi
	if [[ $HERE == "$own" ]] && engine::has_image "$own"; then return; fi
	if ! base_image::pull "$image" "$architecture" "$HERE"; then
		say::fail "cannot pull the base image $image for $architecture" "$(execute::said 3)" \
			"check the network, or name an image that can be had: BASE_IMAGE=… $(say::again)"
	fi
}

# base_image::pull IMAGE ARCHITECTURE NAME
base_image::pull() {
	say::step base "pull $1"
	if ! execute::try engine::pull "$1" "$(engine::platform "$2")" "$3"; then return 1; fi
	say::result pulled
}

# base_image::make NAME ARCHITECTURE
base_image::make() {
	local name=$1 architecture=$2 folder=$PIPELINE_HOME/cache/stand-in lacks=''
	if engine::has_image "$name"; then return; fi
	if ! grep -qs '^VERSION_CODENAME=bookworm$' /etc/os-release || ((EUID != 0)); then
		lacks='its stand-in can be made on Debian 12, by root, only'
	elif [[ ${PIPELINE_INSTALL-} == never ]] && ! command -v mmdebstrap >/dev/null; then
		lacks='PIPELINE_INSTALL=never: mmdebstrap, which makes its stand-in, is not installed'
	fi
	if [[ -n $lacks ]]; then
		say::fail "cannot pull the base image $BASE_IMAGE" "$(execute::said 2)"$'\n'"$lacks" \
			"check the network, or name an image that can be had: BASE_IMAGE=… $(say::again)"
	fi
	say::step base "make a stand-in for $BASE_IMAGE on $architecture from Debian's packages; images for AWS never use it"
	if ! command -v mmdebstrap >/dev/null; then setup::apt mmdebstrap; fi
	# A killed run may leave a folder with something mounted in it: delete nothing beyond this disk.
	execute::run rm -rf --one-file-system "$folder"
	execute::run mkdir -p "$folder"
	execute::must 'cannot make the stand-in base image' '' base_image::unpack "$architecture" "$folder"
	execute::must 'cannot make the stand-in base image' '' base_image::load "$name" "$architecture" "$folder/root.tar"
	execute::run rm -rf --one-file-system "$folder"
	say::result 'made'
}

# base_image::unpack ARCHITECTURE FOLDER: makes a root file system, FOLDER/root.tar. For this machine's architecture it is
# installed and can build; for another it is only unpacked, since nothing of it runs here, and can only be run on. The
# machine's certificates are copied in: behind a proxy that inspects TLS nothing works without them.
# shellcheck disable=SC2016 # mmdebstrap's hooks expand "$1"
base_image::unpack() {
	local architecture=$1 folder=$2 mirror hooks=/usr/share/mmdebstrap/hooks/merged-usr
	local how=(--variant=minbase '--include=python3,python3-venv,ca-certificates')
	if [[ $architecture != "$(engine::architecture)" ]]; then
		how=(--variant=extract '--include=base-files,base-passwd,coreutils,dash,findutils,libstdc++6,python3,ca-certificates'
			'--customize-hook=cp "$1/usr/share/base-passwd/passwd.master" "$1/etc/passwd"')
	fi
	mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -n 1)
	execute::run env TMPDIR="$folder" unshare --mount mmdebstrap --quiet "${how[@]}" \
		--architectures="$(engine::debian "$architecture")" \
		--setup-hook="sh $hooks/setup00.sh"' "$1"' \
		--customize-hook='cp /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/"' \
		'--dpkgopt=path-exclude=/usr/share/doc/*' '--dpkgopt=path-exclude=/usr/share/man/*' \
		'--dpkgopt=path-exclude=/usr/share/locale/*' bookworm "$folder/root.tar" "$mirror"
}

# base_image::load NAME ARCHITECTURE ROOT
base_image::load() {
	if option DRY; then
		engine::load </dev/null
		return
	fi
	python "$ROOT/tools" images.root_image "$1" "$2" <"$3" | engine::load
}
