/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine lock: one mutex for all configuration. No data path takes it, and its holder never
 * accesses the caller's memory, which may take long.
 */
#ifndef NM_LOCK_H
#define NM_LOCK_H

#include "os.h"

void nm_lock_init(void);
void nm_lock_exit(void);
void nm_lock(void);
void nm_unlock(void);
void nm_assert_locked(void);

#endif
