/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcap_findalldevs() lists netmap ports after the system's interfaces: the ports named on the
 * command line, because some programs open only ports that are listed, and the existing ports.
 */
#include "shim.h"

#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <net/netmap_inspect.h>

#include "named.h"

#define DEVICE		"/dev/netmap"
#define PORTS_A_PAGE	16
#define NAME_SIZE	(NETMAP_REQ_IFNAMSIZ + 8)

/* End of a list of interfaces. */
struct tail {
	pcap_if_t *first, **end;
	bool has_failed;
};

/* Append an interface. Each part is allocated, because pcap_freealldevs() calls free() on it. */
static void tail_append(struct tail *t, const char *name, const char *words)
{
	pcap_if_t *i;

	for (i = t->first; i != NULL; i = i->next) {
		if (strcmp(i->name, name) == 0)
			return;
	}
	i = calloc(1, sizeof(*i));
	if (i != NULL) {
		i->name = strdup(name);
		i->description = strdup(words);
		i->flags = PCAP_IF_UP | PCAP_IF_RUNNING | PCAP_IF_CONNECTION_STATUS_NOT_APPLICABLE;
	}
	if (i == NULL || i->name == NULL || i->description == NULL) {
		SYSTEM(pcap_freealldevs)(i);
		t->has_failed = true;
		return;
	}
	if (t->first == NULL)
		t->first = i;
	*t->end = i;
	t->end = &i->next;
}

static void tail_append_named(struct tail *t)
{
	char *names = getenv(NAMED_PORTS), *name, *rest;

	names = names != NULL ? strdup(names) : NULL;
	for (name = names; name != NULL; name = rest) {
		rest = strchr(name, NAMED_END);
		if (rest != NULL)
			*rest++ = '\0';
		if (port_is_named(name))
			tail_append(t, name, "netmap port named on the command line");
	}
	free(names);
}

static void tail_append_port(struct tail *t, const struct nm_info_port *port)
{
	char name[NAME_SIZE];

	if (port->kind != NM_KIND_NIC && port->kind != NM_KIND_VALE)
		return;
	snprintf(name, sizeof(name), "%s%.*s", strncmp(port->name, "vale", 4) ? "netmap:" : "",
		 (int)sizeof(port->name) - 1, port->name);
	if (port_is_named(name))
		tail_append(t, name, port->kind == NM_KIND_NIC ? "network device, by netmap" :
							    "port of a VALE switch");
}

static void tail_append_existing(struct tail *t, int fd)
{
	struct nm_info_port page[PORTS_A_PAGE];
	struct nmreq_inspect req = { .what = NM_INSPECT_PORTS, .rec_size = sizeof(page[0]) };
	struct nmreq_header hdr;
	uint32_t i;

	for (;;) {
		req.count = PORTS_A_PAGE;
		req.data = (uintptr_t)page;
		nmreq_header_init(&hdr, NETMAP_REQ_INSPECT, &req);
		if (ioctl(fd, NIOCCTRL, &hdr) != 0 || req.count == 0 || req.count > PORTS_A_PAGE)
			return;
		for (i = 0; i < req.count; i++)
			tail_append_port(t, &page[i]);
	}
}

int pcap_findalldevs(pcap_if_t **list, char *errbuf)
{
	struct tail t = { .has_failed = false };
	int fd, ret = SYSTEM(pcap_findalldevs)(list, errbuf);

	if (ret != 0)
		return ret;
	for (t.end = list; *t.end != NULL; t.end = &(*t.end)->next)
		;
	tail_append_named(&t);
	fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (fd >= 0) {
		tail_append_existing(&t, fd);
		close(fd);
	}
	if (!t.has_failed)
		return 0;
	pcap_freealldevs(*list);
	*list = NULL;
	snprintf(errbuf, PCAP_ERRBUF_SIZE, "out of memory");
	return PCAP_ERROR;
}

/* Return a card's addresses as the system knows them; other ports have none. */
int pcap_lookupnet(const char *name, bpf_u_int32 *net, bpf_u_int32 *mask, char *errbuf)
{
	char card[IF_NAMESIZE];

	if (!port_is_named(name))
		return SYSTEM(pcap_lookupnet)(name, net, mask, errbuf);
	*net = *mask = 0;
	if ((sscanf(name, "netmap:%15[a-zA-Z0-9_.]", card) == 1 ||
	     sscanf(name, "nm:%15[a-zA-Z0-9_.]", card) == 1) && if_nametoindex(card) != 0 &&
	    SYSTEM(pcap_lookupnet)(card, net, mask, errbuf) != 0)
		*net = *mask = 0;
	return 0;
}
