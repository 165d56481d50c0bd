/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's emulated network cards, known by the addresses that tests/guest/runner/nics.py gives
 * them: pairs wired to each other. No other card is ever found.
 */
#ifndef SYSTEST_CARD_H
#define SYSTEST_CARD_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#define CARD_PAIRS	16

struct card {
	unsigned int pair, end;
	char name[IFNAMSIZ];
	char driver[32];
	char slot[32];		/* on the PCI bus */
	unsigned int queues[2];	/* tx, rx */
};

bool card_find(unsigned int pair, unsigned int end, struct card *c);
/* The same, once it is there, up and has a link; false after some seconds. */
bool card_ready(unsigned int pair, unsigned int end, struct card *c);
/* Each returns 0 or -errno. */
int card_unbind(const struct card *c);
int card_bind(const struct card *c);
int card_remove(const struct card *c);
int cards_rescan(void);
int card_driver_unload(const struct card *c);
int card_driver_load(const struct card *c);

#endif
