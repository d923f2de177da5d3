/* A library whose objects copy what one of them was registered with, as c-ares' channels do (ares_dup). */
#ifndef CHANNEL_H
#define CHANNEL_H

typedef int (*channel_cb)(int value, void *user);

struct channel_options {
	channel_cb callback;
	void *user;
};

struct channel;

/* What channels get that are opened without options. NULL: none. */
void channel_configure(const struct channel_options *options);
/* Opens a channel with a copy of these options, or, for NULL, of the configuration. */
struct channel *channel_open(const struct channel_options *options);
/* A second channel, with the first one's callback and user data. */
struct channel *channel_dup(const struct channel *channel);
/* What the channel's callback says. */
int channel_query(const struct channel *channel, int value);
/* Ends this channel, and no other; its callback is called once more, with -1. */
void channel_close(struct channel *channel);

#endif
