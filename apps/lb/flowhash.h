/* SPDX-License-Identifier: BSD-2-Clause */
/* A hash of the connection, the same for both directions. */
#ifndef LB_FLOWHASH_H
#define LB_FLOWHASH_H

#include <stddef.h>
#include <stdint.h>

/*
 * Hash an Ethernet frame of which len bytes can be read. IP packets are hashed by addresses,
 * protocol and ports, fragments without the ports so that all of them agree; they are found behind
 * VLAN tags and inside of IP-in-IP, GRE, VXLAN, Geneve and GTP-U. Other frames are hashed by their
 * MAC addresses and type.
 */
uint32_t flowhash(const uint8_t *frame, size_t len);

#endif
