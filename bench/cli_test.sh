#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Bad input at the command line: each gets a clear message that names what is wrong, the right exit status, and loses
# nothing. Usage: SLIBENCH=program cli_test.sh [--tap=FILE]; writes TAP, as the Criterion tests do.
program=${SLIBENCH:?names the program to test}
case ${1-} in
--tap=*) exec >"${1#--tap=}" ;;
esac
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
number=0

# expect STATUS TEXT SENTENCE COMMAND...: the command ends with STATUS and says TEXT somewhere.
expect() {
    wanted=$1 text=$2 sentence=$3
    shift 3
    said=$("$@" 2>&1 </dev/null)
    got=$?
    number=$((number + 1))
    if [ $got -eq "$wanted" ] && printf '%s' "$said" | grep -qF -- "$text"; then
        echo "ok $number - $sentence"
    else
        echo "not ok $number - $sentence"
        printf '# status %s, wanted %s; wanted to read: %s\n' $got "$wanted" "$text"
        printf '%s\n' "$said" | head -n 5 | sed 's/^/# /'
    fi
}

# script NAME: a folder of scenarios with one script, from standard input.
script() {
    mkdir -p "$folder/$1/io"
    : >"$folder/$1/requirements.lua"
    cat >"$folder/$1/io/it.lua"
}

run() { "$program" run --report "$folder/report" --quiet "$@"; }

