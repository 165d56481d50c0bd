# SPDX-License-Identifier: BSD-2-Clause
# Turns rows of facts about the ABI into the C table that check.c compares:
#   struct	S	size	N
#   field	S.F	offset	N	size	N
#   field	S.F	offset	N	element	N	one item of an array without a size
#   const	C	value	N

BEGIN {
	FS = "\t"
	print "const struct row rows[] = {"
}

function row(group, what, got, want)
{
	printf "\t{ \"%s\", \"%s\", (unsigned long long)(%s), %s },\n", group, what, got, want
}

$1 == "struct" && $3 == "size" && NF == 4 {
	row("struct " $2, "size", "sizeof(struct " $2 ")", $4)
	next
}

$1 == "field" && $3 == "offset" && NF == 6 && split($2, part, ".") == 2 {
	s = "struct " part[1]
	member = "((" s " *)0)->" part[2]
	row(s, $2 " offset", "__builtin_offsetof(" s ", " part[2] ")", $4)
	if ($5 == "size") {
		row(s, $2 " size", "sizeof(" member ")", $6)
		next
	}
	if ($5 == "element") {
		row(s, $2 " element", "sizeof(" member "[0])", $6)
		next
	}
}

$1 == "const" && $3 == "value" && NF == 4 {
	row("constants", $2, $2, $4)
	next
}

{
	print "cannot understand row " FNR " of " FILENAME ": " $0 > "/dev/stderr"
	exit bad = 1
}

END {
	print "};"
	print "const unsigned int nrows = sizeof(rows) / sizeof(rows[0]);"
	exit bad
}
