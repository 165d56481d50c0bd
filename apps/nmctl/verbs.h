/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs, one file for each group. Each returns an exit status.
 */
#ifndef NMCTL_VERBS_H
#define NMCTL_VERBS_H

#include "nmctl.h"

/* show_ports.c, show_rings.c, show_regions.c, show_switches.c, show_stats.c */
int show_ports(struct nmctl *n);
int show_rings(struct nmctl *n);
int show_regions(struct nmctl *n);
int show_switches(struct nmctl *n);
int show_stats(struct nmctl *n);

/* show_engine.c */
int show_objects(struct nmctl *n);
int show_tunables(struct nmctl *n);

/* failures.c */
int show_failures(struct nmctl *n);
int show_why(struct nmctl *n);

/* top.c */
extern const struct opt top_opts[];
int show_top(struct nmctl *n);

/* status.c */
int show_status(struct nmctl *n);

/* vale_attach.c */
extern const struct opt attach_opts[];
int vale_attach(struct nmctl *n);
int vale_detach(struct nmctl *n);

/* vale_new.c */
extern const struct opt new_opts[];
int vale_new(struct nmctl *n);
int vale_delete(struct nmctl *n);

/* vale_list.c */
int vale_list(struct nmctl *n);

/* vale_port.c */
extern const struct opt poll_opts[];
int port_header(struct nmctl *n);
int port_poll(struct nmctl *n);

#endif
