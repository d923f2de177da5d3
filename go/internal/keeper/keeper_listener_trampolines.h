#ifndef OUTLIVE_GO_KEEPER_LISTENER_H
#define OUTLIVE_GO_KEEPER_LISTENER_H

#include <outlive.h>

#include "keeper.h"

/* Describes the struct to the library; the trampolines then serve its tables. Called once. */
int outlive_go_keeper_listener_describe(const outlive_type **type);

#endif
