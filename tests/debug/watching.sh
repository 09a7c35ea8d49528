#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=60
#
# The last in each machine with KCSAN: has it been looking until now?  No topology.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/debug/kcsan.bash"

unload_module
ok "the module is not loaded any more" test ! -d /sys/module/causeway
is "$(kcsan_number enabled)" 1 "KCSAN is still on"
before=$(kcsan_number setup_watchpoints)
ip link show >/dev/null
after=$(kcsan_number setup_watchpoints)
ok "it sets watchpoints ($after so far)" [ "$after" -gt "$before" ]
diag "$(cat /sys/kernel/debug/kcsan)"
diag "reports: $(dmesg | grep -c 'BUG: KCSAN:')"
done_testing
