// SPDX-License-Identifier: BSD-2-Clause
/* The actions: one request each, and a line or a JSON object about the result. */
#include <stdio.h>

#include "../common/json.h"
#include "../common/request.h"
#include "vale-ctl.h"

static struct json_object *port_object(const char *port)
{
	struct json_object *o = json_object_new_object();

	json_put_text(o, "port", port);
	return o;
}

/* Print a port and a number that belongs to it. */
static void print_number(const struct options *opt, const char *key, const char *words,
			 uint64_t value)
{
	struct json_object *o;

	if (!opt->json) {
		printf("%s: %s %llu\n", opt->port, words, (unsigned long long)value);
		return;
	}
	o = port_object(opt->port);
	json_put_number(o, key, value);
	json_print(stdout, o);
}

/* Print a port and a word; key is for JSON, words are for the line. */
static void print_word(const struct options *opt, const char *key, const char *word,
		       const char *words)
{
	struct json_object *o;

	if (!opt->json) {
		printf("%s: %s\n", opt->port, words);
		return;
	}
	o = port_object(opt->port);
	json_put_text(o, key, word);
	json_print(stdout, o);
}

static int refused(int fd, int error, const struct options *opt, struct errmsg *err)
{
	char text[NM_REASON_LEN];

	request_explain(fd, error, text, sizeof(text));
	return errmsg_set(err, "%s%s%s", opt->port ? opt->port : "", opt->port ? ": " : "", text);
}

/* Print a line, or with JSON append an object to the array that is context. */
static void add_port(void *context, const struct nmreq_vale_list *at, const char *name)
{
	struct json_object *array = context, *o;

	if (!array) {
		printf("bridge:%u port:%u %s\n", at->nr_bridge_idx, at->nr_port_idx, name);
		return;
	}
	o = port_object(name);
	json_put_number(o, "switch_index", at->nr_bridge_idx);
	json_put_number(o, "index", at->nr_port_idx);
	json_object_array_add(array, o);
}

static int list(int fd, const struct options *opt, struct errmsg *err)
{
	struct json_object *array = opt->json ? json_object_new_array() : NULL;
	struct nmreq_vale_list at = { 0 };
	int error;

	if (!opt->port) {
		error = request_walk_ports(fd, add_port, array);
	} else {
		error = request_send(fd, NETMAP_REQ_VALE_LIST, opt->port, &at, NULL);
		if (error == 0)
			add_port(array, &at, opt->port);
	}
	if (error) {
		json_object_put(array);
		return refused(fd, error, opt, err);
	}
	if (array)
		json_print(stdout, array);
	return 0;
}

static int rings(int fd, const struct options *opt, struct errmsg *err)
{
	struct nmreq_port_info_get body = { 0 };
	int error = request_send(fd, NETMAP_REQ_PORT_INFO_GET, opt->port, &body, NULL);

	if (error)
		return refused(fd, error, opt, err);
	print_number(opt, "rx_rings", "receive rings", body.nr_rx_rings);
	return 0;
}

static int attach(int fd, const struct options *opt, struct errmsg *err)
{
	struct nmreq_vale_attach body = { 0 };
	int error;

	body.reg.nr_mode = opt->action == ACTION_ATTACH_HOST ? NR_REG_NIC_SW : NR_REG_ALL_NIC;
	body.reg.nr_mem_id = (uint16_t)opt->mem_id;
	error = request_send(fd, NETMAP_REQ_VALE_ATTACH, opt->port, &body, NULL);
	if (error)
		return refused(fd, error, opt, err);
	print_number(opt, "index", "attached as port", body.port_index);
	return 0;
}

static int detach(int fd, const struct options *opt, struct errmsg *err)
{
	struct nmreq_vale_detach body = { 0 };
	int error = request_send(fd, NETMAP_REQ_VALE_DETACH, opt->port, &body, NULL);

	if (error)
		return refused(fd, error, opt, err);
	print_number(opt, "index", "detached, was port", body.port_index);
	return 0;
}

/* A single number of slots or of rings holds for both directions. */
static int create(int fd, const struct options *opt, struct errmsg *err)
{
	const unsigned int *c = opt->config;
	struct nmreq_vale_newif body = {
		.nr_tx_slots = c[0],
		.nr_rx_slots = opt->config_count > 1 ? c[1] : c[0],
		.nr_tx_rings = (uint16_t)c[2],
		.nr_rx_rings = (uint16_t)(opt->config_count > 3 ? c[3] : c[2]),
		.nr_mem_id = (uint16_t)opt->mem_id,
	};
	int error = request_send(fd, NETMAP_REQ_VALE_NEWIF, opt->port, &body, NULL);

	if (error)
		return refused(fd, error, opt, err);
	print_number(opt, "region", "created, memory region", body.nr_mem_id);
	return 0;
}

static int delete(int fd, const struct options *opt, struct errmsg *err)
{
	int error = request_send(fd, NETMAP_REQ_VALE_DELIF, opt->port, NULL, NULL);

	if (error)
		return refused(fd, error, opt, err);
	print_word(opt, "done", "removed", "removed");
	return 0;
}

static int polling(int fd, const struct options *opt, struct errmsg *err)
{
	bool on = opt->action == ACTION_POLL_ON;
	struct nmreq_vale_polling body = {
		.nr_mode = opt->config[0] == 1 ? NETMAP_POLLING_MODE_MULTI_CPU :
						 NETMAP_POLLING_MODE_SINGLE_CPU,
		.nr_first_cpu_id = opt->config[1],
		.nr_num_polling_cpus = opt->config_count > 2 ? opt->config[2] : 1,
	};
	int error =
		request_send(fd,
			     on ? NETMAP_REQ_VALE_POLLING_ENABLE : NETMAP_REQ_VALE_POLLING_DISABLE,
			     opt->port, &body, NULL);

	if (error)
		return refused(fd, error, opt, err);
	print_word(opt, "polling", on ? "on" : "off", on ? "polling on" : "polling off");
	return 0;
}

int action_run(int fd, const struct options *opt, struct errmsg *err)
{
	switch (opt->action) {
	case ACTION_LIST:
		return list(fd, opt, err);
	case ACTION_RINGS:
		return rings(fd, opt, err);
	case ACTION_ATTACH:
	case ACTION_ATTACH_HOST:
		return attach(fd, opt, err);
	case ACTION_DETACH:
		return detach(fd, opt, err);
	case ACTION_NEW:
		return create(fd, opt, err);
	case ACTION_REMOVE:
		return delete(fd, opt, err);
	default:
		return polling(fd, opt, err);
	}
}
