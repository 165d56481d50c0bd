// SPDX-License-Identifier: BSD-2-Clause
/*
 * The last part of a port specification: '@option', '@option=value', '@option:key=value,...'.
 * Each option is found in a list of parsers, its keys are checked, then its function is called.
 */
#include "lib.h"

#include <errno.h>
#include <string.h>

/*
 * struct decoding - one call of nmreq_options_decode()
 * @all: the text passed in
 * @copy: a copy of it, which is split in place
 * @parsers: the options accepted
 * @token: for the parse functions
 * @ctx: for errors and memory
 */
struct decoding {
	const char *all;
	char *copy;
	struct nmreq_opt_parser *parsers;
	void *token;
	struct nmctx *ctx;
};

/* End text at the first of these characters. Return the text behind it, or NULL: not found. */
static char *text_split(char *text, const char *at)
{
	text += strcspn(text, at);
	if (*text == '\0')
		return NULL;
	*text = '\0';
	return text + 1;
}

/* Return whether the text has more than one option of this name. */
static bool is_repeated(const char *all, const char *name)
{
	size_t len = strlen(name);
	unsigned int found = 0;
	const char *p;

	for (p = strchr(all, '@'); p != NULL; p = strchr(p + 1, '@')) {
		if (strncmp(p + 1, name, len) == 0 && strcspn(p + 1, "@:=") == len)
			found++;
	}
	return found > 1;
}

static struct nmreq_opt_parser *find_parser(const struct decoding *d, const char *name)
{
	struct nmreq_opt_parser *p;

	if (*name == '\0') {
		ctx_fail(d->ctx, EINVAL, "'%s': the name of an option is missing after '@'",
			 d->all);
		return NULL;
	}
	for (p = d->parsers; p != NULL && strcmp(p->prefix, name) != 0; p = p->next)
		continue;
	if (p == NULL)
		ctx_fail(d->ctx, EINVAL, "'%s': there is no option '%s'", d->all, name);
	else if (p->flags & NMREQ_OPTF_DISABLED)
		ctx_fail(d->ctx, EINVAL, "'%s': option '%s' is not enabled in this program", d->all,
			 name);
	else if (is_repeated(d->all, name))
		ctx_fail(d->ctx, EINVAL, "'%s': option '%s' appears twice", d->all, name);
	else
		return p;
	return NULL;
}

static const struct nmreq_opt_key *find_key(const struct nmreq_opt_parser *p, const char *name)
{
	int i;

	for (i = 0; i < p->nr_keys && i < NMREQ_OPT_MAXKEYS; i++) {
		if (strcmp(p->keys[i].key, name) == 0)
			return &p->keys[i];
	}
	return NULL;
}

/* Store the value of the key with this id. */
static int set_key(const struct decoding *d, const struct nmreq_opt_parser *p, int id,
		   const char *name, const char *value, struct nmreq_parse_ctx *pctx)
{
	if (id < 0 || id >= NMREQ_OPT_MAXKEYS)
		return ctx_fail(d->ctx, EINVAL, "option '%s': key '%s' has id %d: at most %d",
				p->prefix, name, id, NMREQ_OPT_MAXKEYS - 1);
	if (pctx->keys[id] != NULL)
		return ctx_fail(d->ctx, EINVAL, "'%s': option '%s': '%s' appears twice", d->all,
				p->prefix, name);
	pctx->keys[id] = value;
	return 0;
}

/* Parse key=value, or key. */
static int parse_key(const struct decoding *d, const struct nmreq_opt_parser *p, char *text,
		     struct nmreq_parse_ctx *pctx)
{
	const char *value = text_split(text, "=");
	const struct nmreq_opt_key *k = find_key(p, text);

	if (k == NULL)
		return ctx_fail(d->ctx, EINVAL, "'%s': option '%s' has no key '%s'", d->all,
				p->prefix, text);
	if (value == NULL || *value == '\0') {
		if (!(k->flags & NMREQ_OPTK_ALLOWEMPTY))
			return ctx_fail(d->ctx, EINVAL,
					"'%s': option '%s': '%s' needs a value: '%s=...'", d->all,
					p->prefix, text, text);
		value = "";
	}
	return set_key(d, p, k->id, text, value, pctx);
}

