/* SPDX-License-Identifier: BSD-2-Clause */
/* Contexts: the default one, errors, failing allocations, threads; ports without a device. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"
#include "tap.h"

static struct capture cap;

static void test_default(void)
{
	struct nmctx *first = nmctx_get(), mine = { .verbose = 0 };

	ok(first != NULL && first->error != NULL && first->lock != NULL,
	   "the built-in context prints errors and locks");
	ok(nmctx_set_default(&mine) == first, "setting a default returns the old one");
	ok(nmctx_get() == &mine, "it is the default");
	nmctx_set_threadsafe();
	ok(mine.lock != NULL, "it gets a lock");
	nmctx_lock(&mine);
	nmctx_unlock(&mine);
	nmctx_ferror(&mine, "not printed");
	nmctx_free(&mine, nmctx_malloc(&mine, 10));
	nmctx_free(&mine, NULL);
	ok(nmctx_set_default(NULL) == &mine && nmctx_get() == first,
	   "NULL: the built-in one again");
}

static void test_errors(void)
{
	capture_start(&cap);
	nmctx_ferror(&cap.ctx, "%s %d", "text", 5);
	is_str(cap.text, "text 5\n", "an error arrives as one text");
	capture_clear(&cap);
	nmctx_ferror(&cap.ctx, "%05000d", 5);
	is_num(cap.errors, 1, "a long one arrives once");
	is_num((long long)strlen(cap.text), 1024, "cut to 1023 bytes");
	capture_stop(&cap);
}

/* The N-th allocation fails, for each N until none does. */
static void test_memory(void)
{
	long n;

	capture_start(&cap);
	nmport_enable_option("offset");
	for (n = 0; n < 100; n++) {
		struct nmport_d *d;
		int err;

		cap.fail_after = n;
		errno = 0;
		d = nmport_prepare("netmap:a@conf=3@offset=4");
		err = errno;
		if (d != NULL) {
			nmport_undo_prepare(d);
			break;
		}
		is_err(-err, -ENOMEM, "allocation %ld fails: errno", n + 1);
		ok(capture_has(&cap, "no memory"), "and the context gets the error");
		is_num(cap.alive, 0, "and all memory is freed");
		capture_clear(&cap);
	}
	ok(n >= 2 && n < 100, "it succeeds after %ld failures", n);
	nmport_disable_option("offset");
	capture_stop(&cap);
}

/* The order of steps is checked; undoing a step that was not made does nothing. */
static void test_steps(void)
{
	struct nmport_d *d, *c;

	capture_start(&cap);
	d = nmport_new();
	ok(d->fd == -1 && d->ctx == &cap.ctx && d->nifp == NULL && !d->register_done &&
	   !d->mmap_done && d->mem == NULL && d->extmem == NULL && d->clist == NULL, "a new port");
	nmport_parse(d, "vale0:a-1/x@3@conf:slots=64");
	is_num(nmport_mmap(d), -1, "a map before registration is refused");
	ok(errno == EINVAL && capture_has(&cap, "cannot map"), "with a reason");
	is_num(nmport_txsync(d), -1, "so is a sync");
	is_num(nmport_rxsync(d), -1, "of either kind");
	is_num(nmport_inject(d, "x", 1), 0, "and nothing can be sent");
	nmport_undo_mmap(d);
	nmport_undo_register(d);
	nmport_undo_open_desc(d);
	is_str(d->hdr.nr_name, "vale0:a", "undoing steps that were not made does nothing");
	c = nmport_clone(d);
	ok(c != NULL && !strcmp(c->hdr.nr_name, "vale0:a") && c->reg.nr_mode == NR_REG_ONE_NIC &&
	   c->reg.nr_mem_id == 3 && c->reg.nr_tx_slots == 64 && c->reg.nr_flags == NR_EXCLUSIVE,
	   "a clone is the same");
	ok(c->hdr.nr_body == (uintptr_t)&c->reg && c->fd == -1 && c->ctx == d->ctx,
	   "with a separate request");
	nmport_close(c);
	nmport_close(d);
	nmport_close(NULL);
	is_num(cap.alive, 0, "all memory is freed");
	capture_stop(&cap);
}

static void test_no_device(void)
{
	if (access("/dev/netmap", F_OK) == 0)
		return;
	capture_start(&cap);
	ok(nmport_open("vale0:a") == NULL, "without a device no port opens");
	is_num(errno, ENOENT, "errno");
	ok(capture_has(&cap, "modprobe netmap"), "and the text says what to do");
	capture_clear(&cap);
	ok(nmport_open("vale0:a@share=vale0:b") == NULL, "nor can its region be looked up");
	ok(capture_has(&cap, "modprobe netmap"), "and the text says what to do");
	is_num(cap.alive, 0, "all memory is freed");
	capture_stop(&cap);
}

static void *prepare_many(void *arg)
{
	struct nmport_d *d;
	uintptr_t bad = 0;
	int i;

	for (i = 0; i < 200; i++) {
		d = nmport_prepare(arg);
		if (d == NULL) {
			bad++;
			continue;
		}
		nmctx_lock(d->ctx);
		nmctx_unlock(d->ctx);
		nmport_undo_prepare(d);
	}
	return (void *)bad;
}

static void test_threads(void)
{
	static char spec[] = "vale0:a@conf=2";
	pthread_t t[4];
	void *bad;
	int i;

	for (i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, prepare_many, spec);
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], &bad);
		ok(bad == NULL, "thread %d: all its ports were made", i);
	}
}

int main(void)
{
	test_default();
	test_errors();
	test_memory();
	test_steps();
	test_no_device();
	test_threads();
	return tap_finish();
}
