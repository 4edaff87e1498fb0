#!/bin/sh
# Makes two layers from code/: /layers/serving, which handlers share, and /layers/app, the handler, which changes most
# often. A model that needs no export goes to /layers/model.
set -eu
cd "$(dirname "$0")"

mkdir -p /layers/serving/var/task /layers/app/var/task /layers/model/var/task
cp -R serving /layers/serving/var/task
cp -R app /layers/app/var/task
if [ -d model ]; then cp -R model /layers/model/var/task; fi
sh ./seal.sh /layers/serving
sh ./seal.sh /layers/app
sh ./seal.sh /layers/model
