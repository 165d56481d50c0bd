// SPDX-License-Identifier: BSD-2-Clause
/*
 * Find a port by its name, or make it. This file alone knows all kinds of ports. See port_find.h.
 */
#include "client/port_find.h"
#include "base/lock.h"
#include "nic/nic.h"
#include "pipe/pipe.h"
#include "port/null.h"
#include "vale/vale.h"

/* Make a port whose name is not a pipe's. */
static struct nm_port *nm_port_make_plain(const struct nm_name *name, const struct nm_scope *scope,
					  const struct nm_port_spec *spec, struct nm_reason *reason)
{
	if (name->kind == NM_NAME_VALE)
		return vale_port_for(name, scope, spec, reason);
	return nm_nic_make(name->full, scope, spec, reason);
}

/*
 * Return the nearest parent of a pipe that exists, or that is no pipe and can be made, with a
 * reference; *len is the length of its name. NULL if there is none, or with a reason (reason->err
 * is not 0).
 */
static struct nm_port *nm_pipe_find_parent(const struct nm_name *name, const struct nm_scope *scope,
					   size_t *len, struct nm_reason *reason)
{
	const struct nm_port_spec defaults = { .mem_id = 0 };
	struct nm_name parent = *name;
	char base[NETMAP_REQ_IFNAMSIZ];
	struct nm_port *p;

	do {
		nm_name_copy(base, parent.base);
		if (nm_name_parse(base, &parent, reason))
			return NULL;
		*len = os_strlen(base);
		p = nm_port_find(base, scope->ns);
	} while (!p && parent.kind == NM_NAME_PIPE);
	if (!p)
		p = nm_port_make_plain(&parent, scope, &defaults, reason);
	/* No port of that name: a pipe without a parent. */
	if (!p && reason->err == -ENXIO && parent.kind == NM_NAME_PLAIN)
		nm_reason_init(reason);
	return p;
}

int nm_port_join(struct nm_port *p, const struct nm_scope *scope, uint16_t mem_id,
		 struct nm_reason *reason)
{
	const int err = vale_port_adopt(p, scope, mem_id, reason);

	return err ? err : nm_port_check_join(p, scope, mem_id, reason);
}

static struct nm_port *nm_pipe_find_or_make(const struct nm_name *name,
					    const struct nm_scope *scope,
					    const struct nm_port_spec *spec,
					    struct nm_reason *reason)
{
	struct nm_port *parent;
	size_t len;

	if (nm_port_check_spec(spec, reason))
		return NULL;
	parent = nm_pipe_find_parent(name, scope, &len, reason);
	if (!parent && reason->err)
		return NULL;
	if (parent && nm_port_join(parent, scope, spec->mem_id, reason)) {
		nm_port_put(parent);
		return NULL;
	}
	return nm_pipe_make(name, scope, parent, len, spec, reason);
}

struct nm_port *nm_port_find_or_make(const struct nm_name *name, const struct nm_scope *scope,
				     const struct nm_port_spec *spec, struct nm_reason *reason)
{
	struct nm_port *p;

	nm_assert_locked();
	if (spec->is_null)
		return nm_null_make(name, scope, spec, reason);
	p = nm_port_find(name->full, scope->ns);
	if (p)
		return p;
	return name->kind == NM_NAME_PIPE ? nm_pipe_find_or_make(name, scope, spec, reason) :
					    nm_port_make_plain(name, scope, spec, reason);
}
