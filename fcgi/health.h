/* /healthz, /readyz and /metrics (SPEC 3.4). */
#ifndef BOOKREQ_HEALTH_H
#define BOOKREQ_HEALTH_H

struct exchange;

void handle_healthz(struct exchange *x);
void handle_readyz(struct exchange *x);
void handle_metrics(struct exchange *x);

#endif
