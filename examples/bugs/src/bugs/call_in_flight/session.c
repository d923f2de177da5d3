/* A session that delivers a published value to its subscriber on a thread of its own. Unsubscribing (NULL) does not wait for a
 * call that is under way; session_close() does, and afterwards nothing is called. One thread has the session. */
#include <pthread.h>
#include <stdlib.h>

typedef void sample_cb(int value, void *user);

typedef struct delivery {
    sample_cb *sample;
    void *user;
    int value;
} delivery;

typedef struct session {
    sample_cb *sample;
    void *user;
    pthread_t thread;
    int delivers;
    delivery delivery;
} session;

session *session_open(void)
{
    session *s = calloc(1, sizeof(*s));
    if (!s) abort();
    return s;
}

void session_subscribe(session *s, sample_cb *sample, void *user)
{
    s->sample = sample;
    s->user = user;
}

static void *deliver(void *arg)
{
    delivery *d = arg;
    d->sample(d->value, d->user);
    return NULL;
}

static void wait_for_delivery(session *s)
{
    if (s->delivers) pthread_join(s->thread, NULL);
    s->delivers = 0;
}

void session_publish(session *s, int value)
{
    wait_for_delivery(s);
    s->delivery = (delivery){s->sample, s->user, value};
    s->delivers = s->sample && pthread_create(&s->thread, NULL, deliver, &s->delivery) == 0;
}

void session_close(session *s)
{
    wait_for_delivery(s);
    free(s);
}
