#!/bin/sh
# code/ becomes /layers/code: the handler and what it shares with others. A model that nothing exports comes along.
set -eu
cd "$(dirname "$0")"

mkdir -p /layers/code/var/task /layers/model/var/task
cp -R serving app /layers/code/var/task
if [ -d model ]; then cp -R model /layers/model/var/task; fi
sh ./seal.sh /layers/code
sh ./seal.sh /layers/model
