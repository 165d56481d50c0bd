# SPDX-License-Identifier: BSD-2-Clause
# nm-pcap: included by apps/Makefile. The library that it preloads is built in ../pcap.
$(eval $(call program,nm-pcap,,bin))
