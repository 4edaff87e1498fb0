# shellcheck shell=bash
# Identity and Access Management.

# iam::policy NAME: its ARN, if this account has it. The ARN starts like the caller's own: partitions of AWS differ.
iam::policy() {
	local who
	who=$(aws::find '' sts get-caller-identity --query Arn)
	aws::find NoSuchEntity iam get-policy --policy-arn "${who%%:[is]*}:iam::$ACCOUNT:policy/$1" --query Policy.Arn
}
