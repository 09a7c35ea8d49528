// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes bounds and the lines between them.  The first byte of the input chooses how wild
 * times are; the rest is crossings between two hosts: time, which way, how long it took.
 * A hull lets no line pass above a point that was added; a clock that was found obeys
 * every crossing.
 */
#include "fuzz.h"

#include <math.h>
#include <string.h>

#include "clock.h"

#define POINTS 400

struct crossing {
	uint64_t x;
	int64_t y;
	bool back;
};

struct input {
	struct crossing crossing[POINTS];
	size_t count;
};

static uint64_t take(const uint8_t **data, size_t *size, size_t bytes)
{
	uint64_t value = 0;

	bytes = bytes < *size ? bytes : *size;
	memcpy(&value, *data, bytes);
	*data += bytes;
	*size -= bytes;
	return value;
}

/* A clock 3 ms ahead, and delays of up to 16 ms: what records of two hosts say. */
static void read_tame(struct input *input, const uint8_t *data, size_t size)
{
	uint64_t x = 1ULL << 60;

	while (size && input->count < POINTS) {
		struct crossing *crossing = &input->crossing[input->count++];
		uint64_t word = take(&data, &size, 6);

		x += (word & 0xffff) << (word >> 16 & 15);
		crossing->x = x;
		crossing->back = word >> 20 & 1;
		crossing->y = (int64_t)(word >> 24) + (crossing->back ? -3000000 : 3000000);
	}
}

/* Whatever cw_align_learn() may hand on: times below 2^62, and their differences. */
static void read_wild(struct input *input, const uint8_t *data, size_t size)
{
	while (size && input->count < POINTS) {
		struct crossing *crossing = &input->crossing[input->count++];

		crossing->back = take(&data, &size, 1) & 1;
		crossing->x = take(&data, &size, 8) >> 2;
		crossing->y = (int64_t)(take(&data, &size, 8) >> 2);
		crossing->y -= (int64_t)crossing->x;
	}
}

static double lowest(const struct cw_bound *bound, uint64_t origin, double slope)
{
	double least = INFINITY;

	for (uint32_t w = 0; w < bound->count; w++)
		for (uint32_t i = 0; i < bound->window[w].count; i++) {
			const struct cw_bound_point *point = &bound->window[w].point[i];
			double over =
				(double)point->y - slope * (double)(int64_t)(point->x - origin);

			least = over < least ? over : least;
		}
	return least;
}

static void check_bound(const struct cw_bound *bound, const struct input *input, bool back)
{
	static const double SLOPES[] = { 0, 5e-4, -5e-4, 1e-5 };
	uint64_t last = 0;

	FUZZ_MUST(bound->count <= CW_BOUND_WINDOWS);
	for (uint32_t w = 0; w < bound->count; w++) {
		FUZZ_MUST(bound->window[w].count && bound->window[w].count <= CW_BOUND_POINTS);
		for (uint32_t i = 0; i < bound->window[w].count; i++) {
			FUZZ_MUST(bound->window[w].point[i].x > last || (!w && !i));
			last = bound->window[w].point[i].x;
			FUZZ_MUST(last >> bound->shift == bound->window[w].index);
		}
	}
	for (size_t s = 0; s < sizeof(SLOPES) / sizeof(*SLOPES) && !bound->lost; s++) {
		uint64_t origin = input->crossing[0].x;
		double least = lowest(bound, origin, SLOPES[s]);

		for (size_t i = 0; i < input->count; i++) {
			const struct crossing *c = &input->crossing[i];

			if (c->back == back)
				FUZZ_MUST(least <=
					  (double)c->y -
						  SLOPES[s] * (double)(int64_t)(c->x - origin) +
						  16);
		}
	}
}

/* A clock without a break is within what each crossing allows. */
static void check_clock(const struct cw_clock *clock, const struct input *input)
{
	FUZZ_MUST(clock->lines && clock->lines <= CW_CLOCK_LINES && clock->broken <= clock->lines);
	for (size_t i = 0; i < input->count; i++) {
		const struct crossing *c = &input->crossing[i];
		int64_t offset = cw_clock_offset(clock, c->x);

		FUZZ_MUST(cw_clock_uncertainty(clock, c->x) > 0);
		if (clock->lines == 1 && !clock->broken)
			FUZZ_MUST((c->back ? -offset : offset) <= c->y + 16);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cw_bound bound[2];
	static struct input input;
	struct cw_clock clock;
	bool wild;

	if (size < 2)
		return 0;
	input.count = 0;
	wild = data[0] & 1;
	if (wild)
		read_wild(&input, data + 1, size - 1);
	else
		read_tame(&input, data + 1, size - 1);
	memset(bound, 0, sizeof(bound));
	for (size_t i = 0; i < input.count; i++)
		cw_bound_add(&bound[input.crossing[i].back], input.crossing[i].x,
			     input.crossing[i].y);
	if (!wild) {
		check_bound(&bound[0], &input, false);
		check_bound(&bound[1], &input, true);
	}
	if (cw_clock_fit(&clock, &bound[0], &bound[1])) {
		if (!wild && !bound[0].lost && !bound[1].lost)
			check_clock(&clock, &input);
		for (size_t i = 0; i < input.count; i++) {
			cw_clock_offset(&clock, input.crossing[i].x);
			cw_clock_uncertainty(&clock, input.crossing[i].x);
		}
	}
	return 0;
}
