#!/bin/sh
# Makes /layers/model from export/: the folder's `export` makes the model that is served, with the framework that
# trained it, and compares the two. Its input is weights/, or model/ if the folder has no weights to choose from.
# With MODEL_IN=bucket the model file goes to /layers/upload instead, named by the sha256 that model.json records.
set -eu
cd "$(dirname "$0")"
# shellcheck source=/dev/null
. ./settings

# --dev makes the model on the host rather than in a build, and sets these paths.
layers=${EXPORT_LAYERS:-/layers}
framework=${EXPORT_FRAMEWORK-/build/framework/python}
source=weights
if [ ! -d weights ]; then source=model; fi
model=$layers/model/var/task/model

# Frameworks log errors only, and compute the same on every processor.
PYTHONPATH=$framework:$PWD PYTHONDONTWRITEBYTECODE=1 \
	TF_CPP_MIN_LOG_LEVEL=3 TF_ENABLE_ONEDNN_OPTS=0 ORT_DISABLE_TELEMETRY=1 \
	"${EXPORT_PYTHON:-python3}" -m export "$source" "$model" "$BACKEND"

if [ "$MODEL_IN" = bucket ]; then
	mkdir "$layers/upload"
	for file in "$model"/*; do
		if [ "${file##*/}" = model.json ]; then continue; fi
		sum=$(sha256sum "$file")
		mv "$file" "$layers/upload/${sum%% *}.${file##*.}"
	done
fi
sh ./seal.sh "$layers/model"
