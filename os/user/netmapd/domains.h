/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains of trust and their files. Each domain has a file in the served directory, which is a node
 * of FUSE, and memory while the file is open or regions are in it.
 */
#ifndef NETMAPD_DOMAINS_H
#define NETMAPD_DOMAINS_H

#include "../os_user.h"

#define DOMAIN_NAME_MAX	36

struct doorbell_pages;

struct domain {
	struct os_domain os;		/* first: it stands for the whole */
	/* const while there are references: */
	uint64_t node;			/* 0: the entry is free */
	struct os_ns *ns;		/* NULL: any */
	char name[DOMAIN_NAME_MAX];	/* of its file */
	int32_t memory_id;		/* for passthrough */
	uint32_t state;			/* of its memory; guarded by the list's lock */
	uint64_t unused_since;		/* likewise; 0: not known to be unused */
	uint64_t named_at;		/* likewise: when a link led to it last */
	struct doorbell_pages *doorbells;	/* guarded by the lock of doorbell.c */
};

/* Start. Called after conn_start(), before messages are served. Returns 0 or -errno. */
int domains_start(void);
/* Free the memory of an unused domain. Returns false if there is none. */
bool domain_reclaim(void);
/* Free all. Called after the engine's end. */
void domains_end(void);

/*
 * Put the name of the file for a thread of a user into name, and make the domain if there is none.
 * Returns 0 or -errno.
 */
int domain_name(uint32_t uid, pid_t pid, char name[DOMAIN_NAME_MAX]);
/* Return the node of a file, and its user in *uid; 0 if there is none of that name. */
uint64_t domain_node(const char *name, uint32_t *uid);
/* Get the user of a node's domain. Returns false if there is none. */
bool domain_user(uint64_t node, uint32_t *uid);
/*
 * Get the next domain that is at *at or after it, and set *at to what follows. Returns false at the
 * end.
 */
bool domain_next(uint32_t *at, uint64_t *node, uint32_t *uid, char name[DOMAIN_NAME_MAX]);

/* Get a reference to the domain of a node for a thread that opens its file. Returns 0 or -errno. */
int domain_open(uint64_t node, uint32_t uid, pid_t pid, struct domain **out);
void domain_close(struct domain *d);

#endif
