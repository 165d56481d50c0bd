// SPDX-License-Identifier: BSD-2-Clause
/* Emulated cards by sysfs: see card.h. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "card.h"
#include "link.h"
#include "program.h"

#define NETS	"/sys/class/net"

static int text_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[n < 0 ? 0 : n] = 0;
	text[strcspn(text, "\n")] = 0;
	return n < 0 ? -errno : 0;
}

static int text_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return err;
}

/* The last component of the path that a link in the device's folder points to. */
static void link_end(const char *name, const char *link, char *out, size_t size)
{
	char path[128], to[256], *end;
	ssize_t n;

	snprintf(path, sizeof(path), NETS "/%s/%s", name, link);
	n = readlink(path, to, sizeof(to) - 1);
	to[n < 0 ? 0 : n] = 0;
	end = strrchr(to, '/');
	snprintf(out, size, "%.30s", end ? end + 1 : to);
}

/* A virtio device lies between the network device and the PCI device. */
static void slot_of(const char *name, char *out, size_t size)
{
	char path[128], *full, *end;

	snprintf(path, sizeof(path), NETS "/%s/device", name);
	full = realpath(path, NULL);
	end = full ? strstr(full, "/virtio") : NULL;
	if (end)
		*end = 0;
	end = full ? strrchr(full, '/') : NULL;
	snprintf(out, size, "%.30s", end ? end + 1 : "");
	free(full);
}

static unsigned int count_queues(const char *name, const char *kind)
{
	char path[128];
	unsigned int n = 0;

	do {
		snprintf(path, sizeof(path), NETS "/%s/queues/%s-%u", name, kind, n);
	} while (!access(path, F_OK) && ++n);
	return n;
}

static bool has_address(const char *name, const char *address)
{
	char path[128], text[64];

	snprintf(path, sizeof(path), NETS "/%.15s/address", name);
	return strlen(name) < IFNAMSIZ && !text_read(path, text, sizeof(text)) &&
	       !strcmp(text, address);
}

bool card_find(unsigned int pair, unsigned int end, struct card *c)
{
	struct dirent *e;
	char address[32];
	DIR *dir = opendir(NETS);

	memset(c, 0, sizeof(*c));
	c->pair = pair;
	c->end = end;
	snprintf(address, sizeof(address), "02:6e:6d:00:%02x:%02x", pair, end);
	while (dir && (e = readdir(dir))) {
		if (has_address(e->d_name, address))
			strcpy(c->name, e->d_name);
	}
	if (dir)
		closedir(dir);
	if (!*c->name)
		return false;
	link_end(c->name, "device/driver/module", c->driver, sizeof(c->driver));
	slot_of(c->name, c->slot, sizeof(c->slot));
	c->queues[0] = count_queues(c->name, "tx");
	c->queues[1] = count_queues(c->name, "rx");
	return true;
}

bool card_ready(unsigned int pair, unsigned int end, struct card *c)
{
	unsigned int tries;

	for (tries = 0; tries < 500; tries++) {
		if (card_find(pair, end, c) && !link_set_up(c->name, 1))
			return link_wait(c->name);
		sleep_ms(10);
	}
	return false;
}

/* The PCI device's driver: that of virtio's bus has another name. */
static int driver_write(const struct card *c, const char *file)
{
	bool virtio = !strcmp(c->driver, "virtio_net");
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/%s",
		 virtio ? "virtio-pci" : c->driver, file);
	return text_write(path, c->slot);
}

int card_unbind(const struct card *c)
{
	return driver_write(c, "unbind");
}

int card_bind(const struct card *c)
{
	return driver_write(c, "bind");
}

int card_remove(const struct card *c)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/remove", c->slot);
	return text_write(path, "1");
}

int cards_rescan(void)
{
	return text_write("/sys/bus/pci/rescan", "1");
}

static int run(const char *command, const char *name)
{
	char line[128];

	snprintf(line, sizeof(line), "%s %s", command, name);
	return system(line) ? -EBUSY : 0;
}

int card_driver_unload(const struct card *c)
{
	return run("rmmod", c->driver);
}

int card_driver_load(const struct card *c)
{
	return run("modprobe", c->driver);
}
