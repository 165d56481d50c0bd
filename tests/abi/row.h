/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One fact about the ABI beside what the headers make of it. Includes nothing: the tables are
 * also built as the engine is, without system headers.
 */
#ifndef TESTS_ABI_ROW_H
#define TESTS_ABI_ROW_H

/*
 * struct row - one comparison
 * @group: the struct it belongs to, or "constants"; rows of a group follow each other
 * @what: what was compared
 * @got: what the compiler says
 * @want: what it must be
 */
struct row {
	const char *group;
	const char *what;
	unsigned long long got;
	unsigned long long want;
};

#ifdef __cplusplus
extern "C" {
#endif
extern const struct row rows[];
extern const unsigned int nrows;
#ifdef __cplusplus
}
#endif

#endif /* TESTS_ABI_ROW_H */
