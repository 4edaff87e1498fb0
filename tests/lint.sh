#!/usr/bin/env bash
# Every linter, over every file it can read. Run by tests/run.sh, which sets up what it needs.
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

check() {
	printf 'lint      %s\n' "$1" >&2
	shift
	"$@"
}

mapfile -t scripts < <(git ls-files --cached --others --exclude-standard -- '*.sh' .ci/run)
mapfile -t programs < <(printf '%s\n' "${scripts[@]}" | grep -v '^lib/')
mapfile -t templates < <(git ls-files --cached --others --exclude-standard -- '*.yaml' ':!:tests/*' ':!:docs/*' ':!:stack.yaml' ':!:*/template.yaml')
mapfile -t dockerfiles < <(git ls-files --cached --others --exclude-standard -- '*Dockerfile')

# The files of lib/ are one program with pipeline.sh and are read as that.
check shellcheck shellcheck --external-sources --check-sourced --source-path=SCRIPTDIR "${programs[@]}"
check shfmt shfmt --diff "${scripts[@]}"
check 'ruff check' ruff check
check 'ruff format' ruff format --check
check 'mypy serving, exporting, training, building, tools, bench, docs' mypy serving exporting training building tools bench/*.py bench/inside docs/*.py tests/*.py
for naive in bench/naive/*/ bench/fastapi/; do
	check "mypy $naive" mypy "$naive"*.py
done
for suite in tests/[!_]*/; do
	# Every folder has a package `app` of its own, so each is checked by itself, together with its tests.
	suite=${suite%/} folder=$(basename "$suite" | tr _ -)
	if [[ ! -d $folder/app ]]; then folder=.; fi
	sources=("$suite")
	for source in "$folder/app" "$folder/train" "$folder/export"; do
		if [[ -d $source ]]; then sources+=("$source"); fi
	done
	check "mypy ${sources[*]}" env MYPYPATH="$folder" mypy "${sources[@]}"
done
# What is deployed is the stack with what a folder has beyond it, so that is what is read.
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
check hadolint hadolint "${dockerfiles[@]}"
