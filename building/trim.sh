#!/bin/sh
# Removes from a tree of packages what no request needs. Packages that are not there are skipped.
set -eu
cd "$1"

# only FOLDER NAME...: deletes all files of FOLDER except those with these names and its licence.
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

# Without NumPy, runtimes are called through their C libraries, not their Python packages: only those libraries stay.
if [ ! -d numpy ]; then
	only ai_edge_litert 'libLiteRt.so'
	only lightgbm 'lib_lightgbm.so'
	# LightGBM's wheel lacks OpenMP. It gets scikit-learn's; the rest of scikit-learn cannot be imported here.
	if [ -d lightgbm ] && [ -d scikit_learn.libs ]; then
		cp scikit_learn.libs/libgomp-*.so* lightgbm/lib/libgomp.so.1
		rm -r sklearn scikit_learn*
	fi
	only onnxruntime 'libonnxruntime.so.*'
	only xgboost 'libxgboost.so'
fi

# Pictures are only read: Pillow needs no AVIF, fonts, colour profiles or windows.
rm -f PIL/_avif* PIL/_imagingft* PIL/_imagingcms* PIL/_imagingtk*
rm -f pillow.libs/libavif* pillow.libs/libfreetype* pillow.libs/libharfbuzz* pillow.libs/liblcms2*

# Files for compiling against PyTorch and for testing it.
rm -rf torch/include torch/share torch/test
if [ -d torch/bin ]; then find torch/bin -type f ! -name torch_shm_manager -delete; fi

# Files for compilers, type checkers, pip and the shell.
find . -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -path '*.dist-info/RECORD' \) -delete
find . -type d -name tests -prune -exec rm -r {} +
rm -rf bin
