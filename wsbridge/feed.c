/*
 * The delivery of one connection; see feed.h.
 *
 *                     event position+1: write
 *                        ┌──────┐
 *                        ▼      │     hole, poke beyond, strange message, check
 *                     ┌────────────┐ ─────────────────────────────────────────▶ ┌────────┐
 *   first page ─────▶ │  in step   │                                            │ asking │ ◀─┐
 *                     └────────────┘ ◀───────────── page, last ≤ position ───── └────────┘   │
 *                        │                                                       │           │ the reader has
 *                        │ the sink is full,                page, last > position│           │ taken everything,
 *                        ▼ end of a membership               or the sink is full ▼           │ or check
 *                     ┌─────────────────────────────────────────────────────────────┐        │
 *                     │ behind: live events are dropped, the position is remembered │ ───────┘
 *                     └─────────────────────────────────────────────────────────────┘
 *
 * While asking, events that come next in order are still written; what an answer repeats of them is known by its number. A few events
 * beyond a hole are kept for a moment: two workers' publishes may overtake each other, and a hundred bridges that ask for the same hole cost
 * more than that moment.
 */
#include "config.h"

#include "wsbridge/feed.h"

#include "lib/envelope.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define EARLY_MAX_BYTES (16 * 1024)

void
feed_init(struct feed *f)
{
	*f = (struct feed){ .ask = 0 };
}

static void
drop_early(struct feed *f)
{
	size_t i;

	for (i = 0; i < FEED_EARLY; i++)
		buf_free(&f->early[i]);
}

void
feed_free(struct feed *f)
{
	drop_early(f);
}

void
feed_cursor(const struct feed *f, char out[CURSOR_SIZE])
{
	(void)snprintf(out, CURSOR_SIZE, "%s-%lld", f->stream, (long long)f->position);
}

/* An object without members: for whom it is, the audience's events end here (sql/functions/set_team.sql). */
static bool
is_end(const struct feed *f, const struct envelope_event *event)
{
	return event->to == f->user && event->frame.len == 2;
}

/* Writes event position+1, or only passes it when it is for somebody else. */
static bool
advance(struct feed *f, const struct envelope_event *event, const struct feed_sink *sink)
{
	char cursor[CURSOR_SIZE];

	if (is_end(f, event)) {
		f->ask |= FEED_ASK_CHECK;
		return false;
	}
	f->position++;
	if (event->to != 0 && event->to != f->user)
		return true;
	feed_cursor(f, cursor);
	if (sink->frame(sink->arg, event->frame, cursor))
		return true;
	f->position--;
	return false;
}

/* Number `last` exists, and what leads to it has not come. */
static void
miss(struct feed *f, int64_t last, enum feed_ask ask)
{
	if (last > f->newest)
		f->newest = last;
	f->ask |= ask;
}

/* Keeps a message that came before its turn; false where there is no room. */
static bool
keep_early(struct feed *f, struct span message)
{
	size_t i;

	for (i = 0; i < FEED_EARLY; i++)
		if (f->early[i].len == 0) {
			buf_init(&f->early[i], EARLY_MAX_BYTES);
			buf_add(&f->early[i], message.p, message.len);
			return buf_ok(&f->early[i]);
		}
	return false;
}

/* Writes those of the events that are new; the first of them must not be after position+1. */
static void
write_events(struct feed *f, const struct envelope *e, const struct feed_sink *sink)
{
	struct span lines = e->lines;
	struct envelope_event event;
	int64_t seq;

	for (seq = e->first; !f->behind && envelope_next(&lines, &event); seq++)
		if (seq > f->position && !advance(f, &event, sink))
			f->behind = true;
	if (f->position >= f->newest)
		f->ask &= ~(unsigned)(FEED_ASK_NEXT | FEED_ASK_HOLE);
}

/* Writes what was early and has its turn now. */
static void
take_early(struct feed *f, const struct feed_sink *sink)
{
	struct envelope e;
	struct buf message;
	size_t i = 0;

	while (i < FEED_EARLY) {
		message = f->early[i];
		if (message.len == 0 || envelope_read(message.data, message.len, &e) != ENVELOPE_EVENTS || e.first - 1 > f->position) {
			i++;
			continue;
		}
		buf_init(&f->early[i], EARLY_MAX_BYTES);
		write_events(f, &e, sink);
		buf_free(&message);
		i = 0; /* another one may be next now */
	}
}

static void
take_events(struct feed *f, const struct envelope *e, struct span message, const struct feed_sink *sink)
{
	if (f->behind || e->last <= f->position)
		return;
	if (e->first - 1 > f->position) {
		miss(f, e->last, keep_early(f, message) ? FEED_ASK_HOLE : FEED_ASK_NEXT);
		return;
	}
	write_events(f, e, sink);
	take_early(f, sink);
	if (f->behind)
		drop_early(f);
}

