// SPDX-License-Identifier: BSD-2-Clause
/*
 * Options of requests: a list in the caller's memory, limited in bytes, each read once. An option
 * that the request does not accept gets an error status and makes the request fail. The list is
 * always walked to its end, so that every option gets a status.
 */
#include "base/options.h"

#define OPTIONS_MAX	(NETMAP_REQ_MAXSIZE / sizeof(struct nmreq_option))

struct option {
	uint64_t at;		/* in the caller's memory */
	uint32_t type;
	uint32_t status;
	uint32_t start, size;	/* of its copy in bytes[], once it has been accepted */
};

struct nm_options {
	uint32_t count, used;
	struct option opt[OPTIONS_MAX];
	uint64_t bytes[NETMAP_REQ_MAXSIZE / sizeof(uint64_t)];
};

/* All options: the size of its struct, the requests that accept it, whether it has an answer. */
static const struct {
	uint32_t type;
	uint32_t size;
	uint16_t requests[2];
	bool has_answer;
} option_kinds[] = {
	{ NETMAP_REQ_OPT_EXTMEM, sizeof(struct nmreq_opt_extmem), { NETMAP_REQ_REGISTER }, true },
	{ NETMAP_REQ_OPT_CSB,
	  sizeof(struct nmreq_opt_csb),
	  { NETMAP_REQ_REGISTER, NETMAP_REQ_CSB_ENABLE },
	  false },
	{ NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS,
	  sizeof(struct nmreq_opt_sync_kloop_eventfds),
	  { NETMAP_REQ_SYNC_KLOOP_START },
	  false },
	{ NETMAP_REQ_OPT_SYNC_KLOOP_MODE,
	  sizeof(struct nmreq_opt_sync_kloop_mode),
	  { NETMAP_REQ_SYNC_KLOOP_START },
	  false },
	{ NETMAP_REQ_OPT_OFFSETS,
	  sizeof(struct nmreq_opt_offsets),
	  { NETMAP_REQ_REGISTER },
	  false },
};

#define OPTION_KINDS	(sizeof(option_kinds) / sizeof(option_kinds[0]))

static uint32_t option_kind_find(uint32_t type)
{
	uint32_t i;

	for (i = 0; i < OPTION_KINDS && option_kinds[i].type != type; i++)
		;
	return i;
}

/* Return the length of an option: of its struct, or nro_size if entries follow the struct. */
static uint32_t option_size(const struct nmreq_option *o)
{
	const uint32_t i = option_kind_find(o->nro_reqtype);
	uint32_t size = i < OPTION_KINDS ? option_kinds[i].size : sizeof(*o);

	if (o->nro_reqtype == NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS && o->nro_size > size)
		size = (uint32_t)o->nro_size;
	return size;
}

static bool option_is_taken_by(uint32_t type, uint16_t reqtype)
{
	const uint32_t i = option_kind_find(type);

	return i < OPTION_KINDS &&
	       (option_kinds[i].requests[0] == reqtype || option_kinds[i].requests[1] == reqtype);
}

static int options_read_list(struct os_caller *caller, uint64_t at, struct nm_options *l,
			     struct nm_reason *reason)
{
	uint64_t bytes = 0;
	struct nmreq_option o;
	uint32_t size;

	for (; at; at = o.nro_next) {
		if (os_copyin(caller, &o, at, sizeof(o)))
			return nm_refuse(reason, -EFAULT, "option %u cannot be read at 0x%llx",
					 l->count + 1, (unsigned long long)at);
		if (o.nro_size > NETMAP_REQ_MAXSIZE)
			return nm_refuse(reason, -EMSGSIZE,
					 "option %u has %llu bytes: all together have at most %d",
					 l->count + 1, (unsigned long long)o.nro_size,
					 NETMAP_REQ_MAXSIZE);
		size = option_size(&o);
		bytes += size;
		if (bytes > NETMAP_REQ_MAXSIZE || l->count == OPTIONS_MAX)
			return nm_refuse(
				reason, -EMSGSIZE,
				"the options have more than %d bytes, or their list is a loop",
				NETMAP_REQ_MAXSIZE);
		l->opt[l->count++] =
			(struct option){ .at = at, .type = o.nro_reqtype, .size = size };
	}
	return 0;
}

static bool option_is_duplicate(const struct nm_options *l, uint32_t which)
{
	uint32_t i;

	for (i = 0; i < l->count; i++) {
		if (i != which && l->opt[i].type == l->opt[which].type)
			return true;
	}
	return false;
}

