// SPDX-License-Identifier: BSD-2-Clause
/* A run, from opening the ports to closing them. */
#include "session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Bind one ring of the port: each of several threads has its own. */
static int narrow(struct port_spec *spec, unsigned int ring, struct errmsg *err)
{
	switch (spec->mode) {
	case NR_REG_ALL_NIC:
		spec->mode = NR_REG_ONE_NIC;
		break;
	case NR_REG_SW:
		spec->mode = NR_REG_ONE_SW;
		break;
	default:
		return errmsg_set(err, "%s: --threads needs a port name without a choice of rings",
				  spec->name);
	}
	spec->ringid = (uint16_t)ring;
	return 0;
}

static int open_ports(struct session *s, const struct port_spec *spec, struct errmsg *err)
{
	struct port_wish wish = s->opt->wish;
	unsigned int i;

	if (port_spec_is_vale(spec) && wish.tx_rings == 0 && wish.rx_rings == 0 && s->count > 1)
		wish.tx_rings = wish.rx_rings = (uint16_t)s->count;
	for (i = 0; i < s->count; i++) {
		struct port_spec own = *spec;
		const struct port *first = i > 0 ? &s->workers[0].port : NULL;

		if (s->count > 1 && narrow(&own, i, err))
			return -1;
		if (port_open(&s->workers[i].port, &own, &wish, first, err))
			return -1;
	}
	return 0;
}

/* Set the header length of --vnet-header, or find out the port's. */
static int choose_header(struct session *s, struct errmsg *err)
{
	const struct port *port = &s->workers[0].port;
	unsigned int have = 0;

	if (port_header_get(port, &have))
		have = 0;
	s->vnet = have;
	if (s->opt->vnet_len == VNET_AUTO || (unsigned int)s->opt->vnet_len == have)
		return 0;
	s->vnet = (unsigned int)s->opt->vnet_len;
	if (port_header_set(port, s->vnet, err) == 0)
		return 0;
	if (port_spec_is_vale(&port->spec))
		return -1;
	/* Pipes and cards do not interpret the header, so packets can carry one there. */
	if (s->opt->verbose > 0)
		fprintf(stderr, "pkt-gen: %s; going on\n", err->text);
	return 0;
}

/*
 * Make an address for a port that has none: the same in each run, but different for each name, as a
 * switch would take two ports with one address for a station that moved.
 */
static void generate_mac(uint8_t mac[MAC_LEN], const char *name)
{
	uint64_t hash = 14695981039346656037ull;	/* FNV-1a */
	unsigned int i;

	for (; *name != '\0'; name++)
		hash = (hash ^ (uint8_t)*name) * 1099511628211ull;
	mac[0] = 0x02;		/* local, of one station */
	for (i = 1; i < MAC_LEN; i++)
		mac[i] = (uint8_t)(hash >> (8 * i));
}

/* The source address: of --src-mac, of the interface, or generated. */
static void choose_mac(struct session *s)
{
	const char *name = s->opt->spec.name, *colon = strrchr(name, ':');

	if (s->opt->has_src_mac)
		memcpy(s->mac, s->opt->src_mac, MAC_LEN);
	else if (addr_interface_mac(s->mac, colon ? colon + 1 : name) != 0)
		generate_mac(s->mac, name);
}

static uint64_t quota_of(const struct session *s, unsigned int i)
{
	uint64_t count = s->opt->count;

	if (count == 0)
		return UINT64_MAX;
	if (s->opt->mode == MODE_RX)
		return count;		/* shared by the threads */
	return count / s->count + (i < count % s->count);
}

static int init_workers(struct session *s, struct errmsg *err)
{
	unsigned int i;

	for (i = 0; i < s->count; i++) {
		struct worker *w = &s->workers[i];

		w->session = s;
		w->opt = s->opt;
		w->index = i;
		w->quota = quota_of(s, i);
		if (s->opt->mode == MODE_PING) {
			w->rtt = calloc(1, sizeof(*w->rtt));
			if (!w->rtt)
				return errmsg_set(err, "out of memory");
		}
		if (s->opt->mode == MODE_RX && s->opt->seq != SEQ_OFF) {
			w->seq = seqcheck_new(s->opt->seq);
			if (!w->seq)
				return errmsg_set(err, "out of memory");
		}
	}
	return 0;
}

