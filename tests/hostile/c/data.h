/* Arguments and handles that the headers forbid. */
#ifndef DATA_H
#define DATA_H

#include "keeper.h"
#include "store.h"

int data_text(const struct keeper_table *table, void *arg, const char *text);
/* Whether anything but NULL came back. */
int data_point(const struct keeper_table *table, void *arg, const struct keeper_point *point);
/* A good point, but at an odd address. */
int data_point_misaligned(const struct keeper_table *table, void *arg);
int data_mode(const struct keeper_table *table, void *arg, int mode);
int data_between(const struct keeper_table *table, void *arg, int left, int right);
/* An address where nothing is mapped. */
void *data_unmapped(void);

void *data_plain_open(const struct keeper_plain *table, int value);
void data_plain_close(const struct keeper_plain *table, void *opened);

/* Two threads that close the same handle at once; what each got. */
void data_close_at_once(const struct store_table *table, void *arg, void *handle, int results[2]);

#endif
