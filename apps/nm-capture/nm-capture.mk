# SPDX-License-Identifier: BSD-2-Clause
# nm-capture: included by apps/Makefile. Debian's libpcap.a, which has the filters, needs libraries
# that have no static form there, so there is no static nm-capture.
ifndef STATIC
$(eval $(call program,nm-capture,json-c libpcap,bin))
endif