static int allocate(struct session *s, struct errmsg *err)
{
	size_t bytes = s->count * sizeof(s->workers[0]);
	unsigned int i;

	/* Counters have their own cache lines; calloc() would not align them. */
	s->workers = aligned_alloc(_Alignof(struct worker), bytes);
	if (!s->workers)
		return errmsg_set(err, "out of memory");
	memset(s->workers, 0, bytes);
	for (i = 0; i < s->count; i++)
		s->workers[i].port.fd = -1;
	s->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->done_fd < 0)
		return errmsg_set(err, "eventfd: %s", strerror(errno));
	return 0;
}

#ifdef HAVE_PCAP
static int load_trace(struct session *s, struct errmsg *err)
{
	if (trace_load(&s->trace, s->opt->capture, err))
		return -1;
	trace_print_notes(&s->trace, "pkt-gen", s->opt->capture);
	return 0;
}

static void unload_trace(struct session *s)
{
	trace_free(&s->trace);
}
#else
static int load_trace(struct session *s, struct errmsg *err)
{
	return errmsg_set(err, "%s: this pkt-gen was built without libpcap", s->opt->capture);
}

static void unload_trace(struct session *s)
{
	(void)s;
}
#endif

static int open_all(struct session *s, struct errmsg *err)
{
	if (allocate(s, err) || init_workers(s, err))
		return -1;
	if (open_ports(s, &s->opt->spec, err) || choose_header(s, err))
		return -1;
	choose_mac(s);
	return 0;
}

int session_load(struct session *s, const struct options *opt, struct errmsg *err)
{
	memset(s, 0, sizeof(*s));
	s->opt = opt;
	s->count = opt->threads;
	s->done_fd = -1;
	return opt->capture ? load_trace(s, err) : 0;
}

int session_open(struct session *s, struct errmsg *err)
{
	if (open_all(s, err) == 0)
		return 0;
	session_close(s);
	return -1;
}

/* Close the first port last: the others may use its mapping. */
void session_close(struct session *s)
{
	unsigned int i;

	for (i = s->workers ? s->count : 0; i-- > 0;) {
		port_close(&s->workers[i].port);
		free(s->workers[i].rtt);
		seqcheck_free(s->workers[i].seq);
	}
	free(s->workers);
	s->workers = NULL;
	if (s->done_fd >= 0)
		close(s->done_fd);
	s->done_fd = -1;
	unload_trace(s);
}

int session_start(struct session *s, struct errmsg *err)
{
	unsigned int i;
	int error;

	for (i = 0; i < s->count; i++) {
		error = worker_start(&s->workers[i]);
		if (error == 0)
			continue;
		atomic_store(&s->stop, true);
		for (; i < s->count; i++) {
			s->workers[i].session = NULL;	/* not started */
			atomic_store(&s->workers[i].has_ended, true);
		}
		return errmsg_set(err, "cannot start a thread: %s", strerror(error));
	}
	return 0;
}

void session_wake(struct session *s)
{
	unsigned int i;

	for (i = 0; i < s->count; i++) {
		if (!atomic_load(&s->workers[i].has_ended))
			pthread_kill(s->workers[i].thread, SESSION_SIGNAL);
	}
}

bool session_has_ended(struct session *s)
{
	unsigned int i;

	for (i = 0; i < s->count; i++) {
		if (!atomic_load(&s->workers[i].has_ended))
			return false;
	}
	return true;
}

void session_join(struct session *s)
{
	unsigned int i;

	for (i = 0; i < s->count; i++) {
		if (s->workers[i].session)
			pthread_join(s->workers[i].thread, NULL);
	}
}
