# shellcheck shell=bash
# -o, and the end of -d: what has been deployed, and where it answers.

# address::need: reads the stack that the run is about: the servers' with -e, else the model's.
address::need() {
	if option SERVER; then beanstalk::need_stack; else deploy::need_stack; fi
}

# The address comes last.
address::print_outputs() {
	local key
	address::need
	while read -r key; do
		if [[ $key != ApiUrl ]]; then
			printf '%s=%s\n' "$(address::shell_name "$key")" "${STACK_OUTPUTS[$key]}"
		fi
	done < <(printf '%s\n' "${!STACK_OUTPUTS[@]}" | sort)
	address::print
}

# Output keys are in camel case, shell names are not: ApiUrl is API_URL.
address::shell_name() {
	printf '%s' "$1" | sed 's/\([a-z0-9]\)\([A-Z]\)/\1_\2/g' | tr '[:lower:]' '[:upper:]'
}

# address::root: the part of the address before the API's paths. Older stacks have no output for it, and no path in it.
address::root() {
	[[ ${STACK_OUTPUTS[ApiUrl]} =~ ^[a-z]+://[^/]+ ]]
	printf '%s' "${STACK_OUTPUTS[ApiRoot]:-${BASH_REMATCH[0]}}"
}

# address::path: the model's own path, at the end of the address.
address::path() {
	printf '%s' "${STACK_OUTPUTS[ApiUrl]#"$(address::root)"}"
}

# address::introduce: what to do with the address, for a person at a terminal. A body of kilobytes is too long to paste.
address::introduce() {
	local body
	if [[ ! -t 2 ]] || option SERVER; then return; fi
	say::step page "$(address::root)/"
	body=$(python "$ROOT/tools" releases.events --first "$MODEL/events")
	if [[ $AUTH_LAMBDA == none ]] && ((${#body} < 500)); then
		say::step try "curl $(address::root)$(address::path) -d '${body//\'/\'\\\'\'}'"
	fi
	say::step next "bash pipeline.sh -s $STAGE -m $MODEL --status, or -t, --logs, --rollback; -h lists all"
}

address::print() {
	if option DRY; then return; fi
	address::need
	if option DEPLOY; then address::introduce; fi
	printf 'API_URL=%s\n' "${STACK_OUTPUTS[ApiUrl]}"
}
