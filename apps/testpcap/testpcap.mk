# SPDX-License-Identifier: BSD-2-Clause
# testpcap: included by apps/Makefile. Not linked statically, as it needs libpcap, and nm-pcap to load a
# library into it.
ifndef STATIC
$(eval $(call program,testpcap,libpcap json-c,bin))
endif
