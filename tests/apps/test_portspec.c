// SPDX-License-Identifier: BSD-2-Clause
/* Port specifications: what each form means, and what is refused. */
#include <string.h>

#include "../../apps/common/portspec.h"
#include "tap.h"

static const struct {
	const char *text, *name;
	uint32_t mode;
	uint16_t ringid, mem_id;
	uint64_t flags;
} good[] = {
	{ "netmap:eth0", "eth0", NR_REG_ALL_NIC, 0, 0, 0 },
	{ "eth0", "eth0", NR_REG_ALL_NIC, 0, 0, 0 },
	{ "eth0.100", "eth0.100", NR_REG_ALL_NIC, 0, 0, 0 },
	{ "netmap:eth0^", "eth0", NR_REG_SW, 0, 0, 0 },
	{ "netmap:eth0^1", "eth0", NR_REG_ONE_SW, 1, 0, 0 },
	{ "netmap:eth0*", "eth0", NR_REG_NIC_SW, 0, 0, 0 },
	{ "netmap:eth0+", "eth0", NR_REG_NIC_SW, 0, 0, 0 },
	{ "netmap:eth0-3", "eth0", NR_REG_ONE_NIC, 3, 0, 0 },
	{ "eth0-0", "eth0", NR_REG_ONE_NIC, 0, 0, 0 },
	{ "netmap:veth-a", "veth-a", NR_REG_ALL_NIC, 0, 0, 0 },
	{ "netmap:veth-a-2", "veth-a", NR_REG_ONE_NIC, 2, 0, 0 },
	{ "netmap:veth-1a", "veth-1a", NR_REG_ALL_NIC, 0, 0, 0 },
	{ "netmap:x{1", "x{1", NR_REG_ALL_NIC, 0, 0, 0 },
	{ "netmap:x}1", "x}1", NR_REG_ALL_NIC, 0, 0, 0 },
	{ "x{a-1", "x{a", NR_REG_ONE_NIC, 1, 0, 0 },
	{ "x{a}b", "x{a}b", NR_REG_ALL_NIC, 0, 0, 0 },
	{ "vale0:p", "vale0:p", NR_REG_ALL_NIC, 0, 0, 0 },
	{ "valesw:p-1", "valesw:p", NR_REG_ONE_NIC, 1, 0, 0 },
	{ "vale0:p{7", "vale0:p{7", NR_REG_ALL_NIC, 0, 0, 0 },
	{ "vale0", "vale0", NR_REG_ALL_NIC, 0, 0, 0 },
	{ "vale0:p@5", "vale0:p", NR_REG_ALL_NIC, 0, 5, 0 },
	{ "netmap:eth0-1@65535/xT", "eth0", NR_REG_ONE_NIC, 1, 65535,
	  NR_EXCLUSIVE | NR_TX_RINGS_ONLY },
	{ "eth0/R@2", "eth0", NR_REG_ALL_NIC, 0, 2, NR_RX_RINGS_ONLY },
	{ "eth0/ztr", "eth0", NR_REG_ALL_NIC, 0, 0, NR_ZCOPY_MON | NR_MONITOR_TX | NR_MONITOR_RX },
};

static const char *const bad[] = {
	"",
	"netmap:",
	"netmap:vale0:0",
	"netmap:eth0&",
	"vale0:",
	"vale0:{1",
	"netmap:x{",
	"netmap:{1",
	"x{}1",
	"eth0^4096",
	"eth0@",
	"eth0@0",
	"eth0@65536",
	"eth0/q",
	"eth0@1@2",
	"eth0-99999",
	"eth0 ",
	"eth0^x",
	"vale0:a:b",
	"eth0@1/x@2",
	"eth0*-1",
	"netmap:a-name-that-is-much-too-long-for-the-field-that-it-has-to-fit-into-here",
};

static void test_good(void)
{
	struct port_spec s;
	struct errmsg err = { "" };
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!ok(port_spec_parse(&s, good[i].text, &err) == 0, "%s parses", good[i].text)) {
			diag("%s", err.text);
			continue;
		}
		is_str(s.name, good[i].name, "%s: name", good[i].text);
		ok(s.mode == good[i].mode && s.ringid == good[i].ringid &&
			   s.mem_id == good[i].mem_id && s.flags == good[i].flags,
		   "%s: rings, region, flags", good[i].text);
	}
}

static void test_bad(void)
{
	struct port_spec s;
	struct errmsg err;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err.text[0] = '\0';
		ok(port_spec_parse(&s, bad[i], &err) == -1, "'%s' is refused", bad[i]);
		ok(strncmp(err.text, "port name '", 11) == 0, "'%s': with a reason", bad[i]);
	}
}

/* The words are those of libnetmap's parser, for the text as it was typed. */
static void test_words(void)
{
	struct port_spec s;
	struct errmsg err;

	port_spec_parse(&s, "eth0^4096", &err);
	ok(strstr(err.text, "'eth0^4096': ") != NULL && strstr(err.text, "at most 4095") != NULL,
	   "a ring's number");
	port_spec_parse(&s, "x{", &err);
	ok(strstr(err.text, "'x{': ") != NULL && strstr(err.text, "pipe's name is missing") != NULL,
	   "half a pipe");
	port_spec_parse(&s, "vale0:a@conf:slots=64", &err);
	ok(strstr(err.text, "nothing may follow") != NULL, "an option");
	port_spec_parse(&s, "eth0@0", &err);
	ok(strstr(err.text, "numbered from 1") != NULL, "region 0");
}

static void test_kinds(void)
{
	struct port_spec s;
	struct errmsg err;

	port_spec_parse(&s, "vale1:x", &err);
	ok(port_spec_is_vale(&s) && port_spec_is_virtual(&s), "a switch port");
	port_spec_parse(&s, "x{1", &err);
	ok(!port_spec_is_vale(&s) && port_spec_is_virtual(&s), "a pipe");
	port_spec_parse(&s, "eth0", &err);
	ok(!port_spec_is_vale(&s) && !port_spec_is_virtual(&s), "a card");
}

int main(void)
{
	test_good();
	test_bad();
	test_words();
	test_kinds();
	return tap_finish();
}
