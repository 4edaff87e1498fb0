# shellcheck shell=bash
# The model folder, its settings, and the names derived from it.

model_folder::find() {
	model_folder::enter
	model_folder::name
	if [[ -e $MODEL/model.env ]]; then model_folder::read "$MODEL/model.env"; fi
	model_folder::read "$ROOT/defaults.env"
	model_folder::check
	REPOSITORY=$PROJECT_LAMBDA-$STAGE
}

# model_folder::enter: sets MODEL.
model_folder::enter() {
	local file path=$MODEL_PATH
	# `cd -` would go to the previous folder, and CDPATH elsewhere. The dot preserves a newline at the end of the name.
	if [[ $path != /* ]]; then path=./$path; fi
	if ! MODEL=$(cd "$path" 2>/dev/null && pwd -P && printf .); then
		say::fail "there is no folder $MODEL_PATH" '' "$(suggest::folder "$MODEL_PATH")name a model folder: -p PATH or -m PATH"
	fi
	MODEL=${MODEL%$'\n.'}
	for file in Dockerfile app/main.py; do
		if [[ ! -f $MODEL/$file ]]; then
			say::fail "$MODEL is not a model folder" "it holds no $file" "name a model folder: -p PATH or -m PATH"
		fi
	done
}

# A model has the name of its folder. Anyone who needs another name exports PROJECT_LAMBDA.
model_folder::name() {
	PROJECT_LAMBDA=${PROJECT_LAMBDA:-${MODEL##*/}}
	names::check
}

