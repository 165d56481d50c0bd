# SPDX-License-Identifier: BSD-2-Clause
# nmctl: included by apps/Makefile, or used alone: make -C apps -f nmctl/nmctl.mk
CC ?= cc
BUILD ?= ../build
DESTDIR ?=
PREFIX ?= /usr/local
NM_VERSION ?= $(shell git describe --always 2>/dev/null || echo unversioned)

NMCTL_SRC := $(wildcard nmctl/*.c) common/device.c common/request.c
NMCTL_OBJ := $(NMCTL_SRC:%.c=$(BUILD)/nmctl.o.d/%.o)
NMCTL_WARN := -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wshadow -Wvla -Werror
NMCTL_CFLAGS = -O2 -g -std=gnu11 -D_GNU_SOURCE -DNM_VERSION='"$(NM_VERSION)"' -I../include \
	$(NMCTL_WARN) $(shell pkg-config --cflags json-c) $(CFLAGS)
NMCTL_LIBS = $(shell pkg-config --libs json-c)

.PHONY: nmctl install-nmctl uninstall-nmctl
nmctl: $(BUILD)/nmctl

$(BUILD)/nmctl: $(NMCTL_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(NMCTL_LIBS)

$(BUILD)/nmctl.o.d/%.o: %.c $(wildcard nmctl/*.h common/*.h ../include/net/*.h)
	@mkdir -p $(@D)
	$(CC) $(NMCTL_CFLAGS) -c -o $@ $<

install-nmctl: $(BUILD)/nmctl
	install -D -m 755 $(BUILD)/nmctl $(DESTDIR)$(PREFIX)/sbin/nmctl
	install -D -m 644 ../man/nmctl.8 $(DESTDIR)$(PREFIX)/share/man/man8/nmctl.8

uninstall-nmctl:
	rm -f $(DESTDIR)$(PREFIX)/sbin/nmctl $(DESTDIR)$(PREFIX)/share/man/man8/nmctl.8
