/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of specifications: conf, extmem, offset, and those that a program defines. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture.h"
#include "tap.h"

static struct capture cap;

struct conf {
	const char *text;
	uint16_t tx_rings, rx_rings, host_tx_rings, host_rx_rings;
	uint32_t tx_slots, rx_slots;
};

static const struct conf confs[] = {
	{ "@conf=4", 4, 4, 0, 0, 0, 0 },
	{ "@conf:rings=4", 4, 4, 0, 0, 0, 0 },
	{ "@conf:slots=512", 0, 0, 0, 0, 512, 512 },
	{ "@conf:host-rings=2", 0, 0, 2, 2, 0, 0 },
	{ "@conf:tx-rings=1,rx-rings=2,host-tx-rings=3,host-rx-rings=4,tx-slots=5,rx-slots=6",
	  1, 2, 3, 4, 5, 6 },
	{ "@conf:tx-slots=128,slots=256", 0, 0, 0, 0, 128, 256 },
	{ "@conf:slots=256,rx-slots=128", 0, 0, 0, 0, 256, 128 },
	{ "@conf:rings=8,rx-rings=0", 8, 0, 0, 0, 0, 0 },
	{ "@conf:host-rx-rings=1,host-rings=2", 0, 0, 2, 1, 0, 0 },
	{ "@conf:slots=0x400", 0, 0, 0, 0, 1024, 1024 },
	{ "@conf:slots=4294967295", 0, 0, 0, 0, 4294967295u, 4294967295u },
	{ "@conf:rings=4096", 4096, 4096, 0, 0, 0, 0 },
};

static void test_conf(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(confs) / sizeof(confs[0]); i++) {
		const struct conf *c = &confs[i];
		struct nmport_d *d;
		char spec[200];

		snprintf(spec, sizeof(spec), "netmap:eth0-1%s", c->text);
		d = nmport_prepare(spec);
		if (!ok(d != NULL, "%s is understood", spec))
			continue;
		ok(d->reg.nr_tx_rings == c->tx_rings && d->reg.nr_rx_rings == c->rx_rings,
		   "%s: rings", c->text);
		ok(d->reg.nr_host_tx_rings == c->host_tx_rings &&
		   d->reg.nr_host_rx_rings == c->host_rx_rings, "%s: host rings", c->text);
		ok(d->reg.nr_tx_slots == c->tx_slots && d->reg.nr_rx_slots == c->rx_slots,
		   "%s: slots", c->text);
		nmport_undo_prepare(d);
	}
	is_num(cap.errors, 0, "no error was printed");
}

static char file[] = "/tmp/libnetmap-test-XXXXXX";

static void test_extmem(void)
{
	int fd = mkstemp(file);
	struct nmreq_opt_extmem *opt;
	struct nmreq_pools_info *info;
	struct nmport_d *d, *c;
	char spec[200];
	char byte = 0;

	if (!ok(fd >= 0 && ftruncate(fd, 1 << 20) == 0, "a file of 1 MiB"))
		return;
	snprintf(spec, sizeof(spec), "vale0:a@extmem:buf-num=100,file=%s,if-num=1,if-size=2,"
		 "ring-num=3,ring-size=4,buf-size=2048@conf:slots=64", file);
	d = nmport_prepare(spec);
	if (!ok(d != NULL, "%s is understood", spec)) {
		diag("%s", cap.text);
		return;
	}
	is_num(d->reg.nr_tx_slots, 64, "the option after it is read too");
	opt = (struct nmreq_opt_extmem *)(void *)nmreq_find_option(&d->hdr, NETMAP_REQ_OPT_EXTMEM);
	ok(opt != NULL && opt == d->extmem, "it is an option of the request");
	info = nmport_extmem_getinfo(d);
	is_num((long long)info->nr_memsize, 1 << 20, "memory: size");
	is_num(info->nr_if_pool_objtotal, 1, "if-num");
	is_num(info->nr_if_pool_objsize, 2, "if-size");
	is_num(info->nr_ring_pool_objtotal, 3, "ring-num");
	is_num(info->nr_ring_pool_objsize, 4, "ring-size");
	is_num(info->nr_buf_pool_objtotal, 100, "buf-num");
	is_num(info->nr_buf_pool_objsize, 2048, "buf-size");
	((char *)(uintptr_t)opt->nro_usrptr)[1234] = 'x';
	ok(pread(fd, &byte, 1, 1234) == 1 && byte == 'x', "the memory is the file");
	is_num(nmport_extmem(d, spec, sizeof(spec)), -1, "memory twice is refused");
	ok(errno == EINVAL && capture_has(&cap, "set already"), "with a reason");
	c = nmport_clone(d);
	ok(c == NULL && errno == EINVAL, "no clone before it is registered");
	nmport_undo_prepare(d);
	snprintf(spec, sizeof(spec), "vale0:a@extmem=%s@conf=x", file);
	ok(nmport_prepare(spec) == NULL, "a later option fails: all is undone");
	close(fd);
	unlink(file);
	capture_clear(&cap);

	d = nmport_prepare("vale0:a");
	ok(nmport_extmem_getinfo(d) == NULL, "no memory, no information");
	is_num(nmport_extmem(d, NULL, 5), -1, "no address is refused");
	is_num(nmport_extmem(d, spec, 0), -1, "no size is refused");
	nmport_undo_prepare(d);
	is_num(cap.alive, 0, "all memory is freed");
	capture_clear(&cap);
}

