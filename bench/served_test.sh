#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A port served by one process and used by others: slibench ctl, and slibench run --port vfio-user:SOCKET with the same
# verdicts and the same traces as in process. Usage: SLIBENCH=program served_test.sh [--tap=FILE]; writes TAP, as the
# Criterion tests do.
program=${SLIBENCH:?names the program to test}
case ${1-} in
--tap=*) exec >"${1#--tap=}" ;;
esac
folder=$(mktemp -d) || exit 1
servers=
trap 'for s in $servers; do kill $s 2>/dev/null; done; rm -rf "$folder"' EXIT
number=0

# verdict TRUTH SENTENCE: TRUTH is 0 if it holds; $said tells more.
verdict() {
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        printf '%s\n' "$said" | head -n 8 | sed 's/^/# /'
    fi
}

# expect STATUS TEXT SENTENCE COMMAND...: the command ends with STATUS and says TEXT somewhere.
expect() {
    wanted=$1 text=$2 sentence=$3
    shift 3
    said=$("$@" 2>&1 </dev/null)
    got=$?
    said="status $got, wanted $wanted; wanted to read: $text
$said"
    [ $got -eq "$wanted" ] && { [ -z "$text" ] || printf '%s' "$said" | sed 1d | grep -qF -- "$text"; }
    verdict $? "$sentence"
}

# wait_for COMMAND...: until it succeeds, at most 20 s.
wait_for() {
    tries=0
    until "$@" >/dev/null 2>&1 || [ $tries -ge 400 ]; do
        tries=$((tries + 1))
        sleep 0.05
    done
}

ctl() { "$program" ctl "$folder/control" "$@"; }
run() { "$program" run --quiet "$@"; }

"$program" serve --quiet --socket "$folder/port" --control "$folder/control" 2>"$folder/serve.log" &
server=$!
servers=$server
wait_for ctl info

# ---- ctl ----
expect 0 "clock            wall" "a server that follows the wall clock says so" ctl info
expect 0 "target.hold " "verbs are listed" ctl verbs
expect 0 "port.xri_active" "probes are listed" ctl verbs
expect 0 "0" "a probe prints its number" ctl probe port.xri_active port=0
expect 2 "no probe 'port.colour'" "an unknown probe is named" ctl probe port.colour
expect 2 "no verb 'target.vanish'" "an unknown verb is named" ctl target.vanish
expect 2 "target.hold has no argument 'colour'" "an unknown argument is named" ctl target.hold colour=red
expect 2 "'count' must be a whole number, not 'two'" "a value of the wrong type is named" ctl target.hold count=two
expect 2 "'count' is given twice" "an argument that is given twice is named" ctl target.hold count=1 count=2
expect 2 "arguments are name=value" "an argument without a value is named" ctl target.hold count
expect 2 "there is 'now'" "words too many are named" ctl quit now
expect 2 "the verb is missing" "a missing verb is said" ctl
expect 2 "clear wants the number" "clear without a number is refused" ctl clear first
expect 1 "address" "what the model refuses is said, with status 1" ctl fabric.rscn
expect 1 "no fault 99 is in force" "a fault that is not there cannot be taken back" ctl clear 99
expect 3 "$folder/nobody" "a missing server is named" "$program" ctl "$folder/nobody" info
fault=$(ctl target.hold opcode=read count=1)
expect 0 "0" "a fault prints the number by which its hits are asked for" ctl hits "$fault"
expect 0 "" "a fault is taken back by its number" ctl clear "$fault"
expect 1 "is in force" "a fault is taken back once" ctl clear "$fault"
expect 2 "none of types=A,B" "an unknown filter of the trace is named" ctl trace kind=FRAME_TX
expect 1 "there is no 'FRAMES'" "an unknown type of events is named" ctl trace types=FRAMES

# ---- the suite, both ways ----
scenarios="discovery.login_ladder discovery.point_to_point io.write_in_bursts abts.sixteen_at_once
    queue.made_and_destroyed_by_hand queue.polled_without_interrupts reset.surprise_removal xri.quarantine_after_abort"
