#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs after good.sh in the same machine: that one has left nothing behind.
# shellcheck source=tests/vm/guest.sh
. "$CW_TREE/tests/vm/guest.sh"

plan 3
is "$(ip netns list)" "" "no namespace left"
ok "no process left" test -z "$(pgrep -x sleep)"
ok "no module left" test ! -d /sys/module/bad
done_testing
