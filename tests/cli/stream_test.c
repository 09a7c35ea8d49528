// SPDX-License-Identifier: GPL-2.0
/*
 * The receiving half of libcauseway without a kernel module: messages of the event
 * stream are made here, whole and broken, and the account of what came is checked.
 * A netlink socket is used only to show that another process is not believed.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libmnl/libmnl.h>

#include <linux/genetlink.h>

#include "stream.h"

#define FAMILY 0x30
#define SESSION 7

static char message_bytes[4096];

static struct nlmsghdr *message_begin(uint8_t command)
{
	struct nlmsghdr *header;
	struct genlmsghdr *genl;

	memset(message_bytes, 0, sizeof(message_bytes));
	header = mnl_nlmsg_put_header(message_bytes);
	header->nlmsg_type = FAMILY;
	genl = mnl_nlmsg_put_extra_header(header, sizeof(*genl));
	genl->cmd = command;
	return header;
}

static struct nlmsghdr *batch_make(uint32_t session, uint64_t seq, uint32_t cpu, size_t records)
{
	struct nlmsghdr *header = message_begin(CW_CMD_EVENTS);
	union cw_record record[8] = { 0 };

	for (size_t i = 0; i < records; i++)
		record[i].event.length = (uint32_t)(100 * seq + i);
	mnl_attr_put_u32(header, CW_A_SESSION_ID, session);
	mnl_attr_put_u64(header, CW_A_BATCH_SEQ, seq);
	mnl_attr_put_u32(header, CW_A_BATCH_CPU, cpu);
	mnl_attr_put_u64(header, CW_A_SESSION_PRODUCED, 10 * seq);
	mnl_attr_put_u64(header, CW_A_SESSION_SENT, 9 * seq);
	mnl_attr_put_u64(header, CW_A_SESSION_DROPPED, seq);
	mnl_attr_put(header, CW_A_RECORDS, records * sizeof(record[0]), record);
	return header;
}

static struct cw_session *session_make(void)
{
	struct cw_session *session = calloc(1, sizeof(*session));

	assert_non_null(session);
	session->family = FAMILY;
	session->id = SESSION;
	session->slots = malloc((size_t)CW_STREAM_SLOTS * CW_STREAM_MESSAGE);
	session->aligned = malloc(CW_STREAM_MESSAGE);
	assert_non_null(session->slots);
	assert_non_null(session->aligned);
	return session;
}

static void session_drop(struct cw_session *session)
{
	if (session->socket)
		mnl_socket_close(session->socket);
	free(session->early);
	free(session->cpus);
	free(session->slots);
	free(session->aligned);
	free(session);
}

/* Hands one message to the session as if it had been received. */
static void deliver(struct cw_session *session, const struct nlmsghdr *header, size_t size,
		    cw_batch_fn fn, void *data)
{
	session->early = malloc(size);
	assert_non_null(session->early);
	memcpy(session->early, header, size);
	session->early_size = size;
	cw_stream_early(session, fn, data);
}

static void deliver_batch(struct cw_session *session, uint64_t seq, uint32_t cpu, size_t records)
{
	struct nlmsghdr *header = batch_make(SESSION, seq, cpu, records);

	deliver(session, header, header->nlmsg_len, NULL, NULL);
}

static int on_batch(const struct cw_batch *batch, void *data)
{
	*(struct cw_batch *)data = *batch;
	assert_int_equal((uintptr_t)batch->records % 8, 0);
	for (size_t i = 0; i < batch->count; i++)
		assert_int_equal(batch->records[i].event.length, 100 * batch->seq + i);
	return 0;
}

static void whole_batch_is_handed_on(void **state)
{
	struct cw_session *session = session_make();
	struct nlmsghdr *header = batch_make(SESSION, 3, 1, 5);
	struct cw_batch batch = { 0 };

	(void)state;
	deliver(session, header, header->nlmsg_len, on_batch, &batch);
	assert_int_equal(batch.count, 5);
	assert_int_equal(batch.seq, 3);
	assert_int_equal(batch.cpu, 1);
	assert_int_equal(batch.produced, 30);
	assert_int_equal(batch.sent, 27);
	assert_int_equal(batch.dropped, 3);
	session_drop(session);
}

