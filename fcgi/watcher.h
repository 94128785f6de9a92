/* Watches Redis for all bridges of this machine (lib/watch.h). */
#ifndef BOOKREQ_FCGI_WATCHER_H
#define BOOKREQ_FCGI_WATCHER_H

struct conf;

/*
 * Starts a thread that waits until no other worker watches, and then does until the process ends. Where it cannot, the bridges look for
 * themselves. Call it with the signals blocked that are not the thread's.
 */
void watcher_start(const struct conf *conf);

#endif
