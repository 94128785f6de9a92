/* Standard output holds the answer and nothing else: the bare value, or one JSON object. */
#ifndef BOOKREQ_CTL_OUTPUT_H
#define BOOKREQ_CTL_OUTPUT_H

#include "ctl/ctl.h"

/* One line: `json` with --json, else `bare` where it is not NULL. */
void output(const struct ctl *ctl, const char *json, const char *bare);
/* Whether everything reached standard output; says so if not. */
bool output_flush(void) __attribute__((warn_unused_result));

#endif
