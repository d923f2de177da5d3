#ifndef OUTLIVE_TRICKY_LIBRARY_H
#define OUTLIVE_TRICKY_LIBRARY_H

#include <stdint.h>

#include "../../../../crates/outlive-gen/tests/headers/tricky.h"

/* Calls every member of a live table: the line here that was not satisfied, or 0. */
int outlive_tricky_call(struct tricky *table, uintptr_t arg);
/* The same of a table that has ended, whose calls are refused. */
int outlive_tricky_call_ended(struct tricky *table, uintptr_t arg);
/* Calls the destroy notify. */
void outlive_tricky_destroy(struct tricky *table, uintptr_t arg);

/* Two numbers, and a text. */
uintptr_t outlive_tricky_number(int which);
uintptr_t outlive_tricky_text(void);

#endif
