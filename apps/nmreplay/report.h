/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user sees: the schedule, rates, and how well it was kept. */
#ifndef NMREPLAY_REPORT_H
#define NMREPLAY_REPORT_H

#include "options.h"
#include "sender.h"

/* What there is to send; doubts about the file go to standard error. */
void replay_report_plan(const struct options *opt, const struct trace *t, const struct schedule *s);
/* A line for each packet: ns after the start, its number in the file from 1 on, bytes. */
void replay_report_schedule(const struct trace *t, const struct schedule *s);
/* packets and bytes are those of the last second. */
void replay_report_rate(const struct options *opt, double at, uint64_t packets, uint64_t bytes);
/* The sender has been joined. */
void replay_report_summary(const struct options *opt, const struct sender *s);

#endif
