/* The route table as text, for operators and for the test of docs/openapi.yaml. */
#ifndef BOOKREQ_LISTING_H
#define BOOKREQ_LISTING_H

#include "lib/buf.h"

/*
 * Appends a line for each route of the HTTP API: "METHOD path role", then what it takes, separated by spaces:
 * "Idempotency-Key", and fields as "name", "*" where required, ":type" and the limits in parentheses.
 */
void listing_print(struct buf *out);

#endif
