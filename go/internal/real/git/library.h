#ifndef OUTLIVE_REAL_GIT_H
#define OUTLIVE_REAL_GIT_H

#include <git2.h>
#include <stdlib.h>

int outlive_new_repository(const char *path, int commits);
int outlive_clone(const struct git_remote_callbacks *callbacks, const char *url, const char *path);
/* Of the last function that has failed. */
const char *outlive_message(void);

#endif
