# shellcheck shell=bash
# --doctor: whether everything is there that a deployment needs.

doctor::run() {
	say::fail 'not yet' '' ''
}
