# shellcheck shell=bash
# Identity and Access Management.

# iam::policy NAME: its address, if this account has it; that begins as the caller's own, which is not the same everywhere.
iam::policy() {
	local who
	who=$(aws::find '' sts get-caller-identity --query Arn)
	aws::find NoSuchEntity iam get-policy --policy-arn "${who%%:[is]*}:iam::$ACCOUNT:policy/$1" --query Policy.Arn
}
