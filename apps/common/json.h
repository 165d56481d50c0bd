/* SPDX-License-Identifier: BSD-2-Clause */
/* Members of JSON objects, and an object as one line. */
#ifndef APPS_JSON_H
#define APPS_JSON_H

#include <json-c/json.h>
#include <stdio.h>

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

/* Prints it, frees it. */
static inline void json_print(FILE *f, struct json_object *o)
{
	fprintf(f, "%s\n",
		json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
							  JSON_C_TO_STRING_NOSLASHESCAPE));
	fflush(f);
	json_object_put(o);
}

#endif
