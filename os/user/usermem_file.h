/* SPDX-License-Identifier: BSD-2-Clause */
/* The file that a piece of a process's memory is mapped from. */
#ifndef OS_USERMEM_FILE_H
#define OS_USERMEM_FILE_H

#include "os_user.h"

struct usermem_file {
	int fd;			/* open to read and write; the caller's to close */
	uint64_t dev, ino;	/* the file */
	uint64_t off, size;	/* the piece of it */
	uint64_t unit;		/* what it can be mapped in: the page, or the huge page */
};

/* 0 or -errno with a reason: as os_usermem_pin(). The memory is shared, and in a file that is memory. */
int usermem_file_find(struct os_caller *caller, uint64_t at, uint64_t size, struct usermem_file *m, const char **reason);

#endif
