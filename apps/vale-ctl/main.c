/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vale-ctl: administers VALE switches with the letters that scripts know. nmctl does the same
 * by verbs, and more. Exit status: 0, 1 failed, 2 wrong usage.
 */
#include <stdio.h>
#include <string.h>

#include "../common/device.h"
#include "../common/request.h"
#include "vale-ctl.h"

#define DEVICE "/dev/netmap"

static int
run(const struct options *opt)
{
	struct errmsg err;
	int fd = device_open(DEVICE), status = EXIT_OK;

	if (fd < 0) {
		fprintf(stderr, "vale-ctl: " DEVICE ": %s%s\n", strerror(-fd),
		    request_open_hint(-fd));
		return EXIT_FAILED;
	}
	if (action_run(fd, opt, &err)) {
		fprintf(stderr, "vale-ctl: %s\n", err.text);
		status = EXIT_FAILED;
	}
	device_close(fd);
	return status;
}

int
main(int argc, char **argv)
{
	struct options opt;
	struct errmsg err;
	int status = EXIT_OK;

	switch (options_parse(&opt, argc, argv, &err)) {
	case OPTIONS_HELP:
		options_usage(true);
		break;
	case OPTIONS_BAD:
		fprintf(stderr, "vale-ctl: %s\n", err.text);
		options_usage(false);
		return EXIT_USAGE;
	default:
		status = run(&opt);
	}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("vale-ctl: standard output");
		return EXIT_FAILED;
	}
	return status;
}
