/* SPDX-License-Identifier: BSD-2-Clause */
/* Hostile clients with user memory, for the hostile test. They never return. */
#ifndef SYSTEST_HOSTILE_MEMORY_H
#define SYSTEST_HOSTILE_MEMORY_H

/* Ports in a memfd that is overwritten, cut, holed and unmapped while it is used. */
int hostile_extmem(void *arg);
/* CSB mode with a loop, and random writes to its blocks, rings and eventfds. */
int hostile_csb(void *arg);

#endif
