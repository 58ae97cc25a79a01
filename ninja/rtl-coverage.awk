# SPDX-License-Identifier: BSD-2-Clause
# Coverage of the RTL from two files of Verilator, what the unit tests reached and what the suite did: a table on standard
# output, all of it in `json`. `explained` says why a line (FILE | TEXT OF THE LINE | REASON) or a toggle (FILE | ~PATTERN
# OF THE SIGNAL | REASON, the first that fits) is not reached.
#
# A point is a line of C '<key>=<value>..' COUNT, with f the file, l the line, n the column, page its kind, o the signal.

BEGIN {
    while ((getline line < explained) > 0) {
        if (line ~ /^#/ || split(line, part, " +\\| +") < 3)
            continue
        if (part[2] ~ /^~/) {
            class_file[++classes] = part[1]
            class_signal[classes] = "^(" substr(part[2], 2) ")(\\[[0-9]+\\])?$"
            class_why[classes] = part[3]
        } else
            why[part[1], part[2]] = part[3]
    }
}

FNR == 1 { from = ++inputs == 1 ? "tests" : "suite" }

/^C / {
    file = line = kind = column = about = ""
    n = split($0, part, "\001")
    for (i = 2; i <= n; i++) {
        key = substr(part[i], 1, index(part[i], "\002") - 1)
        value = substr(part[i], index(part[i], "\002") + 1)
        if (key == "f") file = value
        if (key == "l") line = value + 0
        if (key == "page") kind = value
        if (key == "n") column = value
        if (key == "o") about = value
    }
    sub(/.*\//, "", file)
    sub(/\/.*/, "", kind)
    # A module stands in several blocks: what one of them reaches counts.
    if (kind == "v_toggle")
        point = "toggle" SUBSEP file SUBSEP line SUBSEP column SUBSEP about
    else if (kind == "v_line" || kind == "v_branch")
        point = "line" SUBSEP file SUBSEP line SUBSEP column SUBSEP kind about
    else
        next
    points[point] = 1
    if ($NF > 0)
        hit[from, point] = hit["both", point] = 1
    files[file] = 1
}

# The keys of `set` in order, as order[1..].
function sorted(set, order,    k, n, i, held) {
    for (k in set) {
        for (i = n++; i > 0 && order[i] > k; i--)
            order[i + 1] = order[i]
        order[i + 1] = k
    }
    return n + 0
}

function quoted(text) {
    gsub(/\\/, "\\\\", text)
    gsub(/"/, "\\\"", text)
    return "\"" text "\""
}

# The text of a line of a source; each is read once.
function text_of(file, line,    i, row, source) {
    source = "rtl-model/rtl/" file
    if (!(file in was_read)) {
        was_read[file] = 1
        for (i = 1; (getline row < source) > 0; i++) {
            gsub(/^ +| +$/, "", row)
            texts[file, i] = row
        }
        close(source)
    }
    return texts[file, line]
}

function reason_of(file, signal,    i) {
    for (i = 1; i <= classes; i++)
        if ((class_file[i] == "*" || class_file[i] == file) && signal ~ class_signal[i])
            return class_why[i]
    return ""
}

function counts(kind, file) {
    return "{\"all\": " count[kind, file, "all"] + 0 ", \"tests\": " count[kind, file, "tests"] + 0 ", \"suite\": " \
        count[kind, file, "suite"] + 0 ", \"both\": " count[kind, file, "both"] + 0 "}"
}

function add(kind, file, how) {
    count[kind, file, how]++
    count[kind, "", how]++
}

END {
    split("tests suite both", hows, " ")
    for (point in points) {
        split(point, at, SUBSEP)
        if (at[1] == "line") {
            seen[at[2], at[3]] = 1
            for (h in hows)
                if (!((hows[h], point) in hit))
                    missed[hows[h], at[2], at[3]] = 1
            continue
        }
        add("toggle", at[2], "all")
        for (h in hows)
            if ((hows[h], point) in hit)
                add("toggle", at[2], hows[h])
        if (!(("both", point) in hit)) {
            signal = at[5]
            reason = reason_of(at[2], signal)
            sub(/\[[0-9]+\]$/, "", signal)
            still[at[2]]++
            still_why[at[2], reason]++
            reasons[reason] = 1
            still_signal[at[2], reason, signal]++
            signals[signal] = 1
            if (reason == "")
                not_explained++
        }
    }
    for (line in seen) {
        split(line, at, SUBSEP)
        add("line", at[1], "all")
        for (h in hows)
            if (!((hows[h], at[1], at[2]) in missed))
                add("line", at[1], hows[h])
    }

    names = sorted(files, name)
    reason_count = sorted(reasons, reason_in_order)
    signal_count = sorted(signals, signal_in_order)
    print "{\n \"schema\": \"slibench-rtl-coverage-1\",\n \"tests\": \"unit tests of the RTL\",\n \"suite\": " \
        quoted(suite) ",\n \"lines\": " counts("line", "") ",\n \"toggles\": " counts("toggle", "") \
        ",\n \"modules\": [" >json
    for (n = 1; n <= names; n++) {
        file = name[n]
        printf "%-22s %3d of %3d lines (suite %3d), %4d of %4d toggles (suite %4d)\n", file, count["line", file, "both"],
            count["line", file, "all"], count["line", file, "suite"], count["toggle", file, "both"],
            count["toggle", file, "all"], count["toggle", file, "suite"]
        module = file
        sub(/\.sv$/, "", module)
        print "  {\"name\": " quoted(module) ", \"lines\": " counts("line", file) ", \"toggles\": " \
            counts("toggle", file) ", \"missed_lines\": [" >json
        comma = ""
        for (line = 1; line < 10000; line++) {
            if (!(("both", file, line) in missed))
                continue
            text = text_of(file, line)
            print comma "   {\"line\": " line ", \"text\": " quoted(text) ", \"why\": " quoted(why[file, text]) "}" >json
            comma = ","
            if (why[file, text] == "") {
                printf "not reached: %s:%d: %s\n", file, line, text
                bad++
            } else
                excused++
        }
        print "   ], \"missed_toggles\": [" >json
        comma = ""
        for (r = 1; r <= reason_count; r++) {
            reason = reason_in_order[r]
            if (!((file, reason) in still_why))
                continue
            list = ""
            for (s = 1; s <= signal_count; s++)
                if ((file, reason, signal_in_order[s]) in still_signal)
                    list = list (list == "" ? "" : ", ") signal_in_order[s] " (" \
                        still_signal[file, reason, signal_in_order[s]] ")"
            print comma "   {\"count\": " still_why[file, reason] ", \"signals\": " quoted(list) ", \"why\": " \
                quoted(reason) "}" >json
            comma = ","
            if (reason == "")
                printf "    toggles that nothing explains: %s\n", list
        }
        print "   ]}" (n < names ? "," : "") >json
    }
    print " ]\n}" >json

    all = count["line", "", "all"]
    got = count["line", "", "both"]
    if (!all) {
        print "no line was counted"
        exit 1
    }
    printf "RTL coverage: %.1f %% of %d lines (%d explained), %.1f %% of %d toggles (%d not explained)\n", 100 * got / all,
        all, excused, 100 * count["toggle", "", "both"] / count["toggle", "", "all"], count["toggle", "", "all"],
        not_explained
    exit bad || got < 0.95 * all
}
