/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions that the program would call without this library. */
#include "shim.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

void *system_symbol(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (found != NULL)
		return found;
	fprintf(stderr, "nm-pcap: the program's libpcap has no %s()\n", name);
	abort();
}
