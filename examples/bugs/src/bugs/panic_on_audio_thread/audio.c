/* An audio server that asks for buffers on a thread of its own. */
#include <pthread.h>

enum { FRAMES = 64 };

typedef void process_cb(float *out, int frames, void *user);

typedef struct audio {
    process_cb *process;
    void *user;
    float *heard;
    int buffers;
} audio;

static void *play(void *arg)
{
    audio *a = arg;
    for (int i = 0; i < a->buffers; i++) {
        float out[FRAMES] = {-1};
        a->process(out, FRAMES, a->user);
        a->heard[i] = out[0];
    }
    return NULL;
}

/* Plays this many buffers, and keeps the first sample of each. */
int audio_play(process_cb *process, void *user, float *heard, int buffers)
{
    audio a = {process, user, heard, buffers};
    pthread_t thread;
    int error = pthread_create(&thread, NULL, play, &a);
    return error ? error : pthread_join(thread, NULL);
}
