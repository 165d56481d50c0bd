/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions of eventfds and of interrupts that sleepers use. */
#ifndef OS_USER_EVENT_H
#define OS_USER_EVENT_H

#include "os_user.h"

int os_event_fd(const struct os_event *e);
/* Set the sleeper that an interrupt wakes; NULL: none. */
void os_interrupt_join(struct os_interrupt *i, struct os_sleeper *s);

#endif
