/* Comma-separated values. */
#include "config.h"

#include "ctl/csv.h"
#include "tests/unit/tap.h"

#include <string.h>

static struct csv csv;
static FILE *file;

static void
given(const char *text, size_t len)
{
	if (file != NULL) {
		csv_close(&csv);
		(void)fclose(file);
	}
	file = tmpfile();
	if (file == NULL || fwrite(text, 1, len, file) != len || fseek(file, 0, SEEK_SET) != 0)
		printf("Bail out! no temporary file\n");
	csv_open(&csv, file);
}

#define GIVEN(literal) given(literal, sizeof literal - 1)

/* The next row begins at `line` and has these fields, joined by '|'. */
static void
row(int line, const char *fields, const char *what)
{
	char joined[1000] = "";
	size_t i;
	bool there = csv_next(&csv);

	for (i = 0; there && i < csv.count; i++) {
		if (i > 0)
			strcat(joined, "|");
		strcat(joined, csv_field(&csv, i));
	}
	if (!ok(there && csv.error == NULL && csv.row_line == line && strcmp(joined, fields) == 0 && csv_field(&csv, csv.count) == NULL, "%s", what))
		diag("line %d: %s: %s", csv.row_line, joined, csv.error != NULL ? csv.error : "");
}

static void
bad(int line, const char *error)
{
	if (!ok(csv_next(&csv) && csv.row_line == line && csv.error != NULL && strcmp(csv.error, error) == 0 && csv_field(&csv, 0) == NULL, "%s", error))
		diag("line %d: %s", csv.row_line, csv.error != NULL ? csv.error : "");
}

static void
end(const char *what)
{
	ok(!csv_next(&csv) && ferror(file) == 0, "%s", what);
}

static void
test_rows(void)
{
	GIVEN("");
	end("an empty file");
	GIVEN("\n\r\n\n");
	end("empty lines only");
	GIVEN("a,b\nc,d");
	row(1, "a|b", "LF");
	row(2, "c|d", "the last line needs no end");
	end("then the end");
	GIVEN("a,b\r\n\r\n,\r\n");
	row(1, "a|b", "CRLF");
	row(3, "|", "an empty line is passed over, empty fields are not");
	end("then the end");
	GIVEN("\xEF\xBB\xBF" "a\n");
	row(1, "a", "a byte order mark");
	GIVEN("\xEF\xBB\xBF\"a b\",c\n");
	row(1, "a b|c", "a byte order mark before a quote");
	GIVEN("\xEF\xBB\xBF");
	end("nothing but a byte order mark");
	GIVEN("a\rb,c\r");
	row(1, "a\rb|c", "a lone CR is text, but for the last");
}

static void
test_quotes(void)
{
	GIVEN("\"a,b\",\"say \"\"hi\"\"\",\"\"\n");
	row(1, "a,b|say \"hi\"|", "commas and quotes in quotes");
	GIVEN("\"two\nlines\r\n\",x\ny,z\n");
	row(1, "two\nlines\r\n|x", "line ends in quotes");
	row(4, "y|z", "are counted as lines");
	GIVEN("5\" disk,b\n");
	row(1, "5\" disk|b", "a quote inside plain text is text");
	GIVEN("\"a\"b,c\nd,e\n");
	bad(1, "something follows a closing quote");
	row(2, "d|e", "and the next row is whole");
	GIVEN("a,b\n\"c,d\ne\n");
	row(1, "a|b", "before an open quote");
	bad(2, "a quote is not closed");
	end("after it");
}

static void
test_limits(void)
{
	static char text[CSV_ROW_MAX_BYTES + 10];

	GIVEN("a\xff\nb\n");
	bad(1, "the row is not UTF-8");
	row(2, "b", "the row after it");
	GIVEN("a\0b\nc\n");
	bad(1, "the row is not text");
	row(2, "c", "the row after it");

	memset(text, ',', CSV_FIELDS_MAX);
	memcpy(text + CSV_FIELDS_MAX, "\nx", 2);
	given(text, CSV_FIELDS_MAX + 2);
	bad(1, "the row has too many fields");
	row(2, "x", "the row after it");
	given(text, CSV_FIELDS_MAX - 1);
	ok(csv_next(&csv) && csv.error == NULL && csv.count == CSV_FIELDS_MAX, "as many fields as may be");

	memset(text, 'a', sizeof text);
	memcpy(text + sizeof text - 2, "\nx", 2);
	given(text, sizeof text);
	bad(1, "the row is too long");
	row(2, "x", "the row after it");
}

int
main(void)
{
	test_rows();
	test_quotes();
	test_limits();
	csv_close(&csv);
	(void)fclose(file);
	return done();
}
