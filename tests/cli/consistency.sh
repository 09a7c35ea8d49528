#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# consistency.sh COMPLETION MANUAL...: holds the command table of dtctl, its manual pages and its
# bash completion against each other: every word of the one is in the others.  Results are TAP.
set -u

completion=$1
manuals=("${@:2}")
: "${DTCTL:?the program to test}"
number=0
failed=0

report() # what, complaint or nothing
{
	number=$((number + 1))
	if [ -z "$2" ]; then
		echo "ok $number - $1"
		return
	fi
	failed=$((failed + 1))
	echo "not ok $number - $1"
	printf '%s\n' "$2" | sed 's/^/# /'
}

# The pages' section on a command.
section()
{
	awk -v name="$1" '
		FNR == 1 { inside = 0 }
		/^\.S[sh] / { inside = ($0 == ".Ss " name); next }
		inside' "${manuals[@]}"
}

# A word as mdoc writes it: Fl without its dash, or Cm.
is_in_manual() # word, text
{
	case $1 in
	-*) grep -Eq -- "Fl ([^|]*[ ,])?${1/#-/}( |\$)" <<<"${2//Fl /Fl }" ;;
	*) grep -Eq -- "Cm ([^.]*\\| )?$1( |\$)" <<<"$2" ;;
	esac
}

manual_words() # command, words
{
	local text word

	text=$(section "$1")
	if [ -z "$text" ]; then
		echo "no section \".Ss $1\""
		return
	fi
	for word in $2; do
		is_in_manual "$word" "$text" || echo "\"$word\" is not in the section"
	done
}

# The program must know all that the section's lists offer.
table_words() # command, words
{
	local word

	section "$1" | sed -n 's/^\.It //p' | tr ',' '\n' |
		sed -n 's/^ *Fl \([^ ]*\).*/-\1/p; s/^ *Cm \([^ ]*\).*/\1/p' |
		while read -r word; do
			case " $2 " in
			*" $word "*) ;;
			*) echo "\"$word\" is in the manual, not in the program" ;;
			esac
		done
}

# Asks the completion as bash would.
complete_words() # words of the command line
{
	COMP_WORDS=(dtctl "$@" '')
	COMP_CWORD=$(($# + 1))
	COMPREPLY=()
	_dtctl
	printf '%s\n' "${COMPREPLY[@]}"
}

completion_words() # command, words
{
	local offered object=${1%% *} verb word

	offered=$(complete_words)
	grep -qxF -- "$object" <<<"$offered" || echo "\"$object\" is not offered"
	if [ "$1" != "$object" ]; then
		verb=${1#* }
		offered=$(complete_words "$object")
		grep -qxF -- "$verb" <<<"$offered" || echo "\"$verb\" is not offered behind $object"
	fi
	# shellcheck disable=SC2086 # the command's words
	offered=$(complete_words $1)
	for word in $2; do
		grep -qxF -- "$word" <<<"$offered" || echo "\"$word\" is not offered"
	done
}

# shellcheck disable=SC1090 # generated
. "$completion" || exit 1
table=$("$DTCTL" help --table) || exit 1

while IFS= read -r line; do
	command=${line%%:*}
	words=${line#*:}
	report "manual: $command" "$(manual_words "$command" "$words")"
	report "program: what the manual offers for $command" "$(table_words "$command" "$words")"
	report "completion: $command" "$(completion_words "$command" "$words")"
done <<<"$table"

report "options before the object" "$(
	"$DTCTL" help | sed -n '/^options, before/,/^$/s/^ *\(-.\), \(--[a-z]*\) .*/\1 \2/p' |
		while read -r short long; do
			grep -qx "\.It Fl ${short#-} , Fl ${long#-}" "${manuals[@]}" ||
				echo "\"$short, $long\" is not in the manual"
			for option in "$short" "$long"; do
				complete_words | grep -qxF -- "$option" || echo "\"$option\" is not offered"
				"$DTCTL" "$option" -V >/dev/null || echo "\"$option\" is not taken"
			done
		done
)"
report "options before the object: the help has all" "$(
	short=$("$DTCTL" help | sed -n 's/^ *-\(.\), --.*/\1/p' | tr '\n' ' ')
	[ "$short" = 'j p s h V ' ] || echo "it has: $short"
)"
report "earlier names of commands work, but are not shown" "$(
	"$DTCTL" carrier off -h | grep -q "policy pause" || echo "\"carrier off\" does not work"
	"$DTCTL" help | grep -w carrier
	complete_words | grep -x carrier
)"
report "completion: verbs behind help" "$(
	complete_words help policy | grep -qx pause || echo "\"pause\" is not offered"
)"

report "manual: no section on a command that does not exist" "$(
	awk '/^\.Sh /{ inside = ($2 == "COMMANDS") } inside && /^\.Ss /{ print substr($0, 5) }' \
		"${manuals[@]}" |
		while read -r command; do
			grep -q "^$command:" <<<"$table" || echo "$command"
		done
)"
report "manual: no command has two sections" "$(
	cat "${manuals[@]}" | awk '/^\.Sh /{ inside = ($2 == "COMMANDS") } inside && /^\.Ss /' | sort | uniq -d
)"
report "manual: exit codes" "$(
	for code in 0 1 2 3 4; do
		grep -qx "\.It $code" "${manuals[@]}" || echo "exit code $code is not explained"
	done
)"
report "manual: another page refers to each" "$(
	for page in "${manuals[@]}"; do
		name=$(basename "$page")
		grep -lE "^\.Xr ${name%.*} ${name##*.}( |\$)" "${manuals[@]}" | grep -qvxF -- "$page" ||
			echo "no page refers to $name"
	done
)"
if command -v mandoc >/dev/null; then
	report "manual: mandoc finds no fault" "$(mandoc -T lint -W warning "${manuals[@]}" 2>&1)"
else
	report "manual: mandoc finds no fault # SKIP mandoc is not installed" ''
fi
report "completion: bash can read it" "$(bash -n "$completion" 2>&1)"

echo "1..$number"
[ "$failed" -eq 0 ]