# What differs: the port's name, and the command that repeats a run.
same_results() {
    for f in "$1" "$2"; do
        sed -e '/^ "port":/d' -e '/"replay":/d' "$folder/$f/results.json" >"$folder/$f.plain"
    done
    cmp "$folder/$1.plain" "$folder/$2.plain" && [ "$(grep -c '"digest"' "$folder/$1.plain")" -eq 8 ]
}
# shellcheck disable=SC2086
run --report "$folder/here" $scenarios >"$folder/here.said" 2>&1
# shellcheck disable=SC2086
expect 0 "8 passed" "scenarios pass on a served port" \
    run --report "$folder/there" --port "vfio-user:$folder/port" --jobs 4 $scenarios
expect 0 "" "verdicts and traces of a served port are those of the model in process" same_results here there
# shellcheck disable=SC2086
run --report "$folder/again" --port "vfio-user:$folder/port" --jobs 1 $scenarios >/dev/null 2>&1
expect 0 "" "one job or four give the same on a served port" same_results there again
expect 0 '"port": "vfio-user"' "results say which port it was" cat "$folder/there/results.json"

mkdir -p "$folder/scripts/io"
: >"$folder/scripts/requirements.lua"
cat >"$folder/scripts/io/fails.lua" <<'X'
scenario { purpose = "an expectation is not met", run = function(t) t:expect_equal(1, 2, "one is two") end }
X
cat >"$folder/scripts/io/refused.lua" <<'X'
scenario { purpose = "a fault that the model refuses", needs = { "fault.target" }, run = function(t)
  t:fault { verb = "target.status", sct = 1 }
end }
X
cat >"$folder/scripts/io/no_file.lua" <<'X'
scenario { purpose = "x", setup = { targets = { { namespaces = { { path = "nowhere/at/all.img" } } } } },
           run = function(t) t:connect() end }
X
cat >"$folder/scripts/io/lacking.lua" <<'X'
scenario { purpose = "x", needs = { "fault.weather" }, run = function(t) t:expect(false) end }
X
cat >"$folder/scripts/io/slow.lua" <<'X'
scenario { purpose = "runs for long", limit_ms = 3000000, run = function(t)
  local ctrl = t:connect()
  while true do ctrl:read { lba = 0, blocks = 2048 }:wait() end
end }
X
served() { run --scenarios "$folder/scripts" --report "$folder/other" --port "vfio-user:$folder/port" "$@"; }
expect 1 "replay: slibench run --port vfio-user:$folder/port --scenarios $folder/scripts io.fails --seed 1" \
    "a failure on a served port says how to repeat it" served io.fails
expect 2 "sc" "what the model refuses is an error of the script, as in process" served io.refused
expect 2 "$PWD/nowhere/at/all.img" "a missing namespace file is named with its whole path" served io.no_file

expect 0 "1 not_run" "what needs a capability that the port lacks is not run, and not passed" served io.lacking
expect 0 '"reason": "this port lacks fault.weather"' "the capability that was lacking is named" \
    cat "$folder/other/results.json"

# The session's process dies in the middle: nothing hangs, and the verdict says why.
served io.slow >"$folder/slow.said" 2>&1 &
slow=$!
child() { grep -lx "PPid:	$server" /proc/[0-9]*/status; }
wait_for child
sleep 0.5
for s in $(child); do kill -KILL "$(echo "$s" | cut -d/ -f3)"; done
wait $slow
expect 0 "the served port: the server closed" "a server that goes away in the middle is the reason of the verdict" \
    cat "$folder/slow.said"
expect 0 "clock" "the server itself goes on" ctl info

# ---- ports that cannot do it ----
"$program" serve --quiet --socket "$folder/alone" 2>>"$folder/serve.log" &
servers="$servers $!"
wait_for test -S "$folder/alone"
expect 3 "has no control socket" "a port without a control socket is refused" \
    run --report "$folder/other" --port "vfio-user:$folder/alone"
expect 3 "$folder/none" "a port that is not there is named" \
    run --report "$folder/other" --port "vfio-user:$folder/none"

# ---- the end ----
expect 0 "" "quit ends the server" ctl quit
wait $server
[ ! -e "$folder/port" ] && [ ! -e "$folder/control" ]
verdict $? "a server that ended leaves no socket behind"
said=$(cat "$folder/serve.log")
[ -z "$said" ]
verdict $? "a quiet server says nothing"

echo "1..$number"
