# SPDX-License-Identifier: GPL-2.0
#
# For Makefiles of programs that are linked with libcauseway; TREE is set.  "make tools" comes
# first.

LIBRARY := $(TREE)/build/tools/libcauseway.a
PKGS := libnl-genl-3.0 libmnl

CC ?= gcc
CFLAGS ?= -O2 -g
ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -I$(TREE)/tools/libcauseway -I$(TREE)/uapi \
	$(shell pkg-config --cflags $(PKGS)) $(CFLAGS)
LIBS := $(shell pkg-config --libs $(PKGS)) -lpthread
