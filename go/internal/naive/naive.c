#include "naive.h"
#include "_cgo_export.h"

static void *event_add(int fd, short events, const struct timeval *timeout, event_cb cb, void *arg)
{
	(void)events;
	(void)timeout;
	return (void *)naive_go_event_add(fd, cb, arg);
}

static void *other_event_add(int fd, short events, const struct timeval *timeout, event_cb cb, void *arg)
{
	(void)events;
	(void)timeout;
	return (void *)naive_go_other_event_add(fd, cb, arg);
}

static void *timeout_add(const struct timeval *timeout, short events, event_cb cb, void *arg)
{
	(void)timeout;
	(void)events;
	return (void *)naive_go_event_add(-1, cb, arg);
}

static void event_del(void *token)
{
	naive_go_event_del((uintptr_t)token);
}

naive_event_add_fn naive_event_add_function(void)
{
	return event_add;
}

naive_event_add_fn naive_other_event_add_function(void)
{
	return other_event_add;
}

naive_event_del_fn naive_event_del_function(void)
{
	return event_del;
}

naive_timeout_add_fn naive_timeout_add_function(void)
{
	return timeout_add;
}
