// SPDX-License-Identifier: BSD-2-Clause
/*
 * VALE switches: each is made with its first port and freed with its last. Guard: the engine lock.
 */
#include "vale/vale.h"
#include "base/objects.h"

static struct vale_switch *switches;	/* by index, ascending */

void vale_init(void)
{
	switches = NULL;
}

void vale_exit(void)
{
	os_assert(!switches);
}

struct vale_switch *vale_find(const char *name, struct os_ns *ns)
{
	struct vale_switch *sw;

	nm_assert_locked();
	for (sw = switches; sw; sw = sw->next) {
		if (sw->ns == ns && !os_strcmp(sw->name, name))
			return sw;
	}
	return NULL;
}

struct vale_switch *vale_next(uint32_t from, struct os_ns *ns)
{
	struct vale_switch *sw;

	nm_assert_locked();
	for (sw = switches; sw && (sw->index < from || sw->ns != ns); sw = sw->next)
		;
	return sw;
}

static struct vale_switch *vale_switch_make(const char *name, struct os_ns *ns,
					    struct nm_reason *reason)
{
	struct vale_switch *sw = os_alloc(sizeof(*sw)), **link;

	if (sw)
		sw->table = vale_table_make();
	if (!sw || !sw->table) {
		os_free(sw);
		nm_refuse_nomem(reason, "a VALE switch");
		return NULL;
	}
	nm_name_copy(sw->name, name);
	sw->ns = os_ns_get(ns);
	for (link = &switches; *link && (*link)->index == sw->index; link = &(*link)->next)
		sw->index++;
	sw->next = *link;
	*link = sw;
	nm_object_made(NM_OBJ_SWITCH);
	return sw;
}

static void vale_switch_free(struct vale_switch *sw)
{
	struct vale_switch **link = &switches;

	while (*link != sw)
		link = &(*link)->next;
	*link = sw->next;
	vale_table_free(sw->table);
	os_ns_put(sw->ns);
	os_free(sw);
	nm_object_ended(NM_OBJ_SWITCH);
}

int vale_attach(struct vale_port *vp, const char *sw_name, struct nm_reason *reason)
{
	struct vale_switch *sw;
	uint32_t i;

	nm_assert_locked();
	if (vp->sw)
		return nm_refuse(reason, -EBUSY, "%s is on switch %s already", vp->port.name,
			      ((struct vale_switch *)vp->sw)->name);
	sw = vale_find(sw_name, vp->port.ns);
	if (sw && sw->ports == VALE_PORTS)
		return nm_refuse(reason, -ENOSPC, "VALE port limit %u reached on switch %s",
				 VALE_PORTS, sw_name);
	if (!sw)
		sw = vale_switch_make(sw_name, vp->port.ns, reason);
	if (!sw)
		return reason->err;
	for (i = 0; sw->port[i]; i++)
		;
	vp->index = i;
	os_store32(&sw->ports, sw->ports + 1);
	/*
	 * Release: vp is initialised. Pairs with the acquire in vale_forward() and
	 * vale_deliver_to_port().
	 */
	os_store_ptr_release(&vp->sw, sw);
	os_store_ptr_release(&sw->port[i], vp);
	return 0;
}

static void vale_port_quiesce(const struct vale_port *vp)
{
	uint32_t i;

	for (i = 0; vp->port.kring[NM_TX] && i < vp->port.rings[NM_TX]; i++) {
		os_mutex_lock(&vp->port.kring[NM_TX][i].lock);
		os_mutex_unlock(&vp->port.kring[NM_TX][i].lock);
	}
}

/*
 * Wait until no sender uses what was unpublished. A sender reads sw, port[] and is_open under the
 * lock of its tx ring and uses what it read only while it holds that lock. Once this function has
 * held the lock of every tx ring, no sender uses the old values.
 */
static void vale_switch_quiesce(const struct vale_switch *sw, const struct vale_port *vp)
{
	uint32_t i;

	for (i = 0; i < VALE_PORTS; i++) {
		if (sw->port[i] && sw->port[i] != vp)
			vale_port_quiesce(sw->port[i]);
	}
	vale_port_quiesce(vp);
}

void vale_quiesce(const struct vale_port *vp)
{
	nm_assert_locked();
	if (vp->sw)
		vale_switch_quiesce(vp->sw, vp);
	else
		vale_port_quiesce(vp);
}

void vale_detach(struct vale_port *vp)
{
	struct vale_switch *sw = vp->sw;

	nm_assert_locked();
	/* Senders may use the old values until vale_switch_quiesce() returns. */
	os_store_ptr_release(&sw->port[vp->index], NULL);
	os_store_ptr_release(&vp->sw, NULL);
	os_store32(&sw->ports, sw->ports - 1);
	vale_switch_quiesce(sw, vp);
	vale_table_forget_port(sw->table, vp->index);
	if (!sw->ports)
		vale_switch_free(sw);
}

bool vale_info(uint64_t *cursor, struct os_ns *ns, struct nm_info_switch *out)
{
	struct vale_switch *sw = vale_next((uint32_t)*cursor, ns);

	if (!sw)
		return false;
	*cursor = sw->index + 1;
	os_memset(out, 0, sizeof(*out));
	nm_name_copy(out->name, sw->name);
	out->index = sw->index;
	out->ports = sw->ports;
	out->stations = vale_table_count(sw->table, os_seconds());
	out->flooded = os_load64(&sw->flooded);
	out->moved = os_load64(&sw->moved);
	return true;
}
