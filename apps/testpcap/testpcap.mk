# SPDX-License-Identifier: BSD-2-Clause
# testpcap: included by apps/Makefile. Never linked statically: it needs libpcap, and nm-pcap
# preloads a library.
ifndef STATIC
$(eval $(call program,testpcap,libpcap json-c,bin))
endif
