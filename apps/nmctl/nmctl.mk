# SPDX-License-Identifier: BSD-2-Clause
# nmctl: included by apps/Makefile.
NM_VERSION ?= $(shell git describe --always 2>/dev/null || echo unversioned)
$(eval $(call program,nmctl,json-c,sbin))
APP_FLAGS_nmctl += -DNM_VERSION='"$(NM_VERSION)"'
