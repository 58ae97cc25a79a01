# shellcheck shell=sh disable=SC2154  # set by job-lib.sh
# SPDX-License-Identifier: BSD-2-Clause
# (e) Two HBAs on one fabric, native multipath: one namespace with two paths; one of them is lost under verified I/O
# and comes back, then the other.
# ports: 2
# limit: 400
usual_lines
