/* tier */
#include "config.h"

#include "ctl/ctl.h"
#include "ctl/db.h"

int
tier_set(struct ctl *ctl, const struct args *args)
{
	const char *values[] = { args_value(args, "creator"), args->operand, args_value(args, "requests"), args_value(args, "chapters") };

	return db_act(ctl, "tier_set", "id", 4, values);
}
