# SPDX-License-Identifier: BSD-2-Clause
# lb: included by apps/Makefile.
$(eval $(call program,lb,json-c,bin))
