/* SPDX-License-Identifier: BSD-2-Clause */
/* For test_hostile.c: the part of pcap/ that reads frames, whose names are others than apps/'s. */
#ifndef HOSTILE_PCAP_H
#define HOSTILE_PCAP_H

struct ring;

/* Read all frames of a ring, every byte, and release all slots. */
void hostile_pcap_read(struct ring *ring);

#endif
