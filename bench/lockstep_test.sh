#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What a user sees when the engines of a port differ: the run stops there, with both histories and the command that
# repeats it. The program's RTL engine has a broken CQ writer (sli_engine_broken.cpp), which shows where a CQ is full.
# Usage: SLIBENCH=program lockstep_test.sh [--tap=FILE]; writes TAP, as the Criterion tests do.
program=${SLIBENCH:?names the program to test}
case ${1-} in
--tap=*) exec >"${1#--tap=}" ;;
esac
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
number=0
scenario=queue.full_cq_stops_the_port

# verdict TRUTH SENTENCE: TRUTH is 0 if it holds; $said tells more.
verdict() {
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        printf '%s\n' "$said" | head -n 40 | sed 's/^/# /'
    fi
}

run() { # ARGUMENT...
    said=$("$program" run --report "$folder/report" "$@" 2>&1 </dev/null)
    got=$?
}

says() { printf '%s' "$said" | grep -qE -- "$1"; }

run $scenario --engine behavioural
verdict $got "the scenario passes without the broken engine"

run $scenario --engine lockstep --seed 7
[ $got -eq 1 ]
verdict $? "a difference fails the run: exit status 1"
says '^port0: the queue engine in RTL differs from the behavioural one at operation [0-9]+: CQ slot [0-9]+ reserve'
verdict $? "it says which port, which operation, which queue"
[ "$(printf '%s\n' "$said" | grep -cE '<--$')" -eq 1 ]
verdict $? "one operation is marked: the run stopped at the first difference"
printf '%s\n' "$said" | grep -E '<--$' | grep -qE '^ +[0-9]+ +CQ slot [0-9]+ reserve 0 0 0 +no [^y]* yes .*<--$'
verdict $? "there the behavioural engine says no and the RTL says yes"
[ "$(printf '%s\n' "$said" | grep -cE '^ +[0-9]+  .* (yes|no) [0-9]+,.* (yes|no) [0-9]+,')" -eq 24 ]
verdict $? "with it stand the 23 operations before, each with both answers"
says "^replay: slibench run --engine lockstep .*$scenario --seed 7\$"
verdict $? "and the command that repeats it"
says "^failed +$scenario seed 7 .*CQ slot [0-9]+ reserve 0 0 0\$"
verdict $? "the list of results has its first line"

said=$(cat "$folder/report/results.json" "$folder/report/records/$scenario-7.json")
says '"verdict": ?"failed"' && says 'differs from the behavioural one' && says 'CQ slot [0-9]+ reserve.*<--'
verdict $? "results and record keep the verdict and both histories"

run $scenario link.bit_anywhere_in_a_frame --engine lockstep
[ $got -eq 1 ] && says '2 of 2 runs: 1 passed, 1 failed'
verdict $? "the other scenarios go on"

echo "1..$number"
