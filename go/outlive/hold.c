#include "hold.h"
#include "_cgo_export.h"

struct outlive_go_held outlive_go_hold(const outlive_type *type, uintptr_t value, uint32_t kind,
                                       const char *file, uint32_t line)
{
	struct outlive_go_held made = {0};

	made.status = outlive_hold(type, value, outlive_go_end, kind, file, line, &made.held);
	if (made.status != OUTLIVE_OK)
		return made;
	made.table = outlive_table(made.held);
	made.user_data = (uintptr_t)outlive_user_data(made.held);
	made.id = outlive_id(made.held);
	return made;
}
