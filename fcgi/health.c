/* Health; see health.h. */
#include "config.h"

#include "fcgi/health.h"

#include "fcgi/exchange.h"
#include "fcgi/metrics.h"

void
handle_healthz(struct exchange *x)
{
	x->status = 200;
	x->content_type = "application/json";
	buf_adds(&x->content, "{\"status\":\"ok\"}");
}

void
handle_readyz(struct exchange *x)
{
	bool database = db_ready(x->db), redis = publish_ready(x->publisher);

	x->status = database ? 200 : 503;
	x->content_type = "application/json";
	buf_addf(&x->content, "{\"database\":\"%s\",\"redis\":\"%s\",\"mode\":\"%s\"}", database ? "ok" : "down", redis ? "ok" : "down", redis ? "live" : "polling");
	if (!database)
		buf_adds(&x->headers, "Retry-After: 1\r\n");
}

void
handle_metrics(struct exchange *x)
{
	x->status = 200;
	x->content_type = "text/plain; version=0.0.4; charset=utf-8";
	metrics_print(x->metrics, publish_count(x->publisher, "sockets"), &x->content);
}
