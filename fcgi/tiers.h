/* Tiers and their settings (SPEC 3.2: 9 and 10; 3.3): what their routes take. */
#ifndef BOOKREQ_TIERS_H
#define BOOKREQ_TIERS_H

#include "fcgi/field.h"

extern const struct field settings_fields[], chapters_fields[];

#endif
