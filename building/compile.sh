#!/bin/sh
# code/ becomes /layers/serving, what handlers share, and /layers/app, the handler: it changes most, so it is a layer of its
# own. A model that nothing exports comes along.
set -eu
cd "$(dirname "$0")"

mkdir -p /layers/serving/var/task /layers/app/var/task /layers/model/var/task
cp -R serving /layers/serving/var/task
cp -R app /layers/app/var/task
if [ -d model ]; then cp -R model /layers/model/var/task; fi
sh ./seal.sh /layers/serving
sh ./seal.sh /layers/app
sh ./seal.sh /layers/model
