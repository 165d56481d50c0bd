// SPDX-License-Identifier: BSD-2-Clause
/*
 * The first two parts of a port specification: 'subsystem:vpname', which is the header's name,
 * and the mode, which selects the rings to register. Only parses text; does not open a device.
 */
#include "lib.h"

#include <errno.h>
#include <string.h>

void nmreq_header_init(struct nmreq_header *hdr, uint16_t reqtype, void *body)
{
	memset(hdr, 0, sizeof(*hdr));
	hdr->nr_version = NETMAP_API;
	hdr->nr_reqtype = reqtype;
	hdr->nr_body = (uintptr_t)body;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Return whether the '-' at p starts a ring number; otherwise it is part of a name (veth-a). */
static bool is_ring_suffix(const char *p)
{
	size_t digits = strspn(p + 1, "0123456789");

	return digits > 0 && (p[1 + digits] == '\0' || strchr("/@", p[1 + digits]) != NULL);
}

/* Return the end of the identifier at p, or p itself if there is none. */
static const char *identifier_end(const char *p)
{
	while (is_alnum(*p) || *p == '_' || *p == '.' || (*p == '-' && !is_ring_suffix(p)))
		p++;
	return p;
}

/*
 * Return the end of a name: an identifier, then a brace and an identifier for each pipe. NULL on
 * failure, after reporting it.
 */
static const char *vpname_end(const char *spec, const char *p, struct nmctx *ctx)
{
	const char *end = identifier_end(p);

	if (end == p) {
		ctx_fail(ctx, EINVAL, "%s: a port's name is missing after ':'", spec);
		return NULL;
	}
	while (*end == '{' || *end == '}') {
		p = end + 1;
		end = identifier_end(p);
		if (end == p) {
			ctx_fail(ctx, EINVAL, "%s: a pipe's name is missing after '%c'", spec,
				 p[-1]);
			return NULL;
		}
	}
	return end;
}

/* Return the ':' after the subsystem, and set *name to the port's name. NULL after reporting. */
static const char *subsystem_end(const char *spec, const char **name, struct nmctx *ctx)
{
	const char *p;

	if (strncmp(spec, "netmap:", 7) == 0) {
		*name = spec + 7;
		return spec + 6;
	}
	*name = spec;
	if (strncmp(spec, NM_BDG_NAME, strlen(NM_BDG_NAME)) == 0) {
		for (p = spec + strlen(NM_BDG_NAME); is_alnum(*p) || *p == '_'; p++)
			continue;
		if (*p == ':')
			return p;
	}
	ctx_fail(ctx, EINVAL,
		 "%s: must begin with 'netmap:', or for a switch with 'vale', letters "
		 "and digits, and ':'",
		 spec);
	return NULL;
}

int nmreq_header_decode(const char **pspec, struct nmreq_header *hdr, struct nmctx *ctx)
{
	const char *spec = *pspec, *name, *end;
	size_t len;

	end = subsystem_end(spec, &name, ctx);
	if (end == NULL)
		return -1;
	end = vpname_end(spec, end + 1, ctx);
	if (end == NULL)
		return -1;
	len = (size_t)(end - name);
	if (len >= sizeof(hdr->nr_name))
		return ctx_fail(ctx, ENAMETOOLONG, "%s: the name has %zu characters, at most %zu",
				spec, len, sizeof(hdr->nr_name) - 1);
	memset(hdr->nr_name, 0, sizeof(hdr->nr_name));
	memcpy(hdr->nr_name, name, len);
	*pspec = end;
	return 0;
}

/* The parts of a mode parsed so far. */
struct mode {
	uint32_t rings;
	uint16_t ringid;
	uint16_t mem_id;
	uint64_t flags;
	bool has_rings, has_mem, has_flags;
};

/* Parse a number at *p and move *p behind it. Returns 0, or -1: not a number, or above max. */
static int parse_number(const char **p, unsigned long max, uint16_t *out)
{
	unsigned long n = 0;

	if (!is_digit(**p))
		return -1;
	for (; is_digit(**p); (*p)++) {
		n = n * 10 + (unsigned long)(**p - '0');
		if (n > max)
			return -1;
	}
	*out = (uint16_t)n;
	return 0;
}

/* Parse ^ ^N * + or -N. */
static int parse_rings(const char **p, struct mode *m, const char *all, struct nmctx *ctx)
{
	char c = *(*p)++;

	if (m->has_rings)
		return ctx_fail(ctx, EINVAL, "%s: '%c' selects rings a second time", all, c);
	m->has_rings = true;
	if (c == '*' || c == '+') {
		m->rings = NR_REG_NIC_SW;
		return 0;
	}
	m->rings = c == '^' ? NR_REG_SW : NR_REG_ONE_NIC;
	if (c == '^' && !is_digit(**p))
		return 0;
	if (c == '^')
		m->rings = NR_REG_ONE_SW;
	if (parse_number(p, NETMAP_RING_MASK, &m->ringid))
		return ctx_fail(ctx, EINVAL,
				"%s: '%c' must be followed by the number of a ring, at most %d",
				all, c, NETMAP_RING_MASK);
	return 0;
}

static int parse_mem_id(const char **p, struct mode *m, const char *all, struct nmctx *ctx)
{
	if (m->has_mem)
		return ctx_fail(ctx, EINVAL, "%s: the memory region appears twice", all);
	m->has_mem = true;
	(*p)++;
	if (parse_number(p, UINT16_MAX, &m->mem_id))
		return ctx_fail(ctx, EINVAL, "%s: the number of a memory region is at most %d", all,
				UINT16_MAX);
	return 0;
}

static uint64_t flag_of(char letter)
{
	static const struct {
		char letter;
		uint64_t flag;
	} known[] = {
		{ 'x', NR_EXCLUSIVE },
		{ 'z', NR_ZCOPY_MON },
		{ 't', NR_MONITOR_TX },
		{ 'r', NR_MONITOR_RX },
		{ 'R', NR_RX_RINGS_ONLY },
		{ 'T', NR_TX_RINGS_ONLY },
	};
	unsigned int i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].letter == letter)
			return known[i].flag;
	}
	return 0;
}

