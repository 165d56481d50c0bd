/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Port specifications, as written on command lines: the port, its rings, its memory region, and
 * flags. Only text is parsed, by libnetmap's parser; nothing is opened.
 *
 *   netmap:NAME[rings][@ID][/flags]   NAME an interface, or X{id, X}id for a pipe's end
 *   valeS:NAME[rings][@ID][/flags]    a port of switch valeS, pipes as above
 *   NAME[...]                         the same as netmap:NAME[...]
 *
 * rings: '^' host rings, '^K' one of them, '*' or '+' card and host, '-K' one ring of the card.
 * flags: x exclusive, z zero-copy monitor, t and r monitor tx and rx, T and R only tx, only rx.
 */
#ifndef APPS_PORTSPEC_H
#define APPS_PORTSPEC_H

#include <stdbool.h>
#include <stdint.h>

#include <net/netmap.h>

#include "errmsg.h"

struct port_spec {
	char name[NETMAP_REQ_IFNAMSIZ];	/* as the engine knows it */
	uint32_t mode;			/* NR_REG_* */
	uint16_t ringid;
	uint16_t mem_id;		/* 0: the engine chooses */
	uint64_t flags;			/* NR_* */
};

/* Return 0, or -1 with err naming the part that is wrong. */
int port_spec_parse(struct port_spec *spec, const char *text, struct errmsg *err);

/* The same, as the set() of an option (optparse.h). */
int port_spec_set(void *spec, const char *text, struct errmsg *err);
static inline bool port_spec_is_set(const struct port_spec *spec)
{
	return spec->name[0] != '\0';
}

/* The name in listings: for a monitor, that of its port with a slash and letters. */
#define PORT_LISTED_LEN (NETMAP_REQ_IFNAMSIZ + 8)
void port_spec_listed(const struct port_spec *spec, char name[PORT_LISTED_LEN]);

/* True for ports of switches and pipes: they have no link to wait for. */
bool port_spec_is_virtual(const struct port_spec *spec);
bool port_spec_is_vale(const struct port_spec *spec);

#endif
