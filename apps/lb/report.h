/* SPDX-License-Identifier: BSD-2-Clause */
/* The output of a running lb. */
#ifndef LB_REPORT_H
#define LB_REPORT_H

#include "balancer.h"

void lb_report_start(const struct balancer *b);

/* Print a line per pipe and one for the port; with --json an object. */
/* Return what the port received, with the packets dropped at any pipe. */
struct counts lb_report_counts(const struct balancer *b);

void lb_report_table(const struct balancer *b, double seconds);

#endif