static int parse_flags(const char **p, struct mode *m, const char *all, struct nmctx *ctx)
{
	uint64_t flag;

	if (m->has_flags)
		return ctx_fail(ctx, EINVAL, "%s: flags appear twice", all);
	m->has_flags = true;
	for ((*p)++; is_alnum(**p); (*p)++) {
		flag = flag_of(**p);
		if (flag == 0)
			return ctx_fail(ctx, EINVAL, "%s: unknown flag '%c', not one of xztrRT",
					all, **p);
		m->flags |= flag;
	}
	return 0;
}

/* Parse one part of the mode. Returns 0; 1 at the end of the mode; -1 after reporting. */
static int parse_part(const char **p, struct mode *m, const char *all, struct nmctx *ctx)
{
	switch (**p) {
	case '\0':
		return 1;
	case '^':
	case '*':
	case '+':
	case '-':
		return parse_rings(p, m, all, ctx);
	case '@':
		return is_digit((*p)[1]) ? parse_mem_id(p, m, all, ctx) : 1;
	case '/':
		return parse_flags(p, m, all, ctx);
	default:
		return ctx_fail(ctx, EINVAL, "unexpected '%s' after the name", *p);
	}
}

int nmreq_register_decode(const char **pmode, struct nmreq_register *reg, struct nmctx *ctx)
{
	struct mode m = { .rings = NR_REG_ALL_NIC };
	const char *p = *pmode;
	int end;

	do
		end = parse_part(&p, &m, *pmode, ctx);
	while (end == 0);
	if (end < 0)
		return -1;
	reg->nr_mode = m.rings;
	reg->nr_ringid = m.ringid;
	reg->nr_flags |= m.flags;
	if (m.has_mem)
		reg->nr_mem_id = m.mem_id;
	*pmode = p;
	return 0;
}
