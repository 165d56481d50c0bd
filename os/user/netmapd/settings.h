/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings of netmapd, by name: its own, and the engine's, which are those of the module's
 * parameters. The command line and the configuration file set the same names.
 */
#ifndef NETMAPD_SETTINGS_H
#define NETMAPD_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct settings {
	char device[256];	/* path at which clients find the device */
	char directory[256];	/* to serve; "" for the one of the device */
	char user[64];		/* to run as; "" for the best there is */
	char group[64];		/* of the device; "" for the best there is */
	char pid_file[256];	/* "" for none */
	uint32_t mode;		/* of the device */
	uint32_t domain;	/* enum domain_kind */
	uint32_t memory;	/* MiB that all regions may take; 0: half of what there is */
	uint32_t domain_memory;	/* MiB of one domain, except root's; 0: half of memory */
	int32_t numa_node;	/* -1: any */
	uint32_t workers;	/* threads always there; 0: one for each CPU and one more */
	uint32_t descriptors;	/* that may be open; 0: the hard limit, or 524288 if more */
	uint32_t latency;	/* enum latency */
	uint32_t busy;		/* enum busy */
	bool has_huge_pages, has_locked_memory, has_passthrough, has_sandbox, has_doorbells,
		has_device_bufs;
	bool is_foreground;
};

enum latency { LATENCY_OFF, LATENCY_AUTO, LATENCY_ON };
enum domain_kind { DOMAIN_SHARED, DOMAIN_USER, DOMAIN_USER_NET };
enum busy { BUSY_OFF, BUSY_AUTO, BUSY_ON };

extern struct settings settings;	/* const after start */

/*
 * Set a setting. Returns 0, or -1 with the error on standard error, after where: the path of a
 * file, or an option.
 */
int settings_set(const char *where, const char *name, const char *value);
/* Set those in a file. must: a missing file is an error. Returns as settings_set(). */
int settings_read(const char *path, bool must);
/* Print all names with their current values and their help. */
void settings_print(FILE *f);

#endif
