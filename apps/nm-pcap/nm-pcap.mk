# SPDX-License-Identifier: BSD-2-Clause
# nm-pcap: included by apps/Makefile. What it loads is built in ../pcap.
$(eval $(call program,nm-pcap,,bin))
