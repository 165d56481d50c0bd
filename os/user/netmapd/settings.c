/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings by name. See settings.h. */
#define OS_PLATFORM
#include <errno.h>
#include <ini.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../../../core/engine.h"
#include "settings.h"
#include "settings_table.h"

#define INITIAL(kind, name, field, initial, min, max, help)	.field = initial,
struct settings settings = { NETMAPD_SETTINGS(INITIAL) };

enum kind { TEXT, NUMBER, OCTAL, YES_NO, ON_OFF_AUTO, DOMAIN };

#define AT(field)	offsetof(struct settings, field), sizeof(settings.field)

static const struct own {
	const char *name;
	enum kind kind;
	size_t at, size;
	int64_t min, max;
	const char *help;
} own[] = {
#define ENTRY(kind, name, field, initial, min, max, help) \
	{ #name, kind, AT(field), min, max, help },
	NETMAPD_SETTINGS(ENTRY)
};
#define OWN	(sizeof(own) / sizeof(own[0]))

static const char *const three_words[] = { "off", "auto", "on" };
static const char *const domain_words[] = { "shared", "uid", "uid+net" };

static void *field(const struct own *o)
{
	return (char *)&settings + o->at;
}

static bool number_of(const char *value, int base, int64_t min, int64_t max, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(value, &end, base);
	return *value && !*end && !errno && *out >= min && *out <= max;
}

static bool truth_of(const char *value, bool *out)
{
	static const char *const yes[] = { "yes", "on", "true", "1" };
	static const char *const no[] = { "no", "off", "false", "0" };
	size_t i;

	for (i = 0; i < 4; i++) {
		if (!strcmp(value, yes[i]) || !strcmp(value, no[i])) {
			*out = !strcmp(value, yes[i]);
			return true;
		}
	}
	return false;
}

static bool three_of(const char *const words[3], const char *value, uint32_t *out)
{
	uint32_t i;

	for (i = 0; i < 3; i++) {
		if (!strcmp(value, words[i])) {
			*out = i;
			return true;
		}
	}
	return false;
}

static int own_set(const char *where, const struct own *o, const char *value)
{
	int64_t n;

	switch (o->kind) {
	case TEXT:
		if (strlen(value) < o->size) {
			strcpy(field(o), value);
			return 0;
		}
		fprintf(stderr, "netmapd: %s: %s is longer than %zu bytes\n", where, o->name,
			o->size - 1);
		return -1;
	case NUMBER:
	case OCTAL:
		if (number_of(value, o->kind == OCTAL ? 8 : 0, o->min, o->max, &n)) {
			*(int32_t *)field(o) = (int32_t)n;
			return 0;
		}
		fprintf(stderr,
			o->kind == OCTAL ? "netmapd: %s: %s must be %llo to %llo, not '%s'\n" :
					   "netmapd: %s: %s must be %lld to %lld, not '%s'\n",
			where, o->name, (long long)o->min, (long long)o->max, value);
		return -1;
	case YES_NO:
		if (truth_of(value, field(o)))
			return 0;
		fprintf(stderr, "netmapd: %s: %s must be yes or no, not '%s'\n", where, o->name,
			value);
		return -1;
	case ON_OFF_AUTO:
		if (three_of(three_words, value, field(o)))
			return 0;
		fprintf(stderr, "netmapd: %s: %s must be on, off or auto, not '%s'\n", where,
			o->name, value);
		return -1;
	case DOMAIN:
		if (three_of(domain_words, value, field(o)))
			return 0;
		fprintf(stderr, "netmapd: %s: %s must be shared, uid or uid+net, not '%s'\n",
			where, o->name, value);
		return -1;
	}
	return -1;
}

static const struct nm_setting *setting_find(const char *name)
{
	uint32_t i;

	for (i = 0; i < nm_setting_count; i++)
		if (!strcmp(nm_settings[i].name, name))
			return &nm_settings[i];
	return NULL;
}

static int setting_set(const char *where, const struct nm_setting *t, const char *value)
{
	int64_t n;

	if (number_of(value, 0, t->min, t->max, &n) && !nm_setting_set(t->name, (uint32_t)n))
		return 0;
	fprintf(stderr, "netmapd: %s: %s must be %u to %u, not '%s'\n", where, t->name, t->min,
		t->max, value);
	return -1;
}

int settings_set(const char *where, const char *name, const char *value)
{
	const struct nm_setting *t = setting_find(name);
	size_t i;

	if (t)
		return setting_set(where, t, value);
	for (i = 0; i < OWN; i++)
		if (!strcmp(own[i].name, name))
			return own_set(where, &own[i], value);
	fprintf(stderr, "netmapd: %s: there is no setting '%s' (netmapd --settings lists them)\n",
		where, name);
	return -1;
}

struct reading {
	const char *path;
	bool failed;
};

/* Called for each line with a name; sections are ignored. */
static int line_of(void *arg, const char *section, const char *name, const char *value)
{
	struct reading *r = arg;

	(void)section;
	if (settings_set(r->path, name, value))
		r->failed = true;
	return 1;
}

int settings_read(const char *path, bool must)
{
	struct reading r = { .path = path };
	int line = ini_parse(path, line_of, &r);

	if (line == -1 && !must && errno == ENOENT)
		return 0;
	if (line < 0)
		fprintf(stderr, "netmapd: cannot read %s: %s\n", path, strerror(errno));
	else if (line > 0)
		fprintf(stderr, "netmapd: %s:%d: a line must be 'name = value'\n", path, line);
	return line || r.failed ? -1 : 0;
}

static void own_print(FILE *f, const struct own *o)
{
	char value[32];

	switch (o->kind) {
	case TEXT:
		fprintf(f, "%-16s %-12s %s\n", o->name, (char *)field(o), o->help);
		return;
	case NUMBER:
		snprintf(value, sizeof(value), "%d", *(int32_t *)field(o));
		break;
	case OCTAL:
		snprintf(value, sizeof(value), "%04o", *(uint32_t *)field(o));
		break;
	case YES_NO:
		snprintf(value, sizeof(value), "%s", *(bool *)field(o) ? "yes" : "no");
		break;
	case DOMAIN:
		snprintf(value, sizeof(value), "%s", domain_words[*(uint32_t *)field(o)]);
		break;
	case ON_OFF_AUTO:
		snprintf(value, sizeof(value), "%s", three_words[*(uint32_t *)field(o)]);
		break;
	}
	fprintf(f, "%-16s %-12s %s\n", o->name, value, o->help);
}

void settings_print(FILE *f)
{
	uint32_t i;

	for (i = 0; i < OWN; i++)
		own_print(f, &own[i]);
	for (i = 0; i < nm_setting_count; i++)
		fprintf(f, "%-16s %-12u %s\n", nm_settings[i].name,
			nm_setting_get(nm_settings[i].name), nm_settings[i].help);
}
