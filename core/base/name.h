/* SPDX-License-Identifier: BSD-2-Clause */
/* Parsing of port names. Pure functions: no lookups, no allocation. */
#ifndef NM_NAME_H
#define NM_NAME_H

#include "base/reason.h"

enum nm_name_kind {
	NM_NAME_PLAIN,		/* "eth0", "v0": base */
	NM_NAME_VALE,		/* "valeS:P": base is "valeS", rest is "P" */
	NM_NAME_PIPE,		/* "X{id", "X}id": base is "X", rest is "id" */
};

struct nm_name {
	enum nm_name_kind kind;
	bool far_end;		/* of a pipe: the '}' end */
	char full[NETMAP_REQ_IFNAMSIZ];
	char base[NETMAP_REQ_IFNAMSIZ];
	char rest[NETMAP_REQ_IFNAMSIZ];
};

/* Parse raw, a field of a request, maybe without a NUL. Returns 0, -EINVAL or -ENAMETOOLONG. */
int nm_name_parse(const char raw[NETMAP_REQ_IFNAMSIZ], struct nm_name *out,
		  struct nm_reason *reason);

/* Turn the name of a pipe's end into the other end's: swaps the brace in full. */
void nm_name_other_end(struct nm_name *pipe);

/* Copy src, whose length has been checked: names are never truncated. */
void nm_name_copy(char dst[NETMAP_REQ_IFNAMSIZ], const char *src);

#endif
