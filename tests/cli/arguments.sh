#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs dtctl with each line of a table and compares exit code and output.
#
#   CODE | STREAM~REGEX | ARGUMENTS      STREAM is out or err; empty: nothing is looked for
#
# ARGUMENTS are shell words, $NONE for none; $TMP is a directory that is removed at the end.
# Lines with code 3 need a kernel without the module; where it is loaded they are skipped.
# Results are TAP.
set -u

table=$1
: "${DTCTL:?the program to test}"
TMP=$(mktemp -d) || exit 1
trap 'rm -rf "$TMP"' EXIT
# shellcheck disable=SC2034 # used by the table
NONE=
number=0
failed=0

report() # ok|not ok, what
{
	number=$((number + 1))
	[ "$1" = ok ] || failed=$((failed + 1))
	echo "$1 $number - $2"
}

# Empty if all is as the line says, else what is not.
complaint() # code, stream, regex, code that came
{
	[ "$4" -eq "$1" ] || echo "exit code $4, not $1"
	if [ -n "$2" ] && ! grep -Eq -- "$3" "$TMP/.$2"; then
		echo "no /$3/ in std$2"
	fi
	if grep -Eq 'AddressSanitizer|LeakSanitizer|runtime error:' "$TMP/.err"; then
		echo "the sanitizers complain"
	fi
	if [ "$1" -ne 0 ] && [ ! -s "$TMP/.err" ]; then
		echo "an error without a word on standard error"
	fi
}

run() # code, stream, regex, arguments
{
	local wrong status

	if [ "$1" -eq 3 ] && [ -e /sys/module/causeway ]; then
		report ok "dtctl $4 # SKIP the module is loaded on this machine"
		return
	fi
	eval "timeout 20 $DTCTL $4" >"$TMP/.out" 2>"$TMP/.err" </dev/null
	status=$?
	wrong=$(complaint "$1" "$2" "$3" "$status")
	if [ -z "$wrong" ]; then
		report ok "dtctl $4"
		return
	fi
	report 'not ok' "dtctl $4"
	printf '%s\n' "$wrong" | sed 's/^/# /'
	sed 's/^/#   out: /' "$TMP/.out" | head -20
	sed 's/^/#   err: /' "$TMP/.err" | head -20
}

while IFS= read -r line; do
	case $line in
	'' | '#'*) continue ;;
	esac
	code=${line%%|*}
	rest=${line#*|}
	# The arguments hold no bar but in quotes: cut at " | ".
	pattern=${rest%% | *}
	arguments=${rest#* | }
	pattern=${pattern# }
	stream=${pattern%%~*}
	run "${code// /}" "${stream// /}" "${pattern#*~}" "$arguments"
done <"$table"

echo "1..$number"
[ "$failed" -eq 0 ] && [ "$number" -gt 0 ]
