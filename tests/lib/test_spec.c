/* SPDX-License-Identifier: BSD-2-Clause */
/* Port specifications: what each means, and the text with which others are refused. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture.h"
#include "tap.h"

static struct capture cap;

struct good {
	const char *spec, *name;
	uint32_t mode;
	uint16_t ringid, mem_id;
	uint64_t flags;
};

static const struct good good[] = {
	{ "netmap:eth0", "eth0", NR_REG_ALL_NIC, 0, 0, 0 },
	{ "netmap:eth0^", "eth0", NR_REG_SW, 0, 0, 0 },
	{ "netmap:eth0^3", "eth0", NR_REG_ONE_SW, 3, 0, 0 },
	{ "netmap:eth0*", "eth0", NR_REG_NIC_SW, 0, 0, 0 },
	{ "netmap:eth0+", "eth0", NR_REG_NIC_SW, 0, 0, 0 },
	{ "netmap:eth0-2", "eth0", NR_REG_ONE_NIC, 2, 0, 0 },
	{ "netmap:eth0-4095", "eth0", NR_REG_ONE_NIC, 4095, 0, 0 },
	{ "netmap:eth0@5", "eth0", NR_REG_ALL_NIC, 0, 5, 0 },
	{ "netmap:eth0@65535", "eth0", NR_REG_ALL_NIC, 0, 65535, 0 },
	{ "netmap:eth0/x", "eth0", NR_REG_ALL_NIC, 0, 0, NR_EXCLUSIVE },
	{ "netmap:eth0/xzt", "eth0", NR_REG_ALL_NIC, 0, 0,
	  NR_EXCLUSIVE | NR_ZCOPY_MON | NR_MONITOR_TX },
	{ "netmap:eth0/rRT", "eth0", NR_REG_ALL_NIC, 0, 0,
	  NR_MONITOR_RX | NR_RX_RINGS_ONLY | NR_TX_RINGS_ONLY },
	{ "netmap:eth0-2/x@7", "eth0", NR_REG_ONE_NIC, 2, 7, NR_EXCLUSIVE },
	{ "netmap:eth0@7/x^", "eth0", NR_REG_SW, 0, 7, NR_EXCLUSIVE },
	{ "netmap:veth-a", "veth-a", NR_REG_ALL_NIC, 0, 0, 0 },
	{ "netmap:veth-a-1", "veth-a", NR_REG_ONE_NIC, 1, 0, 0 },
	{ "netmap:eth0.100", "eth0.100", NR_REG_ALL_NIC, 0, 0, 0 },
	{ "netmap:vale0", "vale0", NR_REG_ALL_NIC, 0, 0, 0 },
	{ "netmap:p{1", "p{1", NR_REG_ALL_NIC, 0, 0, 0 },
	{ "netmap:p}x_y", "p}x_y", NR_REG_ALL_NIC, 0, 0, 0 },
	{ "netmap:p{1}2", "p{1}2", NR_REG_ALL_NIC, 0, 0, 0 },
	{ "vale:a", "vale:a", NR_REG_ALL_NIC, 0, 0, 0 },
	{ "vale0:a", "vale0:a", NR_REG_ALL_NIC, 0, 0, 0 },
	{ "valeSw_1:a{3-0/x", "valeSw_1:a{3", NR_REG_ONE_NIC, 0, 0, NR_EXCLUSIVE },
	{ "vale0:123456789012345678901234567890123456789012345678901234567",
	  "vale0:123456789012345678901234567890123456789012345678901234567",
	  NR_REG_ALL_NIC, 0, 0, 0 },
};

static void test_good(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const struct good *g = &good[i];
		struct nmport_d *d = nmport_prepare(g->spec);

		if (!ok(d != NULL, "%s is understood", g->spec)) {
			diag("%s", cap.text);
			capture_clear(&cap);
			continue;
		}
		is_str(d->hdr.nr_name, g->name, "%s: name", g->spec);
		is_num(d->reg.nr_mode, g->mode, "%s: mode", g->spec);
		is_num(d->reg.nr_ringid, g->ringid, "%s: ring", g->spec);
		is_num(d->reg.nr_mem_id, g->mem_id, "%s: region", g->spec);
		is_num((long long)d->reg.nr_flags, (long long)g->flags, "%s: flags", g->spec);
		nmport_undo_prepare(d);
	}
	is_num(cap.errors, 0, "no error was printed");
	is_num(cap.alive, 0, "all memory is freed");
}

struct bad {
	const char *spec;
	int err;
	const char *word;
};

static const struct bad bad[] = {
	{ "", EINVAL, "must begin with" },
	{ "eth0", EINVAL, "must begin with" },
	{ "netmap", EINVAL, "must begin with" },
	{ "netmap;eth0", EINVAL, "must begin with" },
	{ "vale0", EINVAL, "must begin with" },
	{ "vale-0:a", EINVAL, "must begin with" },
	{ "netmap:", EINVAL, "name is missing" },
	{ "vale0:", EINVAL, "name is missing" },
	{ "netmap:@1", EINVAL, "name is missing" },
	{ "netmap:{1", EINVAL, "name is missing" },
	{ "netmap:p{", EINVAL, "after '{'" },
	{ "netmap:p}/x", EINVAL, "after '}'" },
	{ "netmap:vale0:0", EINVAL, "unexpected ':0'" },
	{ "netmap:eth0&", EINVAL, "unexpected '&'" },
	{ "netmap:eth0 ", EINVAL, "unexpected ' '" },
	{ "vale0:a:b", EINVAL, "unexpected ':b'" },
	{ "netmap:eth0^x", EINVAL, "unexpected 'x'" },
	{ "netmap:eth0^4096", EINVAL, "at most 4095" },
	{ "netmap:eth0-99999999999999999999", EINVAL, "at most 4095" },
	{ "netmap:eth0^*", EINVAL, "a second time" },
	{ "netmap:eth0@1@2", EINVAL, "twice" },
	{ "netmap:eth0/x/z", EINVAL, "twice" },
	{ "netmap:eth0/q", EINVAL, "unknown flag 'q'" },
	{ "netmap:eth0/x1", EINVAL, "unknown flag '1'" },
	{ "netmap:eth0@65536", EINVAL, "at most 65535" },
	{ "netmap:1234567890123456789012345678901234567890123456789012345678901234", ENAMETOOLONG,
	  "64 characters" },
	{ "netmap:eth0@", EINVAL, "name of an option" },
	{ "netmap:eth0@nonsense", EINVAL, "no option 'nonsense'" },
	{ "netmap:eth0@conf", EINVAL, "needs a value" },
	{ "netmap:eth0@conf=", EINVAL, "missing after" },
	{ "netmap:eth0@conf:", EINVAL, "has no key ''" },
	{ "netmap:eth0@conf:slots", EINVAL, "'slots=...'" },
	{ "netmap:eth0@conf:slots=", EINVAL, "'slots=...'" },
	{ "netmap:eth0@conf:foo=1", EINVAL, "no key 'foo'" },
	{ "netmap:eth0@conf:slots=1,slots=2", EINVAL, "appears twice" },
	{ "netmap:eth0@conf:slots=1@conf:rings=1", EINVAL, "appears twice" },
	{ "netmap:eth0@conf:slots=1,", EINVAL, "no key ''" },
	{ "netmap:eth0@conf:slots=many", EINVAL, "not a number" },
	{ "netmap:eth0@conf:slots=-1", EINVAL, "not a number" },
	{ "netmap:eth0@conf:slots=1x", EINVAL, "not a number" },
	{ "netmap:eth0@conf:slots=0x", EINVAL, "not a number" },
	{ "netmap:eth0@conf:slots=4294967296", ERANGE, "at most 4294967295" },
	{ "netmap:eth0@conf:slots=99999999999999999999", ERANGE, "at most 4294967295" },
	{ "netmap:eth0@conf:rings=4097", ERANGE, "at most 4096" },
	{ "netmap:eth0@share", EINVAL, "needs a value" },
	{ "netmap:eth0@share=eth1", EINVAL, "must begin with" },
	{ "netmap:eth0@extmem:buf-num=5", EINVAL, "needs 'file'" },
	{ "netmap:eth0@extmem=/nonexistent", ENOENT, "/nonexistent" },
	{ "netmap:eth0@extmem=/dev/null", EINVAL, "is empty" },
	{ "netmap:eth0@offset=64", EINVAL, "not enabled" },
	{ "netmap:eth0@conf=2/x", EINVAL, "not a number" },
};

static void test_bad(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct bad *b = &bad[i];
		struct nmport_d *d;
		int err;

		errno = 0;
		d = nmport_prepare(b->spec);
		err = errno;
		ok(d == NULL, "'%s' is refused", b->spec);
		is_err(-err, -b->err, "'%s': errno", b->spec);
		if (!ok(capture_has(&cap, b->word), "'%s': the text has \"%s\"", b->spec, b->word))
			diag("%s", cap.text);
		ok(capture_has(&cap, b->spec), "'%s': the text has the specification", b->spec);
		if (d != NULL)
			nmport_undo_prepare(d);
		capture_clear(&cap);
	}
	is_num(cap.alive, 0, "all memory is freed");
}

/* Random changes of specifications: parsed wholly, or refused with all memory freed. */

