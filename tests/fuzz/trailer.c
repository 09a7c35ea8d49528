// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes the overlay trailer: bytes as they may stand behind a packet, the fields of one,
 * and a packet's layers, chosen by the first byte of the input.  Bytes that are read as a
 * trailer are written as the same bytes.
 */
#include "fuzz.h"

#include <string.h>

#include "trailer.h"

static void check_bytes(const uint8_t *data, size_t size)
{
	uint8_t *exact, out[CW_TRAILER_LEN];
	struct cw_trailer got;
	uint32_t inner;
	int err;

	if (size < 4 + CW_TRAILER_LEN)
		return;
	memcpy(&inner, data, 4);
	exact = malloc(CW_TRAILER_LEN);
	FUZZ_MUST(exact);
	memcpy(exact, data + 4, CW_TRAILER_LEN);
	err = cw_trailer_read(exact, inner, &got);
	FUZZ_MUST(!err || err == -EINVAL || err == -EPROTONOSUPPORT);
	if (!err) {
		FUZZ_MUST(got.message && got.class < 8);
		cw_trailer_write(&got, inner, out);
		FUZZ_MUST(!memcmp(out, exact, CW_TRAILER_LEN));
	}
	free(exact);
}

static void check_fields(const uint8_t *data, size_t size)
{
	struct cw_trailer t, got;
	uint8_t out[CW_TRAILER_LEN];
	uint32_t inner;

	if (size < 37)
		return;
	memcpy(&inner, data, 4);
	memcpy(t.trace_id, data + 4, 16);
	memcpy(&t.message, data + 20, 8);
	memcpy(&t.time, data + 28, 8);
	t.trace_id[0] |= 1;
	t.message |= 1;
	t.class = data[36] & 7;
	t.sampled = data[36] & 8;
	t.response = data[36] & 16;
	cw_trailer_write(&t, inner, out);
	FUZZ_MUST(!cw_trailer_read(out, inner, &got));
	FUZZ_MUST(!memcmp(t.trace_id, got.trace_id, 16) && t.message == got.message &&
		  t.time == got.time && t.class == got.class && t.sampled == got.sampled &&
		  t.response == got.response);
	/* With one bit changed somewhere else, it is no trailer. */
	out[data[0] % CW_TRAILER_LEN] ^= (uint8_t)(1 << (data[1] & 7));
	FUZZ_MUST(cw_trailer_read(out, inner, &got));
}

static void check_place(const uint8_t *data, size_t size)
{
	struct cw_dissection d;
	uint32_t offset, inner;

	if (size < sizeof(d))
		return;
	memset(&d, 0, sizeof(d));
	d.count = data[0] % (CW_DISSECT_LAYERS + 1);
	for (unsigned int i = 0; i < CW_DISSECT_LAYERS; i++) {
		d.layer[i].network = (uint32_t)data[1 + 4 * i];
		d.layer[i].end = d.layer[i].network + data[2 + 4 * i];
		d.layer[i].fragment = data[3 + 4 * i] & 1;
	}
	inner = cw_trailer_place(&d, &offset);
	if (!inner)
		return;
	FUZZ_MUST(d.count > 1 && offset == d.layer[d.count - 1].end);
	FUZZ_MUST(offset + CW_TRAILER_LEN == d.layer[d.count - 2].end);
	FUZZ_MUST(inner == d.layer[d.count - 1].end - d.layer[d.count - 1].network);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	switch (data[0] % 3) {
	case 0:
		check_bytes(data + 1, size - 1);
		break;
	case 1:
		check_fields(data + 1, size - 1);
		break;
	default:
		check_place(data + 1, size - 1);
	}
	return 0;
}
