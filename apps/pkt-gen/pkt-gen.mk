# SPDX-License-Identifier: BSD-2-Clause
# pkt-gen: included by apps/Makefile. Debian's libpcap.a needs libraries that have no static form
# there: a static pkt-gen has no --pcap.
ifdef STATIC
$(eval $(call program,pkt-gen,json-c,bin))
else
$(eval $(call program,pkt-gen,json-c libpcap,bin))
APP_FLAGS_pkt-gen += -DHAVE_PCAP
endif