/* A file's map ends with the last port in it. */
static void test_adoption(void)
{
	struct nmem_d others = { .is_extmem = 1, .refcount = 1 };
	char name[] = "/tmp/libnetmap-test-XXXXXX";
	int fd = mkstemp(name);
	struct nmport_d *d = nmport_prepare("vale0:a");

	ok(ftruncate(fd, 1 << 16) == 0 && nmport_extmem_from_file(d, name) == 0, "a file");
	others.mem = (void *)(uintptr_t)d->extmem->nro_usrptr;
	cap.ctx.mem_descs = &others;
	nmport_undo_prepare(d);
	cap.ctx.mem_descs = NULL;
	ok(!others.is_extmem && others.size == 1 << 16, "the map stays with the other ports");
	is_num(msync(others.mem, 1 << 16, MS_ASYNC), 0, "and is usable");
	munmap(others.mem, others.size);
	close(fd);
	unlink(name);
	is_num(cap.alive, 0, "all memory is freed");
}

static void test_offset(void)
{
	struct nmreq_opt_offsets *o;
	struct nmport_d *d;

	is_num(nmport_enable_option("offset"), 0, "offset is enabled");
	d = nmport_prepare("vale0:a@offset:initial=64,bits=12");
	if (ok(d != NULL, "and then accepted")) {
		o = (void *)nmreq_find_option(&d->hdr, NETMAP_REQ_OPT_OFFSETS);
		ok(o != NULL && o->nro_initial_offset == 64 && o->nro_max_offset == 64 &&
		   o->nro_offset_bits == 12 && o->nro_min_gap == 0, "with these values");
		is_num(nmport_offset(d, 0, 0, 0, 0), -1, "offsets twice are refused");
		nmport_undo_prepare(d);
	}
	d = nmport_prepare("vale0:a@offset:bits=12");
	ok(d == NULL && capture_has(&cap, "needs 'initial'"), "initial must be given");
	d = nmport_prepare("vale0:a@offset:initial=1,bits=65");
	ok(d == NULL && errno == ERANGE, "65 bits are too many");
	is_num(nmport_disable_option("offset"), 0, "offset is disabled");
	ok(nmport_prepare("vale0:a@offset=64") == NULL, "and then not accepted");
	is_num(nmport_enable_option("nonsense"), -1, "there is nothing to enable by this name");
	ok(errno == EOPNOTSUPP && capture_has(&cap, "no option 'nonsense'"), "with a reason");
	is_num(nmport_disable_option("nonsense"), -1, "nor to disable");
	d = nmport_prepare("vale0:a");
	is_num(nmport_offset(d, 1, 2, 3, 4), 0, "offsets by call");
	o = (void *)nmreq_find_option(&d->hdr, NETMAP_REQ_OPT_OFFSETS);
	ok(o != NULL && o->nro_initial_offset == 1 && o->nro_max_offset == 2 &&
	   o->nro_offset_bits == 3 && o->nro_min_gap == 4, "each value in its field");
	nmport_undo_parse(d);
	is_num((long long)d->hdr.nr_options, 0, "undone");
	is_num(nmport_offset(d, 1, 2, 65, 4), -1, "65 bits are too many");
	nmport_undo_prepare(d);
	capture_clear(&cap);
	is_num(cap.alive, 0, "all memory is freed");
}

/* Options that a program defines. */

static struct nmreq_parse_ctx last;
static char values[3][32];
static int calls, result;

static int own_parse(struct nmreq_parse_ctx *pctx)
{
	int i;

	calls++;
	last = *pctx;
	for (i = 0; i < 3; i++)
		snprintf(values[i], sizeof(values[i]), "%s", pctx->keys[i] ? pctx->keys[i] : "-");
	if (result)
		errno = EBADMSG;
	return result;
}

