# shellcheck shell=bash
# Which options go together. An impossible command line is refused before anything is done.

options::check() {
	if option NEW; then
		options::alone NEW '--new stands alone: it makes a folder, which the next command deploys' FROM SAMPLES LABELS PREPROCESS ARCH INPUTS SIGNATURE
	elif option DEV; then
		options::alone DEV '--dev stands alone: it serves the folder on this machine, and builds and deploys nothing'
	elif option LOCK; then
		options::alone LOCK '--lock stands alone: it builds and deploys nothing; -m names the folder' ALL
	elif option FROM; then
		# without --new: that is what is missing, and not a stage
		options::check_rules
	else
		options::check_stage
	fi
	if option REMOVE; then options::check_deletion; fi
	options::check_alone
	options::check_rules
	options::check_values
	if option JSON; then options::check_json; fi
	local name
	for name in "${ERRANDS[@]}"; do
		if option "$name"; then return; fi
	done
	options::wrong "nothing to do: give at least one of$(options::flags "${ERRANDS[@]}")"
}

# options::flags NAME...: a space and the flag of each, in the table's order.
options::flags() {
	local row flag name
	for row in "${OPTION_TABLE[@]}"; do
		read -r flag name _ <<<"$row"
		if [[ " $* " == *" $name "* ]]; then printf ' %s' "$flag"; fi
	done
}

options::check_alone() {
	if option TEMPLATE; then options::alone TEMPLATE '--template stands alone: it prints, and changes nothing; -m names the folder'; fi
	if option COST; then options::alone COST '--cost stands alone: it only computes; -m names the folder' JSON ALL; fi
	if option TUNE; then options::alone TUNE '--tune stands alone: it measures, and deploys nothing; -p or -m names the folder' PUSH P99 APPLY JSON; fi
	options::check_batch
	if option DOCTOR; then options::alone DOCTOR '--doctor stands alone: it looks, and changes nothing; -m names the folder' JSON ALL; fi
	if option SBOM; then options::alone SBOM '--sbom stands alone, or with -r and -p: it prints what is in the image that -p makes' REGISTRY PUSH; fi
}

options::check_batch() {
	if option BATCH; then options::alone BATCH '--batch stands alone: it uses the deployed version; -m names the folder' OUT CHUNK CONCURRENCY BUDGET; fi
	if option BATCH_RESUME; then options::alone BATCH_RESUME '--batch-resume stands alone; -m names the folder' OUT CONCURRENCY BUDGET; fi
	if option BATCH_STATUS; then options::alone BATCH_STATUS '--batch-status stands alone: it looks; -m names the folder'; fi
	if option BATCH_STOP; then options::alone BATCH_STOP '--batch-stop stands alone; -m names the folder'; fi
}

options::check_stage() {
	if [[ -z $STAGE ]]; then options::wrong 'no stage: -s local, -s dev, -s stage or -s prod'; fi
	if [[ " ${STAGES[*]} " != *" $STAGE "* ]]; then
		options::wrong "unknown stage: $STAGE (local, dev, stage or prod)" "$(suggest::words "$STAGE" "${STAGES[@]}")"
	fi
	if option DOWN && [[ $STAGE != local ]]; then options::wrong '--down goes with -s local'; fi
	if option SERVER && [[ $STAGE == local ]]; then
		options::wrong '-e goes to AWS: stage local has no Elastic Beanstalk; docker run IMAGE serve is the same server'
	fi
	if option PROMOTE && [[ $PROMOTE_FROM == "$STAGE" ]]; then options::wrong "--promote $STAGE is this very stage"; fi
}

options::check_rules() {
	local row name how others found
	for row in "${OPTION_RULES[@]}"; do
		read -r name how others <<<"$row"
		if ! option "$name"; then continue; fi
		found=without
		for name in ${others%%: *}; do
			if option "$name"; then found=with; fi
		done
		if [[ $found != "$how" ]]; then options::wrong "${others#*: }"; fi
	done
}

# Bash would read 08 as a broken octal number; to a person it is 8.
options::check_values() {
	if option CANARY; then options::within CANARY_PERCENT 1 99 "not a share of the requests: $CANARY_PERCENT % (1 to 99)"; fi
	if option PRUNE; then options::within PRUNE_KEEP 1 999999 '--prune keeps at least 1 version'; fi
	if option CHUNK; then options::within BATCH_CHUNK 1 100000 "not a number of inputs: $BATCH_CHUNK (1 to 100,000)"; fi
	if option CONCURRENCY; then options::within BATCH_CONCURRENCY 1 10000 "not a number of chunks at once: $BATCH_CONCURRENCY (1 to 10,000)"; fi
	if option RIE; then options::within RIE_PORT 1 65535 "not a port: $RIE_PORT"; fi
}

options::check_json() {
	if (($(options::documents) > 1)); then options::wrong '--json is one document: give one of -o, --versions, --status, --cost, --tune and --doctor'; fi
}

# options::documents: prints how many of DOCUMENTS were asked for.
options::documents() {
	local name found=0
	for name in "${DOCUMENTS[@]}"; do
		if option "$name"; then found=$((found + 1)); fi
	done
	printf '%s' "$found"
}

# options::within NAME LEAST MOST WORDS
options::within() {
	printf -v "$1" '%s' "$((10#${!1}))"
	if ((${!1} < $2 || ${!1} > $3)); then options::wrong "$4"; fi
}

options::check_deletion() {
	options::alone REMOVE '-x stands alone: it deletes what -r, -p, -d and -e made'
	if ! option YES && ! option DRY && [[ ! -t 0 && $STAGE != prod ]]; then
		options::wrong '-x asks before it deletes and nobody is there to answer: add -y'
	fi
}

# options::alone NAME WORDS [ALSO...]: refuses any other option, with WORDS.
options::alone() {
	local name
	for name in "${!OPTIONS[@]}"; do
		if [[ " STAGE MODEL FOLDER YES DRY $1 ${*:3} " != *" $name "* ]]; then options::wrong "$2"; fi
	done
}
