/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The types of core/os.h and nothing else: no system header, no library, no function body.
 * Whatever compiles against this and links against the contract alone is portable.
 */
#ifndef OS_TYPES_H
#define OS_TYPES_H

#define NM_ENGINE	1

typedef __UINT8_TYPE__ uint8_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINTPTR_TYPE__ uintptr_t;
typedef __SIZE_TYPE__ size_t;
typedef _Bool bool;

#define true	1
#define false	0
#define NULL	((void *)0)

#define UINT8_MAX	__UINT8_MAX__
#define UINT16_MAX	__UINT16_MAX__
#define UINT32_MAX	__UINT32_MAX__
#define UINT64_MAX	__UINT64_MAX__
#define SIZE_MAX	__SIZE_MAX__

typedef __builtin_va_list va_list;
#define va_start(ap, last)	__builtin_va_start(ap, last)
#define va_end(ap)		__builtin_va_end(ap)

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

struct timeval {
	int64_t tv_sec;
	int64_t tv_usec;
};

struct os_mutex { uintptr_t opaque; };
struct os_spin { uintptr_t opaque; };
struct os_waitq { uintptr_t opaque; };
struct os_timer { uintptr_t opaque; };

/* The values are of no system in particular; the engine must only need them to differ. */
enum {
	EPERM = 1, ENOENT, ESRCH, EINTR, EIO, ENXIO, E2BIG, EBADF, EAGAIN, ENOMEM, EACCES, EFAULT,
	EBUSY, EEXIST, ENODEV, EINVAL, ENFILE, EMFILE, ENOTTY, EFBIG, ENOSPC, EPIPE, EDOM, ERANGE,
	ENAMETOOLONG, ENOSYS, EMSGSIZE, EPROTO, EOVERFLOW, EOPNOTSUPP, EADDRINUSE, ENETDOWN,
	ENOBUFS, ENOTCONN, ETIMEDOUT, EALREADY, EINPROGRESS, ECANCELED, EDQUOT,
};
enum { POLLIN = 1, POLLOUT = 2, POLLERR = 4, POLLRDNORM = 8, POLLWRNORM = 16 };

#endif
