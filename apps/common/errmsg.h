/* SPDX-License-Identifier: BSD-2-Clause */
/* One error text on its way up to the person who will read it. */
#ifndef APPS_ERRMSG_H
#define APPS_ERRMSG_H

struct errmsg {
	char text[512];
};

/* Formats the text; returns -1 so that callers may return the call itself. */
int errmsg_set(struct errmsg *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
