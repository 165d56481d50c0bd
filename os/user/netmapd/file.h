/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An open file of the device: a client of the engine, and what its polls wait for. The kernel
 * names it by its address in fh, which is good from the answer to open until release, and
 * sends release once, when no other message of the file is being answered or will come.
 */
#ifndef NETMAPD_FILE_H
#define NETMAPD_FILE_H

#include "../../../core/engine.h"
#include "../os_user.h"

struct file;

/* 0 or -errno; pid is the opening thread. */
int file_open(pid_t pid, struct file **out);
void file_close(struct file *f);
/* All that are open, at the end: nobody answers messages any more. */
void file_close_all(void);

struct nm_client *file_client(struct file *f);

/* The request for a doorbell; at most one a file. 0 or -errno. */
int file_doorbell(struct file *f, pid_t pid, struct nmreq_header *hdr);

/* NIOCTXSYNC (tx) or NIOCRXSYNC by that thread. */
int file_sync(struct file *f, pid_t pid, bool tx);
/* Sync the rings of every file where something moved. How many files that were. One thread's alone. */
uint32_t files_sync_moved(void);

/*
 * One look at the file, as poll() makes it. With watch, whoever polls is told by the kernel,
 * by kh, when it is time for another.
 */
uint32_t file_poll(struct file *f, pid_t pid, uint32_t events, uint64_t kh, bool watch);

#endif
