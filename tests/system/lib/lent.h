/* SPDX-License-Identifier: BSD-2-Clause */
/* Clients that do their worst with memory of their own: for the hostile test. They never return. */
#ifndef SYSTEST_LENT_H
#define SYSTEST_LENT_H

/* Ports in a memfd that is scribbled over, cut, holed and unmapped while it is used. */
int hostile_extmem(void *arg);
/* CSB mode with a loop, while its blocks, its rings and its eventfds get anything. */
int hostile_csb(void *arg);

#endif
