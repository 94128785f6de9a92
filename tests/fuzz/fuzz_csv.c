/* Members as CSV. What is read can be written and read again, row by row; a row that cannot be used says why. */
#include "config.h"

#include "ctl/csv.h"
#include "tests/fuzz/fuzz.h"

static void
write_field(struct buf *out, const char *s)
{
	buf_addc(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"')
			buf_addc(out, '"');
		buf_addc(out, *s);
	}
	buf_addc(out, '"');
}

static void
write_row(struct buf *out, const struct csv *csv)
{
	size_t i;

	for (i = 0; i < csv->count; i++) {
		buf_adds(out, i > 0 ? "," : "");
		write_field(out, csv_field(csv, i));
	}
	buf_adds(out, "\r\n");
}

static void
check_row(const struct csv *csv)
{
	size_t i, points;

	CHECK(csv->text.len <= CSV_ROW_MAX_BYTES && csv->count <= CSV_FIELDS_MAX);
	CHECK(csv->error != NULL ? csv->count == 0 : csv->count >= 1);
	CHECK(csv_field(csv, csv->count) == NULL && csv->row_line < csv->line);
	for (i = 0; i < csv->count; i++)
		CHECK(str_utf8_count(csv_field(csv, i), strlen(csv_field(csv, i)), &points));
}

static FILE *
open_text(char *text, size_t len)
{
	FILE *file = fmemopen(text, len, "r");

	CHECK(file != NULL);
	return file;
}

/* Reads all rows; those that can be used go to `out`. Returns their number. */
static size_t
read_rows(char *text, size_t len, struct buf *out, bool clean)
{
	FILE *file = open_text(text, len);
	struct csv csv;
	size_t n = 0;
	int line = 0;

	csv_open(&csv, file);
	while (csv_next(&csv)) {
		check_row(&csv);
		CHECK(csv.row_line > line && (!clean || csv.error == NULL));
		line = csv.row_line;
		n += csv.error == NULL;
		if (csv.error == NULL)
			write_row(out, &csv);
	}
	csv_close(&csv);
	CHECK(fclose(file) == 0);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *copy = fuzz_copy(data, len);
	struct buf first, again;
	size_t rows;

	buf_init(&first, 4 * 1024 * 1024);
	buf_init(&again, 4 * 1024 * 1024);
	if (len > 0) {
		rows = read_rows(copy, len, &first, false);
		if (rows > 0) {
			CHECK(read_rows(first.data, first.len, &again, true) == rows);
			CHECK(fuzz_same((struct span){ first.data, first.len }, (struct span){ again.data, again.len }));
		}
	}
	buf_free(&first);
	buf_free(&again);
	free(copy);
	return 0;
}
