/* A decoder of packets. Those that it does not know, from 0x80 on, are passed to a callback, decoded as bits. */
#include <stddef.h>
#include <string.h>

typedef int unknown_cb(unsigned char packet, const unsigned char *bits, void *user);

typedef struct decoder {
    unknown_cb *unknown;
    void *user;
} decoder;

/* How many packets were decoded. */
int decoder_run(const decoder *d, const unsigned char *packets, size_t count)
{
    unsigned char bits[8192];
    int decoded = 0;
    for (size_t i = 0; i < count; i++) {
        memset(bits, packets[i], sizeof(bits));
        for (int bit = 0; bit < 8; bit++) bits[bit] = packets[i] >> bit & 1;
        decoded += packets[i] < 0x80 || d->unknown(packets[i], bits, d->user);
    }
    return decoded;
}
