/* SPDX-License-Identifier: BSD-2-Clause */
/* The output: the plan or the schedule, rates, and how well the schedule was kept. */
#ifndef NMREPLAY_REPORT_H
#define NMREPLAY_REPORT_H

#include "../common/rate.h"
#include "options.h"
#include "sender.h"

/* Say what will be sent. Warnings about the file go to standard error. */
void replay_report_plan(const struct options *opt, const struct trace *t,
			const struct schedule *s);
/* Print a line per packet: ns after the start, its number in the file from 1 on, bytes. */
void replay_report_schedule(const struct trace *t, const struct schedule *s);
void replay_report_rates_if_due(const struct options *opt, const struct sender *s,
				struct rate_clock *clock, struct counts *last);
/* Call after the sender has been joined. */
void replay_report_totals(const struct options *opt, const struct sender *s);

#endif