/* Set each option's status. Returns 0, or the error of the request. */
static int options_check(struct nm_options *l, uint16_t reqtype, struct nm_reason *reason)
{
	uint32_t i;
	int err = 0;

	for (i = 0; i < l->count; i++) {
		struct option *o = &l->opt[i];

		if (option_is_duplicate(l, i)) {
			o->status = EINVAL;
			err = nm_refuse(reason, -EINVAL, "option %u is given more than once",
					o->type);
		} else if (!option_is_taken_by(o->type, reqtype)) {
			o->status = EOPNOTSUPP;
			if (!err)
				err = nm_refuse(reason, -EOPNOTSUPP,
						"option %u is not supported with request %u",
						o->type, reqtype);
		}
	}
	return err;
}

/* Copy the options in as they are now, but use the types and sizes of the first read. */
static int options_read_bodies(struct os_caller *caller, struct nm_options *l,
			       struct nm_reason *reason)
{
	uint32_t i;

	for (i = 0; i < l->count; i++) {
		struct option *o = &l->opt[i];
		struct nmreq_option *head = (struct nmreq_option *)(void *)&l->bytes[l->used];

		o->start = l->used;
		if (os_copyin(caller, head, o->at, o->size)) {
			o->status = EFAULT;
			return nm_refuse(reason, -EFAULT,
					 "option %u cannot be read: it has %u bytes", o->type,
					 o->size);
		}
		head->nro_size = o->size;
		l->used += (o->size + 7) / 8;
	}
	return 0;
}

static int options_write_status(struct os_caller *caller, const struct nm_options *l)
{
	uint32_t i;

	for (i = 0; i < l->count; i++) {
		if (os_copyout(caller,
			       l->opt[i].at + __builtin_offsetof(struct nmreq_option, nro_status),
			       &l->opt[i].status, sizeof(l->opt[i].status)))
			return -EFAULT;
	}
	return 0;
}

static int options_write_answers(struct os_caller *caller, const struct nm_options *l)
{
	const size_t head = sizeof(struct nmreq_option);
	uint32_t i;

	for (i = 0; i < l->count; i++) {
		const struct option *o = &l->opt[i];

		if (option_kinds[option_kind_find(o->type)].has_answer &&
		    os_copyout(caller, o->at + head, (const char *)&l->bytes[o->start] + head,
			       o->size - head))
			return -EFAULT;
	}
	return 0;
}

int nm_options_read(struct os_caller *caller, uint64_t first, uint16_t reqtype,
		    struct nm_options **out, struct nm_reason *reason)
{
	struct nm_options *l;
	int err, read_err;

	*out = NULL;
	if (!first)
		return 0;
	l = os_alloc(sizeof(*l));
	if (!l)
		return nm_refuse_nomem(reason, "the options of a request");
	read_err = options_read_list(caller, first, l, reason);
	err = read_err;
	if (!err)
		err = options_check(l, reqtype, reason);
	if (!err)
		err = options_read_bodies(caller, l, reason);
	if (!err) {
		*out = l;
		return 0;
	}
	if (read_err) {
		struct nm_reason other;

		options_check(l, reqtype, &other);
	}
	if (options_write_status(caller, l) && !read_err)
		err = nm_refuse(reason, -EFAULT, "the status of an option cannot be written");
	os_free(l);
	return err;
}

static struct option *option_find(struct nm_options *l, uint32_t type)
{
	uint32_t i;

	for (i = 0; l && i < l->count; i++) {
		if (l->opt[i].type == type)
			return &l->opt[i];
	}
	return NULL;
}

void *nm_option(struct nm_options *l, uint32_t type)
{
	struct option *o = option_find(l, type);

	return o ? &l->bytes[o->start] : NULL;
}

int nm_option_refuse(struct nm_options *l, uint32_t type, int err)
{
	option_find(l, type)->status = (uint32_t)-err;
	return err;
}

int nm_options_finish(struct os_caller *caller, struct nm_options *l, int err,
		      struct nm_reason *reason)
{
	if (!l)
		return err;
	if (!err && options_write_answers(caller, l))
		err = nm_refuse(reason, -EFAULT, "the answer of an option cannot be written");
	if (options_write_status(caller, l) && !err)
		err = nm_refuse(reason, -EFAULT, "the status of an option cannot be written");
	return err;
}

void nm_options_free(struct nm_options *l)
{
	os_free(l);
}
