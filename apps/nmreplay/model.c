// SPDX-License-Identifier: BSD-2-Clause
/* The models of bandwidth, delay and loss, and how to write them on the command line. */
#include "model.h"

#include <math.h>
#include <string.h>

#include "../common/number.h"

#define FRAMING_BITS	(160.0 + 32.0)	/* preamble and gap, CRC */
#define TIME_MAX_NS	3600e9

void dice_seed(struct dice *r, uint64_t seed)
{
	r->state = seed;
}

/* splitmix64 */
double dice_real(struct dice *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;	/* 2^53 */
}

static int parse_bps(double *out, const char *text)
{
	return number_parse_real(out, text, &number_si_units);
}

/* To nanoseconds. */
static int parse_time(double *out, const char *text)
{
	static const struct number_units units = {
		.letters = "smun",
		.factors = { 1e9, 1e6, 1e3, 1 },
		.plain = 1e9,
	};

	return number_parse_real(out, text, &units) || *out > TIME_MAX_NS ? -1 : 0;
}

/* Split at commas into at most max words. Return how many, or -1. */
static int split(char *copy, size_t size, const char *text, char **words, int max)
{
	char *rest = copy, *word;
	int n = 0;

	if (strlen(text) >= size)
		return -1;
	strcpy(copy, text);
	while ((word = strsep(&rest, ",")) != NULL) {
		if (n == max)
			return -1;
		words[n++] = word;
	}
	return n;
}

int bandwidth_parse(struct bandwidth *m, const char *text, struct errmsg *err)
{
	char copy[64], *w[2];
	int n = split(copy, sizeof(copy), text, w, 2);

	*m = (struct bandwidth){ .kind = BANDWIDTH_CONSTANT, .speedup = 1 };
	if (n == 1 && strcmp(w[0], "real") != 0 && parse_bps(&m->bps, w[0]) == 0)
		return 0;
	if (n == 2 && strcmp(w[0], "constant") == 0 && parse_bps(&m->bps, w[1]) == 0)
		return 0;
	if (n == 2 && strcmp(w[0], "ether") == 0 && parse_bps(&m->bps, w[1]) == 0) {
		m->kind = BANDWIDTH_ETHER;
		return 0;
	}
	m->kind = BANDWIDTH_REAL;
	if (n == 1 && strcmp(w[0], "real") == 0)
		return 0;
	if (n == 2 && strcmp(w[0], "real") == 0 &&
	    number_parse_real(&m->speedup, w[1], &number_no_units) == 0 && m->speedup > 0)
		return 0;
	return errmsg_set(err, "--bandwidth: '%s' is none of BPS, constant,BPS, ether,BPS and "
			  "real[,SPEEDUP]", text);
}

int delay_parse(struct delay *m, const char *text, struct errmsg *err)
{
	char copy[64], *w[3];
	int n = split(copy, sizeof(copy), text, w, 3);

	*m = (struct delay){ .kind = DELAY_CONSTANT };
	if (n == 1 && parse_time(&m->a, w[0]) == 0)
		return 0;
	if (n == 2 && strcmp(w[0], "constant") == 0 && parse_time(&m->a, w[1]) == 0)
		return 0;
	if (n == 3 && parse_time(&m->a, w[1]) == 0 && parse_time(&m->b, w[2]) == 0 &&
	    m->a <= m->b) {
		m->kind = strcmp(w[0], "exp") == 0 ? DELAY_EXP : DELAY_UNIFORM;
		if (m->kind == DELAY_EXP || strcmp(w[0], "uniform") == 0)
			return 0;
	}
	return errmsg_set(err, "--delay: '%s' is none of TIME, constant,TIME, uniform,MIN,MAX and "
			  "exp,MIN,AVERAGE, with times up to an hour such as 5, 10m, 200u and 700n",
			  text);
}

int model_parse_share(double *out, const char *text, const char *what, struct errmsg *err)
{
	if (number_parse_real(out, text, &number_no_units) || *out > 1)
		return errmsg_set(err, "%s: '%s' is not a number from 0 to 1", what, text);
	return 0;
}

int loss_parse(struct loss *m, const char *text, struct errmsg *err)
{
	char copy[64], *w[2];
	int n = split(copy, sizeof(copy), text, w, 2);

	m->kind = LOSS_PACKETS;
	if (n == 1)
		return model_parse_share(&m->rate, w[0], "--loss", err);
	if (n == 2 && strcmp(w[0], "ber") == 0)
		m->kind = LOSS_BITS;
	if (n == 2 && (m->kind == LOSS_BITS || strcmp(w[0], "plr") == 0))
		return model_parse_share(&m->rate, w[1], "--loss", err);
	return errmsg_set(err, "--loss: '%s' is none of X, plr,X and ber,X", text);
}

double bandwidth_time(const struct bandwidth *m, uint32_t len)
{
	double bits = 8.0 * len + (m->kind == BANDWIDTH_ETHER ? FRAMING_BITS : 0);

	return m->kind == BANDWIDTH_REAL || m->bps == 0 ? 0 : bits / m->bps * 1e9;
}

double delay_draw(const struct delay *m, struct dice *r)
{
	double d;

	switch (m->kind) {
	case DELAY_UNIFORM:
		return m->a + (m->b - m->a) * dice_real(r);
	case DELAY_EXP:
		d = m->a - (m->b - m->a) * log(1 - dice_real(r));
		return d < TIME_MAX_NS ? d : TIME_MAX_NS;
	default:
		return m->a;
	}
}

bool loss_draw(const struct loss *m, struct dice *r, uint32_t len)
{
	double p = m->rate;

	if (m->rate == 0)
		return false;
	if (m->kind == LOSS_BITS)
		p = 1 - pow(1 - m->rate, 8.0 * len);
	return dice_real(r) < p;
}
