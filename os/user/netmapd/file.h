/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An open file of the device: a client of the engine, and the watcher of its polls. The kernel
 * names it by its address, in fh, from the reply to open until release. It sends release once,
 * after the last other message of the file was answered.
 */
#ifndef NETMAPD_FILE_H
#define NETMAPD_FILE_H

#include "../../../core/engine.h"
#include "../os_user.h"

struct domain;
struct file;

/*
 * Open a file of a domain for a thread of that user. Takes over the caller's reference to the
 * domain. Returns 0 or -errno.
 */
int file_open(struct domain *d, pid_t pid, uid_t uid, struct file **out);
/* Close a file; calls workers_detached() when its port is free. */
void file_close(struct file *f);
/* For a request that is abandoned: the file stays, after its release too, until it is put. */
void file_get(struct file *f);
void file_put(struct file *f);
/* Close all that are open. Called at the end, when no thread answers messages any longer. */
void file_close_all(void);

struct nm_client *file_client(struct file *f);

/* A thread has closed a descriptor of the file: end a sync loop that its process runs by it. */
void file_descriptor_closed(struct file *f, pid_t pid);
/* Return whether the thread, which is in a call on a descriptor, has it no longer. */
bool file_is_closed_by(const struct os_caller *caller);

/* Serve a request for a doorbell; a file has at most one. Returns 0 or -errno. */
int file_doorbell(struct file *f, struct os_caller *caller, struct nmreq_header *hdr);

/* Make NIOCTXSYNC (tx) or NIOCRXSYNC for that thread. */
int file_sync(struct file *f, pid_t pid, bool tx);
/*
 * Sync the rings of every file that moved. Returns the number of files. Only one thread calls it.
 */
uint32_t files_sync_moved(void);

/*
 * Poll the file once, as poll() does, and return the ready events. With watch, notify the kernel,
 * by kh, when it has to poll again.
 */
uint32_t file_poll(struct file *f, pid_t pid, uint32_t events, uint64_t kh, bool watch);

#endif
