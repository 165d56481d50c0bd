// SPDX-License-Identifier: BSD-2-Clause
/* Records of ports and rings, for listings. */
#include "port/port.h"
#include "base/lock.h"

static void port_totals(const struct nm_port *p, enum nm_dir dir, uint64_t *packets,
			uint64_t *bytes, uint64_t *drops)
{
	uint32_t n = p->kring[dir] ? nm_port_all_rings(p, dir) : 0, i, cause;

	*packets = p->past[dir].packets;
	*bytes = p->past[dir].bytes;
	*drops = 0;
	for (i = 0; i < n; i++) {
		*packets += os_load64(&p->kring[dir][i].stats.packets);
		*bytes += os_load64(&p->kring[dir][i].stats.bytes);
	}
	for (cause = 0; cause < NM_DROP_CAUSES; cause++) {
		*drops += p->past[dir].drops[cause];
		for (i = 0; i < n; i++)
			*drops += os_load64(&p->kring[dir][i].stats.drops[cause]);
	}
}

static bool port_is_exclusive(const struct nm_port *p)
{
	uint32_t dir, i;

	for (dir = NM_TX; dir <= NM_RX; dir++) {
		for (i = 0; p->kring[dir] && i < nm_port_all_rings(p, dir); i++) {
			if (p->kring[dir][i].exclusive)
				return true;
		}
	}
	return false;
}

void nm_port_info(const struct nm_port *p, struct nm_info_port *out)
{
	nm_assert_locked();
	os_memset(out, 0, sizeof(*out));
	nm_name_copy(out->name, p->name);
	out->kind = p->ops->info_kind;
	if (p->is_persistent)
		out->flags |= NM_INFO_PERSISTENT;
	if (port_is_exclusive(p))
		out->flags |= NM_INFO_EXCLUSIVE;
	if (p->ops->info_flags)
		out->flags |= p->ops->info_flags(p, out->switch_name, &out->port_index);
	if (p->ops->info)
		p->ops->info(p, out);
	out->region_id = p->region->id;
	out->tx_rings = p->rings[NM_TX];
	out->rx_rings = p->rings[NM_RX];
	out->host_tx_rings = p->host_rings[NM_TX];
	out->host_rx_rings = p->host_rings[NM_RX];
	out->tx_slots = p->slots[NM_TX];
	out->rx_slots = p->slots[NM_RX];
	out->clients = p->clients;
	out->hdr_len = os_load32(&p->hdr_len);
	port_totals(p, NM_TX, &out->tx_packets, &out->tx_bytes, &out->tx_drops);
	port_totals(p, NM_RX, &out->rx_packets, &out->rx_bytes, &out->rx_drops);
}

void nm_kring_info(const struct nm_kring *k, struct nm_info_ring *out)
{
	uint32_t cause;

	nm_assert_locked();
	os_memset(out, 0, sizeof(*out));
	nm_name_copy(out->port, k->port->name);
	out->ringid = k->id;
	out->dir = k->dir;
	out->host = k->is_host;
	out->num_slots = k->num_slots;
	out->head = os_load32(&k->rhead);
	out->cur = os_load32(&k->rcur);
	out->tail = os_load32(&k->rtail);
	out->clients = k->users;
	out->packets = os_load64(&k->stats.packets);
	out->bytes = os_load64(&k->stats.bytes);
	out->slots = os_load64(&k->stats.slots);
	out->syncs = os_load64(&k->stats.syncs);
	out->wakeups = os_load64(&k->stats.wakeups);
	out->resets = os_load64(&k->stats.resets);
	for (cause = 0; cause < NM_DROP_CAUSES; cause++)
		out->drops[cause] = os_load64(&k->stats.drops[cause]);
}