# model_folder::place: an identifier for the folder that is the same in every clone of its repository; outside of one, its
# path on this machine.
model_folder::place() {
	local place remote
	if ! place=$(git -C "$MODEL" rev-parse --show-prefix 2>/dev/null) || ! git -C "$MODEL" ls-files --error-unmatch Dockerfile &>/dev/null; then
		printf '%s:%s' "$(uname -n)" "$MODEL"
		return
	fi
	remote=$(git -C "$MODEL" remote get-url origin 2>/dev/null) || remote=''
	# ssh or https, with or without a user or a token
	if [[ $remote =~ ^([a-z+]+://)?([^@/]*@)?([^:/]+)(:[0-9]+/|[:/])/?(.*)$ ]]; then remote=${BASH_REMATCH[3]}/${BASH_REMATCH[5]}; fi
	printf '%s' "${remote%.git}${remote:+:}${place%/}"
}

# model_folder::read FILE: reads lines KEY=VALUE. The first value wins, so the environment comes before model.env, and that
# before defaults.env. All are exported, for a folder's own parameters and programs.
model_folder::read() {
	local line key value number=0
	while IFS= read -r line || [[ -n $line ]]; do
		number=$((number + 1))
		if [[ $line =~ ^[[:space:]]*(#.*)?$ ]]; then continue; fi
		if [[ ! $line =~ ^([A-Z][A-Z0-9_]*)=(.*)$ ]]; then
			say::fail "line $number of $1 is not KEY=VALUE" "$line" "mend the line"
		fi
		key=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
		if [[ $key == PROJECT_LAMBDA ]]; then
			say::fail "line $number of $1 names the model, but a model always has the name of its folder" "$line" \
				"take the line out; if ${line#*=} is deployed under that name, rename the folder"
		fi
		value=${value//'${STAGE}'/$STAGE}
		value=${value//'${PROJECT_LAMBDA}'/$PROJECT_LAMBDA}
		export "$key=${!key:-$value}"
	done <"$1"
}

model_folder::check() {
	model_folder::must ARCHITECTURE_LAMBDA 'x86_64|arm64' 'x86_64 or arm64'
	model_folder::between MEMORY_LAMBDA 128 10240 'a number of megabytes'
	model_folder::between TIMEOUT_LAMBDA 1 29 'a number of seconds'
	model_folder::must SNAPSTART_LAMBDA 'on|off' 'on or off'
	model_folder::must TRACING_LAMBDA 'on|off' 'on or off'
	model_folder::must CONCURRENCY_LAMBDA '[0-9]{1,5}' 'a number; 0 reserves and limits nothing'
	model_folder::must LOG_DAYS_LAMBDA '1|3|5|7|14|30|60|90|120|150|180|365|400|545|731|1096|1827|2192|2557|2922|3288|3653' \
		'a number of days that CloudWatch knows, such as 30, 60, 90, 180 or 365'
	model_folder::must SLOW_MILLISECONDS '[1-9][0-9]{0,5}' 'a number of milliseconds'
	model_folder::must ALARMS_LAMBDA '([^@[:space:]]+@[^@[:space:]]+|arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+)?' \
		'an e-mail address, the ARN of an SNS topic, or empty'
	model_folder::check_names
	model_folder::check_access
	model_folder::check_promotion
}

# Names that AWS would refuse in the middle of a deployment.
model_folder::check_names() {
	local stack='[A-Za-z][A-Za-z0-9-]{0,127}' stack_words='the name of a stack: letters, digits and hyphens, a letter first'
	model_folder::must TEMPLATE_REGISTRY "$stack" "$stack_words"
	model_folder::must TEMPLATE_LAMBDA "$stack" "$stack_words"
	model_folder::must PREFIX_LAMBDA '[A-Za-z0-9][A-Za-z0-9._/-]*' 'letters, digits, hyphens, dots and slashes'
	model_folder::must BACKEND 'fast|native' 'fast or native'
}

# Who may call, from which origins, and how often.
model_folder::check_access() {
	local origin='https?://[a-z0-9.-]+(:[0-9]+)?'
	model_folder::must AUTH_LAMBDA 'none|iam|jwt' 'none, iam or jwt'
	if [[ $AUTH_LAMBDA == jwt ]]; then
		model_folder::must ISSUER_LAMBDA '(https://|http://(localhost|127\.0\.0\.1)[:/])[^[:space:]]+' 'the https address of who issues the tokens'
		model_folder::need_token
		model_folder::must AUDIENCE_LAMBDA '[^,[:space:]]+(,[^,[:space:]]+)*' 'whom the tokens are for, with commas between them'
	fi
	model_folder::must RATE_LAMBDA '[1-9][0-9]{0,4}' 'a number of requests a second'
	model_folder::must BURST_LAMBDA '[1-9][0-9]{0,4}' 'a number of requests'
	model_folder::must CORS_LAMBDA "(\\*|$origin(,$origin)*)?" 'origins such as https://example.com with commas between them, *, or empty'
	model_folder::must ACCESS_LOG_LAMBDA 'on|off' 'on or off'
}

# Who may promote from this stage, and where this one promotes from.
model_folder::check_promotion() {
	model_folder::must READERS_LAMBDA '([0-9]{12}(,[0-9]{12})*)?' 'numbers of accounts with commas between them, or empty'
	model_folder::must PROMOTE_ROLE_ARN '(arn:[a-z-]+:iam::[0-9]{12}:role/[[:graph:]]+)?' 'the ARN of a role, or empty'
	model_folder::must PROMOTE_REGION '([a-z]+(-[a-z]+)+-[0-9]+)?' 'a region such as eu-central-1, or empty'
}

# Whatever calls the address needs a token.
model_folder::need_token() {
	if [[ -n ${API_TOKEN-} ]] || ! { option TEST || option CANARY; }; then return; fi
	say::fail '-t and --canary ask the address, which takes whoever has a token' 'AUTH_LAMBDA=jwt, and API_TOKEN is not set' \
		"export API_TOKEN=…, one of $ISSUER_LAMBDA for $AUDIENCE_LAMBDA; then $(say::again)"
}

# model_folder::between NAME LEAST MOST WORDS
model_folder::between() {
	model_folder::must "$1" '[1-9][0-9]{0,8}' "$4 from $2 to $3"
	if ((${!1} < $2 || ${!1} > $3)); then model_folder::must "$1" '' "$4 from $2 to $3"; fi
}

# model_folder::must NAME PATTERN WORDS: refuses now what would be refused late.
model_folder::must() {
	if [[ ! ${!1} =~ ^($2)$ ]]; then
		say::fail "$1=${!1} cannot be used" "it must be $3" "mend $MODEL/model.env, or what is exported; then $(say::again)"
	fi
}
