/* SPDX-License-Identifier: BSD-2-Clause */
/* One number for each connection, the same for both of its directions. */
#ifndef LB_FLOWHASH_H
#define LB_FLOWHASH_H

#include <stddef.h>
#include <stdint.h>

/*
 * Of an Ethernet frame, of which len bytes can be read. Behind VLAN tags, and inside of IP-in-IP,
 * GRE, VXLAN, Geneve and GTP-U as far as they can be followed, it is made of addresses, protocol
 * and ports; of fragments without the ports, so that all of them agree; of anything else, of the
 * two stations and the type.
 */
uint32_t flowhash(const uint8_t *frame, size_t len);

#endif
