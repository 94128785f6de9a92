#include "config.h"

#include "ctl/csv.h"

#include "lib/str.h"

#include <string.h>

/* Where the next character stands. */
enum place { FIELD_START, PLAIN, QUOTED, QUOTE_SEEN };

void
csv_open(struct csv *csv, FILE *file)
{
	*csv = (struct csv){ .file = file, .line = 1 };
	buf_init(&csv->text, CSV_ROW_MAX_BYTES);
}

void
csv_close(struct csv *csv)
{
	buf_free(&csv->text);
}

const char *
csv_field(const struct csv *csv, size_t index)
{
	return index < csv->count ? buf_str(&csv->text) + csv->starts[index] : NULL;
}

/* The first complaint about a row is the one that is kept. */
static void
complain(struct csv *csv, const char *error)
{
	if (!csv->error)
		csv->error = error;
}

static void
begin_row(struct csv *csv)
{
	buf_clear(&csv->text);
	csv->count = 1;
	csv->starts[0] = 0;
	csv->error = NULL;
	csv->row_line = csv->line;
}

static void
end_field(struct csv *csv)
{
	buf_addc(&csv->text, '\0');
	if (csv->count < CSV_FIELDS_MAX)
		csv->starts[csv->count++] = csv->text.len;
	else
		complain(csv, "the row has too many fields");
}

/* LF, CRLF, and the end of the file end a row. */
static bool
ends_row(struct csv *csv, int c)
{
	if (c == '\r') {
		int next = getc(csv->file);

		if (next == '\n')
			return true;
		if (next != EOF)
			ungetc(next, csv->file);
		return next == EOF;
	}
	return c == '\n' || c == EOF;
}

/* Takes one character outside quotes, or behind a closing quote. */
static enum place
take(struct csv *csv, enum place place, int c)
{
	if (c == ',') {
		end_field(csv);
		return FIELD_START;
	}
	if (c == '"' && place == FIELD_START)
		return QUOTED;
	if (place == QUOTE_SEEN)
		complain(csv, "something follows a closing quote");
	buf_addc(&csv->text, (char)c);
	return place == QUOTE_SEEN ? QUOTE_SEEN : PLAIN;
}

static enum place
take_quoted(struct csv *csv, int c)
{
	csv->line += c == '\n';
	buf_addc(&csv->text, (char)c);
	return QUOTED;
}

static void
read_row(struct csv *csv)
{
	enum place place = FIELD_START;
	bool nul = false;

	for (;;) {
		int c = getc(csv->file);

		nul = nul || c == '\0';
		if (place == QUOTED) {
			if (c == EOF) {
				complain(csv, "a quote is not closed");
				break;
			}
			place = c == '"' ? QUOTE_SEEN : take_quoted(csv, c);
		} else if (place == QUOTE_SEEN && c == '"') {
			place = take_quoted(csv, c);
		} else if (ends_row(csv, c)) {
			break;
		} else {
			place = take(csv, place, c);
		}
	}
	csv->line++;
	if (nul)
		complain(csv, "the row is not text");
}

static void
check_row(struct csv *csv)
{
	size_t count;

	buf_addc(&csv->text, '\0');
	if (!buf_ok(&csv->text))
		complain(csv, "the row is too long");
	else if (!str_utf8_count(csv->text.data, csv->text.len, &count))
		complain(csv, "the row is not UTF-8");
	if (csv->error)
		csv->count = 0;
}

/* U+FEFF in UTF-8. Other text that begins with its first byte is no header that anybody looks for: it may lose two more. */
static void
pass_byte_order_mark(struct csv *csv)
{
	int c = getc(csv->file);

	if (c == 0xEF) {
		(void)getc(csv->file);
		(void)getc(csv->file);
	} else if (c != EOF) {
		ungetc(c, csv->file);
	}
}

bool
csv_next(struct csv *csv)
{
	if (csv->line == 1)
		pass_byte_order_mark(csv);
	do {
		int c = getc(csv->file);

		if (c == EOF)
			return false;
		ungetc(c, csv->file);
		begin_row(csv);
		read_row(csv);
		check_row(csv);
	} while (!csv->error && csv->text.len == 1); /* the NUL of one empty field */
	return !ferror(csv->file);
}
