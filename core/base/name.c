// SPDX-License-Identifier: BSD-2-Clause
/* Parsing of port names. See name.h. */
#include "base/name.h"

static bool name_is_char(char c)
{
	return c > ' ' && c < 0x7f && c != '/';
}

void nm_name_copy(char dst[NETMAP_REQ_IFNAMSIZ], const char *src)
{
	size_t n = os_strlen(src);

	os_assert(n < NETMAP_REQ_IFNAMSIZ);
	os_memset(dst, 0, NETMAP_REQ_IFNAMSIZ);
	os_memcpy(dst, src, n < NETMAP_REQ_IFNAMSIZ ? n : NETMAP_REQ_IFNAMSIZ - 1);
}

/* Split full into base, one separator at `at`, and rest. */
static void name_split(struct nm_name *n, size_t at)
{
	nm_name_copy(n->base, n->full);
	n->base[at] = '\0';
	nm_name_copy(n->rest, n->full + at + 1);
}

/* Return the index of the last brace, or -1: a pipe's parent may itself be a pipe. */
static int name_last_brace(const char *s)
{
	int i, at = -1;

	for (i = 0; s[i]; i++) {
		if (s[i] == '{' || s[i] == '}')
			at = i;
	}
	return at;
}

static int name_parse_pipe(struct nm_name *out, int brace, struct nm_reason *reason)
{
	out->kind = NM_NAME_PIPE;
	out->far_end = out->full[brace] == '}';
	name_split(out, (size_t)brace);
	if (!out->base[0] || !out->rest[0])
		return nm_refuse(reason, -EINVAL,
				 "'%s' is not a pipe's name: use PARENT{ID or PARENT}ID",
				 out->full);
	return 0;
}

static int name_parse_vale(struct nm_name *out, struct nm_reason *reason)
{
	size_t i;

	for (i = 4; out->full[i] && out->full[i] != ':'; i++) {
		char c = out->full[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		      (c >= 'A' && c <= 'Z') || c == '_'))
			return nm_refuse(reason, -EINVAL,
					 "'%s': a switch's name is 'vale' and letters, digits or _",
					 out->full);
	}
	if (!out->full[i]) {
		out->kind = NM_NAME_PLAIN;	/* a device may be called vale0 */
		nm_name_copy(out->base, out->full);
		return 0;
	}
	out->kind = NM_NAME_VALE;
	name_split(out, i);
	if (!out->rest[0])
		return nm_refuse(reason, -EINVAL,
				 "'%s' names a switch but no port: name a port, %s:PORT", out->full,
				 out->base);
	return 0;
}

int nm_name_parse(const char raw[NETMAP_REQ_IFNAMSIZ], struct nm_name *out,
		  struct nm_reason *reason)
{
	int i, brace;

	os_memset(out, 0, sizeof(*out));
	for (i = 0; i < NETMAP_REQ_IFNAMSIZ && raw[i]; i++) {
		if (!name_is_char(raw[i]))
			return nm_refuse(reason, -EINVAL,
					 "the name has an illegal character (code %u) at index %d",
					 (unsigned char)raw[i], i);
		out->full[i] = raw[i];
	}
	if (i == NETMAP_REQ_IFNAMSIZ)
		return nm_refuse(reason, -ENAMETOOLONG, "the name has no NUL in its %d bytes", i);
	if (!i)
		return nm_refuse(reason, -EINVAL, "the request names no port");
	brace = name_last_brace(out->full);
	if (brace >= 0)
		return name_parse_pipe(out, brace, reason);
	if (i > 4 && !os_memcmp(out->full, "vale", 4))
		return name_parse_vale(out, reason);
	out->kind = NM_NAME_PLAIN;
	nm_name_copy(out->base, out->full);
	return 0;
}

void nm_name_other_end(struct nm_name *pipe)
{
	int at = name_last_brace(pipe->full);

	pipe->full[at] = pipe->full[at] == '{' ? '}' : '{';
	pipe->far_end = !pipe->far_end;
}
