#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=120
#
# Does the debug kernel notice what it looks for?  bad/bad_debug.c does one thing of each kind; run in a
# machine of its own, whose kernel has to complain.  leaks.sh must say the same of it as it would of our module.
. "$CW_TREE/tests/vm/guest.sh"

must insmod "$CW_TREE/build/$KVER/bad/bad_debug.ko"
must rmmod bad_debug
said=$(dmesg)
for sign in 'suspicious RCU usage' 'sleeping function called from invalid context|scheduling while atomic' \
	'possible circular locking dependency' 'UBSAN: shift-out-of-bounds' \
	'ODEBUG: free active .*timer_list' 'BUG: KASAN: use-after-free'; do
	like "$said" "$sign" "reported: $sign"
done
like "$("$CW_TREE/tests/vm/kernel_log" <(echo "$said"))" KASAN "tests/vm/kernel_log finds it"
bash "$CW_TREE/tests/debug/leaks.sh" >"$CW_OUT/$CW_NAME.leaks" 2>&1
like "$(cat "$CW_OUT/$CW_NAME.leaks")" 'not ok [0-9]+ - it finds no memory' "leaks.sh finds what was lost"
like "$(cat "$CW_OUT/$CW_NAME.leaks")" 'not ok [0-9]+ - lockdep is still on' "and that lockdep has given up"
done_testing
