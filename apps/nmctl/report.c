// SPDX-License-Identifier: BSD-2-Clause
/* Rows as text and as JSON. Each cell is kept in both forms; one of them is printed. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../common/number.h"
#include "nmctl.h"
#include "report.h"
#include "words.h"

static void *must(void *p)
{
	if (!p) {
		fprintf(stderr, "nmctl: out of memory\n");
		exit(EXIT_FAILED);
	}
	return p;
}

void report_clean(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || (unsigned char)*s >= 0x7f)
			*s = '?';
}

void report_init(struct report *r, const char *name, const struct column *cols, size_t ncols)
{
	memset(r, 0, sizeof(*r));
	r->name = name;
	r->cols = cols;
	r->ncols = ncols;
	r->rows = must(json_object_new_array());
}

/* Takes ownership of the text, which is malloced, and of the object. */
static void add_cell(struct report *r, char *text, struct json_object *o)
{
	size_t col = r->ncells % r->ncols;

	if (r->ncells == r->room) {
		r->room = r->room ? 2 * r->room : 64;
		r->cells = must(reallocarray(r->cells, r->room, sizeof(*r->cells)));
	}
	if (!col) {
		r->row = must(json_object_new_object());
		json_object_array_add(r->rows, r->row);
	}
	r->cells[r->ncells++] = must(text);
	json_object_object_add(r->row, r->cols[col].key, must(o));
}

void report_text(struct report *r, const char *s)
{
	char *clean = must(strdup(s));

	report_clean(clean);
	add_cell(r, clean, json_object_new_string(clean));
}

void report_num(struct report *r, uint64_t v)
{
	char buf[NUMBER_LEN];

	snprintf(buf, sizeof(buf), "%llu", (unsigned long long)v);
	add_cell(r, strdup(buf), json_object_new_uint64(v));
}

void report_bytes(struct report *r, uint64_t v)
{
	char buf[NUMBER_LEN];

	number_format_bytes(buf, v);
	add_cell(r, strdup(buf), json_object_new_uint64(v));
}

void report_rate(struct report *r, double v)
{
	char buf[NUMBER_LEN];

	number_format(buf, v, "");
	add_cell(r, strdup(buf), json_object_new_double(v));
}

/* Local time. */
void report_time(struct report *r, uint64_t us)
{
	time_t s = (time_t)(us / 1000000);
	char buf[64] = "?";
	size_t len = 0;
	struct tm tm;

	if (localtime_r(&s, &tm))
		len = strftime(buf, sizeof(buf), "%Y-%m-%d %H:%M:%S", &tm);
	if (len)
		snprintf(buf + len, sizeof(buf) - len, ".%06u", (unsigned int)(us % 1000000));
	report_text(r, buf);
}

void report_share(struct report *r, uint32_t used, uint32_t total)
{
	char buf[NUMBER_LEN];

	snprintf(buf, sizeof(buf), "%u/%u", used, total);
	add_cell(r, strdup(buf), json_object_new_uint64(used));
}

void report_words(struct report *r, const char *const *words, size_t count)
{
	struct json_object *a = must(json_object_new_array());
	char text[128] = "";

	for (size_t i = 0; i < count; i++) {
		json_object_array_add(a, must(json_object_new_string(words[i])));
		strncat(text, i ? "," : "", sizeof(text) - strlen(text) - 1);
		strncat(text, words[i], sizeof(text) - strlen(text) - 1);
	}
	add_cell(r, strdup(count ? text : "-"), a);
}

static void print_json(const char *key, struct json_object *value)
{
	struct json_object *top = must(json_object_new_object());

	json_object_object_add(top, key, json_object_get(value));
	puts(json_object_to_json_string_ext(top, JSON_C_TO_STRING_PLAIN |
							 JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(top);
}

static void print_line(const struct report *r, const size_t *widths, size_t row, bool heading)
{
	for (size_t c = 0; c < r->ncols; c++) {
		const char *s = heading ? r->cols[c].title : r->cells[row * r->ncols + c];
		bool last = c + 1 == r->ncols;

		if (r->cols[c].right)
			printf("%*s", (int)widths[c], s);
		else if (last)
			printf("%s", s);	/* no trailing blanks */
		else
			printf("%-*s", (int)widths[c], s);
		printf("%s", last ? "\n" : "  ");
	}
}

static void print_table(const struct report *r)
{
	size_t *widths = must(calloc(r->ncols, sizeof(*widths)));

	for (size_t c = 0; c < r->ncols; c++)
		widths[c] = strlen(r->cols[c].title);
	for (size_t i = 0; i < r->ncells; i++)
		if (strlen(r->cells[i]) > widths[i % r->ncols])
			widths[i % r->ncols] = strlen(r->cells[i]);
	print_line(r, widths, 0, true);
	for (size_t row = 0; row < r->ncells / r->ncols; row++)
		print_line(r, widths, row, false);
	free(widths);
}

static void print_record(const struct report *r)
{
	size_t width = 0;

	for (size_t c = 0; c < r->ncols; c++)
		if (strlen(r->cols[c].title) > width)
			width = strlen(r->cols[c].title);
	for (size_t c = 0; c < r->ncells; c++)
		printf("%-*s  %s\n", (int)width, r->cols[c].title, r->cells[c]);
}

void report_discard(struct report *r)
{
	for (size_t i = 0; i < r->ncells; i++)
		free(r->cells[i]);
	free(r->cells);
	json_object_put(r->rows);
}

void report_end(struct report *r, bool json)
{
	if (json)
		print_json(r->name, r->rows);
	else
		print_table(r);
	report_discard(r);
}

void report_end_record(struct report *r, bool json)
{
	if (json)
		print_json(r->name, json_object_array_get_idx(r->rows, 0));
	else
		print_record(r);
	report_discard(r);
}

void report_error(const char *what, int err, const char *text, bool json)
{
	struct json_object *o;
	char *clean = must(strdup(text));

	report_clean(clean);
	fprintf(stderr, "nmctl: %s: %s [%s]\n", what, clean, words_errno(err));
	if (json) {
		o = must(json_object_new_object());
		json_object_object_add(o, "what", must(json_object_new_string(what)));
		json_object_object_add(o, "errno", must(json_object_new_int(err)));
		json_object_object_add(o, "error", must(json_object_new_string(words_errno(err))));
		json_object_object_add(o, "reason", must(json_object_new_string(clean)));
		print_json("error", o);
		json_object_put(o);
	}
	free(clean);
}

int listing_show(struct nmctl *n, const struct listing *l, const char *port)
{
	struct report r;
	void *array;
	size_t count;

	if (nmctl_list(n, l->what, port, l->size, &array, &count))
		return EXIT_FAILED;
	report_init(&r, l->name, l->cols, l->ncols);
	for (size_t i = 0; i < count; i++)
		l->add(&r, (char *)array + i * l->size);
	report_end(&r, n->opt.json);
	free(array);
	return EXIT_OK;
}
