// SPDX-License-Identifier: BSD-2-Clause
/*
 * Opening both ports in one memory region if possible. Buffers are then exchanged; otherwise
 * packets are copied.
 */
#include "pair.h"

#include <stdlib.h>

static const struct port_wish no_wish;

/* Open a switch port in the region of the other port. Fails for ports that cannot choose. */
static bool open_in(struct port *port, const struct port_spec *spec, const struct port *other)
{
	struct port_spec own = *spec;
	struct errmsg unused;

	if (spec->mem_id != 0 || !port_spec_is_vale(spec))
		return false;
	own.mem_id = other->reg.nr_mem_id;
	return port_open(port, &own, &no_wish, other, &unused) == 0;
}

static int open_both(struct pair *p, struct errmsg *err)
{
	const struct port_spec *spec = p->opt->spec;

	if (port_open(&p->port[0], &spec[0], &no_wish, NULL, err))
		return -1;
	if (p->opt->copy || !open_in(&p->port[1], &spec[1], &p->port[0])) {
		if (port_open(&p->port[1], &spec[1], &no_wish, &p->port[0], err))
			return -1;
	}
	if (p->opt->copy || p->port[0].reg.nr_mem_id == p->port[1].reg.nr_mem_id ||
	    spec[0].mem_id != 0 || !port_spec_is_vale(&spec[0]))
		return 0;
	/* The second port is fixed to its region, but the first one may be able to move there. */
	port_close(&p->port[0]);
	if (open_in(&p->port[0], &spec[0], &p->port[1]))
		return 0;
	return port_open(&p->port[0], &spec[0], &no_wish, NULL, err);
}

static void choose_mode(struct pair *p)
{
	unsigned int a = p->port[0].reg.nr_mem_id, b = p->port[1].reg.nr_mem_id;

	p->copy = p->opt->copy || a != b;
	if (p->opt->copy)
		errmsg_set(&p->mode, "copying, because of --copy");
	else if (a != b)
		errmsg_set(&p->mode, "copying, because the ports are in memory regions %u and %u",
			   a, b);
	else
		errmsg_set(&p->mode, "zero copy, because both ports are in memory region %u", a);
}

/* The bridge passes headers on as they are, so both ports must agree on their length. */
static int check_headers(const struct pair *p, struct errmsg *err)
{
	unsigned int len[2] = { 0, 0 };
	int i;

	for (i = 0; i < 2; i++) {
		if (port_header_get(&p->port[i], &len[i]))
			len[i] = 0;
	}
	if (len[0] != len[1])
		return errmsg_set(err,
				  "%s has virtio-net headers of %u bytes, %s of %u: "
				  "make them equal with 'nmctl header'",
				  p->port[0].spec.name, len[0], p->port[1].spec.name, len[1]);
	return 0;
}

static int make_way(struct pair *p, unsigned int i, struct errmsg *err)
{
	const struct port *from = &p->port[i], *to = &p->port[!i];
	struct way *w = &p->way[i];
	unsigned int k;

	if (from->rx_count == 0 || to->tx_count == 0)
		return 0;
	w->movers = calloc(from->rx_count, sizeof(w->movers[0]));
	if (!w->movers)
		return errmsg_set(err, "out of memory");
	w->count = from->rx_count;
	for (k = 0; k < w->count; k++) {
		w->movers[k] = (struct mover){
			.from = from->rx[k],
			.to = to->tx[k % to->tx_count],
			.copy = p->copy,
		};
	}
	return 0;
}

static int set_up(struct pair *p, struct errmsg *err)
{
	if (open_both(p, err) || check_headers(p, err))
		return -1;
	choose_mode(p);
	if (make_way(p, 0, err) || make_way(p, 1, err))
		return -1;
	if (p->way[0].count + p->way[1].count == 0)
		return errmsg_set(err, "no ring to receive from at one port has one to send to at "
				       "the other");
	return 0;
}

int pair_open(struct pair *p, const struct options *opt, struct errmsg *err)
{
	*p = (struct pair){ .opt = opt, .port = { { .fd = -1 }, { .fd = -1 } } };
	if (set_up(p, err) == 0)
		return 0;
	pair_close(p);
	return -1;
}

void pair_close(struct pair *p)
{
	bool second_first = p->port[0].has_own_map;

	/* The port that uses the other's mapping must be closed first. */
	port_close(&p->port[second_first]);
	port_close(&p->port[!second_first]);
	free(p->way[0].movers);
	free(p->way[1].movers);
	p->way[0].movers = p->way[1].movers = NULL;
}

struct counts pair_counts(const struct pair *p, unsigned int way)
{
	struct counts sum = { 0 };
	unsigned int i;

	for (i = 0; i < p->way[way].count; i++)
		counts_add(&sum, &p->way[way].movers[i].counts);
	return sum;
}
