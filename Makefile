# SPDX-License-Identifier: BSD-2-Clause
#
# netmap. On a fresh Debian machine, as root:
#	make run	set up, build, and move packets through a switch and a pipe
#	make check	set up, build, and pass all tests
# Also: all, static, module, demo-module, bench, install, uninstall, packages, lint, clean. Products go to build/.

BUILD	?= $(CURDIR)/build
DESTDIR	?=
PREFIX	?= /usr/local
SECONDS	?= 20
DEPS	?= scripts/deps.sh
VERSION	:= $(shell cat VERSION)
MAN4	:= netmap.4 vale.4
# Tests at a time; what is built in parallel, unless make was told; and in which order they start.
JOBS	?= $(shell expr $$(nproc) + 1)
SIDE_BY_SIDE = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
TESTS	:= $(sort $(wildcard tests/suite/*.t tests/netmapd/*.t tests/guest/*.t))
LONGEST	:= tests/guest/uml-debug.t tests/suite/50-packages.t $(wildcard tests/guest/debian-*.t) \
	tests/suite/45-netmapd.t tests/suite/46-netmapd-guest.t tests/guest/uml.t tests/suite/30-unit.t

all: deps-build
	$(MAKE) -C lib BUILD=$(BUILD)
	$(MAKE) -C pcap BUILD=$(BUILD)
	$(MAKE) -C apps BUILD=$(BUILD)
	$(MAKE) -C os/user BUILD=$(BUILD)

# The programs without shared libraries, for small systems: without what needs libpcap.
static: deps-build
	$(MAKE) -C apps STATIC=1 BUILD=$(BUILD)/static

deps-%:
	@$(DEPS) $*

# netmap.ko for the running kernel, from its headers.
module:
	$(MAKE) -C os/linux BUILD=$(BUILD)

# By netmapd, on this machine's own kernel, where FUSE is to be had and the module is not loaded.
run: all
	BUILD=$(BUILD) scripts/demo.sh

# By the module, in an emulated machine, whose kernel is fetched.
demo-module: deps-guest all
	scripts/demo.sh --guest

# Everything that tests/suite says; each file there says what it is. Several run side by side, one more than
# there are processors since many wait; those that take longest come first, for the others fill what is left.
check: deps-all
	$(MAKE) $(SIDE_BY_SIDE) all
	$(MAKE) $(SIDE_BY_SIDE) tests
	scripts/kernel.sh fetch
	NETMAP_HOSTILE_SECONDS=$(SECONDS) prove --timer --failures --jobs $(JOBS) $(LONGEST) $(filter-out $(LONGEST),$(TESTS))

# What several tests share is built before they start: none may find it half written.
tests:
	$(MAKE) -C tests/system BUILD=$(BUILD)
	$(MAKE) -C tests/system BUILD=$(BUILD) DOORBELL=1
	$(MAKE) -C tests/apps guest BUILD=$(BUILD)
	$(MAKE) -C tests/pcap guest BUILD=$(BUILD)
	$(MAKE) -C tests/netmapd BUILD=$(BUILD)
	$(MAKE) -C tests/unit all-sans
	$(MAKE) -C os/linux/tests BUILD=$(BUILD)
	$(MAKE) -C os/user BUILD=$(BUILD) SAN=asan
	$(MAKE) -C os/user BUILD=$(BUILD) SAN=tsan

bench: deps-bench all
	bench/run

# Programs, headers, manuals, netmapd, and the module's sources for DKMS, which builds it for each kernel.
install: all
	$(MAKE) -C lib install BUILD=$(BUILD) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(MAKE) -C pcap install BUILD=$(BUILD) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(MAKE) -C apps install BUILD=$(BUILD) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(MAKE) -C os/user install BUILD=$(BUILD) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(MAKE) -C os/linux install DESTDIR=$(DESTDIR)
	install -d $(DESTDIR)$(PREFIX)/include/net $(DESTDIR)$(PREFIX)/share/man/man4
	install -m 644 include/net/*.h $(DESTDIR)$(PREFIX)/include/net
	install -m 644 $(MAN4:%=man/%) $(DESTDIR)$(PREFIX)/share/man/man4
ifeq ($(DESTDIR),)
	scripts/users.sh
	scripts/dkms.sh install $(VERSION)
endif

uninstall:
ifeq ($(DESTDIR),)
	scripts/dkms.sh remove $(VERSION)
endif
	$(MAKE) -C apps uninstall BUILD=$(BUILD) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/include/net/,$(notdir $(wildcard include/net/*.h)))
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/share/man/man4/,$(MAN4))
	$(MAKE) -C pcap uninstall DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(MAKE) -C lib uninstall DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(MAKE) -C os/user uninstall BUILD=$(BUILD) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(MAKE) -C os/linux uninstall DESTDIR=$(DESTDIR)

# Debian packages of all of it, in build/packages.
packages: deps-build deps-package
	scripts/packages.sh $(BUILD)/packages

lint: deps-lint
	tests/suite/20-lint.t

clean:
	rm -rf $(BUILD)

.PHONY: all static module run demo-module check tests bench install uninstall packages lint clean
