/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct capture *of(struct nmctx *ctx)
{
	return (struct capture *)(void *)ctx;
}

static void keep(struct nmctx *ctx, const char *text)
{
	struct capture *c = of(ctx);
	size_t used = strlen(c->text);

	c->errors++;
	snprintf(c->text + used, sizeof(c->text) - used, "%s\n", text);
}

static void *take(struct nmctx *ctx, size_t size)
{
	struct capture *c = of(ctx);

	if (c->fail_after == 0)
		return NULL;
	if (c->fail_after > 0)
		c->fail_after--;
	c->alive++;
	return memset(malloc(size), 0xa5, size);	/* memory need not be zero */
}

static void give(struct nmctx *ctx, void *ptr)
{
	of(ctx)->alive--;
	free(ptr);
}

static void lock(struct nmctx *ctx, int on)
{
	struct capture *c = of(ctx);

	c->lock_misused |= on == c->locked;
	c->locked = on;
}

void capture_start(struct capture *c)
{
	*c = (struct capture){
		.ctx = { .error = keep, .malloc = take, .free = give, .lock = lock },
		.fail_after = -1,
	};
	nmctx_set_default(&c->ctx);
}

void capture_clear(struct capture *c)
{
	c->text[0] = '\0';
	c->errors = 0;
}

void capture_stop(struct capture *c)
{
	(void)c;
	nmctx_set_default(NULL);
}

bool capture_has(const struct capture *c, const char *word)
{
	return strstr(c->text, word) != NULL;
}
