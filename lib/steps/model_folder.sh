# shellcheck shell=bash
# The model folder and the names it gives to things.

model_folder::find() {
	if ! MODEL=$(cd "$MODEL_PATH" 2>/dev/null && pwd); then
		say::fail "there is no folder $MODEL_PATH" '' "$(suggest::folder "$MODEL_PATH")name a model folder: -p PATH or -m PATH"
	fi
	local needed=(Dockerfile model.env) file
	if option DEPLOY || option SERVER; then needed+=(template.yaml); fi
	for file in "${needed[@]}"; do
		if [[ ! -f $MODEL/$file ]]; then
			say::fail "$MODEL is not a model folder" "it holds no $file" "name a model folder: -p PATH or -m PATH"
		fi
	done
	model_folder::names "$MODEL/model.env"
}

# model.env has lines KEY=VALUE. A value may use ${STAGE} and ${PROJECT_LAMBDA}; what the caller exports wins.
model_folder::names() {
	local line key value number=0
	while IFS= read -r line || [[ -n $line ]]; do
		number=$((number + 1))
		if [[ $line =~ ^[[:space:]]*(#.*)?$ ]]; then continue; fi
		if [[ ! $line =~ ^([A-Z][A-Z0-9_]*)=(.*)$ ]]; then
			say::fail "line $number of $1 is not KEY=VALUE" "$line" "mend the line"
		fi
		key=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
		value=${value//'${STAGE}'/$STAGE}
		value=${value//'${PROJECT_LAMBDA}'/${PROJECT_LAMBDA-}}
		printf -v "$key" '%s' "${!key:-$value}"
	done <"$1"

	for key in PROJECT_LAMBDA TEMPLATE_REGISTRY TEMPLATE_LAMBDA PREFIX_LAMBDA BACKEND \
		ARCHITECTURE_LAMBDA MEMORY_LAMBDA TIMEOUT_LAMBDA SNAPSTART_LAMBDA TRACING_LAMBDA CONCURRENCY_LAMBDA LOG_DAYS_LAMBDA; do
		if [[ -z ${!key-} ]]; then
			say::fail "$1 does not set $key" '' "add a line $key=VALUE; the other folders show which"
		fi
	done
	names::check
	model_folder::must ARCHITECTURE_LAMBDA 'x86_64|arm64' 'x86_64 or arm64'
	model_folder::must MEMORY_LAMBDA '[1-9][0-9]{2,4}' 'a number of megabytes from 128 to 10240'
	model_folder::must TIMEOUT_LAMBDA '[1-9][0-9]?' 'a number of seconds from 1 to 29'
	model_folder::must SNAPSTART_LAMBDA 'on|off' 'on or off'
	model_folder::must TRACING_LAMBDA 'on|off' 'on or off'
	model_folder::must CONCURRENCY_LAMBDA '[0-9]{1,5}' 'a number; 0 reserves and limits nothing'
	model_folder::must LOG_DAYS_LAMBDA '[1-9][0-9]{0,3}' 'a number of days that CloudWatch knows, such as 30'
	REPOSITORY=$PROJECT_LAMBDA-$STAGE
}

# model_folder::must NAME PATTERN WORDS: what would be refused late is refused now.
model_folder::must() {
	if [[ ! ${!1} =~ ^($2)$ ]]; then
		say::fail "$1=${!1} cannot be used" "it must be $3" "mend $MODEL/model.env, or what is exported; then $(say::again)"
	fi
}