static uint64_t seed;

static unsigned int pick(unsigned int n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(seed >> 33) % n;
}

static void mutate(char *spec, size_t size)
{
	static const char letters[] = "@@:=,^*-+/{}0123xzRnetmapvleconfslots. \xff";
	size_t len = strlen(spec), at = pick((unsigned int)len + 1);

	switch (pick(3)) {
	case 0:
		spec[at] = '\0';
		break;
	case 1:
		if (at < len)
			spec[at] = letters[pick(sizeof(letters) - 1)];
		break;
	default:
		if (len + 2 < size) {
			memmove(spec + at + 1, spec + at, len - at + 1);
			spec[at] = letters[pick(sizeof(letters) - 1)];
		}
	}
}

static void test_random(unsigned int rounds)
{
	unsigned int i, understood = 0, refused = 0, wrong = 0;

	for (i = 0; i < rounds; i++) {
		const char *conf = pick(2) ? "@conf:slots=64,rings=2" : "";
		struct nmport_d *d;
		unsigned int n = pick(5);
		char spec[256];

		capture_clear(&cap);
		snprintf(spec, sizeof(spec), "%s%s",
			 good[pick(sizeof(good) / sizeof(good[0]))].spec, conf);
		while (n-- > 0)
			mutate(spec, sizeof(spec));
		if (strstr(spec, "@share") || strstr(spec, "@extmem"))
			continue;
		d = nmport_prepare(spec);
		if (d != NULL) {
			understood++;
			wrong += strncmp(strstr(spec, d->hdr.nr_name), d->hdr.nr_name,
				       strlen(d->hdr.nr_name)) != 0 || cap.errors != 0;
			nmport_undo_prepare(d);
		} else {
			refused++;
			wrong += cap.errors < 2;
		}
		wrong += cap.alive != 0;
	}
	ok(understood > rounds / 10 && refused > rounds / 10, "random changes: %u understood, "
	   "%u refused", understood, refused);
	is_num(wrong, 0, "none was parsed in part, or refused without a text");
	capture_clear(&cap);
}

