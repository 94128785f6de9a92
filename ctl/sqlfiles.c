#include "config.h"

#include "ctl/sqlfiles.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX_BYTES (4u * 1024 * 1024)

static bool
ends_in_sql(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && strcmp(name + len - 4, ".sql") == 0;
}

static int
is_sql(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && ends_in_sql(entry->d_name);
}

static bool
read_text(FILE *f, struct buf *text)
{
	char part[16384];
	size_t n;

	while ((n = fread(part, 1, sizeof part, f)) > 0)
		buf_add(text, part, n);
	buf_adds(text, ""); /* an empty file is a text, too */
	return !ferror(f);
}

/* Reads the file at `item->path` into `item->text`. */
static bool
load(struct sqlfile *item, struct buf *why)
{
	FILE *f = fopen(item->path, "re");
	struct buf text;
	bool ok = false;

	buf_init(&text, FILE_MAX_BYTES);
	if (!f || !read_text(f, &text))
		buf_addf(why, "%s cannot be read: %s", item->path, strerror(errno));
	else if (!buf_ok(&text))
		buf_addf(why, "%s is longer than %u bytes", item->path, FILE_MAX_BYTES);
	else if (text.len > 0 && memchr(text.data, '\0', text.len))
		buf_addf(why, "%s is not text", item->path);
	else
		ok = true;
	if (ok)
		item->text = text.data;
	else
		buf_free(&text);
	if (f)
		fclose(f);
	return ok;
}

/* Makes room for that many files. */
static bool
make_room(struct sqlfiles *files, size_t count, struct buf *why)
{
	files->items = calloc(count, sizeof *files->items);
	if (!files->items)
		buf_adds(why, "out of memory");
	return files->items != NULL;
}

static bool
add(struct sqlfiles *files, const char *directory, const char *name, struct buf *why)
{
	struct sqlfile *item = &files->items[files->count++];

	if (asprintf(&item->path, "%s/%s", directory, name) < 0) {
		item->path = NULL;
		buf_adds(why, "out of memory");
		return false;
	}
	item->name = strrchr(item->path, '/') + 1;
	return load(item, why);
}

bool
sqlfiles_read(const char *directory, const char *subdirectory, struct sqlfiles *files, struct buf *why)
{
	struct dirent **entries = NULL;
	char *path = NULL;
	bool ok = true;
	int count, i;

	if (asprintf(&path, "%s/%s", directory, subdirectory) < 0) {
		buf_adds(why, "out of memory");
		return false;
	}
	count = scandir(path, &entries, is_sql, alphasort);
	if (count < 0) {
		buf_addf(why, "%s cannot be read: %s (setting sql_dir)", path, strerror(errno));
		ok = false;
	} else if (count > 0) {
		ok = make_room(files, (size_t)count, why);
	}
	for (i = 0; i < count; i++) {
		ok = ok && add(files, path, entries[i]->d_name, why);
		free(entries[i]);
	}
	free(entries);
	free(path);
	return ok;
}

bool
sqlfiles_read_one(const char *directory, const char *name, struct sqlfiles *files, struct buf *why)
{
	return make_room(files, 1, why) && add(files, directory, name, why);
}

void
sqlfiles_free(struct sqlfiles *files)
{
	size_t i;

	for (i = 0; i < files->count; i++) {
		free(files->items[i].path);
		free(files->items[i].text);
	}
	free(files->items);
	*files = (struct sqlfiles){ 0 };
}
