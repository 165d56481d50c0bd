/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Members of JSON objects, and an object as one line. The keys are the same for the same thing in
 * all tools: docs/decisions/0018-options.md lists them, and tests/apps/run checks that.
 */
#ifndef APPS_JSON_H
#define APPS_JSON_H

#include <json-c/json.h>
#include <stdio.h>

#include "drops.h"
#include "rate.h"

static inline void json_put_number(struct json_object *o, const char *key, uint64_t value)
{
	json_object_object_add(o, key, json_object_new_uint64(value));
}

static inline void json_put_real(struct json_object *o, const char *key, double value)
{
	json_object_object_add(o, key, json_object_new_double(value));
}

static inline void json_put_text(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

static inline void json_put_bool(struct json_object *o, const char *key, bool value)
{
	json_object_object_add(o, key, json_object_new_boolean(value));
}

static inline void json_put_counts(struct json_object *o, const struct counts *c)
{
	json_put_number(o, "packets", c->packets);
	json_put_number(o, "bytes", c->bytes);
	json_put_number(o, "drops", c->drops);
}

/* The causes of drops by the engine; "drops" itself is the caller's. */
static inline void json_put_causes(struct json_object *o, const struct drops *d)
{
	json_put_number(o, "drops_noroom", d->by_cause[NM_DROP_NOROOM]);
	json_put_number(o, "drops_nodest", d->by_cause[NM_DROP_NODEST]);
	json_put_number(o, "drops_badframe", d->by_cause[NM_DROP_BADFRAME]);
	json_put_number(o, "drops_toolong", d->by_cause[NM_DROP_TOOLONG]);
	json_put_number(o, "drops_fault", d->by_cause[NM_DROP_FAULT]);
	json_put_number(o, "drops_header", d->by_cause[NM_DROP_HEADER]);
}

/* Print the object and free it. */
static inline void json_print(FILE *f, struct json_object *o)
{
	const int form = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;

	fprintf(f, "%s\n", json_object_to_json_string_ext(o, form));
	fflush(f);
	json_object_put(o);
}

#endif
