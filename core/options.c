// SPDX-License-Identifier: BSD-2-Clause
/*
 * Options of requests: a list in the caller's memory, bounded in bytes, each read once. None
 * is supported so far, so each gets its status and the request fails; the list is
 * walked whole, so that every option hears what became of it.
 */
#include "request.h"

#define OPTIONS_MAX	(NETMAP_REQ_MAXSIZE / sizeof(struct nmreq_option))

struct option {
	uint64_t at;		/* in the caller's memory */
	uint32_t type;
	uint32_t status;
};

struct option_list {
	uint32_t count;
	struct option opt[OPTIONS_MAX];
};

/* Bytes that an option of this type takes at least: what its struct has. */
static size_t option_size(const struct nmreq_option *o)
{
	switch (o->nro_reqtype) {
	case NETMAP_REQ_OPT_EXTMEM:
		return sizeof(struct nmreq_opt_extmem);
	case NETMAP_REQ_OPT_CSB:
		return sizeof(struct nmreq_opt_csb);
	case NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS:
		return sizeof(struct nmreq_opt_sync_kloop_eventfds) + o->nro_size;
	case NETMAP_REQ_OPT_SYNC_KLOOP_MODE:
		return sizeof(struct nmreq_opt_sync_kloop_mode);
	case NETMAP_REQ_OPT_OFFSETS:
		return sizeof(struct nmreq_opt_offsets);
	default:
		return sizeof(*o);
	}
}

static int read_list(struct os_caller *who, uint64_t at, struct option_list *l, struct nm_why *why)
{
	struct nmreq_option o;
	uint64_t bytes = 0;

	for (; at; at = o.nro_next) {
		if (os_copyin(who, &o, at, sizeof(o)))
			return nm_why(why, -EFAULT, "option %u cannot be read at 0x%llx", l->count + 1,
				      (unsigned long long)at);
		if (o.nro_size > NETMAP_REQ_MAXSIZE)
			return nm_why(why, -EMSGSIZE, "option %u has %llu bytes: all may have %d", l->count + 1,
				      (unsigned long long)o.nro_size, NETMAP_REQ_MAXSIZE);
		bytes += option_size(&o);
		if (bytes > NETMAP_REQ_MAXSIZE || l->count == OPTIONS_MAX)
			return nm_why(why, -EMSGSIZE, "the options have more than %d bytes, or their list has no end",
				      NETMAP_REQ_MAXSIZE);
		l->opt[l->count++] = (struct option){ .at = at, .type = o.nro_reqtype };
	}
	return 0;
}

static bool is_duplicate(const struct option_list *l, uint32_t which)
{
	uint32_t i;

	for (i = 0; i < l->count; i++) {
		if (i != which && l->opt[i].type == l->opt[which].type)
			return true;
	}
	return false;
}

/* Give each its status. */
static int judge(struct option_list *l)
{
	uint32_t i, duplicates = 0;

	for (i = 0; i < l->count; i++) {
		l->opt[i].status = is_duplicate(l, i) ? EINVAL : EOPNOTSUPP;
		duplicates += l->opt[i].status == EINVAL;
	}
	return duplicates ? -EINVAL : -EOPNOTSUPP;
}

static int write_status(struct os_caller *who, const struct option_list *l)
{
	uint32_t i;

	for (i = 0; i < l->count; i++) {
		if (os_copyout(who, l->opt[i].at + __builtin_offsetof(struct nmreq_option, nro_status),
			       &l->opt[i].status, sizeof(l->opt[i].status)))
			return -EFAULT;
	}
	return 0;
}

int nm_options_check(struct os_caller *who, uint64_t first, uint16_t reqtype, struct nm_why *why)
{
	struct option_list *l;
	int read_err, err, write_err;

	if (!first)
		return 0;
	l = os_alloc(sizeof(*l));
	if (!l)
		return nm_why_nomem(why, "the options of a request");
	read_err = read_list(who, first, l, why);
	err = judge(l);
	write_err = write_status(who, l);
	os_free(l);
	if (read_err)
		return read_err;
	if (write_err)
		return nm_why(why, -EFAULT, "the status of an option cannot be written");
	if (err == -EINVAL)
		return nm_why(why, err, "an option is given more than once");
	return nm_why(why, err, "no option is supported with request %u", reqtype);
}
