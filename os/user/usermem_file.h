/* SPDX-License-Identifier: BSD-2-Clause */
/* The file that a part of a process's memory is mapped from. */
#ifndef OS_USERMEM_FILE_H
#define OS_USERMEM_FILE_H

#include "os_user.h"

struct usermem_file {
	int fd;			/* open for reading and writing; the caller closes it */
	uint64_t dev, ino;	/* the file */
	uint64_t off, size;	/* the part of it */
	uint64_t unit;		/* size of its pages: it is mapped in multiples of this */
};

/*
 * Find the file. Returns 0, or -errno with a reason as os_usermem_pin(): the memory must be shared,
 * and its file must be in memory.
 */
int usermem_file_find(struct os_caller *caller, uint64_t at, uint64_t size, struct usermem_file *m,
		      struct nm_reason *reason);

#endif
