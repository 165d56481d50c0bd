/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs another test program as a part of this one. */
#ifndef SYSTEST_NESTED_H
#define SYSTEST_NESTED_H

/*
 * Runs argv[0], a program that prints TAP, and passes its points and comments through as points
 * of this program, each after "NAME: ". One more point says whether it kept its plan and ended
 * as its points say. The program gets --deadline with the seconds that this one has left.
 */
void nested_run(const char *name, const char *const argv[]);

/* The path of a program that lies in the same folder as this one; valid until the next call. */
const char *nested_path(const char *program);

#endif