script syntax <<'X'
scenario { purpose = "broken", run = function(t) t:mark( end }
X
script unknown_verb <<'X'
scenario { purpose = "unknown verb", run = function(t)
  t:teleport()
end }
X
script unknown_argument <<'X'
scenario { purpose = "unknown argument", run = function(t)
  t:connect { quues = 3 }
end }
X
script wrong_type <<'X'
scenario { purpose = "wrong type", run = function(t)
  t:connect():read { lba = {} }
end }
X
script endless <<'X'
scenario { purpose = "endless loop", run = function(t) while true do end end }
X
script undeclared <<'X'
scenario { purpose = "undeclared capability", run = function(t)
  t:connect()
  t.target:hold { opcode = "read" }
end }
X
script no_purpose <<'X'
scenario { run = function(t) end }
X
script unknown_field <<'X'
scenario { purpose = "x", prupose = "y", run = function(t) end }
X
script unknown_requirement <<'X'
scenario { purpose = "x", covers = { "NONE-99" }, run = function(t) end }
X
script fails <<'X'
scenario { purpose = "an expectation is not met", run = function(t) t:expect_equal(1, 2, "one is two") end }
X
script passes <<'X'
scenario { purpose = "passes", run = function(t) t:bring_up() end }
X
script near_verb <<'X'
scenario { purpose = "x", run = function(t) t:conect() end }
X
script near_field <<'X'
scenario { purpose = "x", run = function(t) t:note(tostring(t:connect():read { lba = 0, blocks = 1 }.dnoe)) end }
X
script near_method <<'X'
scenario { purpose = "x", run = function(t) t:connect():raed { lba = 0, blocks = 1 } end }
X
script near_control <<'X'
scenario { purpose = "x", needs = { "fault.link" }, run = function(t) t.link:dwon() end }
X
script near_rule <<'X'
scenario { purpose = "x", run = function(t) t:allow { rule = "XRI-QUARANTIN" } end }
X
script near_frame <<'X'
scenario { purpose = "x", needs = { "probe.frame" }, run = function(t) t:expect_frame { type = "PLOGII" } end }
X
script near_profile <<'X'
scenario { purpose = "x", setup = { profile = "lpe3200" }, run = function(t) t:bring_up() end }
X
script near_probe <<'X'
scenario { purpose = "x", needs = { "probe.model" }, run = function(t) t:probe { name = "port.xris_bsy" } end }
X
script missing_namespace <<'X'
scenario { purpose = "x", setup = { targets = { { namespaces = { { path = "/nowhere/at/all.img" } } } } },
           run = function(t) t:connect() end }
X
script slow <<'X'
scenario { purpose = "runs for long", limit_ms = 3000000, run = function(t)
  local ctrl = t:connect()
  while true do ctrl:read { lba = 0, blocks = 2048 }:wait() end
end }
X
script stuck <<'X'
scenario { purpose = "the WQ is taken away behind the driver's back", needs = { "probe.wqe" }, run = function(t)
  local ctrl, wq = t:connect { io_timeout_ms = 200000, keep_alive_ms = 0xffffffff }, nil
  ctrl:read { lba = 0, blocks = 8 }:wait()
  for id = 0, 63 do
    if t:count_wqes { command = "FCP_IREAD64", queue = id } > 0 then wq = id end
  end
  t:allow { rule = "DOORBELL-UNKNOWN" }
  t.hba:config_command { subsystem = 0x0c, opcode = 2, payload = { wq } }
end }
X
script left_behind <<'X'
scenario { purpose = "a control is left behind", needs = { "fault.target" }, run = function(t)
  local ctrl = t:connect()
  t.target:hold { opcode = "read" }
  ctrl:read { lba = 0, blocks = 8 }
  t:wait_us(100)
end }
X

expect 2 "io/it.lua:1:" "a syntax error names file and line" run --scenarios "$folder/syntax"
expect 2 "io/it.lua:2: t has no 'teleport'" "an unknown verb is named with its line" run --scenarios "$folder/unknown_verb"
expect 2 "unknown argument 'quues'" "an unknown argument is named" run --scenarios "$folder/unknown_argument"
expect 2 "'lba' must be a whole number, not table" "a value of the wrong type is named" run --scenarios "$folder/wrong_type"
expect 2 "an endless loop?" "an endless loop is stopped" run --scenarios "$folder/endless"
expect 2 'capability "fault.target"' "an undeclared capability is an error" run --scenarios "$folder/undeclared"
expect 2 "field 'purpose' must be a string, it is missing" "a missing field is named" run --scenarios "$folder/no_purpose"
expect 2 "unknown field 'prupose'" "an unknown field is named" run --scenarios "$folder/unknown_field"
expect 2 "covers 'NONE-99'" "an unknown requirement is named" run --scenarios "$folder/unknown_requirement"
expect 1 "one is two" "an unmet expectation fails the run" run --scenarios "$folder/fails"
expect 1 "replay: slibench run --scenarios $folder/fails io.it --seed 1" \
    "a failure says how to repeat it" run --scenarios "$folder/fails"
expect 0 "1 passed" "a scenario that passes gives status 0" run --scenarios "$folder/passes"
expect 1 "rule RECOVERY-IO, hba0 WWPN 20010090fab00001: no write and read within a minute: a command does not end" \
    "a controller that lives and moves no data fails a scenario that does not look" run --scenarios "$folder/stuck"
expect 0 "1 passed" "controls that are left behind are taken back before that" run --scenarios "$folder/left_behind"
expect 2 "/nowhere/at/all.img" "a missing namespace file is named" run --scenarios "$folder/missing_namespace"
expect 2 "no scenario is named 'io.itt'; did you mean 'io.it'?" "a scenario that comes near is offered" run --scenarios "$folder/passes" io.itt
expect 2 "no scenario is named 'iot'; did you mean 'io' or 'io.it'?" "an area that comes near is offered" run --scenarios "$folder/passes" iot
expect 2 "no scenario is named 'fabric'; the areas are io (--list" "if none is near, the areas are listed" run --scenarios "$folder/passes" fabric
expect 2 "unknown command 'rnu'; did you mean 'run'?" "a command that comes near is offered" "$program" rnu
expect 2 "unknown command discvoer; did you mean 'discover'?" "a command of hba that comes near is offered" "$program" hba discvoer
expect 2 "unknown field 'prupose' of scenario; did you mean 'purpose'?" "a field that comes near is offered" run --scenarios "$folder/unknown_field"
expect 2 "t has no 'conect'; did you mean 'connect'?" "a verb that comes near is offered" run --scenarios "$folder/near_verb"
expect 2 "an io has no 'dnoe'; did you mean 'done'?" "a field of an object that comes near is offered" run --scenarios "$folder/near_field"
expect 2 "a controller has no 'raed'; did you mean 'read'?" "a method that comes near is offered" run --scenarios "$folder/near_method"
expect 2 "the model has no verb 'link.dwon'; did you mean 'link.down'" "a control that comes near is offered" run --scenarios "$folder/near_control"
expect 2 "there is no rule 'XRI-QUARANTIN'; did you mean 'XRI-QUARANTINE'?" "a rule that comes near is offered" run --scenarios "$folder/near_rule"
expect 2 "unknown type 'PLOGII'; did you mean 'PLOGI'" "a kind of frame that comes near is offered" run --scenarios "$folder/near_frame"
expect 2 "unknown profile 'lpe3200' (there are: lpe32000 lpe31000)" "profiles are listed" run --scenarios "$folder/near_profile"
expect 2 "no such probe; did you mean" "a probe that comes near is offered" run --scenarios "$folder/near_probe"
expect 2 "no scenario is named 'io.nothing'" "an unknown scenario is named" run --scenarios "$folder/passes" io.nothing
expect 2 "--seed wants a number" "a bad seed is refused" run --scenarios "$folder/passes" --seed seven
expect 2 "--jobs wants a number from 1 to 64" "a bad number of jobs is refused" run --scenarios "$folder/passes" --jobs 0
expect 2 "--link wants frame or rtl" "an unknown link model is refused" run --scenarios "$folder/passes" --link wire
expect 2 "--engine wants behavioural, rtl or lockstep" "an unknown engine is refused" run --scenarios "$folder/passes" --engine both
expect 1 "replay: slibench run --engine lockstep --scenarios $folder/fails io.it --seed 1" \
    "a failure is repeated with the same engine" run --scenarios "$folder/fails" --engine lockstep
expect 2 "--speed wants 8, 16 or 32" "a speed that does not exist is refused" run --scenarios "$folder/passes" --speed 12
expect 2 "--port wants model, vfio-user:SOCKET or pci:BDF" "an unknown kind of port is refused" run --scenarios "$folder/passes" --port usb:1
expect 3 "is no PCI address" "a port that is not there is refused" run --scenarios "$folder/passes" --port pci:00:1f.0
expect 2 "go with --port pci:BDF" "a namespace is for an HBA" run --scenarios "$folder/passes" --namespace nqn.x:1
expect 2 "go with --port pci:BDF" "so is going past the kernel" run --scenarios "$folder/passes" --unsafe-no-iommu
expect 2 "wants to know which" "what may be destroyed is named" \
    run --scenarios "$folder/passes" --port pci:0000:00:1f.0 --i-know-this-destroys-data
expect 2 "unrecognized option" "an unknown option is refused" run --frobnicate
expect 2 "unknown command 'launch'" "an unknown command is refused" "$program" launch
expect 2 "$folder/none" "a missing folder of scenarios is named" run --scenarios "$folder/none"
expect 2 "I from 1 to N" "a bad shard is refused" run --scenarios "$folder/passes" --shard 5/2

: >"$folder/file"
expect 3 "$folder/file" "a report folder that cannot be made is named" "$program" run --scenarios "$folder/passes" --report "$folder/file/report"
if [ -e /dev/full ]; then
    expect 3 "dev/full" "a report on a device is refused" "$program" run --scenarios "$folder/passes" --report /dev/full
fi

# A namespace whose size is no multiple of its block size.
head -c 1000 /dev/zero >"$folder/odd.img"
script truncated <<X
scenario { purpose = "x", setup = { targets = { { namespaces = { { path = "$folder/odd.img" } } } } },
           run = function(t) t:connect() end }
X
expect 2 "$folder/odd.img" "a truncated namespace file is named" run --scenarios "$folder/truncated"

# What needs a mount of its own. Root may write to any file that is not on a read-only mount.
in_mounts() {
    if [ "$(id -u)" -eq 0 ]; then unshare -m sh -c "$1"; else unshare -rm sh -c "$1"; fi
}
expect_in_mounts() { # STATUS TEXT SENTENCE SHELL-COMMAND
    if in_mounts true 2>/dev/null; then
        expect "$1" "$2" "$3" in_mounts "$4"
    else
        number=$((number + 1))
        echo "ok $number - $3 # SKIP no mount namespaces here"
    fi
}

head -c 65536 /dev/zero >"$folder/kept.img"
script read_only <<X
scenario { purpose = "x", setup = { targets = { { namespaces = { { path = "$folder/kept.img" } } } } },
           run = function(t) t:connect() end }
X
expect_in_mounts 2 "$folder/kept.img: Read-only file system" "a namespace file that cannot be written is named" \
    "mount --bind '$folder/kept.img' '$folder/kept.img' && mount -o remount,ro,bind '$folder/kept.img' &&
     '$program' run --quiet --scenarios '$folder/read_only' --report '$folder/report'"

# A disk that fills up: while the records are written, and when only the page no longer fits.
mkdir "$folder/small"
for size in 8k 64k; do
    expect_in_mounts 3 "index.html: No space left on device" "a disk of $size that fills up is named" \
        "mount -t tmpfs -o size=$size none '$folder/small' &&
         '$program' run --quiet --scenarios '$folder/passes' --report '$folder/small'"
done
expect_in_mounts 3 "error: io.it" "a run whose record found no room has not passed" \
    "mount -t tmpfs -o size=8k none '$folder/small' &&
     '$program' run --quiet --scenarios '$folder/passes' --report '$folder/small'"
expect_in_mounts 3 "io.it-1.json" "results that fitted before the disk was full are kept" \
    "mount -t tmpfs -o size=64k none '$folder/small' || exit 1
     '$program' run --quiet --scenarios '$folder/passes' --report '$folder/small'; s=\$?
     ls '$folder/small/records'; exit \$s"

# complete WORD...: what the shell offers for the last word.
complete() {
    # shellcheck disable=SC2016  # for the inner shell
    bash -c '. bench/completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _slibench
        echo "${COMPREPLY[@]}"' bash "$program" "$@"
}
expect 0 "report" "the shell completes a command" complete re
expect 0 "--seed" "the shell completes an option" complete run --se
expect 0 "xri.active_is_rejected" "the shell completes a scenario" complete run xri.act

"$program" run --scenarios "$folder/passes" --report "$folder/traced" --trace --quiet >"$folder/said" 2>&1
expect 0 '"event":"MBX_REQUEST"' "--trace leaves every event" cat "$folder/traced/traces/io.it-1.jsonl"
expect 0 "0 differences" "a trace does not differ from itself" "$program" compare "$folder/traced/traces/io.it-1.jsonl" \
    "$folder/traced/traces/io.it-1.jsonl"

# The hash of the driver's objects is of those that this program was linked with, and stands in its results.
built=$(dirname "$program")
archives="$built/driver/driver.a $built/driver/sli4/sli4.a $built/driver/transport/transport.a"
# shellcheck disable=SC2086  # a list of words
hash=$(sh ninja/hash-objects - $archives)
expect 0 "sha256 $hash" "--version has the hash of the driver's object files" "$program" --version
expect 0 "\"driver_objects\": \"$hash\"" "so have the results of a run" cat "$folder/traced/results.json"
cp $archives "$folder"
ar d "$folder/sli4.a" wqe.o
expect 0 "another" "one object fewer is another hash" sh -c "
    [ -n '$hash' ] && [ \$(sh ninja/hash-objects - '$folder/driver.a' '$folder/sli4.a' '$folder/transport.a') != '$hash' ] && echo another"

# SIGINT in the middle: what was done is kept, and the report says that it was interrupted.
mkdir -p "$folder/two/io"
: >"$folder/two/requirements.lua"
cp "$folder/passes/io/it.lua" "$folder/two/io/a_first.lua"
cp "$folder/slow/io/it.lua" "$folder/two/io/b_second.lua"
"$program" run --scenarios "$folder/two" --report "$folder/interrupted" --jobs 1 --quiet >"$folder/said" 2>&1 </dev/null &
pid=$!
tries=0
until ls "$folder"/interrupted/records/io.a_first-1.json >/dev/null 2>&1 || [ $tries -ge 200 ]; do
    tries=$((tries + 1))
    sleep 0.05
done
sleep 0.2
kill -INT $pid
wait $pid
expect 0 '"interrupted": true' "an interrupted run says so in its results" cat "$folder/interrupted/results.json"
expect 0 'io.a_first' "an interrupted run keeps what was done" cat "$folder/interrupted/results.json"

echo "1..$number"