static int parse_keys(const struct decoding *d, const struct nmreq_opt_parser *p, char *text,
		      struct nmreq_parse_ctx *pctx)
{
	char *next;

	for (; text != NULL; text = next) {
		next = text_split(text, ",");
		if (parse_key(d, p, text, pctx))
			return -1;
	}
	return 0;
}

/* Store the value after '@option='. */
static int set_default(const struct decoding *d, const struct nmreq_opt_parser *p,
		       const char *value, struct nmreq_parse_ctx *pctx)
{
	int i;

	if (p->default_key < 0)
		return ctx_fail(d->ctx, EINVAL,
				"'%s': option '%s' has no default key: '@%s:key=...'", d->all,
				p->prefix, p->prefix);
	for (i = 0; i < p->nr_keys && i < NMREQ_OPT_MAXKEYS; i++) {
		if (p->keys[i].id == p->default_key && *value == '\0' &&
		    !(p->keys[i].flags & NMREQ_OPTK_ALLOWEMPTY))
			return ctx_fail(d->ctx, EINVAL, "'%s': a value is missing after '@%s='",
					d->all, p->prefix);
	}
	return set_key(d, p, p->default_key, "default", value, pctx);
}

static int check_required(const struct decoding *d, const struct nmreq_opt_parser *p,
			  const struct nmreq_parse_ctx *pctx)
{
	int i;

	for (i = 0; i < p->nr_keys && i < NMREQ_OPT_MAXKEYS; i++) {
		const struct nmreq_opt_key *k = &p->keys[i];

		if ((k->flags & NMREQ_OPTK_MUSTSET) && k->id >= 0 && k->id < NMREQ_OPT_MAXKEYS &&
		    pctx->keys[k->id] == NULL)
			return ctx_fail(d->ctx, EINVAL, "'%s': option '%s' needs '%s'", d->all,
					p->prefix, k->key);
	}
	return 0;
}

/* Parse one option, without its '@'. */
static int parse_option(const struct decoding *d, char *text)
{
	struct nmreq_parse_ctx pctx = { .ctx = d->ctx, .token = d->token };
	char sep = text[strcspn(text, ":=")];
	char *rest = text_split(text, ":=");
	struct nmreq_opt_parser *p = find_parser(d, text);
	int err = 0;

	if (p == NULL)
		return -1;
	if (sep == '=')
		err = set_default(d, p, rest, &pctx);
	else if (sep == ':')
		err = parse_keys(d, p, rest, &pctx);
	else if (!(p->flags & NMREQ_OPTF_ALLOWEMPTY))
		err = ctx_fail(d->ctx, EINVAL, "'%s': option '%s' needs a value", d->all,
			       p->prefix);
	if (err || check_required(d, p, &pctx))
		return -1;
	return p->parse(&pctx);
}

int nmreq_options_decode(const char *opt, struct nmreq_opt_parser *parsers, void *token,
			 struct nmctx *ctx)
{
	struct decoding d = { .all = opt, .parsers = parsers, .token = token, .ctx = ctx };
	size_t size = strlen(opt) + 1;
	char *text, *next;
	int err = 0, saved;

	if (*opt == '\0')
		return 0;
	if (*opt != '@')
		return ctx_fail(ctx, EINVAL,
				"unexpected '%s' where an option or the end was expected", opt);
	d.copy = ctx_alloc(ctx, size);
	if (d.copy == NULL)
		return -1;
	memcpy(d.copy, opt, size);
	for (text = d.copy + 1; text != NULL && !err; text = next) {
		next = text_split(text, "@");
		err = parse_option(&d, text);
	}
	saved = errno;
	nmctx_free(ctx, d.copy);
	errno = saved;
	return err ? -1 : 0;
}
