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
 * While asking, events that come next in order are still written; what an answer repeats of them is known by its number.
 */
#include "config.h"

#include "wsbridge/feed.h"

#include "lib/envelope.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void
feed_init(struct feed *f)
{
	*f = (struct feed){ .ask = 0 };
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
miss(struct feed *f, int64_t last)
{
	if (last > f->newest)
		f->newest = last;
	f->ask |= FEED_ASK_NEXT;
}

static void
take_events(struct feed *f, const struct envelope *e, const struct feed_sink *sink)
{
	struct span lines = e->lines;
	struct envelope_event event;
	int64_t seq;

	if (f->behind || e->last <= f->position)
		return;
	if (e->first - 1 > f->position) {
		miss(f, e->last);
		return;
	}
	for (seq = e->first; envelope_next(&lines, &event); seq++)
		if (seq > f->position && !advance(f, &event, sink)) {
			f->behind = true;
			return;
		}
	if (f->position >= f->newest)
		f->ask &= ~(unsigned)FEED_ASK_NEXT;
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

	if (!envelope_next(&lines, &event) || event.to != f->user)
		return;
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
	else if (kind == ENVELOPE_BROKEN || e.audience != f->audience || e.epoch.len != epoch.len || memcmp(e.epoch.p, epoch.p, epoch.len) != 0)
		f->ask |= FEED_ASK_STRANGE;
	else if (kind == ENVELOPE_STATE)
		take_state(f, &e, sink);
	else if (kind == ENVELOPE_EVENTS)
		take_events(f, &e, sink);
	else if (e.last > f->position && !f->behind)
		miss(f, e.last);
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

	f->ask = 0;
	f->behind = false;
	f->user = a->user;
	f->audience = a->audience;
	take_terms(f, a->terms);
	while (answer_next(&frames, &frame))
		if (!take_frame(f, &frame, sink)) {
			/* the cursor stays at the last frame taken, maybe in a stream that has ended: the next page leads on */
			f->behind = true;
			return;
		}
	adopt(f, a->stream, a->position);
	f->behind = a->last > f->position;
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
