/* Channel names; see names.h. */
#include "config.h"

#include "wsbridge/names.h"

#include <string.h>

/* The length of "{C}" at the beginning of `name`, 0 if there is none. */
static size_t
creator_length(struct span name)
{
	struct span number;
	int64_t creator;

	if (name.len == 0 || name.p[0] != '{')
		return 0;
	name.p++;
	name.len--;
	if (!str_take(&name, '}', &number) || !str_to_i64(number.p, number.len, 1, INT64_MAX, &creator))
		return 0;
	return number.len + 2;
}

static bool
is_user_part(struct span s)
{
	static const char word[] = ":user:";
	size_t len = sizeof word - 1;
	int64_t user;

	return s.len > len && memcmp(s.p, word, len) == 0 && str_to_i64(s.p + len, s.len - len, 1, INT64_MAX, &user);
}

/* Whether the name may stand at place `n`; those of a creator are of the same as the first. */
static bool
fits(const struct names *names, struct span name)
{
	size_t creator = creator_length(name);
	struct span rest = { name.p + creator, name.len - creator };

	if (names->n == 0)
		return creator > 0 && is_user_part(rest);
	if (str_equal(name, "sockets"))
		return !names_have(names, "sockets");
	if (names->n > 1 || creator == 0 || strncmp(name.p, names->name[0], creator) != 0)
		return false;
	return str_equal(rest, ":admins") || str_equal(rest, ":subscribers");
}

bool
names_add(struct names *names, struct span name)
{
	if (names->n == NAMES_MAX || name.len >= NAME_SIZE || !fits(names, name))
		return false;
	memcpy(names->name[names->n], name.p, name.len);
	names->name[names->n][name.len] = '\0';
	names->n++;
	return true;
}

bool
names_read(struct names *names, struct span list)
{
	struct span name;

	*names = (struct names){ .n = 0 };
	while (str_take(&list, ' ', &name))
		if (!names_add(names, name))
			return false;
	return names_add(names, list);
}

bool
names_have(const struct names *names, const char *name)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		if (strcmp(names->name[i], name) == 0)
			return true;
	return false;
}

bool
names_equal(const struct names *a, const struct names *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (strcmp(a->name[i], b->name[i]) != 0)
			return false;
	return true;
}
