// SPDX-License-Identifier: BSD-2-Clause
/*
 * nmctl switches: the VALE switches, what they have learnt and what they had to flood.
 */
#include <stdlib.h>

#include "report.h"
#include "verbs.h"

static const struct column columns[] = {
	{ "name", "SWITCH", false },
	{ "index", "INDEX", true },
	{ "ports", "PORTS", true },
	{ "stations", "STATIONS", true },
	{ "flooded", "FLOODED", true },
	{ "moved", "MOVED", true },
};

int show_switches(struct nmctl *n)
{
	struct nm_info_switch *s;
	struct report r;
	void *array;
	size_t count;

	if (nmctl_list(n, NM_INSPECT_SWITCHES, NULL, sizeof(*s), &array, &count))
		return EXIT_FAILED;
	report_init(&r, "switches", columns, sizeof(columns) / sizeof(columns[0]));
	s = array;
	for (size_t i = 0; i < count; i++, s++) {
		s->name[sizeof(s->name) - 1] = 0;
		report_text(&r, s->name);
		report_num(&r, s->index);
		report_num(&r, s->ports);
		report_num(&r, s->stations);
		report_num(&r, s->flooded);
		report_num(&r, s->moved);
	}
	report_end(&r, n->args.json);
	free(array);
	return EXIT_OK;
}