static struct nmreq_opt_parser plain = {
	.prefix = "plain", .parse = own_parse, .default_key = -1,
	.flags = NMREQ_OPTF_ALLOWEMPTY,
};
static struct nmreq_opt_parser own = {
	.prefix = "own", .parse = own_parse, .default_key = 2, .nr_keys = 3, .next = &plain,
	.keys = {
		{ "b", 1, NMREQ_OPTK_ALLOWEMPTY },
		{ "a", 0, 0 },
		{ "c", 2, NMREQ_OPTK_DEFAULT },
	},
};

static int decode(const char *text)
{
	capture_clear(&cap);
	calls = 0;
	return nmreq_options_decode(text, &own, &values, &cap.ctx);
}

static void test_own(void)
{
	is_num(decode(""), 0, "an empty text is no error");
	is_num(calls, 0, "and no option");
	is_num(decode("@own:a=1,b=2,c=x=y"), 0, "three keys");
	ok(!strcmp(values[0], "1") && !strcmp(values[1], "2") && !strcmp(values[2], "x=y"),
	   "their values by id");
	ok(last.token == &values && last.ctx == &cap.ctx, "token and context");
	is_num(decode("@own=a,b@plain"), 0, "default key, and a second option");
	is_num(calls, 2, "two calls");
	is_num(decode("@own=a,b"), 0, "default key");
	ok(!strcmp(values[2], "a,b") && !strcmp(values[0], "-"), "goes to the end of the option");
	is_num(decode("@own:b"), 0, "a key that may be empty");
	ok(!strcmp(values[1], "") && !strcmp(values[0], "-"), "is empty, not missing");
	is_num(decode("@plain=1"), -1, "no default key");
	ok(errno == EINVAL && calls == 0 && capture_has(&cap, "no default key"), "is in the text");
	is_num(decode("own"), -1, "something else than an option");
	ok(errno == EINVAL && capture_has(&cap, "unexpected"), "is in the text");
	is_num(decode("@own:a=1@own:b"), -1, "the same option twice");
	is_num(decode("@ow:a=1"), -1, "part of a name");
	is_num(decode("@owner:a=1"), -1, "more than a name");
	result = -1;
	is_num(decode("@own:a=1"), -1, "a parser that fails");
	is_num(errno, EBADMSG, "its errno is kept");
	is_num(cap.alive, 0, "all memory is freed");
}

static void test_list(void)
{
	struct nmreq_option o[3] = {
		{ .nro_reqtype = 1 }, { .nro_reqtype = 5 }, { .nro_reqtype = 3 },
	};
	struct nmreq_option *p, *heap = calloc(1, sizeof(*heap));
	struct nmreq_header h;
	unsigned int i, n = 0;

	nmreq_header_init(&h, 1, NULL);
	ok(nmreq_find_option(&h, 1) == NULL, "an empty list has nothing");
	for (i = 0; i < 3; i++)
		nmreq_push_option(&h, &o[i]);
	nmreq_foreach_option(&h, p)
		n += p->nro_reqtype;
	is_num(n, 9, "all are in the list");
	ok(nmreq_find_option(&h, 5) == &o[1], "one is found");
	nmreq_remove_option(&h, &o[1]);
	ok(nmreq_find_option(&h, 5) == NULL && nmreq_find_option(&h, 1) == &o[0], "and removed");
	nmreq_remove_option(&h, &o[1]);
	nmreq_remove_option(&h, &o[2]);
	nmreq_remove_option(&h, &o[0]);
	is_num((long long)h.nr_options, 0, "the list is empty");
	nmreq_push_option(&h, heap);
	nmreq_free_options(&h);
	is_num((long long)h.nr_options, 0, "freed");
	is_str(nmreq_option_name(NETMAP_REQ_OPT_EXTMEM), "extmem", "extmem's name");
	is_str(nmreq_option_name(NETMAP_REQ_OPT_OFFSETS), "offsets", "offsets' name");
	is_str(nmreq_option_name(NETMAP_REQ_OPT_CSB), "csb", "csb's name");
	is_str(nmreq_option_name(99), "unknown", "no name");
}

int main(void)
{
	capture_start(&cap);
	test_conf();
	test_extmem();
	test_adoption();
	test_offset();
	test_own();
	test_list();
	ok(!cap.lock_misused && !cap.locked, "the lock was locked and unlocked in turns");
	return tap_finish();
}
