# SPDX-License-Identifier: BSD-2-Clause
# vale-ctl: included by apps/Makefile.
$(eval $(call program,vale-ctl,json-c,sbin))
