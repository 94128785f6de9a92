/*
 * Publishing to Redis after the commit: never in the way of a request. Messages are written before the HTTP answer,
 * their acknowledgements read after it; while Redis is away one new connection is tried a second, and when one is made
 * pokes and checks tell the bridges what they may have missed.
 */
#ifndef BOOKREQ_PUBLISH_H
#define BOOKREQ_PUBLISH_H

#include "fcgi/db.h"

struct publisher;

/* NULL when memory is out. With an empty redis_url nothing is ever published. All three are kept. */
struct publisher *publisher_new(const struct conf *conf, struct db *db, struct metrics *metrics);
void publisher_free(struct publisher *p);

/* Sends what the answer says is to be published. */
void publish_answer(struct publisher *p, const struct answer *a);
/* For a change of which nobody knows whether it was made: the next publish_tick() pokes. */
void publish_owe(struct publisher *p);
/* Reads the acknowledgements of what was sent; call it when the HTTP answer is out. */
void publish_settle(struct publisher *p);
/* Milliseconds until publish_tick() has something to do; -1 for never. */
int publish_wait_ms(const struct publisher *p);
/* Connects when it is time, and sends the pokes that are owed. */
void publish_tick(struct publisher *p);
/* How many bridges listen on a channel (without the prefix), over all nodes; -1 while Redis does not say. */
int64_t publish_count(struct publisher *p, const char *channel);
/* Whether Redis is connected, after one try where it is due. */
bool publish_ready(struct publisher *p);

#endif
