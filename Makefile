# SPDX-License-Identifier: BSD-2-Clause
#
# netmap. On a fresh Debian machine, as root:
#	make run	set up, build, and move packets through a switch and a pipe in a guest
#	make check	set up, build, and pass all tests
# Also: all, module, bench, install, uninstall, lint, clean. Products go to build/.

BUILD	?= $(CURDIR)/build
DESTDIR	?=
PREFIX	?= /usr/local
SECONDS	?= 60
VERSION	:= $(shell cat VERSION)
MAN4	:= netmap.4 vale.4
MAN8	:= pkt-gen.8 nmctl.8

all: deps-build
	$(MAKE) -C apps BUILD=$(BUILD)

# The programs without shared libraries, for small systems; pkt-gen then reads no capture files.
static: deps-build
	$(MAKE) -C apps STATIC=1 BUILD=$(BUILD)/static

deps-%:
	@scripts/deps.sh $*

# netmap.ko for the running kernel, from its headers.
module:
	$(MAKE) -C os/linux BUILD=$(BUILD)

run: deps-guest all
	scripts/demo.sh

# Everything that tests/suite says; each file there says what it is.
check: deps-all all
	$(MAKE) -C os/user BUILD=$(BUILD)
	$(MAKE) -C tests/system BUILD=$(BUILD)
	$(MAKE) -C tests/apps guest BUILD=$(BUILD)
	$(MAKE) -C os/linux/tests BUILD=$(BUILD)
	scripts/kernel.sh fetch
	NETMAP_HOSTILE_SECONDS=$(SECONDS) prove --timer --failures tests/suite tests/netmapd tests/guest/*.t

bench: deps-guest all
	bench/run

# Programs, headers, manuals, and the module's sources for DKMS, which builds it for each kernel.
install: all
	$(MAKE) -C apps install BUILD=$(BUILD) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(MAKE) -C os/linux install DESTDIR=$(DESTDIR)
	install -d $(DESTDIR)$(PREFIX)/include/net $(DESTDIR)$(PREFIX)/share/man/man4 $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 644 include/net/*.h $(DESTDIR)$(PREFIX)/include/net
	install -m 644 $(MAN4:%=man/%) $(DESTDIR)$(PREFIX)/share/man/man4
	install -m 644 $(MAN8:%=man/%) $(DESTDIR)$(PREFIX)/share/man/man8
ifeq ($(DESTDIR),)
	scripts/dkms.sh install $(VERSION)
endif

uninstall:
ifeq ($(DESTDIR),)
	scripts/dkms.sh remove $(VERSION)
endif
	rm -f $(DESTDIR)$(PREFIX)/bin/pkt-gen $(DESTDIR)$(PREFIX)/sbin/nmctl
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/include/net/,$(notdir $(wildcard include/net/*.h)))
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/share/man/man4/,$(MAN4)) $(addprefix $(DESTDIR)$(PREFIX)/share/man/man8/,$(MAN8))
	$(MAKE) -C os/linux uninstall DESTDIR=$(DESTDIR)

lint: deps-lint
	tests/suite/20-lint.t

clean:
	rm -rf $(BUILD)

.PHONY: all static module run check bench install uninstall lint clean