static void gaps_are_counted_in_any_order(void **state)
{
	struct cw_session *session = session_make();
	struct cw_session_result result;

	(void)state;
	deliver_batch(session, 1, 0, 2);
	deliver_batch(session, 5, 1, 2);
	deliver_batch(session, 3, 0, 2);
	cw_session_peek(session, &result);
	assert_int_equal(result.batches, 3);
	assert_int_equal(result.gaps, 2);
	assert_int_equal(result.received, 6);
	/* The latest of CPU 0 is 30, of CPU 1 is 50. */
	assert_int_equal(result.kernel.produced, 80);
	assert_int_equal(result.lost, 74);
	assert_false(result.final);
	session_drop(session);
}

static void report_without_records_is_a_batch(void **state)
{
	struct cw_session *session = session_make();
	struct cw_session_result result;

	(void)state;
	deliver_batch(session, 1, 0, 0);
	cw_session_peek(session, &result);
	assert_int_equal(result.batches, 1);
	assert_int_equal(result.broken, 0);
	assert_int_equal(result.kernel.dropped, 1);
	session_drop(session);
}

static void other_sessions_batch_is_ignored(void **state)
{
	struct cw_session *session = session_make();
	struct nlmsghdr *header = batch_make(SESSION + 1, 1, 0, 2);
	struct cw_session_result result;

	(void)state;
	deliver(session, header, header->nlmsg_len, NULL, NULL);
	cw_session_peek(session, &result);
	assert_int_equal(result.received, 0);
	assert_int_equal(result.batches, 0);
	session_drop(session);
}

static void cut_messages_never_count_as_records(void **state)
{
	struct cw_session *session = session_make();
	struct nlmsghdr *header = batch_make(SESSION, 1, 0, 3);
	size_t whole = header->nlmsg_len;
	struct cw_session_result result;

	(void)state;
	for (size_t size = 0; size < whole; size++) {
		header = batch_make(SESSION, 1, 0, 3);
		if (size >= sizeof(*header))
			header->nlmsg_len = (uint32_t)size;
		deliver(session, header, size, NULL, NULL);
	}
	cw_session_peek(session, &result);
	assert_int_equal(result.received, 0);
	assert_true(result.broken > 0);
	session_drop(session);
}

static void wrong_attributes_are_broken(void **state)
{
	struct cw_session *session = session_make();
	struct nlmsghdr *header = message_begin(CW_CMD_EVENTS);
	char odd[65] = "";

	(void)state;
	/* A number of another size. */
	mnl_attr_put_u32(header, CW_A_SESSION_ID, SESSION);
	mnl_attr_put_u32(header, CW_A_BATCH_SEQ, 1);
	mnl_attr_put(header, CW_A_RECORDS, 64, odd);
	deliver(session, header, header->nlmsg_len, NULL, NULL);
	assert_int_equal(session->account.broken, 1);
	/* One and a bit of a record. */
	header = message_begin(CW_CMD_EVENTS);
	mnl_attr_put_u32(header, CW_A_SESSION_ID, SESSION);
	mnl_attr_put_u64(header, CW_A_BATCH_SEQ, 1);
	mnl_attr_put(header, CW_A_RECORDS, sizeof(odd), odd);
	deliver(session, header, header->nlmsg_len, NULL, NULL);
	assert_int_equal(session->account.broken, 2);
	assert_int_equal(session->account.received, 0);
	session_drop(session);
}

static void huge_cpu_number_takes_no_memory(void **state)
{
	struct cw_session *session = session_make();

	(void)state;
	deliver_batch(session, 1, UINT32_MAX, 2);
	assert_int_equal(session->account.received, 2);
	assert_int_equal(session->cpu_count, 0);
	session_drop(session);
}

