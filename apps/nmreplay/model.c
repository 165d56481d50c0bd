// SPDX-License-Identifier: BSD-2-Clause
/* The models of bandwidth, delay and loss, and how they are written. */
#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* A number with one of the letters behind it, which stand for the factors; or none: dflt. */
static int take_number(double *out, const char *text, const char *units, const double *factors,
		       double dflt)
{
	char *end;
	const char *unit;

	*out = strtod(text, &end);
	if (end == text || !(*out >= 0) || isinf(*out))
		return -1;
	if (*end == '\0') {
		*out *= dflt;
		return 0;
	}
	unit = strchr(units, *end);
	if (!unit || end[1] != '\0')
		return -1;
	*out *= factors[unit - units];
	return 0;
}

static int take_bps(double *out, const char *text)
{
	static const double factors[] = { 1e3, 1e3, 1e6, 1e6, 1e9, 1e9 };

	return take_number(out, text, "kKmMgG", factors, 1);
}

static int take_time(double *out, const char *text)
{
	static const double factors[] = { 1e9, 1e6, 1e3, 1 };

	return take_number(out, text, "smun", factors, 1e9) || *out > TIME_MAX_NS ? -1 : 0;
}

/* Cuts at commas into at most max words; how many, or -1. */
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
	static const double no_factors[1];
	char copy[64], *w[2];
	int n = split(copy, sizeof(copy), text, w, 2);

	*m = (struct bandwidth){ .kind = BANDWIDTH_CONSTANT, .speedup = 1 };
	if (n == 1 && strcmp(w[0], "real") != 0 && take_bps(&m->bps, w[0]) == 0)
		return 0;
	if (n == 2 && strcmp(w[0], "constant") == 0 && take_bps(&m->bps, w[1]) == 0)
		return 0;
	if (n == 2 && strcmp(w[0], "ether") == 0 && take_bps(&m->bps, w[1]) == 0) {
		m->kind = BANDWIDTH_ETHER;
		return 0;
	}
	m->kind = BANDWIDTH_REAL;
	if (n >= 1 && strcmp(w[0], "real") == 0 &&
	    (n == 1 || (take_number(&m->speedup, w[1], "", no_factors, 1) == 0 && m->speedup > 0)))
		return 0;
	return errmsg_set(err,
			  "--bandwidth: BPS, constant,BPS, ether,BPS or real[,SPEEDUP] is "
			  "wanted, not `%s'",
			  text);
}

int delay_parse(struct delay *m, const char *text, struct errmsg *err)
{
	char copy[64], *w[3];
	int n = split(copy, sizeof(copy), text, w, 3);

	*m = (struct delay){ .kind = DELAY_CONSTANT };
	if (n == 1 && take_time(&m->a, w[0]) == 0)
		return 0;
	if (n == 2 && strcmp(w[0], "constant") == 0 && take_time(&m->a, w[1]) == 0)
		return 0;
	if (n == 3 && take_time(&m->a, w[1]) == 0 && take_time(&m->b, w[2]) == 0 && m->a <= m->b) {
		m->kind = strcmp(w[0], "exp") == 0 ? DELAY_EXP : DELAY_UNIFORM;
		if (m->kind == DELAY_EXP || strcmp(w[0], "uniform") == 0)
			return 0;
	}
	return errmsg_set(err,
			  "--delay: TIME, constant,TIME, uniform,MIN,MAX or exp,MIN,AVERAGE "
			  "is wanted, times up to an hour as 5, 10m, 200u or 700n, not `%s'",
			  text);
}

int model_parse_share(double *out, const char *text, const char *what, struct errmsg *err)
{
	static const double no_factors[1];

	if (take_number(out, text, "", no_factors, 1) || *out > 1)
		return errmsg_set(err, "%s: a number from 0 to 1 is wanted, not `%s'", what, text);
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
	return errmsg_set(err, "--loss: X, plr,X or ber,X is wanted, not `%s'", text);
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
