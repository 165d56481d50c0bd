# SPDX-License-Identifier: BSD-2-Clause
# Builds a program from the folder of its name, from common/, and from libnetmap's parser of port
# names; all programs share the objects of the last two, those with libpcap common/pcap/ too. The
# .mk file of a program has the line
#	$(eval $(call program,NAME,PACKAGES,DIR))
# with PACKAGES as pkg-config knows them, and DIR bin or sbin. The manual is ../man/NAME.8.
APP_WARN := -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wshadow -Wvla -Werror
APP_VERSION := $(shell cat ../VERSION)
APP_CFLAGS = -O2 -g -std=gnu11 -pthread -D_GNU_SOURCE -I../include -DNM_VERSION='"$(APP_VERSION)"' \
	$(APP_WARN) $(CFLAGS)
APP_PROGRAMS :=
APP_PCAP := $(patsubst %.c,$(BUILD)/apps.o.d/%.o,$(wildcard common/pcap/*.c))
APP_COMMON := $(patsubst %.c,$(BUILD)/apps.o.d/%.o,$(wildcard common/*.c) lib/nmreq_spec.c \
	lib/nmctx.c)

$(BUILD)/apps.o.d/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(APP_CFLAGS) $(APP_FLAGS_$(firstword $(subst /, ,$*))) -MMD -MP -c -o $@ $<

$(BUILD)/apps.o.d/lib/%.o: ../lib/%.c
	@mkdir -p $(@D)
	$(CC) $(APP_CFLAGS) -MMD -MP -c -o $@ $<

define program
APP_PROGRAMS += $(1)
APP_FLAGS_$(1) = $$(if $(2),$$(shell pkg-config --cflags $(2)))
APP_OBJ_$(1) := $$(patsubst %.c,$$(BUILD)/apps.o.d/%.o,$$(wildcard $(1)/*.c))

.PHONY: $(1) install-$(1)
$(1): $$(BUILD)/$(1)

$$(BUILD)/$(1): $$(APP_OBJ_$(1)) $$(if $$(findstring libpcap,$(2)),$$(APP_PCAP)) $$(APP_COMMON)
	$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^ $$(if $(2),$$(shell pkg-config --libs $(2))) \
		-lm -pthread

install-$(1): $$(BUILD)/$(1)
	install -D -m 755 $$(BUILD)/$(1) $$(DESTDIR)$$(PREFIX)/$(3)/$(1)
	install -D -m 644 ../man/$(1).8 $$(DESTDIR)$$(PREFIX)/share/man/man8/$(1).8

uninstall-$(1):
	rm -f $$(DESTDIR)$$(PREFIX)/$(3)/$(1) $$(DESTDIR)$$(PREFIX)/share/man/man8/$(1).8

-include $$(APP_OBJ_$(1):.o=.d)
endef

-include $(APP_COMMON:.o=.d) $(APP_PCAP:.o=.d)
