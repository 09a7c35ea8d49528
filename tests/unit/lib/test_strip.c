// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of taking options off a segment.  Option bytes are copied to a heap block of just
 * their length, so that the address sanitizer sees every byte touched beyond.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "option.h"
#include "strip.h"

#define ROOM 40
#define LONG                   \
	"\xfd\x1c\x43\x57\x20" \
	"0123456789abcdef"     \
	"\1\2\3\4\5\0\0"
#define SHORT "\xfd\x08\x43\x57\0\0\0\0"
#define STAMPS       \
	"\1\1\x8\xa" \
	"abcdefgh"
#define OBI                \
	"\x19\x1a"         \
	"0123456789abcdef" \
	"ABCDEFGH"

/* Bytes @options (of @length) become @wanted, by @count options. */
static void check(const char *options, size_t length, bool obi, const char *wanted,
		  unsigned int count)
{
	u8 *exact = malloc(length ? length : 1);

	assert_non_null(exact);
	memcpy(exact, options, length);
	assert_int_equal(cw_option_strip(exact, (unsigned int)length, obi), count);
	assert_memory_equal(exact, wanted, length);
	free(exact);
}

#define UNTOUCHED(text, obi) check(text, sizeof(text) - 1, obi, text, 0)
#define BECOMES(text, obi, wanted, count) check(text, sizeof(text) - 1, obi, wanted, count)

static void nops(char *list, size_t at, size_t length)
{
	memset(list + at, 1, length);
}

static void ours(void **state)
{
	static const char both[] = STAMPS LONG;
	char wanted[sizeof(both)];

	(void)state;
	memcpy(wanted, both, sizeof(both));
	nops(wanted, 12, 28);
	check(both, ROOM, false, wanted, 1);
	BECOMES(SHORT, false, "\1\1\1\1\1\1\1\1", 1);
	/* At an odd place, and in front of what stays. */
	BECOMES("\1" SHORT "\1\1\1", false, "\1\1\1\1\1\1\1\1\1\1\1\1", 1);
	BECOMES(SHORT STAMPS, false, "\1\1\1\1\1\1\1\1" STAMPS, 1);
}

static void each_version(void **state)
{
	static const char versions[] = "\x40\x80\xc0";

	(void)state;
	for (const char *v = versions; *v; v++) {
		char list[] = SHORT;

		list[4] = *v;
		check(list, 8, false, "\1\1\1\1\1\1\1\1", 1);
	}
}

static void several(void **state)
{
	char wanted[36];

	(void)state;
	memset(wanted, 1, sizeof(wanted));
	BECOMES(SHORT LONG, false, wanted, 2);
	BECOMES(SHORT SHORT, false, wanted, 2);
}

static void strangers(void **state)
{
	(void)state;
	UNTOUCHED("", true);
	UNTOUCHED(STAMPS, true);
	UNTOUCHED("\xfd\x08\x43\x58\0\0\0\0", true);	     /* another ExID */
	UNTOUCHED("\xfe\x08\x43\x57\0\0\0\0", true);	     /* the other experimental kind */
	UNTOUCHED("\xfd\x0c\x43\x57\0\0\0\0\0\0\0\0", true); /* another length */
	UNTOUCHED("\xfd\x04\x43\x57", true);
	UNTOUCHED("\xfd\x02\1\1", true);
}

static void obi(void **state)
{
	char wanted[28];

	(void)state;
	memset(wanted, 1, sizeof(wanted));
	UNTOUCHED("\1\1" OBI, false);
	BECOMES("\1\1" OBI, true, wanted, 1);
	BECOMES("\1\x19\x1b"
		"0123456789abcdef"
		"ABCDEFGH\1",
		true, wanted, 1);
	UNTOUCHED("\x19\x1c"
		  "0123456789abcdef"
		  "ABCDEFGH\1\1",
		  true);
}

static void broken(void **state)
{
	(void)state;
	/* Bytes behind the end of the list, and behind an option that breaks it, are not read. */
	UNTOUCHED("\0\1\1\1" SHORT, true);
	UNTOUCHED("\x5\1\1\1" SHORT, true);
	UNTOUCHED("\x5\x40\1\1" SHORT, true);
	BECOMES(SHORT "\x5\x40\1\1", true, "\1\1\1\1\1\1\1\1\x5\x40\1\1", 1);
	UNTOUCHED("\1\1\1\xfd", true);
	UNTOUCHED("\xfd\x08\x43\x57", true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ours),	   cmocka_unit_test(each_version),
		cmocka_unit_test(several), cmocka_unit_test(strangers),
		cmocka_unit_test(obi),	   cmocka_unit_test(broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
