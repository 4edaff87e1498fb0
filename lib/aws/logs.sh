# shellcheck shell=bash
# CloudWatch Logs.

# logs::has_group NAME
logs::has_group() {
	[[ -n $(aws::find ResourceNotFoundException logs describe-log-groups --log-group-name-prefix "$1" \
		--query "logGroups[?logGroupName == '$1'].logGroupName") ]]
}
