#!/usr/bin/env bash
# Runs every linter over every file that it can read. tests/run.sh calls this, and sets up what it needs.
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

check() {
	local name=$1
	shift
	printf 'lint      %s\n' "$name" >&2
	if "$@"; then return; fi
	printf '%s\n' "$name" >>"$failed"
	return 1
}

files() { git ls-files --cached --others --exclude-standard -- "$@"; }

programs() {
	local scripts entries suites=() sources suite folder source naive
	mapfile -t scripts < <(files '*.sh' .ci/run)
	mapfile -t entries < <(printf '%s\n' "${scripts[@]}" | grep -v '^lib/')
	# The files of lib/ form one program with pipeline.sh, and are checked as such.
	check shellcheck shellcheck --external-sources --check-sourced --source-path=SCRIPTDIR "${entries[@]}"
	check shfmt shfmt --diff "${scripts[@]}"
	check 'ruff check' ruff check
	check 'ruff format' ruff format --check
	for suite in tests/[!_]*/; do
		folder=$(basename "$suite" | tr _ -)
		if [[ ! -d $folder/app ]]; then
			suites+=("$suite")
			continue
		fi
		# Each folder has a package `app`, so each is checked separately, together with its tests.
		sources=("$suite")
		for source in "$folder"/{app,train,export}; do
			if [[ -d $source ]]; then sources+=("$source"); fi
		done
		check "mypy ${sources[*]}" env MYPYPATH="$folder" mypy "${sources[@]}"
	done
	for naive in bench/naive/*/ bench/fastapi/; do
		check "mypy $naive" mypy "$naive"*.py
	done
	check 'mypy everything else' mypy serving exporting training building tools bench/*.py bench/inside docs/*.py tests/*.py "${suites[@]}"
}

templates() {
	local templates dockerfiles whole folder template
	mapfile -t templates < <(files '*.yaml' ':!:tests/*' ':!:docs/*' ':!:stack.yaml' ':!:*/template.yaml')
	mapfile -t dockerfiles < <(files '*Dockerfile')
	check hadolint hadolint "${dockerfiles[@]}"
	# The deployed stack is stack.yaml with the folder's additions, so the whole is checked.
	whole=$(mktemp -d)
	trap 'rm -rf "$whole"' EXIT
	for folder in */app/main.py; do
		folder=${folder%%/*}
		bash pipeline.sh -s dev -m "$folder" --template >"$whole/$folder.yaml"
		templates+=("$whole/$folder.yaml")
	done
	check cfn-lint cfn-lint "${templates[@]}"
	for template in "${templates[@]}"; do
		check "sam validate $template" sam validate --lint --region us-east-1 --template "$template"
	done
}

# Side by side, because each uses one processor for a minute.
status=0
failed=$(mktemp)
programs &
first=$!
templates &
second=$!
wait "$first" || status=$?
wait "$second" || status=$?
# What it found is somewhere among what the other one says.
sed 's/^/error: this has failed, see above: /' "$failed" >&2
rm "$failed"
exit "$status"
