# SPDX-License-Identifier: BSD-2-Clause
# netmap: a script; included by apps/Makefile.
.PHONY: netmap install-netmap uninstall-netmap
netmap: $(BUILD)/netmap

$(BUILD)/netmap: netmap/netmap.sh ../VERSION
	@mkdir -p $(@D)
	sed 's/@VERSION@/$(shell cat ../VERSION)/' $< >$@.new
	chmod 755 $@.new
	mv $@.new $@

install-netmap: $(BUILD)/netmap
	install -D -m 755 $(BUILD)/netmap $(DESTDIR)$(PREFIX)/sbin/netmap
	install -D -m 644 ../man/netmap.8 $(DESTDIR)$(PREFIX)/share/man/man8/netmap.8

uninstall-netmap:
	rm -f $(DESTDIR)$(PREFIX)/sbin/netmap $(DESTDIR)$(PREFIX)/share/man/man8/netmap.8
