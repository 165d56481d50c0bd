// SPDX-License-Identifier: BSD-2-Clause
/*
 * Contexts: error callback, allocator and lock. Any thread may set the default context, so a
 * function that needs the same one twice must call nmctx_get() once and keep the result.
 */
#include "lib.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX	1024	/* bytes of an error text, terminator included */

static void print_error(struct nmctx *ctx, const char *text)
{
	(void)ctx;
	fprintf(stderr, "%s\n", text);
}

static void mutex_lock(struct nmctx *ctx, int lock)
{
	/* One mutex for all contexts that have no lock of their own: it is held only briefly. */
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

	(void)ctx;
	if (lock)
		pthread_mutex_lock(&mutex);
	else
		pthread_mutex_unlock(&mutex);
}

static struct nmctx builtin = { .error = print_error, .lock = mutex_lock };
static struct nmctx *default_ctx = &builtin;

struct nmctx *nmctx_get(void)
{
	return __atomic_load_n(&default_ctx, __ATOMIC_ACQUIRE);
}

struct nmctx *nmctx_set_default(struct nmctx *ctx)
{
	return __atomic_exchange_n(&default_ctx, ctx != NULL ? ctx : &builtin, __ATOMIC_ACQ_REL);
}

void nmctx_set_threadsafe(void)
{
	struct nmctx *ctx = nmctx_get();

	if (ctx->lock == NULL)
		ctx->lock = mutex_lock;
}

static void ctx_report(struct nmctx *ctx, const char *fmt, va_list ap)
{
	char text[TEXT_MAX];

	if (ctx->error == NULL)
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	ctx->error(ctx, text);
}

void nmctx_ferror(struct nmctx *ctx, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ctx_report(ctx, fmt, ap);
	va_end(ap);
}

int ctx_fail(struct nmctx *ctx, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ctx_report(ctx, fmt, ap);
	va_end(ap);
	errno = err;
	return -1;
}

void *nmctx_malloc(struct nmctx *ctx, size_t size)
{
	return ctx->malloc != NULL ? ctx->malloc(ctx, size) : malloc(size);
}

void nmctx_free(struct nmctx *ctx, void *ptr)
{
	if (ptr == NULL)
		return;
	if (ctx->free != NULL)
		ctx->free(ctx, ptr);
	else if (ctx->malloc == NULL)
		free(ptr);
}

void *ctx_alloc(struct nmctx *ctx, size_t size)
{
	void *p = nmctx_malloc(ctx, size);

	if (p == NULL) {
		ctx_fail(ctx, ENOMEM, "no memory for %zu bytes", size);
		return NULL;
	}
	return memset(p, 0, size);
}

void nmctx_lock(struct nmctx *ctx)
{
	if (ctx->lock != NULL)
		ctx->lock(ctx, 1);
}

void nmctx_unlock(struct nmctx *ctx)
{
	if (ctx->lock != NULL)
		ctx->lock(ctx, 0);
}
