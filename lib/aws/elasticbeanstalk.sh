# shellcheck shell=bash
# Elastic Beanstalk: platforms, versions of an application, its environment.

# elasticbeanstalk::docker_platform: the newest platform that runs a container; nothing if the region has none.
elasticbeanstalk::docker_platform() {
	aws::find '' elasticbeanstalk list-available-solution-stacks --query "SolutionStacks[?
		starts_with(@, '64bit Amazon Linux 2023 ') && ends_with(@, ' running Docker')]" |
		tr '\t' '\n' | sort -t . -k 1.26,1n -k 2,2n -k 3,3n | tail -n 1
}

# elasticbeanstalk::has_version APPLICATION LABEL
elasticbeanstalk::has_version() {
	aws::exists InvalidParameterValue elasticbeanstalk describe-application-versions \
		--application-name "$1" --version-labels "$2" --query 'ApplicationVersions[0].VersionLabel'
}

# elasticbeanstalk::make_version APPLICATION LABEL BUCKET KEY DESCRIPTION
elasticbeanstalk::make_version() {
	aws::change "cannot make version $2 of application $1" '' elasticbeanstalk create-application-version \
		--application-name "$1" --version-label "$2" --source-bundle "S3Bucket=$3,S3Key=$4" --description "$5" \
		--tags "Key=Project,Value=$PROJECT_LAMBDA" "Key=Stage,Value=$STAGE"
}

# elasticbeanstalk::environment NAME: version, status and health.
elasticbeanstalk::environment() {
	aws::find InvalidParameterValue elasticbeanstalk describe-environments --environment-names "$1" --no-include-deleted \
		--query 'Environments[0].[VersionLabel, Status, Health]'
}

# The last warnings of Elastic Beanstalk.
elasticbeanstalk::warnings() {
	aws::find InvalidParameterValue elasticbeanstalk describe-events --environment-name "$1" --severity WARN --max-records 4 \
		--query 'Events[].[Message]'
}
