// SPDX-License-Identifier: BSD-2-Clause
/*
 * nm-pcap: runs a program that uses libpcap with libnetmap-pcap.so preloaded. Exit status: the
 * program's; 2 wrong usage; 125 nothing can be preloaded; 126 it cannot be run; 127 not found.
 */
#include <errno.h>
#include <getopt.h>
#include <glob.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../pcap/named.h"
#include "../common/tool.h"
#include "program.h"

#define LIBRARY	"libnetmap-pcap.so"

/* Beside those of tool.h: as the shell and env(1) have them. */
enum { EXIT_UNFIT = 125, EXIT_NOT_RUN, EXIT_NOT_FOUND };

struct options {
	bool library;
};

static int check(void *options, int argc, char **argv, struct errmsg *err)
{
	const struct options *opt = options;

	if (opt->library && optind < argc)
		return errmsg_set(err, "--library takes no argument, not '%s'", argv[optind]);
	if (!opt->library && optind == argc)
		return errmsg_set(err, "no program to run");
	return 0;
}

static void set_defaults(void *options)
{
	*(struct options *)options = (struct options){ .library = false };
}

static const struct opt_def defs[] = {
	OPT_FLAG(0, "library", "print the path of the library to load", library),
	OPT_HELP('h', "print this text"),
	OPT_VERSION(0),
	OPT_END
};

static const struct opt_program nm_pcap_program = {
	.name = "nm-pcap",
	.synopsis = "PROGRAM [ARGUMENT...]",
	.defs = defs,
	.after = "\n"
		 "Runs a program that uses libpcap and lets it open netmap ports by names such as\n"
		 "netmap:eth0, netmap:x{1 and vale0:me; all other interfaces work as before.\n"
		 "\n"
		 "Example: nm-pcap tcpdump -n -i vale0:tap\n",
	.words = OPT_WORDS_LAST,
	.set_defaults = set_defaults,
	.check = check,
};

/* Find the library in our own folder or in the lib folder beside it. */
static const char *find_library(void)
{
	static const char *const folders[] = { "", "../lib/", "../lib/*/" };
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
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(pattern, sizeof(pattern), "%s/%s" LIBRARY, folder, folders[i]);
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

/* Put the library in front of others that are preloaded. */
static int set_preload(const char *library)
{
	const char *others = getenv("LD_PRELOAD");
	char *all;

	if (strpbrk(library, " :") != NULL) {
		fprintf(stderr, "nm-pcap: %s: a path with a space or a colon cannot be preloaded\n",
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

/* Return the port in an argument such as vale0:x, -ivale0:x or --interface=vale0:x, or NULL. */
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

/* Tell the library the ports: some programs open only what pcap_findalldevs() lists. */
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
		fprintf(stderr, "nm-pcap: " LIBRARY " is neither in this program's folder nor in "
			"the lib folder beside it\n");
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
	return tool_end(&nm_pcap_program, 0, NULL);
}

int main(int argc, char **argv)
{
	struct options opt;
	int status = tool_begin(&nm_pcap_program, &opt, argc, argv);

	if (status >= 0)
		return status;
	return opt.library ? print_library() : run(argv + optind);
}
