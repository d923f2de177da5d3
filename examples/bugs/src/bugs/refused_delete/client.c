/* A client that watches its descriptor by the program's event loop. What a closed client had is what the next one gets. One
 * thread has all clients. */
#include <stdlib.h>

enum { CLIENTS = 4 };

typedef void watch_cb(int fd, void *arg);

typedef struct watch_api {
    void *(*watch_new)(int fd, watch_cb *callback, void *arg, void *user);
    void (*watch_free)(void *watch, void *user);
} watch_api;

typedef struct client {
    int is_open, heard;
    const watch_api *api;
    void *user, *watch;
} client;

static client clients[CLIENTS];

static void on_readable(int fd, void *arg)
{
    client *c = arg;
    c->heard = fd;
}

client *client_open(const watch_api *api, void *user, int fd)
{
    for (client *c = clients; c < clients + CLIENTS; c++) {
        if (c->is_open) continue;
        *c = (client){1, 0, api, user, NULL};
        c->watch = api->watch_new(fd, on_readable, c, user);
        return c;
    }
    abort();
}

/* The descriptor of the last event; 0 if there was none. */
int client_heard(const client *c)
{
    return c->heard;
}

void client_close(client *c)
{
    c->api->watch_free(c->watch, c->user);
    c->is_open = 0;
}
