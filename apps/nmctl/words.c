// SPDX-License-Identifier: BSD-2-Clause
/* Words for numbers of the interface. A number that this program does not know is "?". */
#include <string.h>
#include <net/netmap_inspect.h>

#include "words.h"

#define NAME(table, i)	((i) < sizeof(table) / sizeof((table)[0]) && (table)[i] ? (table)[i] : "?")

const char *words_errno(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "?";
}

const char *words_request(uint16_t type)
{
	static const char *const names[] = {
		[0] = "sync",
		[NETMAP_REQ_REGISTER] = "register",
		[NETMAP_REQ_PORT_INFO_GET] = "port-info-get",
		[NETMAP_REQ_VALE_ATTACH] = "vale-attach",
		[NETMAP_REQ_VALE_DETACH] = "vale-detach",
		[NETMAP_REQ_VALE_LIST] = "vale-list",
		[NETMAP_REQ_PORT_HDR_SET] = "port-hdr-set",
		[NETMAP_REQ_PORT_HDR_GET] = "port-hdr-get",
		[NETMAP_REQ_VALE_NEWIF] = "vale-newif",
		[NETMAP_REQ_VALE_DELIF] = "vale-delif",
		[NETMAP_REQ_VALE_POLLING_ENABLE] = "vale-polling-enable",
		[NETMAP_REQ_VALE_POLLING_DISABLE] = "vale-polling-disable",
		[NETMAP_REQ_POOLS_INFO_GET] = "pools-info-get",
		[NETMAP_REQ_SYNC_KLOOP_START] = "sync-kloop-start",
		[NETMAP_REQ_SYNC_KLOOP_STOP] = "sync-kloop-stop",
		[NETMAP_REQ_CSB_ENABLE] = "csb-enable",
	};

	if (type == NETMAP_REQ_INSPECT)
		return "inspect";
	if (type == NETMAP_REQ_REASON_GET)
		return "reason-get";
	return NAME(names, type);
}

const char *words_kind(uint32_t kind)
{
	static const char *const names[] = {
		[NM_KIND_VALE] = "vale", [NM_KIND_PIPE] = "pipe",	[NM_KIND_NULL] = "null",
		[NM_KIND_NIC] = "nic",	 [NM_KIND_MONITOR] = "monitor",
	};

	return NAME(names, kind);
}

const char *words_drop(uint32_t cause)
{
	static const char *const names[NM_DROP_CAUSES] = {
		[NM_DROP_NOROOM] = "noroom",	 [NM_DROP_NODEST] = "nodest",
		[NM_DROP_BADFRAME] = "badframe", [NM_DROP_TOOLONG] = "toolong",
		[NM_DROP_FAULT] = "fault",	 [NM_DROP_HEADER] = "header",
	};

	return NAME(names, cause);
}

const char *words_listing(uint32_t what)
{
	static const char *const names[] = {
		[NM_INSPECT_PORTS] = "ports",	    [NM_INSPECT_RINGS] = "rings",
		[NM_INSPECT_REGIONS] = "regions",   [NM_INSPECT_SWITCHES] = "switches",
		[NM_INSPECT_FAILURES] = "failures", [NM_INSPECT_OBJECTS] = "objects",
		[NM_INSPECT_TUNABLES] = "settings",
	};

	return NAME(names, what);
}

size_t words_port_flags(uint32_t flags, const char *out[WORDS_MAX_FLAGS])
{
	static const struct {
		uint32_t bit;
		const char *word;
	} bits[] = {
#define FLAG_WORD(name, value, word)	{ value, word },
		NM_INFO_FLAGS(FLAG_WORD)
	};
	size_t n = 0;

	_Static_assert(sizeof(bits) / sizeof(bits[0]) <= WORDS_MAX_FLAGS, "room for every flag");
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (flags & bits[i].bit)
			out[n++] = bits[i].word;
	return n;
}
