// SPDX-License-Identifier: BSD-2-Clause
/* Prints the lists that scripts/settings.sh keeps in manual pages and in etc/netmapd.conf. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "../core/settings_table.h"
#include "../os/user/netmapd/settings_table.h"

struct row {
	const char *name, *initial, *help;
	long long min, max;
	enum { NUMBER, TEXT, OCTAL, YES_NO, ON_OFF_AUTO, DOMAIN } kind;
};

#define ENGINE(id, n, lo, hi, start, text)	{ #n, #start, text, lo, hi, NUMBER },
static const struct row engine[] = { NM_SETTINGS(ENGINE) };

#define DAEMON(kind, n, field, start, lo, hi, text)	{ #n, #start, text, lo, hi, kind },
static const struct row daemon_own[] = { NETMAPD_SETTINGS(DAEMON) };

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define STRING(x)	#x
#define VALUE(x)	STRING(x)

/* As a person writes it: "" is nothing, true is yes, BUSY_OFF is off. */
static const char *initial_of(const struct row *r)
{
	static char text[64];
	const char *from = strrchr(r->initial, '_');
	size_t i;

	switch (r->kind) {
	case TEXT:
		snprintf(text, sizeof(text), "%.*s", (int)strlen(r->initial) - 2, r->initial + 1);
		return text;
	case YES_NO:
		return strcmp(r->initial, "true") ? "no" : "yes";
	case ON_OFF_AUTO:
		for (i = 0; from && from[i + 1]; i++)
			text[i] = (char)tolower((unsigned char)from[i + 1]);
		text[i] = '\0';
		return text;
	case DOMAIN:
		return strcmp(r->initial, "DOMAIN_USER_NET") ? r->initial : "uid+net";
	default:
		return r->initial;
	}
}

static void print_man(const struct row *r)
{
	printf(".It Va %s\n%c%s.\n", r->name, toupper((unsigned char)r->help[0]), r->help + 1);
	if (r->kind == NUMBER)
		printf("Default %s, from %lld to %lld.\n", initial_of(r), r->min, r->max);
	else if (*initial_of(r))
		printf("Default %s.\n", initial_of(r));
}

static void print_conf(const struct row *r)
{
	const char *value = initial_of(r);

	if (!strcmp(r->name, "region_mb"))
		value = VALUE(NETMAPD_REGION_MB);
	printf("# %c%s.\n", toupper((unsigned char)r->help[0]), r->help + 1);
	printf("#%s =%s%s\n", r->name, *value ? " " : "", value);
}

static void print_all(const struct row *r, size_t n, void (*print)(const struct row *r))
{
	for (; n; n--, r++)
		print(r);
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	if (!strcmp(what, "netmap.4"))
		print_all(engine, COUNT(engine), print_man);
	else if (!strcmp(what, "netmapd.8"))
		print_all(daemon_own, COUNT(daemon_own), print_man);
	else if (!strcmp(what, "netmapd.conf")) {
		print_all(daemon_own, COUNT(daemon_own), print_conf);
		puts("\n# ---- the engine: as the module's parameters, see netmap(4) ----");
		print_all(engine, COUNT(engine), print_conf);
	} else {
		return 2;
	}
	return 0;
}