static void batches_before_the_answer_are_kept(void **state)
{
	struct cw_session *session = session_make();
	struct nlmsghdr *header = batch_make(SESSION, 1, 0, 4);
	struct cw_batch batch = { 0 };

	(void)state;
	session->id = 0;
	deliver(session, header, header->nlmsg_len, on_batch, &batch);
	assert_int_equal(batch.count, 0);
	assert_non_null(session->early);
	assert_int_equal(session->early_size, MNL_ALIGN(header->nlmsg_len));
	session->id = SESSION;
	cw_stream_early(session, on_batch, &batch);
	assert_int_equal(batch.count, 4);
	session_drop(session);
}

static int on_batch_stop(const struct cw_batch *batch, void *data)
{
	(void)batch;
	++*(int *)data;
	return -ECANCELED;
}

static void callers_refusal_is_remembered(void **state)
{
	struct cw_session *session = session_make();
	struct nlmsghdr *header = batch_make(SESSION, 1, 0, 1);
	int calls = 0;

	(void)state;
	deliver(session, header, header->nlmsg_len, on_batch_stop, &calls);
	assert_int_equal(calls, 1);
	assert_int_equal(session->stopped, -ECANCELED);
	assert_int_equal(session->account.received, 1);
	session_drop(session);
}

static struct nlmsghdr *end_make(uint32_t session, uint8_t why)
{
	struct nlmsghdr *header = message_begin(CW_CMD_SESSION_NTF);

	mnl_attr_put_u32(header, CW_A_SESSION_ID, session);
	mnl_attr_put_u8(header, CW_A_SESSION_END, why);
	mnl_attr_put_u64(header, CW_A_SESSION_PRODUCED, 50);
	mnl_attr_put_u64(header, CW_A_SESSION_SENT, 48);
	mnl_attr_put_u64(header, CW_A_SESSION_DROPPED, 2);
	return header;
}

static void deliver_end(struct cw_session *session, const struct nlmsghdr *header)
{
	deliver(session, header, header->nlmsg_len, NULL, NULL);
}

static void end_by_itself_is_told(void **state)
{
	struct cw_session *session = session_make();

	(void)state;
	deliver_batch(session, 1, 0, 2);
	assert_int_equal(cw_session_ended(session), 0);
	deliver_end(session, end_make(SESSION, CW_SESSION_END_NETNS));
	assert_int_equal(cw_session_ended(session), CW_SESSION_END_NETNS);
	assert_int_equal(session->last.produced, 50);
	assert_int_equal(session->last.sent, 48);
	assert_int_equal(session->last.dropped, 2);
	assert_int_equal(session->account.received, 2);
	assert_int_equal(session->account.broken, 0);
	session_drop(session);
}

/* A reason of a later kernel module ends it as well. */
static void unknown_reason_is_an_end(void **state)
{
	struct cw_session *session = session_make();

	(void)state;
	deliver_end(session, end_make(SESSION, 200));
	assert_int_equal(cw_session_ended(session), 200);
	session_drop(session);
}

static void other_sessions_end_is_ignored(void **state)
{
	struct cw_session *session = session_make();

	(void)state;
	deliver_end(session, end_make(SESSION + 1, CW_SESSION_END_NETNS));
	assert_int_equal(cw_session_ended(session), 0);
	assert_int_equal(session->account.broken, 0);
	session_drop(session);
}

static void broken_end_is_none(void **state)
{
	struct cw_session *session = session_make();
	struct nlmsghdr *header = message_begin(CW_CMD_SESSION_NTF);

	(void)state;
	mnl_attr_put_u32(header, CW_A_SESSION_ID, SESSION);
	deliver_end(session, header);
	assert_int_equal(session->account.broken, 1);
	header = message_begin(CW_CMD_SESSION_NTF);
	mnl_attr_put_u8(header, CW_A_SESSION_END, CW_SESSION_END_NETNS);
	deliver_end(session, header);
	assert_int_equal(session->account.broken, 2);
	header = message_begin(CW_CMD_SESSION_NTF);
	mnl_attr_put_u32(header, CW_A_SESSION_ID, SESSION);
	mnl_attr_put_u32(header, CW_A_SESSION_END, CW_SESSION_END_NETNS);
	deliver_end(session, header);
	assert_int_equal(session->account.broken, 3);
	assert_int_equal(cw_session_ended(session), 0);
	session_drop(session);
}

