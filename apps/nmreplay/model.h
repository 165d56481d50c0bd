/* SPDX-License-Identifier: BSD-2-Clause */
/* What a link does to packets: the time each takes, its delay, and whether it is lost. */
#ifndef NMREPLAY_MODEL_H
#define NMREPLAY_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "../common/errmsg.h"

/* Random numbers of our own generator, so that a seed gives the same run on any system. */
struct dice {
	uint64_t state;
};

void dice_seed(struct dice *r, uint64_t seed);
/* Return a number from 0 up to, but not including, 1. */
double dice_real(struct dice *r);

enum bandwidth_kind {
	BANDWIDTH_REAL,		/* keep to the times in the file */
	BANDWIDTH_CONSTANT,
	BANDWIDTH_ETHER,	/* with CRC, preamble and gap */
};

struct bandwidth {
	enum bandwidth_kind kind;
	double bps;		/* 0: no limit */
	double speedup;
};

enum delay_kind { DELAY_CONSTANT, DELAY_UNIFORM, DELAY_EXP };

struct delay {
	enum delay_kind kind;
	double a, b;		/* ns: the delay; minimum and maximum; minimum and mean */
};

enum loss_kind { LOSS_PACKETS, LOSS_BITS };

struct loss {
	enum loss_kind kind;
	double rate;
};

/* bps | constant,bps | ether,bps | real[,speedup] */
int bandwidth_parse(struct bandwidth *m, const char *text, struct errmsg *err);
/* dt | constant,dt | uniform,min,max | exp,min,avg; a time has the unit s, m, u or n, or none: s */
int delay_parse(struct delay *m, const char *text, struct errmsg *err);
/* x | plr,x | ber,x */
int loss_parse(struct loss *m, const char *text, struct errmsg *err);
/* Parse a probability. */
int model_parse_share(double *out, const char *text, const char *what, struct errmsg *err);

/* Return the time of a frame of len bytes on the link, ns; 0 for BANDWIDTH_REAL. */
double bandwidth_time(const struct bandwidth *m, uint32_t len);
double delay_draw(const struct delay *m, struct dice *r);
bool loss_draw(const struct loss *m, struct dice *r, uint32_t len);

#endif
