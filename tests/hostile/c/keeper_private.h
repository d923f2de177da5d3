/* What the files of the library share. */
#ifndef KEEPER_PRIVATE_H
#define KEEPER_PRIVATE_H

#include "keeper.h"

#include <stdatomic.h>

struct keeper {
	const struct keeper_table *table;
	_Atomic(void *) arg;
};

#endif
