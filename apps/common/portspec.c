/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parser of port specifications. The name ends where a suffix begins; each parser below
 * takes one kind of suffix off the front of what is left.
 */
#include "portspec.h"

#include <ctype.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

/* A name may contain `-' (veth-a) as long as no ring number follows it to the end of the name. */
static bool
is_ring_suffix(const char *s)
{
	const char *p = s + 1;

	if (!isdigit((unsigned char)*p))
		return false;
	while (isdigit((unsigned char)*p))
		p++;
	return *p == '\0' || *p == '@' || *p == '/';
}

static size_t
name_length(const char *s)
{
	const char *p;

	for (p = s; *p != '\0'; p++) {
		if (isalnum((unsigned char)*p) || strchr("_.:{}", *p) != NULL)
			continue;
		if (*p == '-' && !is_ring_suffix(p))
			continue;
		break;
	}
	return (size_t)(p - s);
}

/* Reads a decimal number no greater than max and moves *s past it. */
static int
take_number(const char **s, unsigned long max, unsigned long *out)
{
	char *end;

	if (!isdigit((unsigned char)**s))
		return -1;
	*out = strtoul(*s, &end, 10);
	*s = end;
	return *out <= max ? 0 : -1;
}

static int
take_ringid(struct port_spec *spec, const char **s, struct errmsg *err)
{
	unsigned long ring;

	if (take_number(s, NETMAP_RING_MASK, &ring))
		return errmsg_set(err, "the ring number must be between 0 and %d",
		    NETMAP_RING_MASK);
	spec->ringid = (uint16_t)ring;
	return 0;
}

static int
take_rings(struct port_spec *spec, const char **s, struct errmsg *err)
{
	switch (**s) {
	case '*':
	case '+':
		(*s)++;
		spec->mode = NR_REG_NIC_SW;
		return 0;
	case '-':
		(*s)++;
		spec->mode = NR_REG_ONE_NIC;
		return take_ringid(spec, s, err);
	case '^':
		(*s)++;
		spec->mode = NR_REG_SW;
		if (!isdigit((unsigned char)**s))
			return 0;
		spec->mode = NR_REG_ONE_SW;
		return take_ringid(spec, s, err);
	default:
		return 0;
	}
}

static int
take_region(struct port_spec *spec, const char **s, struct errmsg *err)
{
	unsigned long id;

	if (**s != '@')
		return 0;
	(*s)++;
	if (take_number(s, UINT16_MAX, &id) || id == 0)
		return errmsg_set(err, "after `@' a region number from 1 to 65535 is wanted");
	spec->mem_id = (uint16_t)id;
	return 0;
}

static uint64_t
flag_of_letter(char letter)
{
	switch (letter) {
	case 'x':
		return NR_EXCLUSIVE;
	case 'z':
		return NR_ZCOPY_MON;
	case 't':
		return NR_MONITOR_TX;
	case 'r':
		return NR_MONITOR_RX;
	case 'R':
		return NR_RX_RINGS_ONLY;
	case 'T':
		return NR_TX_RINGS_ONLY;
	default:
		return 0;
	}
}

static int
take_flags(struct port_spec *spec, const char **s, struct errmsg *err)
{
	if (**s != '/')
		return 0;
	for ((*s)++; **s != '\0' && **s != '@'; (*s)++) {
		uint64_t flag = flag_of_letter(**s);

		if (flag == 0)
			return errmsg_set(err, "unknown flag `%c' (known: x z t r R T)", **s);
		spec->flags |= flag;
	}
	return 0;
}

/* Each pipe mark stands between a parent, which may be a pipe itself, and an identifier. */
static int
check_pipe(const char *name, struct errmsg *err)
{
	const char *mark = strpbrk(name, "{}");

	if (mark == name)
		return errmsg_set(err, "nothing before `%c'", *mark);
	for (; mark != NULL; mark = strpbrk(mark + 1, "{}")) {
		if (mark[1] == '\0' || strchr("{}", mark[1]) != NULL)
			return errmsg_set(err, "a pipe name is wanted after `%c'", *mark);
	}
	return 0;
}

static int
check_name(const char *name, bool vale, struct errmsg *err)
{
	const char *colon = strchr(name, ':');

	if (*name == '\0')
		return errmsg_set(err, "the name is empty");
	if (vale && (colon == NULL || colon[1] == '\0' || strchr("{}", colon[1]) != NULL))
		return errmsg_set(err, "the name of a switch port is wanted after `:'");
	if (colon != NULL && (!vale || strchr(colon + 1, ':') != NULL))
		return errmsg_set(err, "stray `:' in `%s'", name);
	return check_pipe(name, err);
}

static int
take_name(struct port_spec *spec, const char **s, struct errmsg *err)
{
	bool vale = false;
	size_t len;

	if (strncmp(*s, "netmap:", 7) == 0)
		*s += 7;
	else
		vale = strncmp(*s, "vale", 4) == 0 && strchr(*s, ':') != NULL;

	len = name_length(*s);
	if (len >= sizeof(spec->name))
		return errmsg_set(err, "the name is longer than %zu characters",
		    sizeof(spec->name) - 1);
	memcpy(spec->name, *s, len);
	spec->name[len] = '\0';
	*s += len;
	return check_name(spec->name, vale, err);
}

static int
parse(struct port_spec *spec, const char *s, struct errmsg *err)
{
	if (take_name(spec, &s, err) || take_rings(spec, &s, err) ||
	    take_region(spec, &s, err) || take_flags(spec, &s, err))
		return -1;
	if (spec->mem_id == 0 && take_region(spec, &s, err))
		return -1;
	if (*s != '\0')
		return errmsg_set(err, "`%s' is left over at the end", s);
	return 0;
}

int
port_spec_parse(struct port_spec *spec, const char *text, struct errmsg *err)
{
	struct errmsg why;

	memset(spec, 0, sizeof(*spec));
	spec->mode = NR_REG_ALL_NIC;
	if (parse(spec, text, &why))
		return errmsg_set(err, "bad port name `%s': %.300s", text, why.text);
	return 0;
}

bool
port_spec_is_vale(const struct port_spec *spec)
{
	return strncmp(spec->name, NM_BDG_NAME, strlen(NM_BDG_NAME)) == 0 &&
	    strchr(spec->name, ':') != NULL;
}

bool
port_spec_is_virtual(const struct port_spec *spec)
{
	return port_spec_is_vale(spec) || strpbrk(spec->name, "{}") != NULL;
}

void
port_spec_listed(const struct port_spec *spec, char name[PORT_LISTED_LEN])
{
	const uint64_t f = spec->flags;

	snprintf(name, PORT_LISTED_LEN, "%s%s%s%s%s", spec->name,
	    f & (NR_MONITOR_TX | NR_MONITOR_RX) ? "/" : "", f & NR_MONITOR_RX ? "r" : "",
	    f & NR_MONITOR_TX ? "t" : "", f & NR_ZCOPY_MON ? "z" : "");
}

int
port_spec_set(void *spec, const char *text, struct errmsg *err)
{
	return port_spec_parse(spec, text, err);
}
