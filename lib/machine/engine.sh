# shellcheck shell=bash
# The container engine. This file alone calls docker.

engine::answers() {
	docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}

engine::complaint() {
	if command -v docker >/dev/null; then
		docker version --format '{{.Server.Version}}' 2>&1 >/dev/null | tail -n 1 || true
	else
		printf 'there is no docker command'
	fi
}

engine::start() {
	say::step engine 'start the container engine'
	if [[ -d /run/systemd/system ]]; then
		execute::must 'the container engine does not start' 'journalctl -u docker' systemctl start docker
	else
		engine::daemon
	fi
	local tries
	if option DRY; then return; fi
	for ((tries = 0; tries < 300; tries++)); do
		if engine::answers; then
			say::result started
			return
		fi
		sleep 0.1
	done
	say::fail 'the container engine does not start' "$(tail -n 5 "$PIPELINE_HOME/engine/log" 2>/dev/null)" \
		"$(say::again)"
}

# Without a service manager the engine is our own process, which --down stops.
engine::daemon() {
	execute::run mkdir -p "$PIPELINE_HOME/engine"
	execute::daemon "$PIPELINE_HOME/engine/log" dockerd --pidfile "$PIPELINE_HOME/engine/pid"
}

# Stops the engine that engine::daemon started, unless containers of others run on it.
engine::stop() {
	local file=$PIPELINE_HOME/engine/pid pid others
	if [[ ! -f $file ]]; then return; fi
	pid=$(<"$file")
	if [[ $(cat "/proc/$pid/comm" 2>/dev/null) == dockerd ]]; then
		others=$(docker ps --quiet)
		if [[ -n $others ]]; then
			say::note "the container engine keeps running: it has containers that are not the pipeline's"
			return
		fi
		say::step engine 'stop the container engine'
		execute::run kill "$pid"
		while kill -0 "$pid" 2>/dev/null && ! option DRY; do sleep 0.1; done
		say::result stopped
	fi
	execute::run rm -f "$file"
}

engine::has_image() {
	docker image inspect "$1" >/dev/null 2>&1
}

# engine::architecture: the architecture of the engine's machine, as Lambda names it.
engine::architecture() {
	local machine
	machine=$(docker version --format '{{.Server.Arch}}' 2>/dev/null) || machine=$(uname -m)
	engine::as_lambda "$machine"
}

# engine::architecture_of IMAGE: prints nothing if the image is not here.
engine::architecture_of() {
	local machine
	if machine=$(docker image inspect --format '{{.Architecture}}' "$1" 2>/dev/null); then engine::as_lambda "$machine"; fi
}

engine::as_lambda() {
	case $1 in
	arm64 | aarch64) printf arm64 ;;
	*) printf x86_64 ;;
	esac
}

# engine::debian ARCHITECTURE: its name in Debian and in the engine.
engine::debian() {
	case $1 in
	arm64) printf arm64 ;;
	*) printf amd64 ;;
	esac
}

engine::platform() {
	printf 'linux/%s' "$(engine::debian "$1")"
}

# engine::can_run IMAGE
engine::can_run() {
	docker run --rm --network none --entrypoint /bin/true "$1"
}

# engine::pull IMAGE PLATFORM NAME: if NAME differs, IMAGE afterwards names again what it named before.
engine::pull() {
	local image=$1 platform=$2 name=$3 before
	before=$(docker image inspect --format '{{.Id}}' "$image" 2>/dev/null || true)
	execute::run docker pull --quiet --platform "$platform" "$image" || return
	if [[ $name == "$image" ]]; then return; fi
	execute::run docker tag "$image" "$name" || return
	if [[ $image == *@* ]]; then return; fi
	if [[ -n $before ]]; then
		execute::run docker tag "$before" "$image"
	else
		execute::run docker image rm "$image"
	fi
}

# engine::load: loads an image from its archive on stdin.
engine::load() {
	execute::run docker load --quiet
}

# engine::save IMAGE: writes its archive to stdout.
engine::save() {
	docker save "$1"
}

# engine::build CONTEXT TAG PLATFORM BUILD_ARG...
engine::build() {
	local context=$1 tag=$2 platform=$3
	shift 3
	engine::run_build "$context" "$platform" "$@" --tag "$tag"
}