/* A parse that fails does not change the port; one that succeeds can be undone. */
static void test_again(void)
{
	struct nmport_d *d = nmport_new();
	static char mem[4096];

	is_num(nmport_extmem(d, mem, sizeof(mem)), 0, "user memory");
	is_num(nmport_parse(d, "netmap:a@3/x"), 0, "a parse");
	is_num(nmport_parse(d, "netmap:b@4/q"), -1, "another that fails");
	is_str(d->hdr.nr_name, "a", "the name stays");
	is_num(d->reg.nr_mem_id, 3, "the region stays");
	ok(d->extmem != NULL, "the memory stays");
	is_num(nmport_parse(d, "netmap:b@4/z@conf:slots=x"), -1, "a third that fails at the end");
	ok(d->reg.nr_mem_id == 3 && d->reg.nr_flags == NR_EXCLUSIVE, "the request stays");
	nmport_undo_parse(d);
	ok(d->extmem == NULL && d->hdr.nr_options == 0, "undone: no memory");
	is_str(d->hdr.nr_name, "", "undone: no name");
	is_num(nmport_parse(d, "netmap:b"), 0, "parsed again");
	is_num((long long)d->reg.nr_flags, 0, "with none of the old flags");
	nmport_undo_prepare(d);
	capture_clear(&cap);
	is_num(cap.alive, 0, "all memory is freed");
}

/* The partial parsers, each of which returns where it stopped. */
static void test_pieces(void)
{
	struct nmreq_register reg = { .nr_flags = NR_ACCEPT_VNET_HDR, .nr_mem_id = 9 };
	struct nmreq_header hdr;
	const char *p = "netmap:eth0-1/x@conf=2";

	nmreq_header_init(&hdr, NETMAP_REQ_REGISTER, &reg);
	ok(hdr.nr_version == NETMAP_API && hdr.nr_reqtype == NETMAP_REQ_REGISTER &&
	   hdr.nr_body == (uintptr_t)&reg && hdr.nr_reserved == 0 && hdr.nr_options == 0,
	   "a header is made");
	is_num(nmreq_header_decode(&p, &hdr, &cap.ctx), 0, "the name");
	is_str(p, "-1/x@conf=2", "what is left after it");
	is_num(nmreq_register_decode(&p, &reg, &cap.ctx), 0, "the mode");
	is_str(p, "@conf=2", "what is left after it");
	is_num((long long)reg.nr_flags, NR_ACCEPT_VNET_HDR | NR_EXCLUSIVE, "flags are added");
	is_num(reg.nr_mem_id, 9, "a region not named stays");
	p = "netmap:?";
	is_num(nmreq_header_decode(&p, &hdr, &cap.ctx), -1, "a bad name");
	is_str(p, "netmap:?", "moves nothing");
	capture_clear(&cap);
}

/* test_spec [SEED [ROUNDS]] */
int main(int argc, char **argv)
{
	seed = argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)time(NULL);
	diag("seed %llu", (unsigned long long)seed);
	capture_start(&cap);
	test_good();
	test_bad();
	test_random(argc > 2 ? (unsigned int)atoi(argv[2]) : 20000);
	test_again();
	test_pieces();
	ok(!cap.lock_misused && !cap.locked, "the lock was locked and unlocked in turns");
	return tap_finish();
}
