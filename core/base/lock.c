// SPDX-License-Identifier: BSD-2-Clause
/* The engine lock. See lock.h. */
#include "base/lock.h"

static struct os_mutex engine_lock;

void nm_lock_init(void)
{
	os_mutex_init(&engine_lock, "nm_engine");
}

void nm_lock_exit(void)
{
	os_mutex_destroy(&engine_lock);
}

void nm_lock(void)
{
	os_mutex_lock(&engine_lock);
}

void nm_unlock(void)
{
	os_mutex_unlock(&engine_lock);
}

void nm_assert_locked(void)
{
	os_assert_held(&engine_lock);
}
