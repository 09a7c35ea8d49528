# SPDX-License-Identifier: GPL-2.0
# Joins several TAP streams to one: results are numbered anew, the plan comes last.
# A stream that ends before its plan is fulfilled, and a "# failed: NAME" that no
# result explains, become a "not ok" of their own, and so does a directory without
# any test. A stream's plan may come first or last. Status 1 if anything is not ok.

function result(good, text) {
	total++
	bad += !good
	print (good ? "ok " : "not ok ") total text
}

function finish() {
	if (planned != seen)
		result(0, " - " where ": planned " planned " tests, ran " seen)
	planned = seen = 0
}

function leave() {
	finish()
	if (where && total == empty)
		result(0, " - " where ": no test ran")
}

/^# unit\// { leave(); where = $2; before = bad; empty = total }
/^# failed: / {
	finish()
	if (bad == before)
		result(0, " - " where ": failed outside of a test")
	next
}
/^1\.\.[0-9]+/ {
	last = seen && !planned
	if (!last)
		finish()
	planned = substr($1, 4) + 0
	if (last)
		finish()
	next
}
/^ok / { seen++; sub(/^ok *[0-9]*/, ""); result(1, $0); next }
/^not ok / { seen++; sub(/^not ok *[0-9]*/, ""); result(0, $0); next }
{ print (/^#/ ? "" : "# ") $0 }
# A line of a long run must not stay in a buffer, where it would not be seen.
{ fflush() }

END {
	leave()
	if (!total)
		result(0, " - no test ran at all")
	print "1.." total
	exit bad > 0
}
