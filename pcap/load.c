/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dlopen() of libpcap, as in Python's ctypes: who then asks that library for its functions would
 * get the real ones, so it is given us instead. We are linked with libpcap, in which dlsym() goes
 * on to look for what we do not have.
 */
#include "shim.h"

#include <dlfcn.h>
#include <string.h>

void *dlopen(const char *path, int mode);	/* not the one that libc's header has attributes for */

static bool is_libpcap(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strncmp(slash != NULL ? slash + 1 : path, "libpcap.so", 10) == 0;
}

/* Not inlined: no variable may be alive where dlopen() jumps. */
__attribute__((noinline)) static const char *own_path(void)
{
	Dl_info info;

	return dladdr((void *)own_path, &info) != 0 ? info.dli_fname : NULL;
}

/*
 * The real dlopen() looks up its caller to know which RUNPATH holds: it must be jumped to, not
 * called, which is what the compiler makes of the last line (-foptimize-sibling-calls).
 */
void *dlopen(const char *path, int mode)
{
	__typeof__(&dlopen) system_dlopen = SYSTEM(dlopen);

	if (path != NULL && is_libpcap(path) && own_path() != NULL)
		path = own_path();
	return system_dlopen(path, mode);
}
