# SPDX-License-Identifier: GPL-2.0
#
# The front door.  "make help" says what there is; all products go to build/.
# KVER: the kernel that the module is built for and the test machines run, by default
# the newest installed one with headers (the running kernel may have none).

VERSION := $(shell cat VERSION)
KVER ?= $(shell tests/vm/kver)
KDIR ?= /lib/modules/$(KVER)/build
PREFIX ?= /usr/local
DESTDIR ?=

# The kernel's build system leaves its products beside the sources; so it is given links.
MODULE_SOURCES := Kbuild VERSION kmod netfilter uapi
MODULE_BUILD = build/$(KVER)/module

.PHONY: all help modules modules-delay tools programs bench scale fuzz mutants check check-full check-debug suites demo \
	style install uninstall dkms dkms-remove clean
all: modules tools

help:
	@echo "make modules      build/KVER/causeway.ko"
	@echo "make tools        build/tools/dtctl, libcauseway"
	@echo "make demo         boot a VM and trace a request through it (as root: installs packages)"
	@echo "make check        all tests, about 25 minutes (as root: installs packages)"
	@echo "make check-full   ... with the full matrix, hours"
	@echo "make check-debug  ... on kernels that look for faults (builds them once; hours): NAMES, FULL=1"
	@echo "make bench        what tracing costs, in instructions (10 minutes): FULL=1, WORK=events,"
	@echo "                  PROFILE=STATE: by function"
	@echo "make scale        how cost and memory grow with sockets, threads, rules, namespaces (15 minutes);"
	@echo "                  WORK=cpus: one CPU, and two (5 minutes)"
	@echo "make fuzz         each fuzzer for 2 minutes, 10 million packets: FUZZ_SECONDS, FUZZ_PACKETS"
	@echo "make mutants      would the tests notice?  One line of the module at a time is made wrong (hours): NAMES"
	@echo "make suites SUITES='unit e2e/NAME'   some of them; tests/run --list says what each script tests"
	@echo "make style        formatting, include directions, static checkers"
	@echo "make install      tools, library, manual pages to DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)"
	@echo "make dkms         module to /usr/src and, through DKMS, to kernel KVER"
	@echo "make uninstall, make dkms-remove, make clean"
	@echo "KVER=VERSION chooses another kernel than the newest with headers"

modules:
	@tests/vm/link_sources $(MODULE_BUILD) $(MODULE_SOURCES)
	$(MAKE) -C $(KDIR) M=$(CURDIR)/$(MODULE_BUILD) modules
	@cp $(MODULE_BUILD)/causeway.ko build/$(KVER)/causeway.ko
	@echo "built build/$(KVER)/causeway.ko"

# For tests of races: kmod/base/delay.h.
modules-delay:
	@tests/vm/link_sources $(MODULE_BUILD)-delay $(MODULE_SOURCES)
	$(MAKE) -C $(KDIR) M=$(CURDIR)/$(MODULE_BUILD)-delay CW_DELAY=1 modules
	@cp $(MODULE_BUILD)-delay/causeway.ko build/$(KVER)/causeway-delay.ko
	@echo "built build/$(KVER)/causeway-delay.ko"

tools:
	$(MAKE) -C tools VERSION=$(VERSION)

# What the tests run beside the tools.
programs: $(patsubst %/Makefile,%.programs,$(wildcard tests/e2e/Makefile tests/scale/Makefile tests/fuzz/vm/Makefile))
%.programs: %/Makefile
	$(MAKE) -C $*

demo:
	@tests/packages install demo
	@$(MAKE) --no-print-directory modules tools
	@tests/demo/run

check check-full:
	@tests/packages install $(if $(filter check-full,$@),full,check)
	@$(MAKE) --no-print-directory modules modules-delay tools programs
	@tests/run $(if $(filter check-full,$@),--full) $(SUITES)

check-debug:
	@tests/packages install debug
	@$(MAKE) --no-print-directory tools programs
	@tests/debug/run $(if $(FULL),--full) $(NAMES)

bench:
	@tests/packages install bench
	@$(MAKE) --no-print-directory modules tools tests/e2e.programs tests/bench.programs
	@tests/bench/run $(if $(FULL),--full) $(if $(WORK),--work $(WORK)) $(if $(PROFILE),--profile $(PROFILE))

scale:
	@tests/packages install check
	@$(MAKE) --no-print-directory modules tools programs $(if $(filter cpus,$(WORK)),tests/bench.programs)
	@tests/scale/run $(if $(WORK),--work $(WORK))

fuzz:
	@tests/packages install check
	@$(MAKE) --no-print-directory modules tools programs
	@tests/fuzz/long

mutants:
	@tests/packages install check
	@$(MAKE) --no-print-directory tools programs
	@tests/mutants/run $(NAMES)

suites: modules modules-delay tools programs
	@tests/run $(SUITES)

style:
	@tests/style/run

install: tools
	$(MAKE) -C tools install VERSION=$(VERSION) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)

uninstall:
	$(MAKE) -C tools uninstall VERSION=$(VERSION) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)

dkms:
	@dkms/install

dkms-remove:
	@dkms/remove

clean:
	rm -rf build
	find Kbuild kmod netfilter -name '*.o' -o -name '*.ko' -o -name '*.mod' -o -name '*.mod.c' \
		-o -name '.*.cmd' -o -name '.*.d' | xargs -r rm -f
	rm -f .*.cmd causeway.o causeway.ko causeway.mod causeway.mod.c causeway.mod.o \
		modules.order Module.symvers
