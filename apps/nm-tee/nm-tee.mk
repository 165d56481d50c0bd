# SPDX-License-Identifier: BSD-2-Clause
# nm-tee: included by apps/Makefile.
$(eval $(call program,nm-tee,json-c,bin))
