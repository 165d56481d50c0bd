# SPDX-License-Identifier: BSD-2-Clause
# nm-capture: included by apps/Makefile. Its filters are libpcap's, of which Debian has no static
# form that links, so there is no static nm-capture.
ifndef STATIC
$(eval $(call program,nm-capture,json-c libpcap,bin))
endif
