/* The route table as text; see listing.h. */
#include "config.h"

#include "fcgi/listing.h"

#include "fcgi/route.h"

#include <inttypes.h>

static void
print_field(struct buf *out, const struct field *f)
{
	const char *c;

	buf_addf(out, " %s%s:", f->name, f->required ? "*" : "");
	switch (f->type) {
	case FIELD_TEXT: buf_addf(out, "text(%" PRId64 "..%" PRId64 ")", f->min, f->max); break;
	case FIELD_PASSWORD: buf_addf(out, "password(%" PRId64 "..%" PRId64 ")", f->min, f->max); break;
	case FIELD_LINK: buf_addf(out, "link(%" PRId64 "..%" PRId64 ")", f->min, f->max); break;
	case FIELD_INTEGER: buf_addf(out, "integer(%" PRId64 "..%" PRId64 ")", f->min, f->max); break;
	case FIELD_BOOLEAN: buf_adds(out, "boolean"); break;
	case FIELD_MONTH: buf_adds(out, "month"); break;
	case FIELD_IDS: buf_adds(out, "ids"); break;
	case FIELD_CURSOR: buf_adds(out, "cursor"); break;
	case FIELD_CHOICE:
		buf_adds(out, "choice(");
		for (c = f->choices; *c != '\0'; c++)
			buf_addc(out, *c == ' ' ? '|' : *c);
		buf_addc(out, ')');
		break;
	}
}

static void
print_route(struct buf *out, const struct route *r)
{
	static const char *const methods[] = { [METHOD_GET] = "GET", [METHOD_POST] = "POST", [METHOD_DELETE] = "DELETE" };
	const struct field *f;

	buf_addf(out, "%s %s %s", methods[r->method], r->path, r->role == ROLE_NOBODY ? "none" : role_name(r->role));
	if ((r->flags & ROUTE_KEY) != 0)
		buf_adds(out, " Idempotency-Key");
	for (f = r->fields; f != NULL && f->name != NULL; f++)
		print_field(out, f);
	buf_addc(out, '\n');
}

void
listing_print(struct buf *out)
{
	const struct route *r;
	size_t i;

	for (i = 0; (r = route_at(i)) != NULL; i++)
		if ((r->flags & ROUTE_BRIDGE) == 0)
			print_route(out, r);
}
