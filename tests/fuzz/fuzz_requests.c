/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests: headers, names, bodies, options and old requests as the input has them, on three
 * descriptors. Pointers lead into one block of memory, where bodies and options overlap freely.
 */
#include "input.h"

#define FILES	3

static struct client file[FILES];
static uint64_t block[512];

/* An address in the block, most of the time. */
static uint64_t address(struct input *in)
{
	uint32_t v = input_word(in);

	return v == 0xffffffff ? 0 : v >= 0xfffffff0 ? v : (uintptr_t)block + v % (sizeof(block) / 2);
}

static void request(struct client *p, struct input *in)
{
	struct nmreq_header h;
	uint8_t n;

	input_take(in, &h, sizeof(h));
	h.nr_version = (uint16_t)(h.nr_version % 32 ? 14 : h.nr_version);
	h.nr_reqtype &= 0x101f;
	h.nr_reserved = h.nr_reserved % 16 == 15;
	h.nr_body = address(in);
	h.nr_options = h.nr_options & 7 ? 0 : address(in);
	n = input_byte(in);
	input_take(in, (uint8_t *)block + input_byte(in) * 8, n);
	nm_client_ctrl(p->c, &p->who, &h);
}

/* As request(), with a name that says something and a body of that type's size. */
static void sane_request(struct client *p, struct input *in)
{
	static const char *const names[] = { "valeF:a", "valeF:b", "pf", "valeF:pf", "x{1", "x}1",
		"valeF:a{1", "" };
	struct nmreq_header h = { .nr_version = 14, .nr_reqtype = input_byte(in) & 15 };
	const char *name = names[input_byte(in) & 7];

	memcpy(h.nr_name, name, strlen(name));
	memset(block, 0, sizeof(block));
	input_take(in, block, sizeof(struct nmreq_vale_attach));
	h.nr_body = (uintptr_t)block;
	nm_client_ctrl(p->c, &p->who, &h);
}

static void old_request(struct client *p, struct input *in)
{
	struct nmreq r;
	uint8_t what = input_byte(in);

	input_take(in, &r, sizeof(r));
	r.nr_version = 11 + r.nr_version % 8;
	r.nr_cmd &= 15;
	nm_client_legacy(p->c, &p->who, what & 1 ? NIOCREGIF : NIOCGINFO, &r);
}

static void reopen(struct client *p)
{
	client_close(p);
	os_assert(client_open(p, &test_ns) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	int i;

	memset(block, 0, sizeof(block));
	fuzz_begin();
	for (i = 0; i < FILES; i++)
		os_assert(client_open(&file[i], &test_ns) == 0);
	while (in.left) {
		uint8_t what = input_byte(&in);
		struct client *p = &file[what % FILES];

		switch (what / FILES % 6) {
		case 0:
			request(p, &in);
			break;
		case 1:
		case 2:
			sane_request(p, &in);
			break;
		case 3:
			old_request(p, &in);
			break;
		case 4:
			client_txsync(p);
			client_rxsync(p);
			client_poll(p, POLLIN | POLLOUT);
			break;
		case 5:
			reopen(p);
			break;
		}
	}
	for (i = 0; i < FILES; i++)
		client_close(&file[i]);
	fuzz_end();
	return 0;
}
