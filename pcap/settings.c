/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings before pcap_activate(), and reading them. Packets are always delivered immediately, and
 * the port's rings are the only buffer: immediate mode and the buffer size have no effect.
 */
#include "shim.h"

#include <stdlib.h>

#include <linux/if_ether.h>

/* Returns 0, or PCAP_ERROR_ACTIVATED if it is too late for a setting. */
static int check_inactive(struct handle *h)
{
	if (h->port == NULL)
		return 0;
	return handle_fail(h, PCAP_ERROR_ACTIVATED, "%.64s: already activated", h->name);
}

int pcap_set_snaplen(pcap_t *p, int snaplen)
{
	struct handle *h = handle_of(p);
	int ret;

	if (h == NULL)
		return SYSTEM(pcap_set_snaplen)(p, snaplen);
	ret = check_inactive(h);
	if (ret == 0)
		h->snaplen = snaplen > 0 && snaplen <= SNAPLEN_MAX ? snaplen : SNAPLEN_MAX;
	return ret;
}

int pcap_set_promisc(pcap_t *p, int promisc)
{
	struct handle *h = handle_of(p);
	int ret;

	if (h == NULL)
		return SYSTEM(pcap_set_promisc)(p, promisc);
	ret = check_inactive(h);
	if (ret == 0)
		h->promisc = promisc != 0;
	return ret;
}

int pcap_set_rfmon(pcap_t *p, int rfmon)
{
	struct handle *h = handle_of(p);
	int ret;

	if (h == NULL)
		return SYSTEM(pcap_set_rfmon)(p, rfmon);
	ret = check_inactive(h);
	if (ret == 0)
		h->rfmon = rfmon != 0;
	return ret;
}

int pcap_can_set_rfmon(pcap_t *p)
{
	struct handle *h = handle_of(p);

	if (h == NULL)
		return SYSTEM(pcap_can_set_rfmon)(p);
	return check_inactive(h);
}

int pcap_set_timeout(pcap_t *p, int timeout_ms)
{
	struct handle *h = handle_of(p);
	int ret;

	if (h == NULL)
		return SYSTEM(pcap_set_timeout)(p, timeout_ms);
	ret = check_inactive(h);
	if (ret == 0)
		h->timeout_ms = timeout_ms;
	return ret;
}

int pcap_set_immediate_mode(pcap_t *p, int immediate)
{
	struct handle *h = handle_of(p);

	if (h == NULL)
		return SYSTEM(pcap_set_immediate_mode)(p, immediate);
	return check_inactive(h);
}

int pcap_set_buffer_size(pcap_t *p, int size)
{
	struct handle *h = handle_of(p);

	if (h == NULL)
		return SYSTEM(pcap_set_buffer_size)(p, size);
	return check_inactive(h);
}

int pcap_set_protocol_linux(pcap_t *p, int protocol)
{
	struct handle *h = handle_of(p);

	if (h == NULL)
		return SYSTEM(pcap_set_protocol_linux)(p, protocol);
	if (protocol == 0 || protocol == ETH_P_ALL)
		return check_inactive(h);
	return handle_fail(h, PCAP_ERROR,
			   "%.64s: netmap ports receive packets of all protocols: set a filter",
			   h->name);
}

int pcap_set_tstamp_type(pcap_t *p, int type)
{
	struct handle *h = handle_of(p);
	int ret;

	if (h == NULL)
		return SYSTEM(pcap_set_tstamp_type)(p, type);
	ret = check_inactive(h);
	return ret != 0 || type == PCAP_TSTAMP_HOST ? ret : PCAP_WARNING_TSTAMP_TYPE_NOTSUP;
}

int pcap_list_tstamp_types(pcap_t *p, int **types)
{
	struct handle *h = handle_of(p);

	if (h == NULL)
		return SYSTEM(pcap_list_tstamp_types)(p, types);
	/* pcap_free_tstamp_types() is free(). */
	*types = malloc(sizeof(**types));
	if (*types == NULL)
		return handle_fail(h, PCAP_ERROR, "out of memory");
	**types = PCAP_TSTAMP_HOST;
	return 1;
}

int pcap_set_tstamp_precision(pcap_t *p, int precision)
{
	struct handle *h = handle_of(p);
	int ret;

	if (h == NULL)
		return SYSTEM(pcap_set_tstamp_precision)(p, precision);
	ret = check_inactive(h);
	if (ret != 0)
		return ret;
	if (precision != PCAP_TSTAMP_PRECISION_MICRO && precision != PCAP_TSTAMP_PRECISION_NANO)
		return PCAP_ERROR_TSTAMP_PRECISION_NOTSUP;
	h->precision = precision;
	return 0;
}

int pcap_get_tstamp_precision(pcap_t *p)
{
	struct handle *h = handle_of(p);

	return h != NULL ? h->precision : SYSTEM(pcap_get_tstamp_precision)(p);
}

int pcap_snapshot(pcap_t *p)
{
	struct handle *h = handle_of(p);

	return h != NULL ? h->snaplen : SYSTEM(pcap_snapshot)(p);
}
