#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: smp=2 mem=2048 accel=tcg timeout=1800
# debug: no, it is about installing, not about running
#
# DKMS builds and installs the module: after "make dkms" modprobe finds it, "dkms remove"
# takes it away.  To compile takes minutes in an emulated machine, so the state that
# "dkms add" and "dkms build" left on the host (suite dkms) is put in place first, and
# "make dkms" goes on from there, as it would for anyone who calls it twice.  With
# CW_FULL, or where there is no such state, all of it happens here.
# shellcheck source=tests/vm/guest.sh
. "$CW_TREE/tests/vm/guest.sh"

version=$(cat "$CW_TREE/VERSION")
stage=$CW_TREE/build/dkms

# Everything that an installation could leave: the tree of modules, DKMS's records.
installed() {
	find "/lib/modules/$KVER" -name 'causeway*'
	find /var/lib/dkms -path '*causeway*' 2>/dev/null
	dkms status causeway
}

make_dkms() {
	make -C "$CW_TREE" --no-print-directory "$@" KVER="$KVER"
}

is "$(installed)" "" "nothing is installed at first"
if [ -z "${CW_FULL:-}" ] && [ -e "$stage/var/lib/dkms/causeway/$version/$KVER" ]; then
	must cp -a "$stage/usr/src/causeway-$version" /usr/src/
	must cp -a "$stage/var/lib/dkms/causeway" /var/lib/dkms/
	must ln -sfn "/usr/src/causeway-$version" "/var/lib/dkms/causeway/$version/source"
	diag "built on the host: $(dkms status causeway)"
fi
ok "make dkms" make_dkms dkms
like "$(dkms status "causeway/$version")" "$KVER.*installed" "dkms knows it as installed"
ok "modprobe causeway" modprobe causeway
is "$(cat /sys/module/causeway/version)" "$version" "the loaded module's version"
is "$(modinfo -F vermagic causeway | cut -d' ' -f1)" "$KVER" "built for this kernel"
like "$(modinfo -n causeway)" "/updates/dkms/" "it is the installed one"
ok "unload" modprobe -r causeway
ok "make dkms once more" make_dkms dkms
ok "dkms remove" dkms remove "causeway/$version" --all
is "$(installed)" "" "dkms remove leaves nothing"
fails "modprobe finds it no more" modprobe causeway
ok "make dkms-remove" make_dkms dkms-remove
ok "... takes the source, too" test ! -e "/usr/src/causeway-$version"
done_testing
