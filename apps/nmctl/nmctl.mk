# SPDX-License-Identifier: BSD-2-Clause
# nmctl: included by apps/Makefile.
$(eval $(call program,nmctl,json-c,sbin))
