# SPDX-License-Identifier: BSD-2-Clause
# bridge: included by apps/Makefile.
$(eval $(call program,bridge,json-c,bin))
