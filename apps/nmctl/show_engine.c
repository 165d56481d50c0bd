// SPDX-License-Identifier: BSD-2-Clause
/*
 * nmctl objects and nmctl tunables: the engine's own account of what it made and ended,
 * and its settings.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "listing.h"
#include "verbs.h"

static const struct column object_columns[] = {
	{ "name", "OBJECT", false },
	{ "created", "CREATED", true },
	{ "destroyed", "DESTROYED", true },
	{ "alive", "ALIVE", true },
};

static void add_object(struct report *r, void *record)
{
	struct nm_info_object *o = record;

	o->name[sizeof(o->name) - 1] = 0;
	report_text(r, o->name);
	report_num(r, o->created);
	report_num(r, o->destroyed);
	report_num(r, o->created - o->destroyed);
}

static const struct listing objects = {
	.what = NM_INSPECT_OBJECTS,
	.size = sizeof(struct nm_info_object),
	.name = "objects",
	LISTING_COLUMNS(object_columns),
	.add = add_object,
};

int show_objects(struct nmctl *n)
{
	return listing_show(n, &objects, NULL);
}

static const struct column tunable_columns[] = {
	{ "name", "TUNABLE", false }, { "value", "VALUE", true }, { "initial", "INITIAL", true },
	{ "min", "MIN", true },	      { "max", "MAX", true },	  { "help", "MEANING", false },
};

static void add_tunable(struct report *r, const struct nm_info_tunable *t)
{
	report_text(r, t->name);
	report_num(r, t->value);
	report_num(r, t->initial);
	report_num(r, t->min);
	report_num(r, t->max);
	report_text(r, t->help);
}

int show_tunables(struct nmctl *n)
{
	const char *wanted = n->args.operand_count ? n->args.operands[0] : NULL;
	struct nm_info_tunable *t;
	struct report r;
	void *array;
	size_t count, shown = 0;

	if (nmctl_list(n, NM_INSPECT_TUNABLES, NULL, sizeof(*t), &array, &count))
		return EXIT_FAILED;
	report_init(&r, "tunables", tunable_columns,
		    sizeof(tunable_columns) / sizeof(tunable_columns[0]));
	t = array;
	for (size_t i = 0; i < count; i++, t++) {
		t->name[sizeof(t->name) - 1] = 0;
		t->help[sizeof(t->help) - 1] = 0;
		if (wanted && strcmp(wanted, t->name))
			continue;
		add_tunable(&r, t);
		shown++;
	}
	free(array);
	if (wanted && !shown) {
		report_drop(&r);
		report_error(wanted, ENOENT, "there is no setting of this name", n->args.json);
		return EXIT_FAILED;
	}
	report_end(&r, n->args.json);
	return EXIT_OK;
}
