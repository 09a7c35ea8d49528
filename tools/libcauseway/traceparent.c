// SPDX-License-Identifier: GPL-2.0
/*
 * W3C trace context's traceparent and trace ids as text.  Pure: text and values in,
 * values and text out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

static int digit_value(char c)
{
	/* Lower case only: W3C trace context, 3.2.2. */
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static bool hex_read(const char *text, uint8_t *out, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		int high = digit_value(text[2 * i]);
		int low = high < 0 ? -1 : digit_value(text[2 * i + 1]);

		if (low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool all_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

CW_EXPORT const char *cw_trace_id_parse(const char *text, uint8_t out[CW_TRACE_ID_LEN])
{
	if (strlen(text) != CW_TRACE_ID_SIZE - 1)
		return "a trace id has 32 hex digits";
	if (!hex_read(text, out, CW_TRACE_ID_LEN))
		return "a trace id has the digits 0-9 and a-f (lower case) only";
	if (all_zero(out, CW_TRACE_ID_LEN))
		return "a trace id of zeros only is not valid";
	return NULL;
}

CW_EXPORT void cw_trace_id_format(const uint8_t id[CW_TRACE_ID_LEN], char out[CW_TRACE_ID_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < CW_TRACE_ID_LEN; i++) {
		out[2 * i] = digits[id[i] >> 4];
		out[2 * i + 1] = digits[id[i] & 0xf];
	}
	out[CW_TRACE_ID_SIZE - 1] = '\0';
}

CW_EXPORT void cw_traceparent_format(const struct cw_task_context *context,
				     char out[CW_TRACEPARENT_SIZE])
{
	char trace_id[CW_TRACE_ID_SIZE];

	cw_trace_id_format(context->trace_id, trace_id);
	snprintf(out, CW_TRACEPARENT_SIZE, "00-%s-%016" PRIx64 "-%02x", trace_id, context->span_id,
		 (unsigned int)context->flags);
}

/* Checks length and separators; a later version may append more behind a dash. */
static const char *shape_check(const char *text)
{
	size_t length = strlen(text);

	if (length < CW_TRACEPARENT_SIZE - 1)
		return "too short: it reads 00-TRACEID-SPANID-FLAGS with 2, 32, 16 and 2 hex digits";
	if (text[2] != '-' || text[35] != '-' || text[52] != '-')
		return "dashes not where they belong: it reads 00-TRACEID-SPANID-FLAGS with 2, 32, 16 and 2 hex digits";
	if (length == CW_TRACEPARENT_SIZE - 1)
		return NULL;
	if (!strncmp(text, "00", 2) || text[CW_TRACEPARENT_SIZE - 1] != '-')
		return "too long";
	return NULL;
}

CW_EXPORT const char *cw_traceparent_parse(const char *text, struct cw_task_context *out)
{
	const char *wrong = shape_check(text);
	uint8_t version, flags, trace_id[CW_TRACE_ID_LEN], span[8];

	if (wrong)
		return wrong;
	if (!hex_read(text, &version, 1) || !hex_read(text + 3, trace_id, sizeof(trace_id)) ||
	    !hex_read(text + 36, span, sizeof(span)) || !hex_read(text + 53, &flags, 1))
		return "only the digits 0-9 and a-f (lower case) are allowed";
	if (version == 0xff)
		return "version ff is not valid";
	if (all_zero(trace_id, sizeof(trace_id)))
		return "a trace id of zeros only is not valid";
	if (all_zero(span, sizeof(span)))
		return "a span id of zeros only is not valid";
	memcpy(out->trace_id, trace_id, sizeof(trace_id));
	out->span_id = 0;
	for (int i = 0; i < 8; i++)
		out->span_id = out->span_id << 8 | span[i];
	out->flags = flags & CW_CONTEXT_SAMPLED;
	return NULL;
}
