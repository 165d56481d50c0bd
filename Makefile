# SPDX-License-Identifier: BSD-2-Clause
#
# netmap. On a fresh Debian machine, as root: make run, make check; make help lists the rest.
# Products go to build/, those of DEBUG=1 to build/debug.

# Only from make's own command line: many environments have a DEBUG.
ifneq ($(origin DEBUG),command line)
override DEBUG :=
endif
BUILD	?= $(CURDIR)/build$(if $(DEBUG),/debug)
DESTDIR	?=
PREFIX	?= /usr/local
SECONDS	?= 20
DEPS	?= scripts/deps.sh
VERSION	:= $(shell cat VERSION)
MAN4	:= netmap.4 vale.4
# How many tests run at a time, and how many jobs a build has by default.
JOBS	?= $(shell expr $$(nproc) + 1)
SIDE_BY_SIDE = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
# For a debugger: the variables of the folders' makefiles, which optimise by -O2 otherwise.
FLAGS	= BUILD=$(BUILD) $(if $(DEBUG),CFLAGS="-Og -g3 -fno-omit-frame-pointer" OPT=-Og)

# The tests of check-rest: they take long, or need a kernel that is built. All others are check's.
# The first ones named take longest and start first, for the others fill what is left.
REST	:= tests/guest/uml-debug.t tests/suite/50-packages.t tests/guest/debian-7.2-rest.t \
	tests/guest/debian-6.12-rest.t tests/guest/uml.t tests/suite/46-netmapd-guest.t \
	tests/suite/48-netmapd-zerocopy.t tests/suite/43-libpcap.t tests/suite/47-pcap-guest.t \
	tests/suite/49-wire-guest.t
LONGEST	:= tests/guest/debian-6.1.t tests/guest/debian-7.2-first.t tests/guest/debian-6.12-first.t \
	tests/netmapd/system-plain.t tests/suite/36-fuzz.t tests/suite/30-unit.t
EVERY	:= $(sort $(wildcard tests/suite/*.t tests/netmapd/*.t tests/guest/*.t))
TESTS	:= $(filter-out $(REST),$(EVERY))
CHECK	:= $(LONGEST) $(filter-out $(LONGEST),$(TESTS))
PROVE	= NETMAP_HOSTILE_SECONDS=$(SECONDS) prove --timer --jobs $(JOBS)

all: deps-build ## programs, libraries and netmapd; DEBUG=1: for a debugger, into build/debug
	$(MAKE) -C lib $(FLAGS)
	$(MAKE) -C pcap $(FLAGS)
	$(MAKE) -C apps $(FLAGS)
	$(MAKE) -C os/user $(FLAGS)

help: ## this list
	@awk -F ': .*## ' '/^[a-z-]+: .*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

# Without the programs that need libpcap.
static: deps-build ## programs without shared libraries, for small systems, into build/static
	$(MAKE) -C apps STATIC=1 BUILD=$(BUILD)/static

deps-%:
	@$(DEPS) $*

module: ## netmap.ko for the running kernel, from its headers
	$(MAKE) -C os/linux BUILD=$(BUILD)

# Served by netmapd on this machine's own kernel, if it has FUSE and the module is not loaded.
run: all ## packets through a switch and a pipe, to look at
	BUILD=$(BUILD) scripts/demo.sh

demo-module: deps-guest all ## the same by the module, in an emulated machine
	scripts/demo.sh --guest

# Kernels are fetched while the compilers run: the one waits for the mirror, the others do not.
check: deps-check ## tests of both platforms on packaged kernels, in 15 minutes on two CPUs
	scripts/kernel.sh fetch packaged & fetch=$$!; \
	$(MAKE) $(SIDE_BY_SIDE) all && $(MAKE) $(SIDE_BY_SIDE) tests; built=$$?; \
	wait $$fetch && exit $$built
	$(PROVE) $(CHECK)

check-rest: deps-all ## all other tests: built kernels with sanitizers, long suites, packages
	$(MAKE) $(SIDE_BY_SIDE) all
	$(MAKE) $(SIDE_BY_SIDE) tests
	scripts/kernel.sh fetch
	$(PROVE) $(REST)

check-all: deps-all ## check and check-rest in one run
	$(MAKE) $(SIDE_BY_SIDE) all
	$(MAKE) $(SIDE_BY_SIDE) tests
	scripts/kernel.sh fetch
	$(PROVE) $(REST) $(CHECK)

# Build what several tests share before they start: none may find it half written.
tests: ## the test programs, and netmapd under sanitizers
	$(MAKE) -C tests/system BUILD=$(BUILD)
	$(MAKE) -C tests/system BUILD=$(BUILD) DOORBELL=1
	$(MAKE) -C tests/apps guest BUILD=$(BUILD)
	$(MAKE) -C tests/pcap guest BUILD=$(BUILD)
	$(MAKE) -C tests/netmapd BUILD=$(BUILD)
	$(MAKE) -C tests/unit all-sans
	$(MAKE) -C os/linux/tests BUILD=$(BUILD)
	$(MAKE) -C tests/fuzz/kcov BUILD=$(BUILD)
	$(MAKE) -C os/user BUILD=$(BUILD) SAN=asan
	$(MAKE) -C os/user BUILD=$(BUILD) SAN=tsan

bench: deps-bench all ## cost per packet, in a guest and by netmapd
	bench/run

# Programs, headers, manuals, netmapd, and the module's sources for DKMS, which builds it for each
# kernel.
install: all ## to PREFIX (/usr/local) below DESTDIR, and the module by DKMS
	$(MAKE) -C lib install $(FLAGS) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(MAKE) -C pcap install $(FLAGS) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(MAKE) -C apps install $(FLAGS) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(MAKE) -C os/user install $(FLAGS) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(MAKE) -C os/linux install DESTDIR=$(DESTDIR)
	install -d $(DESTDIR)$(PREFIX)/include/net $(DESTDIR)$(PREFIX)/share/man/man4
	install -m 644 include/net/*.h $(DESTDIR)$(PREFIX)/include/net
	install -m 644 $(MAN4:%=man/%) $(DESTDIR)$(PREFIX)/share/man/man4
ifeq ($(DESTDIR),)
	scripts/users.sh
	scripts/dkms.sh install $(VERSION)
endif

uninstall: ## take it away again, but for the user and the group
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

packages: deps-build deps-package ## Debian packages of all of it, into build/packages
	scripts/packages.sh $(BUILD)/packages

lint: deps-lint ## static checks of code, scripts, prose and manual pages
	tests/suite/20-lint.t

clean: ## remove build/
	rm -rf $(CURDIR)/build $(BUILD)

.PHONY: all help static module run demo-module check check-rest check-all tests bench install \
	uninstall packages lint clean
