# SPDX-License-Identifier: BSD-2-Clause
# testpcap: included by apps/Makefile.
$(eval $(call program,testpcap,libpcap json-c,bin))
