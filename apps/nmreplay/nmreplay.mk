# SPDX-License-Identifier: BSD-2-Clause
# nmreplay: included by apps/Makefile. Debian's libpcap.a needs libraries that have no static
# form there, so there is no static nmreplay.
ifndef STATIC
$(eval $(call program,nmreplay,json-c libpcap,bin))
endif
