/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of our handles. Readers take no lock, because programs call pcap_breakloop() from
 * signal handlers: an entry's face is written last when it is added and first when it is removed,
 * and only a caller that has the face looks it up.
 */
#include "shim.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define HANDLES	256	/* open at the same time */

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;	/* for writers */
static struct {
	pcap_t *face;		/* atomic */
	struct handle *handle;	/* const while face is set */
} table[HANDLES];
static unsigned int table_used;	/* atomic; entries from here on never had a face */

struct handle *handle_of(pcap_t *face)
{
	unsigned int i, n = __atomic_load_n(&table_used, __ATOMIC_ACQUIRE);

	for (i = 0; i < n && face != NULL; i++) {
		if (__atomic_load_n(&table[i].face, __ATOMIC_ACQUIRE) == face)
			return table[i].handle;
	}
	return NULL;
}

static bool table_add(struct handle *h)
{
	unsigned int i;

	pthread_mutex_lock(&table_lock);
	for (i = 0; i < HANDLES && table[i].face != NULL; i++)
		;
	if (i < HANDLES) {
		table[i].handle = h;
		__atomic_store_n(&table[i].face, h->face, __ATOMIC_RELEASE);
		if (i >= table_used)
			__atomic_store_n(&table_used, i + 1, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&table_lock);
	return i < HANDLES;
}

static void table_remove(const struct handle *h)
{
	unsigned int i;

	pthread_mutex_lock(&table_lock);
	for (i = 0; i < HANDLES; i++) {
		if (table[i].face == h->face)
			__atomic_store_n(&table[i].face, NULL, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&table_lock);
}

static bool handle_init(struct handle *h, const char *name, int snaplen)
{
	h->snaplen = snaplen > 0 && snaplen <= SNAPLEN_MAX ? snaplen : SNAPLEN_MAX;
	h->promisc_fd = -1;
	h->break_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	h->name = strdup(name);
	h->face = pcap_open_dead(DLT_EN10MB, h->snaplen);
	return h->break_fd >= 0 && h->name != NULL && h->face != NULL;
}

struct handle *handle_new(const char *name, int snaplen, char *errbuf)
{
	struct handle *h = calloc(1, sizeof(*h));

	if (h == NULL || !handle_init(h, name, snaplen)) {
		snprintf(errbuf, PCAP_ERRBUF_SIZE, "%.64s: out of memory or descriptors", name);
		handle_free(h);
		return NULL;
	}
	if (!table_add(h)) {
		snprintf(errbuf, PCAP_ERRBUF_SIZE,
			 "%.64s: %u netmap ports are open in this program: close one first",
			 name, HANDLES);
		handle_free(h);
		return NULL;
	}
	return h;
}

void handle_free(struct handle *h)
{
	if (h == NULL)
		return;
	if (h->face != NULL) {
		table_remove(h);
		SYSTEM(pcap_close)(h->face);
	}
	if (h->break_fd > 0)
		close(h->break_fd);
	free(h->filter.bf_insns);
	free(h->name);
	free(h);
}

int handle_fail(struct handle *h, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(pcap_geterr(h->face), PCAP_ERRBUF_SIZE, fmt, ap);
	va_end(ap);
	return err;
}
