/* A mounted file system: a lookup is passed to the program that serves it, and waits for the reply. Any thread may reply, once;
 * the request is gone then. */
#include <pthread.h>

typedef struct request {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int is_replied, status;
} request;

typedef struct operations {
    void (*lookup)(request *req, const char *name, void *user);
} operations;

void mount_reply(request *req, int status)
{
    pthread_mutex_lock(&req->lock);
    req->status = status;
    req->is_replied = 1;
    pthread_cond_broadcast(&req->changed);
    pthread_mutex_unlock(&req->lock);
}

/* The status that was replied. */
int mount_lookup(const operations *table, void *user, const char *name)
{
    request req = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};
    table->lookup(&req, name, user);
    pthread_mutex_lock(&req.lock);
    while (!req.is_replied) pthread_cond_wait(&req.changed, &req.lock);
    pthread_mutex_unlock(&req.lock);
    return req.status;
}
