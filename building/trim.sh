#!/bin/sh
# Takes out of a tree of packages what no request needs. A package that is not there is no matter.
set -eu
cd "$1"

# only FOLDER NAME...: of FOLDER no files but those called so, and its licence.
only() {
	folder=$1
	shift
	set -- "$@" 'LICENSE*' '*Notices.txt'
	if [ ! -d "$folder" ]; then return; fi
	for name; do
		set -- "$@" ! -name "$name"
		shift
	done
	find "$folder" -type f "$@" -delete
	find "$folder" -type d -empty -delete
}

# A runtime whose Python package has no NumPy to import is called through its C library: that alone stays.
if [ ! -d numpy ]; then
	only ai_edge_litert 'libLiteRt.so'
	only lightgbm 'lib_lightgbm.so'
	# LightGBM's wheel has no OpenMP. It takes scikit-learn's, of which nothing else can be imported here.
	if [ -d lightgbm ] && [ -d scikit_learn.libs ]; then
		cp scikit_learn.libs/libgomp-*.so* lightgbm/lib/libgomp.so.1
		rm -r sklearn scikit_learn*
	fi
	only onnxruntime 'libonnxruntime.so.*'
	only xgboost 'libxgboost.so'
fi

# Pictures come in: no AVIF, and no fonts, colour profiles and windows.
rm -f PIL/_avif* PIL/_imagingft* PIL/_imagingcms* PIL/_imagingtk*
rm -f pillow.libs/libavif* pillow.libs/libfreetype* pillow.libs/libharfbuzz* pillow.libs/liblcms2*

# What compiles against PyTorch, and what tests it.
rm -rf torch/include torch/share torch/test
if [ -d torch/bin ]; then find torch/bin -type f ! -name torch_shm_manager -delete; fi

# What is for compilers, type checkers, pip and a shell.
find . -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -path '*.dist-info/RECORD' \) -delete
find . -type d -name tests -prune -exec rm -r {} +
rm -rf bin
