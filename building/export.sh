#!/bin/sh
# export/ becomes /layers/model: the folder's `export` makes the model that is served, with the framework that trained
# it, and holds it to the framework. It is given weights/, or model/ where a folder has no weights to choose from.
# With MODEL_IN=bucket the model becomes /layers/upload instead, by the name that model.json knows it by.
set -eu
cd "$(dirname "$0")"
# shellcheck source=/dev/null
. ./settings

# --dev makes the model on a machine, not in a build, and says where things are there.
layers=${EXPORT_LAYERS:-/layers}
framework=${EXPORT_FRAMEWORK-/build/framework/python}
source=weights
if [ ! -d weights ]; then source=model; fi
model=$layers/model/var/task/model

# Frameworks say what went wrong and no more, and compute alike on every processor.
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
