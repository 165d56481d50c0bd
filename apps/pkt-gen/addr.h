/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAC addresses, and IP addresses with ports, single or as a range:
 *   10.0.0.1   10.0.0.1:5000   10.0.0.1:5000-10.0.0.9:5099   [fd00::1]:5000-[fd00::9]   fd00::1
 */
#ifndef PKTGEN_ADDR_H
#define PKTGEN_ADDR_H

#include <stdint.h>

#include "../common/errmsg.h"

#define MAC_LEN 6

struct addr_range {
	int family;		/* AF_INET or AF_INET6 */
	uint8_t first[16];	/* network order; the first 4 bytes for AF_INET */
	uint32_t span;		/* number of addresses after the first one */
	uint16_t port;
	uint16_t port_span;	/* number of ports after the first one */
};

/* Parse a range. A port that the text omits keeps its value in *range. */
int addr_parse_range(struct addr_range *range, const char *text, struct errmsg *err);

/* Write the address n after the first one of the range to out. */
void addr_nth(const struct addr_range *range, uint32_t n, uint8_t *out);

/* Return the size of an address of this family, bytes. */
unsigned int addr_size(int family);

int addr_parse_mac(uint8_t mac[MAC_LEN], const char *text, struct errmsg *err);
/* Get the MAC address of a network interface. Return -1 if there is no such interface. */
int addr_interface_mac(uint8_t mac[MAC_LEN], const char *ifname);

#endif
