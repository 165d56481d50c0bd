/* SPDX-License-Identifier: BSD-2-Clause */
/* How nm-pcap tells the library which ports its command line names. */
#ifndef PCAP_NAMED_H
#define PCAP_NAMED_H

#define NAMED_PORTS	"NM_PCAP_PORTS"	/* environment variable */
#define NAMED_END	' '		/* between two names, none of which has any */

#endif
