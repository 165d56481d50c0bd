// SPDX-License-Identifier: BSD-2-Clause
/* Offsets: the first client of a port sets the rules for all its rings. */
#include "port/port.h"
#include "base/options.h"

/* Check that the rules are those of a port with rings. Returns 0 or an error with a reason. */
static int port_offsets_check(const struct nm_port *p, const struct nm_offsets *want,
			      struct nm_reason *reason)
{
	const struct nm_offsets *o = &p->offsets;

	if (nm_offsets_are_same(o, want))
		return 0;
	if (!o->mask)
		return nm_refuse(reason, -EBUSY, "%s is open without offsets", p->name);
	if (!want->mask)
		return nm_refuse(
			reason, -EINVAL,
			"packets of %s have offsets in their buffers: pass NETMAP_REQ_OPT_OFFSETS",
			p->name);
	return nm_refuse(
		reason, -EBUSY,
		"%s has other offsets: initial %u, largest %u, gap %u, mask 0x%llx, alignment %u",
		p->name, o->initial, o->max, o->gap, (unsigned long long)o->mask, o->align);
}

int nm_port_agree_offsets(struct nm_port *p, struct nm_options *opts, struct nm_reason *reason)
{
	const struct nmreq_opt_offsets *opt = nm_option(opts, NETMAP_REQ_OPT_OFFSETS);
	struct nm_offsets want = { .mask = 0 };
	int err = 0;

	nm_assert_locked();
	if (opt)
		err = nm_offsets_read(opt, p->region->bufs.unit, &want, reason);
	if (!err && p->kring[NM_TX])
		err = port_offsets_check(p, &want, reason);
	if (!err && !p->kring[NM_TX])
		p->offsets = want;
	return err && opt ? nm_option_refuse(opts, NETMAP_REQ_OPT_OFFSETS, err) : err;
}
