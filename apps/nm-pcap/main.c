// SPDX-License-Identifier: BSD-2-Clause
/*
 * nm-pcap: runs a program that uses libpcap with libnetmap-pcap.so loaded before. Exit status: the
 * program's; 2 wrong usage; 125 it cannot be helped; 126 it cannot be run; 127 it is not there.
 */
#include <errno.h>
#include <glob.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../pcap/named.h"
#include "program.h"

#define LIBRARY	"libnetmap-pcap.so"

enum { EXIT_OK, EXIT_USAGE = 2, EXIT_UNFIT = 125, EXIT_NOT_RUN, EXIT_NOT_FOUND };

static const char help[] =
	"usage: nm-pcap PROGRAM [ARGUMENT...]\n"
	"\n"
	"Runs a program that uses libpcap, and lets it open netmap ports by names such as\n"
	"netmap:eth0, netmap:x{1 and vale0:me; all other interfaces are as they were.\n"
	"\n"
	"  -h, --help\n"
	"      --library     print where the library is that gets loaded\n"
	"\n"
	"Example: nm-pcap tcpdump -n -i vale0:tap\n";

/* Beside us, or where we were installed. */
static const char *find_library(void)
{
	static const char *const places[] = { "", "../lib/", "../lib/*/" };
	static char found[PATH_MAX];
	char own[PATH_MAX], pattern[PATH_MAX + 64];
	ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);
	const char *folder;
	glob_t list;
	size_t i;

	if (n < 0)
		return NULL;
	own[n] = '\0';
	folder = dirname(own);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(pattern, sizeof(pattern), "%s/%s" LIBRARY, folder, places[i]);
		if (glob(pattern, 0, NULL, &list) != 0)
			continue;
		if (realpath(list.gl_pathv[0], found) == NULL)
			found[0] = '\0';
		globfree(&list);
		if (found[0] != '\0')
			return found;
	}
	return NULL;
}

/* Before what others want to be loaded. */
static int set_preload(const char *library)
{
	const char *others = getenv("LD_PRELOAD");
	char *all;

	if (strpbrk(library, " :") != NULL) {
		fprintf(stderr, "nm-pcap: %s: a path with a space or a colon cannot be loaded\n",
			library);
		return -1;
	}
	if (asprintf(&all, "%s%s%s", library, others ? ":" : "", others ? others : "") < 0 ||
	    setenv("LD_PRELOAD", all, 1) != 0) {
		perror("nm-pcap");
		return -1;
	}
	free(all);
	return 0;
}

/* The port in an argument such as vale0:x, -ivale0:x, --interface=vale0:x; NULL if there is none. */
static const char *port_in(const char *arg)
{
	const char *name = strstr(arg, "netmap:");

	if (!name)
		name = strstr(arg, "nm:");
	if (!name)
		name = strstr(arg, "vale");
	if (!name || strchr(name, ':') == NULL || strchr(name, NAMED_END) != NULL)
		return NULL;
	if (name == arg || arg[0] == '-')
		return name;
	return NULL;
}

/* Some programs open nothing that pcap_findalldevs() does not list. */
static int name_ports(char **argv)
{
	char *all = strdup(""), *longer;
	const char *port;

	for (; all && *argv; argv++) {
		port = port_in(*argv);
		if (!port)
			continue;
		if (asprintf(&longer, "%s%c%s", all, NAMED_END, port) < 0)
			longer = NULL;
		free(all);
		all = longer;
	}
	if (!all || setenv(NAMED_PORTS, all, 1) != 0) {
		perror("nm-pcap");
		return -1;
	}
	free(all);
	return 0;
}

static int run(char **argv)
{
	const char *library = find_library();
	char path[PATH_MAX];
	struct errmsg err;

	if (!library) {
		fprintf(stderr, "nm-pcap: " LIBRARY " is neither beside this program nor in the "
				"lib folder beside its own\n");
		return EXIT_UNFIT;
	}
	if (program_find(path, argv[0]) != 0) {
		fprintf(stderr, "nm-pcap: %s: %s\n", argv[0], strerror(errno));
		return errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
	}
	if (program_check(path, &err) != 0 || program_check_helper(path, &err) != 0) {
		fprintf(stderr, "nm-pcap: %s\n", err.text);
		return EXIT_UNFIT;
	}
	if (set_preload(library) != 0 || name_ports(argv + 1) != 0)
		return EXIT_UNFIT;
	execv(path, argv);
	fprintf(stderr, "nm-pcap: %s: %s\n", path, strerror(errno));
	return EXIT_NOT_RUN;
}

static int print_library(void)
{
	const char *library = find_library();

	if (!library)
		return EXIT_UNFIT;
	puts(library);
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	if (argc > 1 && argv[1][0] != '-')
		return run(argv + 1);
	if (argc == 2 && (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)) {
		fputs(help, stdout);
		return EXIT_OK;
	}
	if (argc == 2 && strcmp(argv[1], "--library") == 0)
		return print_library();
	if (argc > 1)
		fprintf(stderr, "nm-pcap: no option %s\n", argv[1]);
	fprintf(stderr, "usage: nm-pcap PROGRAM [ARGUMENT...]\n       nm-pcap --help says more\n");
	return EXIT_USAGE;
}
