#ifndef OUTLIVE_REAL_ARES_H
#define OUTLIVE_REAL_ARES_H

#include <ares.h>
#include <stdint.h>
#include <stdlib.h>

int outlive_resolve(const struct ares_socket_functions *functions, uintptr_t user_data, const char *server,
                    const char *name, unsigned char *address);

#endif
