/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dlopen() of libpcap, as in Python's ctypes: functions looked up in that library would be the real
 * ones, so the caller gets a handle of this library instead. This library is linked with libpcap,
 * so dlsym() finds the functions that this library does not replace there.
 */
#include "shim.h"

#include <dlfcn.h>
#include <string.h>

void *dlopen(const char *path, int mode);	/* without the attributes of libc's header */

static bool is_libpcap(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strncmp(slash != NULL ? slash + 1 : path, "libpcap.so", 10) == 0;
}

/* Return this library's path. Not inlined: no variable may be alive where dlopen() jumps. */
__attribute__((noinline)) static const char *own_path(void)
{
	Dl_info info;

	return dladdr((void *)own_path, &info) != 0 ? info.dli_fname : NULL;
}

/*
 * The real dlopen() uses its return address to find the RUNPATH that applies, so it must be jumped
 * to, not called: the compiler makes a jump of the last line (-foptimize-sibling-calls).
 */
void *dlopen(const char *path, int mode)
{
	__typeof__(&dlopen) system_dlopen = SYSTEM(dlopen);

	if (path != NULL && is_libpcap(path) && own_path() != NULL)
		path = own_path();
	return system_dlopen(path, mode);
}
