#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# examples.sh RECORDING MANUAL...: runs each dtctl command that a manual page has under EXAMPLES,
# with RECORDING in place of each file that an example reads.  Without the module a command that
# needs it ends with 3, which says that its words were understood.  "dtctl load" is not run, since
# it would change the system: its help has to know it.  Results are TAP.
set -u

recording=$(realpath "$1")
: "${DTCTL:?the program to test}"
DTCTL=$(realpath "$DTCTL")
pages=()
for page in "${@:2}"; do
	pages+=("$(realpath "$page")")
done
TMP=$(mktemp -d) || exit 1
trap 'rm -rf "$TMP"' EXIT
cd "$TMP" || exit 1
number=0
failed=0

# Lines of the literal blocks under EXAMPLES.
examples()
{
	awk '
		/^\.Sh / { inside = ($2 == "EXAMPLES") }
		/^\.Bd -literal/ { literal = inside; next }
		/^\.Ed/ { literal = 0 }
		literal' "$1"
}

# The files that an example reads exist.
place_files() # words of the example
{
	local word

	for word in "$@"; do
		[[ $word != *.cw ]] || cp "$recording" "$word"
	done
}

# Empty if the example works, else why not.
complaint() # words of the example
{
	local status output

	if [ "$1" != dtctl ]; then
		echo "not a command of dtctl"
		return
	fi
	shift
	place_files "$@"
	[ "$1" != load ] || set -- help load
	output=$(timeout 20 "$DTCTL" "$@" 2>&1 </dev/null)
	status=$?
	[ "$status" -eq 0 ] || { [ "$status" -eq 3 ] && [[ $output == *"not loaded"* ]]; } ||
		echo "exit code $status: $output"
}

try() # page, example
{
	local wrong words

	number=$((number + 1))
	if [ -e /sys/module/causeway ]; then
		echo "ok $number - $1: $2 # SKIP the module is loaded on this machine"
		return
	fi
	read -ra words <<<"$2"
	wrong=$(complaint "${words[@]}")
	if [ -z "$wrong" ]; then
		echo "ok $number - $1: $2"
		return
	fi
	failed=$((failed + 1))
	echo "not ok $number - $1: $2"
	printf '%s\n' "$wrong" | sed 's/^/# /'
}

for page in "${pages[@]}"; do
	before=$number
	while IFS= read -r line; do
		try "$(basename "$page")" "$line"
	done < <(examples "$page")
	[ "$number" -gt "$before" ] || {
		number=$((number + 1)) failed=$((failed + 1))
		echo "not ok $number - $(basename "$page"): it has no example"
	}
done

echo "1..$number"
[ "$failed" -eq 0 ] && [ "$number" -gt 0 ]
