# SPDX-License-Identifier: BSD-2-Clause
# pkt-gen: included by apps/Makefile.
PKTGEN_SRC := $(wildcard pkt-gen/*.c common/*.c)
PKTGEN_OBJ := $(PKTGEN_SRC:%.c=$(BUILD)/pkt-gen.o.d/%.o)
PKTGEN_WARN := -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wshadow -Wvla -Werror
PKTGEN_CFLAGS = -O2 -g -std=gnu11 -pthread -D_GNU_SOURCE -I../include $(PKTGEN_WARN) \
	$(shell pkg-config --cflags $(PKTGEN_NEEDS)) $(PCAP_FLAG) $(CFLAGS)
PKTGEN_LIBS = $(shell pkg-config --libs $(PKTGEN_NEEDS)) -lm -pthread

# Debian's libpcap.a wants libraries that have no static form there: a static pkt-gen has no --pcap.
ifdef STATIC
PKTGEN_NEEDS := json-c
else
PKTGEN_NEEDS := json-c libpcap
PCAP_FLAG := -DHAVE_PCAP
endif

.PHONY: pkt-gen pkt-gen-needs install-pkt-gen uninstall-pkt-gen
pkt-gen: $(BUILD)/pkt-gen

$(BUILD)/pkt-gen: $(PKTGEN_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKTGEN_LIBS)

$(PKTGEN_OBJ): $(BUILD)/pkt-gen.o.d/%.o: %.c | pkt-gen-needs
	@mkdir -p $(@D)
	$(CC) $(PKTGEN_CFLAGS) -MMD -MP -c -o $@ $<

pkt-gen-needs:
	@pkg-config --exists $(PKTGEN_NEEDS) || { echo "pkt-gen: cannot find the development files of" \
		"$(PKTGEN_NEEDS): install pkg-config libjson-c-dev libpcap-dev" >&2; exit 1; }

install-pkt-gen: $(BUILD)/pkt-gen
	install -D -m 755 $(BUILD)/pkt-gen $(DESTDIR)$(PREFIX)/bin/pkt-gen
	install -D -m 644 ../man/pkt-gen.8 $(DESTDIR)$(PREFIX)/share/man/man8/pkt-gen.8

uninstall-pkt-gen:
	rm -f $(DESTDIR)$(PREFIX)/bin/pkt-gen $(DESTDIR)$(PREFIX)/share/man/man8/pkt-gen.8

-include $(PKTGEN_OBJ:.o=.d)
