/* SPDX-License-Identifier: BSD-2-Clause */
/* One error text, on its way from the failed call to the place that prints it. */
#ifndef APPS_ERRMSG_H
#define APPS_ERRMSG_H

#include <stdarg.h>
#include <stdio.h>

struct errmsg {
	char text[512];
};

/* Format the text. Return -1, so that a caller can return the call itself. */
static inline int __attribute__((format(printf, 2, 3)))
errmsg_set(struct errmsg *e, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(e->text, sizeof(e->text), format, args);
	va_end(args);
	return -1;
}

#endif
