// SPDX-License-Identifier: BSD-2-Clause
/* Opening and closing. All ports are in the memory region of the one that receives. */
#include "balancer.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int open_port(struct balancer *b, struct errmsg *err)
{
	struct port_wish wish = { .extra_bufs = b->opt->extra_bufs };
	struct port_spec spec = b->opt->spec;
	unsigned int i;

	spec.flags |= NR_RX_RINGS_ONLY;
	if (port_open(&b->port, &spec, &wish, NULL, err))
		return -1;
	if (b->port.rx_count == 0)
		return errmsg_set(err, "%s: no receive ring is bound", spec.name);
	b->inlets = calloc(b->port.rx_count, sizeof(b->inlets[0]));
	if (!b->inlets)
		return errmsg_set(err, "out of memory");
	for (i = 0; i < b->port.rx_count; i++)
		b->inlets[i].ring = b->port.rx[i];
	return 0;
}

static uint32_t read_head(const struct balancer *b)
{
	return __atomic_load_n(&b->port.nifp->ni_bufs_head, __ATOMIC_RELAXED);
}

/* Extra buffers form a list: the first word of each is the number of the next. */
static int take_extras(struct balancer *b, struct errmsg *err)
{
	uint32_t limit = b->port.rx[0]->buf_limit, idx = read_head(b);
	uint32_t granted = b->port.reg.nr_extra_bufs;

	if (overflow_init(&b->overflow, granted))
		return errmsg_set(err, "out of memory");
	while (idx != 0 && idx < limit && overflow_add(&b->overflow, idx) == 0)
		memcpy(&idx, ring_buf(b->port.rx[0], idx), sizeof(idx));
	b->port.nifp->ni_bufs_head = idx < limit ? idx : 0;
	if (b->overflow.used < b->opt->extra_bufs)
		fprintf(stderr, "lb: got %u of %u extra buffers\n",
			b->overflow.used, b->opt->extra_bufs);
	return 0;
}

static void return_extras(struct balancer *b)
{
	uint32_t limit = b->port.rx[0]->buf_limit, head = read_head(b), i;

	for (i = 0; i < b->overflow.used; i++) {
		uint32_t idx = b->overflow.entries[i].buf_idx;

		if (idx >= limit)
			continue;
		memcpy(ring_buf(b->port.rx[0], idx), &head, sizeof(head));
		head = idx;
	}
	b->port.nifp->ni_bufs_head = head;
}

static int open_pipe(struct balancer *b, struct lb_pipe *p, const char *name, unsigned int number,
		     struct errmsg *err)
{
	static const struct port_wish no_wish;
	struct port_spec spec = { .mode = NR_REG_ALL_NIC, .flags = NR_TX_RINGS_ONLY };
	int len = snprintf(spec.name, sizeof(spec.name), "%s{%u", name, number);

	if (len < 0 || (size_t)len >= sizeof(spec.name))
		return errmsg_set(err, "--pipes '%s': the name is too long for a pipe", name);
	spec.mem_id = b->port.reg.nr_mem_id;
	if (port_open(&p->port, &spec, &no_wish, &b->port, err))
		return -1;
	if (p->port.tx_count == 0)
		return errmsg_set(err, "%s: no transmit ring is bound", spec.name);
	return 0;
}

static int open_groups(struct balancer *b, struct errmsg *err)
{
	unsigned int g, i, at = 0;

	for (g = 0; g < b->opt->group_count; g++) {
		const struct group_options *group = &b->opt->groups[g];

		b->groups[g] = (struct outlet_group){ &b->outlets[at], group->count };
		for (i = 0; i < group->count; i++, at++) {
			b->pipes[at].group = g;
			if (open_pipe(b, &b->pipes[at], group->name, group->first + i, err))
				return -1;
			b->outlets[at].ring = b->pipes[at].port.tx[0];
			backlog_init(&b->outlets[at].backlog);
		}
	}
	return 0;
}

static int allocate(struct balancer *b, struct errmsg *err)
{
	unsigned int i;

	for (i = 0; i < b->opt->group_count; i++)
		b->pipe_count += b->opt->groups[i].count;
	b->pipes = calloc(b->pipe_count, sizeof(b->pipes[0]));
	b->outlets = calloc(b->pipe_count, sizeof(b->outlets[0]));
	if (!b->pipes || !b->outlets)
		return errmsg_set(err, "out of memory");
	for (i = 0; i < b->pipe_count; i++)
		b->pipes[i].port.fd = -1;
	return 0;
}

int balancer_open(struct balancer *b, const struct options *opt, struct errmsg *err)
{
	unsigned int header = 0;

	memset(b, 0, sizeof(*b));
	b->opt = opt;
	b->port.fd = -1;
	if (allocate(b, err) || open_port(b, err) || take_extras(b, err) || open_groups(b, err)) {
		balancer_close(b);
		return -1;
	}
	if (port_header_get(&b->port, &header))
		header = 0;
	b->spread = (struct spread){
		.groups = b->groups,
		.count = opt->group_count,
		.overflow = &b->overflow,
		.header = header,
	};
	return 0;
}

void balancer_close(struct balancer *b)
{
	unsigned int i;

	if (b->overflow.entries && b->port.rx_count > 0)
		return_extras(b);
	for (i = 0; i < b->pipe_count && b->pipes; i++)
		port_close(&b->pipes[i].port);
	port_close(&b->port);
	overflow_free(&b->overflow);
	free(b->pipes);
	free(b->outlets);
	free(b->inlets);
	memset(b, 0, sizeof(*b));
	b->port.fd = -1;
}

int balancer_push(struct balancer *b, struct errmsg *err)
{
	unsigned int i, left;

	for (i = 0; i < b->pipe_count; i++) {
		struct outlet *out = &b->outlets[i];

		if (!out->is_dirty && !b->pipes[i].is_waiting && out->backlog.slots == 0)
			continue;
		if (out->backlog.slots > 0) {
			if (port_sync(&b->pipes[i].port, NIOCTXSYNC, err))
				return -1;
			spread_backlog(&b->spread, out);
		}
		left = port_push(&b->pipes[i].port, err);
		if (left == UINT_MAX)
			return -1;
		out->is_dirty = false;
		b->pipes[i].is_waiting = left > 0;
	}
	return 0;
}

uint64_t balancer_left(const struct balancer *b)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < b->pipe_count; i++)
		sum += b->outlets[i].backlog.slots + port_pending(&b->pipes[i].port);
	return sum;
}
