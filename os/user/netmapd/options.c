/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of netmapd. See options.h. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "settings.h"

#define CONFIG		"/etc/netmap/netmapd.conf"

static void usage(FILE *f)
{
	fputs("usage: netmapd [-fv] [-c FILE] [-d PATH] [-g GROUP] [-m MODE] [-u USER] [-p FILE]\n"
	      "               [-s NAME=VALUE]\n"
	      "\n"
	      "Serves /dev/netmap from this process, on any kernel with FUSE, without a module.\n"
	      "Returns when the device can be used.\n"
	      "\n"
	      "  -f, --foreground      stay, log to standard error\n"
	      "  -c, --config FILE     settings (" CONFIG ")\n"
	      "  -d, --device PATH     serve this file (/dev/netmap)\n"
	      "  -g, --group GROUP     group that may use it (netmap)\n"
	      "  -m, --mode MODE       its permissions, octal (0660)\n"
	      "  -u, --user USER       user to run as (netmap, or else nobody)\n"
	      "  -p, --pid-file FILE   write the process id there\n"
	      "  -s, --set NAME=VALUE  any setting\n"
	      "  -S, --settings        print all settings and their values, and exit\n"
	      "  -v, --verbose         log refusals and resets\n"
	      "  -V, --version\n"
	      "  -h, --help\n"
	      "\n"
	      "Exit status: 0 ended on request, 1 could not serve, 2 wrong usage.\n",
	      f);
}

static const struct option longs[] = {
	{ "foreground", no_argument, NULL, 'f' },
	{ "config", required_argument, NULL, 'c' },
	{ "device", required_argument, NULL, 'd' },
	{ "group", required_argument, NULL, 'g' },
	{ "mode", required_argument, NULL, 'm' },
	{ "user", required_argument, NULL, 'u' },
	{ "pid-file", required_argument, NULL, 'p' },
	{ "set", required_argument, NULL, 's' },
	{ "settings", no_argument, NULL, 'S' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};
#define SHORTS	"fc:d:g:m:u:p:s:SvVh"

static int option_set_pair(const char *pair)
{
	const char *eq = strchr(pair, '=');
	char name[64];

	if (!eq || (size_t)(eq - pair) >= sizeof(name)) {
		fprintf(stderr, "netmapd: --set takes NAME=VALUE, not '%s'\n", pair);
		return -1;
	}
	memcpy(name, pair, (size_t)(eq - pair));
	name[eq - pair] = '\0';
	return settings_set("--set", name, eq + 1);
}

static int option_apply(int c, const char *arg)
{
	switch (c) {
	case 'd': return settings_set("--device", "device", arg);
	case 'g': return settings_set("--group", "group", arg);
	case 'm': return settings_set("--mode", "mode", arg);
	case 'u': return settings_set("--user", "user", arg);
	case 'p': return settings_set("--pid-file", "pid_file", arg);
	case 's': return option_set_pair(arg);
	case 'v': return settings_set("--verbose", "verbose", "1");
	case 'f': settings.is_foreground = true; return 0;
	default: return 0;
	}
}

/* The configuration file is read first, wherever -c stands: the command line overrides it. */
int options_read(int argc, char **argv)
{
	const char *config = NULL;
	bool print = false;
	int c;

	while ((c = getopt_long(argc, argv, SHORTS, longs, NULL)) != -1) {
		switch (c) {
		case 'c': config = optarg; break;
		case 'S': print = true; break;
		case 'h': usage(stdout); return 0;
		case 'V': puts("netmapd " NM_VERSION); return 0;
		case '?': fputs("netmapd: see netmapd --help\n", stderr); return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "netmapd: unexpected operand '%s': see netmapd --help\n",
			argv[optind]);
		return 2;
	}
	if (settings_read(config ? config : CONFIG, config))
		return 2;
	optind = 1;
	while ((c = getopt_long(argc, argv, SHORTS, longs, NULL)) != -1)
		if (option_apply(c, optarg))
			return 2;
	if (!print)
		return -1;
	settings_print(stdout);
	return 0;
}
