#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# SystemVerilog to C++, so that Ninja rebuilds exactly what a change touches.
#
#   verilate.sh DIR PREFIX TOP FLAGS SOURCE...
#
# Verilates beside DIR and moves over only the files that changed, so that unchanged headers keep their times.
# DIR/PREFIX.all.cpp includes all generated sources and carries a hash of them: it changes whenever one of
# them does.
set -e
dir=$1 prefix=$2 top=$3 flags=$4
shift 4
new=$dir.new all=$prefix.all.cpp
rm -rf "$new"
mkdir -p "$new" "$dir"
# $flags is a list of words.
# shellcheck disable=SC2086
verilator --cc --MMD --no-skip-identical -O3 --x-assign fast --x-initial fast \
    --Mdir "$new" --prefix "$prefix" --top-module "$top" $flags "$@"
# Counters of coverage are counted by one thread, without locks, and a toggle that was seen once is not looked for again:
# else a run would take twice as long.
case $flags in
*--coverage*)
    perl -0pi -e 's/std::atomic<uint32_t>/uint32_t/g;
        s/\bif \(([^;{}]*__Vtogcov__[^;{}]*)\) \{(\s*)(vlSymsp->__Vcoverage\[\d+\])\.fetch_add/if (!$3 && ($1)) {$2$3.fetch_add/g;
        s/\.fetch_add\(1, std::memory_order_relaxed\)/++/g' "$new"/*.h "$new"/*.cpp ;;
esac
(
    cd "$new"
    sources=$(ls ./*.cpp)
    {
        echo "// $(cat ./*.h ./*.cpp | sha256sum | cut -c1-16)"
        for f in $sources; do echo "#include \"${f#./}\""; done
    } >"$all"
)
for f in "$dir"/*.h "$dir"/*.cpp; do [ -e "$new/${f##*/}" ] || rm -f "$f"; done
for f in "$new"/*; do cmp -s "$f" "$dir/${f##*/}" || mv "$f" "$dir/${f##*/}"; done
rm -rf "$new"
