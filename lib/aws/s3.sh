# shellcheck shell=bash
# S3: buckets, objects, and the lines that one run leaves for a later one.

# s3::remember BUCKET NAME VALUE, s3::recall BUCKET NAME, s3::forget BUCKET NAME: a line in the project's bucket, for
# a later run on any machine.
s3::remember() {
	printf '%s\n' "$3" >"$RUN_DIR/remember"
	aws::change "cannot write to bucket $1" '' s3api put-object --bucket "$1" --key "releases/$2" --body "$RUN_DIR/remember"
}

s3::recall() {
	if aws::exists '@(404|NoSuchKey|NoSuchBucket)' s3api get-object --bucket "$1" --key "releases/$2" "$RUN_DIR/recalled"; then
		cat "$RUN_DIR/recalled"
	fi
}

s3::forget() {
	aws::change "cannot write to bucket $1" '' s3api delete-object --bucket "$1" --key "releases/$2"
}

# s3::gate_events BUCKET VERSION: the digest of the events that the gate sent to a version.
s3::gate_events() {
	aws::find '@(404|NoSuchKey|NoSuchBucket)' s3api head-object --bucket "$1" --key "releases/$2.json" --query Metadata.events
}

# s3::object_versions BUCKET: the first page of them, in the form that delete-objects takes: a thousand versions and markers
# together. --max-items would count the versions alone.
s3::object_versions() {
	aws::json s3api list-object-versions --bucket "$1" --no-paginate \
		--query '{Quiet: `true`, Objects: [not_null(Versions, `[]`), not_null(DeleteMarkers, `[]`)][].{Key: Key, VersionId: VersionId}}'
}

s3::has_bucket() {
	aws::exists '@(404|NoSuchBucket)' s3api head-bucket --bucket "$1" --query '`there`'
}

# s3::bucket_of PROJECT-STAGE ACCOUNT REGION: the bucket's name. All buckets of AWS share one namespace, so the region is
# part of the name, unless an older bucket without it exists in this region, or the name would be too long.
s3::bucket_of() {
	local name=$1-$2 region
	region=$(aws::find '@(403|404|NoSuchBucket)' s3api head-bucket --bucket "$name" --expected-bucket-owner "$2" \
		--query BucketRegion)
	if [[ $region != "$3" && $((${#name} + 1 + ${#3})) -le 63 ]]; then name+=-$3; fi
	printf %s "$name"
}

# s3::upload FOLDER URI
s3::upload() {
	aws::change "cannot upload to $2" "is the bucket there, and may you write to it? $(say::again)" \
		s3 cp --recursive --only-show-errors "$1" "$2"
}

# s3::download URI FOLDER NEXT
s3::download() {
	aws::change "cannot read $1" "$3" s3 cp --recursive --only-show-errors "$1" "$2"
}

# A versioned bucket is empty only when every version is gone; they are deleted a thousand at a time.
s3::delete_bucket() {
	local batch=$RUN_DIR/versions.json
	if ! option DRY; then
		while s3::object_versions "$1" >"$batch" && grep -q '"Key"' "$batch"; do
			aws::change_all "cannot empty bucket $1" 'Errors[0].[Key, Code, Message]' s3api delete-objects --bucket "$1" --delete "file://$batch"
		done
	fi
	aws::change "cannot delete bucket $1" '' s3api delete-bucket --bucket "$1"
}
