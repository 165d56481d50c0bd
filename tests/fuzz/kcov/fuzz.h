/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fuzzer of /dev/netmap inside a guest, guided by KCOV: programs of random calls are run, and
 * those that reach new code of netmap.ko are kept and altered further.
 */
#ifndef KCOV_FUZZ_H
#define KCOV_FUZZ_H

#include "port.h"

#define OPS		48u	/* calls in a program, at most */
#define OP_BYTES	24u
#define FILES		5u	/* open files that a program can use */
#define WORKERS		2u	/* threads for calls that may wait, such as loops */
#define TRACES		(1 + WORKERS)

/* One call: its arguments are taken from bytes in turn, then zeros. */
struct op {
	uint8_t kind;		/* modulo the number of kinds: ops.c */
	uint8_t file;		/* low bits: which file; high bits: which thread */
	uint8_t bytes[OP_BYTES - 2];
};

struct program {
	uint32_t len;
	struct op op[OPS];
};

/* ---- program.c: how programs come about, and their text ---- */
unsigned int seed_count(void);
void program_seed(struct program *p, unsigned int i);	/* one that is known to be sensible */
/* A new one, from one or two of the corpus or from nothing (NULL). */
void program_mutate(struct program *to, const struct program *a, const struct program *b,
		    struct rng *r);
void program_print(const struct program *p);	/* comments, one call a line: file NAME below */
int program_read(struct program *p, const char *path);	/* 0 or -errno */

/* ---- ops.c: running them ---- */
bool run_begin(void);			/* once in the process that runs programs */
void run_program(const struct program *p);
unsigned int op_kinds(void);
const char *op_name(unsigned int kind);

/* ---- cover.c: what they reach ---- */
/* False: this kernel has no KCOV or the module's place is unknown. Before any fork. */
bool cover_begin(void);
/* Start and end of recording what the calling thread does, as number i. */
void cover_on(unsigned int i);
void cover_off(unsigned int i);
void cover_clear(void);
/* Add what was recorded; returns how many edges were new. */
unsigned int cover_add(void);
unsigned int cover_pcs(void);		/* different places reached, of all processes */
void cover_print(void);			/* them all, as offsets in the module */

#endif