static void
keep_terms(struct feed *f, struct span terms)
{
	assert(terms.len < sizeof f->terms);
	memcpy(f->terms, terms.p, terms.len);
	f->terms[terms.len] = '\0';
}

/*
 * What is so as of event `last`, such as the quota after a change of the tier. Only in step at that very number it is news; at any other the
 * events around it say something else about the same, so that the present state is to be asked for when they are through.
 */
static void
take_state(struct feed *f, const struct envelope *e, const struct feed_sink *sink)
{
	struct span lines = e->lines;
	struct envelope_event event;

	if (!envelope_next(&lines, &event) || event.to != f->user || e->version < f->version)
		return;
	f->version = e->version;
	keep_terms(f, e->terms);
	if (f->behind || f->ask != 0 || f->position != e->last || !sink->frame(sink->arg, event.frame, NULL))
		f->stale = true;
}

/* A month that began since the last page has a quota of its own; and a changed limit may not have been heard of. */
static void
take_terms(struct feed *f, struct span terms)
{
	if (terms.p == NULL || str_equal(terms, f->terms))
		return;
	f->stale |= f->terms[0] != '\0';
	keep_terms(f, terms);
}

bool
feed_message(struct feed *f, struct span message, const struct feed_sink *sink)
{
	struct span stream = { f->stream, strlen(f->stream) }, epoch = stream_epoch(stream);
	enum envelope_kind kind;
	struct envelope e;

	kind = envelope_read(message.p, message.len, &e);
	if (kind == ENVELOPE_UNKNOWN)
		return true;
	if (kind == ENVELOPE_CHECK)
		f->ask |= FEED_ASK_CHECK;
	else if (kind == ENVELOPE_BROKEN || kind == ENVELOPE_NEWER || e.audience != f->audience || e.epoch.len != epoch.len || memcmp(e.epoch.p, epoch.p, epoch.len) != 0)
		f->ask |= FEED_ASK_STRANGE;
	else if (kind == ENVELOPE_STATE)
		take_state(f, &e, sink);
	else if (kind == ENVELOPE_EVENTS)
		take_events(f, &e, message, sink);
	else if (e.last > f->position && !f->behind)
		miss(f, e.last, FEED_ASK_NEXT);
	return kind != ENVELOPE_BROKEN;
}

static void
adopt(struct feed *f, struct span stream, int64_t position)
{
	assert(stream.len < sizeof f->stream);
	if (str_equal(stream, f->stream)) {
		if (position > f->position)
			f->position = position;
		return;
	}
	memcpy(f->stream, stream.p, stream.len);
	f->stream[stream.len] = '\0';
	f->position = position;
	f->newest = position;
}

/* A frame that moves no position. */
static bool
take_other(const struct feed *f, const struct answer_frame *frame, const struct feed_sink *sink)
{
	char cursor[CURSOR_SIZE];

	feed_cursor(f, cursor);
	return sink->frame(sink->arg, frame->json, frame->kind == FRAME_PRESENT ? cursor : NULL);
}

/* One frame of a page; one that the position has passed already is dropped. */
static bool
take_frame(struct feed *f, const struct answer_frame *frame, const struct feed_sink *sink)
{
	const struct cursor *c = &frame->cursor;
	char cursor[CURSOR_SIZE];

	if (frame->kind != FRAME_EVENT)
		return take_other(f, frame, sink);
	if (str_equal(c->stream, f->stream) && c->seq <= f->position)
		return true;
	(void)snprintf(cursor, sizeof cursor, "%.*s", (int)c->text.len, c->text.p);
	if (!sink->frame(sink->arg, frame->json, cursor))
		return false;
	adopt(f, c->stream, c->seq);
	return true;
}

void
feed_page(struct feed *f, const struct answer *a, const struct feed_sink *sink)
{
	struct span frames = a->frames;
	struct answer_frame frame;

	if (!str_equal(a->stream, f->stream))
		drop_early(f);
	f->ask = 0;
	f->behind = false;
	f->user = a->user;
	f->audience = a->audience;
	take_terms(f, a->terms);
	while (answer_next(&frames, &frame))
		if (!take_frame(f, &frame, sink)) {
			/* the cursor stays at the last frame taken, maybe in a stream that has ended: the next page leads on */
			f->behind = true;
			drop_early(f);
			return;
		}
	adopt(f, a->stream, a->position);
	f->behind = a->last > f->position;
	if (!f->behind)
		take_early(f, sink);
	drop_early(f);
}

void
feed_frames(const struct feed *f, const struct answer *a, const struct feed_sink *sink)
{
	struct span frames = a->frames;
	struct answer_frame frame;

	while (answer_next(&frames, &frame))
		if (frame.kind == FRAME_EVENT || !take_other(f, &frame, sink))
			return; /* state, not event: without room for it the client asks again */
}

void
feed_drained(struct feed *f)
{
	if (f->behind)
		f->ask |= FEED_ASK_NEXT;
}
