// SPDX-License-Identifier: BSD-2-Clause
/* The options of a request: a list that starts in its header. */
#include "lib.h"

#include <stdlib.h>

void nmreq_push_option(struct nmreq_header *hdr, struct nmreq_option *opt)
{
	opt->nro_next = hdr->nr_options;
	hdr->nr_options = (uintptr_t)opt;
}

/* Return the link that points to this option, or NULL if it is not in the list. */
static uint64_t *find_link(struct nmreq_header *hdr, const struct nmreq_option *opt)
{
	uint64_t *link = &hdr->nr_options;

	while (*link != 0 && *link != (uintptr_t)opt)
		link = &((struct nmreq_option *)(uintptr_t)*link)->nro_next;
	return *link != 0 ? link : NULL;
}

void nmreq_remove_option(struct nmreq_header *hdr, struct nmreq_option *opt)
{
	uint64_t *link = find_link(hdr, opt);

	if (link == NULL)
		return;
	*link = opt->nro_next;
	opt->nro_next = 0;
}

struct nmreq_option *nmreq_find_option(struct nmreq_header *hdr, uint32_t reqtype)
{
	struct nmreq_option *opt;

	nmreq_foreach_option(hdr, opt) {
		if (opt->nro_reqtype == reqtype)
			return opt;
	}
	return NULL;
}

void nmreq_free_options(struct nmreq_header *hdr)
{
	struct nmreq_option *opt, *next;

	for (opt = (struct nmreq_option *)(uintptr_t)hdr->nr_options; opt != NULL; opt = next) {
		next = (struct nmreq_option *)(uintptr_t)opt->nro_next;
		free(opt);
	}
	hdr->nr_options = 0;
}

const char *nmreq_option_name(uint32_t reqtype)
{
	switch (reqtype) {
	case NETMAP_REQ_OPT_EXTMEM:
		return "extmem";
	case NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS:
		return "sync-kloop-eventfds";
	case NETMAP_REQ_OPT_CSB:
		return "csb";
	case NETMAP_REQ_OPT_SYNC_KLOOP_MODE:
		return "sync-kloop-mode";
	case NETMAP_REQ_OPT_OFFSETS:
		return "offsets";
	default:
		return "unknown";
	}
}
