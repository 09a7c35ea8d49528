#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=60
# variant: other timeout=5 VARIED=other
#
# Passes; its variant has another name, environment and timeout.
# shellcheck source=tests/vm/guest.sh
. "$CW_TREE/tests/vm/guest.sh"

if [ -z "${VARIED:-}" ]; then
	is "$CW_NAME" varied "the script's name"
	done_testing
fi
is "$CW_NAME" varied_other "the variant's name"
is "$VARIED" other "its environment"
plan 2
sleep infinity