# engine::run_build CONTEXT PLATFORM BUILD_ARG|OPTION...: BuildKit if the client has it, else the classic builder.
# Lambda takes one plain manifest, so BuildKit adds no attestations. The classic builder forces a platform on every
# stage if it is given one; without, each stage has the platform of its base.
engine::run_build() {
	local context=$1 buildkit flags=()
	buildkit=$(engine::has_buildkit)
	if ((buildkit)); then flags+=(--platform "$2"); fi
	shift 2
	while (($#)) && [[ $1 != -* ]]; do
		flags+=(--build-arg "$1")
		shift
	done
	execute::run env DOCKER_BUILDKIT="$buildkit" BUILDX_BUILDER=default BUILDX_NO_DEFAULT_ATTESTATIONS=1 \
		docker build --force-rm --build-arg "BUILDPLATFORM=$(engine::platform "$(engine::architecture)")" \
		"${flags[@]}" "$@" - <"$context"
}

# engine::copy_out CONTEXT TAG TARGET PLATFORM FROM TO BUILD_ARG...: copies files out of one stage of a build.
engine::copy_out() {
	local context=$1 tag=$2 target=$3 platform=$4 from=$5 to=$6 container status=0
	shift 6
	engine::run_build "$context" "$platform" "$@" --tag "$tag" --target "$target" || return
	container=$(docker create --label "pipeline=$PIPELINE_HOME" "$tag" none) || return
	mkdir -p "$to"
	docker cp "$container:$from" "$to" || status=$?
	docker rm --force "$container" >/dev/null
	docker image rm --force "$tag" >/dev/null
	return "$status"
}

engine::has_buildkit() {
	if docker buildx version >/dev/null 2>&1; then printf 1; else printf 0; fi
}

# engine::push IMAGE HOST: the password comes on stdin and lives no longer than this run.
engine::push() {
	local image=$1 host=$2 DOCKER_HOST
	# a separate configuration has no contexts
	DOCKER_HOST=$(docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null || true)
	export DOCKER_HOST
	execute::run docker --config "$RUN_DIR/docker" login --username AWS --password-stdin "$host" &&
		execute::run docker --config "$RUN_DIR/docker" push "$image"
}

# engine::emulate IMAGE NAME PORT MEMORY_MB EMULATOR: runs the image as Lambda would, until it is stopped.
engine::emulate() {
	local image=$1 name=$2 port=$3 memory=$4 emulator=$5 processor=()
	# tools/local_aws/emulated.py says why.
	if [[ $(engine::architecture_of "$image")-$(engine::architecture) == arm64-x86_64 ]]; then
		processor=(--volume "$ROOT/tools/local_aws/arm64.cpuinfo:/proc/cpuinfo:ro")
	fi
	execute::run docker run --rm --init --name "$name" --label "pipeline=$PIPELINE_HOME" \
		--publish "127.0.0.1:$port:8080" --volume "$emulator:/usr/local/bin/aws-lambda-rie:ro" \
		--memory "${memory}m" --memory-swap "${memory}m" --cpus "$(engine::cpus "$memory")" \
		--read-only --tmpfs /tmp:size=512m,mode=1777 --ipc none \
		--user 993:990 --cap-drop ALL --security-opt no-new-privileges \
		"${processor[@]}" --env "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=$memory" "$image"
}

# engine::isolated SECONDS BYTES IMAGE PACKAGES MODULE WORD...: runs a program of tools/ that executes a stranger's code. It
# has no network, none of the user's files, no privileges, and limits on time, output and memory. Input comes on stdin, the
# answer on stdout; tools/models/bounded.py lists the exit statuses of programs that hit a limit.
engine::isolated() (
	seconds=$1 bytes=$2 image=$3 packages=$4
	shift 4
	# the container may outlive its client
	trap 'engine::stop_container "isolated-$$"' EXIT
	python "$ROOT/tools" models.bounded "$seconds" "$bytes" \
		docker run --rm --interactive --name "isolated-$$" --label "pipeline=$PIPELINE_HOME" --network none --read-only \
		--tmpfs /tmp:size=2g,mode=1777 --user 65534:65534 --cap-drop ALL --security-opt no-new-privileges \
		--memory 6g --memory-swap 6g --pids-limit 256 \
		--volume "$packages:/opt/python:ro" --volume "$ROOT/tools:/opt/pipeline/tools:ro" \
		--env PYTHONPATH=/opt/python:/opt/pipeline --env OMP_NUM_THREADS=1 --env PYTHONDONTWRITEBYTECODE=1 \
		--entrypoint python3 "$image" -m "$@"
)

engine::stop_container() {
	docker stop --time 2 "$1" >/dev/null 2>&1 || true
}

# Lambda gives one processor at 1,769 MB and in proportion above and below.
engine::cpus() {
	local thousandths=$(($1 * 1000 / 1769)) most
	most=$(($(getconf _NPROCESSORS_ONLN) * 1000))
	if ((thousandths > most)); then thousandths=$most; fi
	printf '%d.%03d' $((thousandths / 1000)) $((thousandths % 1000))
}

# engine::remove_containers LABEL PATTERN: removes those whose label matches, one by one: tools/local_aws/containers.py
# says why.
engine::remove_containers() {
	local id value
	while read -r id value; do
		# shellcheck disable=SC2053 # the right side is a pattern
		if [[ $value == $2 ]]; then execute::try docker rm --force "$id" </dev/null || true; fi
	done < <(docker ps --all --filter "label=$1" --format "{{.ID}} {{.Label \"$1\"}}")
}

# Removes what -p has built here. A function that is still warm may hold on to the last image for a while.
engine::remove_images() {
	local images
	mapfile -t images < <(docker image ls --format '{{.Repository}}:{{.Tag}}' --filter "reference=$1:*")
	if ((${#images[@]})); then execute::try docker image rm --force "${images[@]}" || true; fi
}

engine::subnet() {
	docker network inspect bridge --format '{{(index .IPAM.Config 0).Subnet}}'
}
