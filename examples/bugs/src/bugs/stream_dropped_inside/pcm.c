/* A PCM stream that asks for buffers on a thread of its own. pcm_close() waits for that thread; afterwards nothing is called. */
#include <pthread.h>
#include <stdlib.h>

typedef void play_cb(float *buffer, int frames, void *user);

typedef struct pcm {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int closing, ended;
    play_cb *play;
    void *user;
} pcm;

static void set(pcm *s, int *flag)
{
    pthread_mutex_lock(&s->lock);
    *flag = 1;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static int is_closing(pcm *s)
{
    pthread_mutex_lock(&s->lock);
    int closing = s->closing;
    pthread_mutex_unlock(&s->lock);
    return closing;
}

static void *play(void *arg)
{
    pcm *s = arg;
    float buffer[64] = {0};
    while (!is_closing(s)) s->play(buffer, 64, s->user);
    set(s, &s->ended);
    return NULL;
}

pcm *pcm_open(play_cb *callback, void *user)
{
    pcm *s = calloc(1, sizeof(*s));
    if (!s || pthread_mutex_init(&s->lock, NULL) || pthread_cond_init(&s->changed, NULL)) abort();
    s->play = callback;
    s->user = user;
    if (pthread_create(&s->thread, NULL, play, s)) abort();
    return s;
}

void pcm_close(pcm *s)
{
    set(s, &s->closing);
    pthread_mutex_lock(&s->lock);
    while (!s->ended) pthread_cond_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    free(s);
}