static struct mnl_socket *socket_make(void)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_USERSOCK, SOCK_CLOEXEC);

	assert_non_null(socket);
	assert_return_code(mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID), errno);
	return socket;
}

/* On the protocol where every process may send to every port. */
static void other_process_is_not_believed(void **state)
{
	struct cw_session *session = session_make();
	struct nlmsghdr *header = batch_make(SESSION, 1, 0, 4);
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	struct mnl_socket *liar = socket_make();

	(void)state;
	session->socket = socket_make();
	to.nl_pid = mnl_socket_get_portid(session->socket);
	assert_int_equal(sendto(mnl_socket_get_fd(liar), header, header->nlmsg_len, 0,
				(struct sockaddr *)&to, sizeof(to)),
			 header->nlmsg_len);
	assert_int_equal(cw_stream_take(session, CW_STREAM_SLOTS, NULL, NULL), 0);
	assert_int_equal(session->account.received, 0);
	assert_int_equal(cw_stream_take(session, CW_STREAM_SLOTS, NULL, NULL), -EAGAIN);
	mnl_socket_close(liar);
	session_drop(session);
}

/* The controller of generic netlink is always there to answer. */
static void kernels_answer_ends_the_waiting(void **state)
{
	struct cw_session *session = session_make();
	struct nlmsghdr *header = message_begin(CTRL_CMD_GETFAMILY);
	int taken = -EAGAIN;

	(void)state;
	session->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	assert_non_null(session->socket);
	assert_return_code(mnl_socket_bind(session->socket, 0, MNL_SOCKET_AUTOPID), errno);
	header->nlmsg_type = GENL_ID_CTRL;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	header->nlmsg_seq = session->reply.seq = 42;
	mnl_attr_put_strz(header, CTRL_ATTR_FAMILY_NAME, "nlctrl");
	assert_return_code(mnl_socket_sendto(session->socket, header, header->nlmsg_len), errno);
	for (int i = 0; i < 100 && !session->reply.done; i++)
		taken = cw_stream_take(session, CW_STREAM_SLOTS, NULL, NULL);
	assert_int_equal(taken, 0);
	assert_true(session->reply.done);
	assert_int_equal(session->reply.error, 0);
	session_drop(session);
}

static void traceparent_round_trip(void **state)
{
	static const char text[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
	struct cw_task_context context = { 0 };
	char out[CW_TRACEPARENT_SIZE];

	(void)state;
	assert_null(cw_traceparent_parse(text, &context));
	assert_int_equal(context.trace_id[0], 0x0a);
	assert_int_equal(context.trace_id[15], 0x9c);
	assert_true(context.span_id == 0xb7ad6b7169203331);
	assert_int_equal(context.flags, CW_CONTEXT_SAMPLED);
	cw_traceparent_format(&context, out);
	assert_string_equal(out, text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_batch_is_handed_on),
		cmocka_unit_test(gaps_are_counted_in_any_order),
		cmocka_unit_test(report_without_records_is_a_batch),
		cmocka_unit_test(other_sessions_batch_is_ignored),
		cmocka_unit_test(cut_messages_never_count_as_records),
		cmocka_unit_test(wrong_attributes_are_broken),
		cmocka_unit_test(huge_cpu_number_takes_no_memory),
		cmocka_unit_test(batches_before_the_answer_are_kept),
		cmocka_unit_test(callers_refusal_is_remembered),
		cmocka_unit_test(end_by_itself_is_told),
		cmocka_unit_test(unknown_reason_is_an_end),
		cmocka_unit_test(other_sessions_end_is_ignored),
		cmocka_unit_test(broken_end_is_none),
		cmocka_unit_test(other_process_is_not_believed),
		cmocka_unit_test(kernels_answer_ends_the_waiting),
		cmocka_unit_test(traceparent_round_trip),
	};

	return cmocka_run_group_tests_name("libcauseway's event stream", tests, NULL, NULL);
}
