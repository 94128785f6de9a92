/* Telling the bridges, after a commit, what a command changed. */
#ifndef BOOKREQ_CTL_PUBLISH_H
#define BOOKREQ_CTL_PUBLISH_H

#include "lib/conf.h"

/*
 * Sends `count` texts, alternating channel (without its prefix) and message, to Redis. Never fails: what could not be sent
 * is a note on standard error, for the bridges find out by themselves, later.
 */
void publish(const struct conf *conf, int count, const char *const *texts);

#endif
